"""The pack for the hospital as PDF: two sheets of A4, and nothing left out to fit."""

import asyncio
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from summary.entries import condition
from throughcare.web import caring, printing
from throughcare.web.theme import Theme
from web.made_up import KHAN, khan_entries
from web.memory import MemoryNode
from web.test_summary_on_paper import text_of

ClientOf = Callable[[str], httpx.AsyncClient]
PACK = f"/people/{KHAN}/pack"
A4 = (595, 842)
SHEETS = 2


def opened(pdf: bytes) -> bytes:
    """Return the file with what is packed in it after it, unpacked."""
    parts = [pdf]
    for found in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, flags=re.DOTALL):
        try:
            # Data may end in a carriage return, which is then taken for the end of its line.
            parts.append(zlib.decompressobj().decompress(found))
        except zlib.error:
            continue
    return b"\n".join(parts)


def pages(pdf: bytes) -> list[tuple[int, int]]:
    """Return the size of each page in points, as the file itself says it."""
    found = re.findall(rb"<<(?:(?!>>).)*/Type ?/Page\b(?!s).*?>>", opened(pdf), re.DOTALL)
    boxes = [re.search(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", each) for each in found]
    return [(round(float(box[1])), round(float(box[2]))) for box in boxes if box]


async def test_the_pack_is_two_sheets_of_a4(client_of: ClientOf) -> None:
    answer = await client_of("carer").get(f"{PACK}.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert pages(answer.content) == [A4] * SHEETS
    assert b"/StructTreeRoot" in opened(answer.content)


async def test_a_person_keeps_their_record_as_pdf_and_what_is_for_the_screen_stays_off_it(
    client_of: ClientOf, node: MemoryNode
) -> None:
    suffered = condition("Victim of domestic violence")
    node.people[KHAN] = replace(node.people[KHAN], entries=(*khan_entries(), suffered))
    amina = client_of("amina")
    shown = (await amina.get(f"/people/{KHAN}/mine")).text
    assert f"/people/{KHAN}/mine.pdf" in shown
    assert "Victim of domestic violence" in shown
    answer = await amina.get(f"/people/{KHAN}/mine.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert set(pages(answer.content)) == {A4}
    on_paper, _ = text_of(answer.content)
    assert "Dementia, mild" in on_paper
    assert "leaves out what is for the screen only" in on_paper
    assert "violence" not in on_paper
    assert (await client_of("crew").get(f"/people/{KHAN}/mine.pdf")).status_code == 403


def sheet(lines: int) -> str:
    listed = "".join(f"<li>Medicine {number}</li>" for number in range(lines))
    return f'<html lang="en"><body class="tc-page"><ul>{listed}</ul></body></html>'


async def test_what_does_not_fit_is_set_smaller_and_then_on_further_sheets() -> None:
    few, more, many = [await printing.pdf(sheet(n), Theme(), 1) for n in (50, 75, 400)]
    assert len(pages(few)) == len(pages(more)) == 1
    assert len(pages(many)) > SHEETS


def cards(*lines: int) -> str:
    listed = "".join(
        f'<section class="tc-card" aria-labelledby="n{number}"><h2 id="n{number}">{number}</h2>'
        f"{'<p>A line</p>' * most}</section>"
        for number, most in enumerate(lines)
    )
    page = f'<div class="tc-rest">{listed}</div><footer class="tc-footer">End</footer>'
    return f'<html lang="en"><body class="tc-page">{page}</body></html>'


@pytest.mark.parametrize("lines", [(3, 1, 4), (1, 7, 2, 2), (6, 1), (2,), (2, 2, 2, 2)])
def test_cards_stand_in_two_columns_where_balancing_them_would_put_them(lines: list[int]) -> None:
    page, theme = cards(*lines), Theme()
    (balanced,) = printing.laid_out(page, theme, "").pages
    (divided,) = printing.laid_out(page, theme, printing.divided(page, theme)).pages
    assert divided.anchors == balanced.anchors


async def test_a_printed_page_asks_for_nothing_from_anywhere(tmp_path: Path) -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(10))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    secret = tmp_path / "secret.css"
    secret.write_text("@page{size:A5}")
    page = (
        f'<html><link rel="stylesheet" href="file://{secret}"><body class="tc-page">'
        f'<img src="http://127.0.0.1:{port}/a.png">Text</body></html>'
    )
    assert pages(await printing.pdf(page, Theme(), 1)) == [A4]
    server.close()
    await server.wait_closed()
    assert asked == []


async def test_a_node_without_a_printer_says_so_and_offers_none(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    carer = client_of("carer")
    assert f"{PACK}.pdf" in (await carer.get(PACK)).text
    for module in (caring, printing):
        monkeypatch.setattr(module, "can_print", lambda: False)
    assert f"{PACK}.pdf" not in (await carer.get(PACK)).text
    answer = await carer.get(f"{PACK}.pdf")
    assert answer.status_code == 404
    assert "Print the page from your browser." in answer.text
