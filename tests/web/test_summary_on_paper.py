"""The emergency summary as one sheet: what is for the screen only is not on it."""

import io
import re
from collections.abc import Callable
from dataclasses import replace

import httpx
import pypdf
import pytest

from summary.entries import concept, condition, entry, medicine
from throughcare.model.entry import Category
from throughcare.model.request import Permission
from throughcare.summary.emergency import EmergencySummary, emergency_summary
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.paper import MOST, REST, for_copy, for_screen_only, shorter
from throughcare.web import printing, reading
from web.made_up import KHAN, NOW, khan_entries, khan_patients
from web.memory import MemoryNode

ClientOf = Callable[[str], httpx.AsyncClient]
PAGE = f"/people/{KHAN}/emergency"
PDF = f"{PAGE}.pdf"
FOR_THE_SCREEN = (
    *("Safeguarding enquiry open", "Violent towards men in uniform", "4711", "domestic violence"),
    *("Mill Lane", "LS29", "07700", "Sara", "01632"),
)
"""What is recorded of somebody restricted, and on no paper."""


def flag(text: str) -> SummaryEntry:
    told = {"resourceType": "Flag", "status": "active", "code": concept(text)}
    return entry(told, "social", Category.ALERT)


ALL: tuple[SummaryEntry, ...] = (
    *khan_entries(),
    flag("Violent towards men in uniform"),
    flag("Key safe at the side door, code 4711"),
    condition("Victim of domestic violence"),
    flag("Two crew where possible"),
)


def text_of(body: bytes) -> tuple[str, int]:
    """Return what stands on a PDF, and on how many sheets."""
    pages = pypdf.PdfReader(io.BytesIO(body)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages)), len(pages)


@pytest.fixture
def crew(client_of: ClientOf, node: MemoryNode) -> httpx.AsyncClient:
    node.people[KHAN] = replace(node.people[KHAN], entries=ALL)
    node.said["csrf-crew", KHAN] = Permission.UNABLE
    return client_of("crew")


async def test_the_sheet_omits_what_is_for_the_screen_only(
    crew: httpx.AsyncClient, node: MemoryNode
) -> None:
    node.restricted = True
    shown = (await crew.get(PAGE)).text
    assert "Safeguarding enquiry open" in shown
    assert "Violent towards men in uniform" in shown
    answer = await crew.get(PDF)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    text, sheets = text_of(answer.content)
    assert sheets == 1
    for kept in FOR_THE_SCREEN:
        assert kept.casefold() not in text.casefold()
        assert kept.encode() not in answer.content
    for told in ("KHAN, Amina", "999 000 0018", "penicillin", "Apixaban", "dementia", "own home"):
        assert told.casefold() in text.replace("\u00a0", " ").casefold(), told
    assert "This copy leaves out what is for the screen only." in text


async def test_address_and_contacts_of_others_are_on_it(crew: httpx.AsyncClient) -> None:
    text, _ = text_of((await crew.get(PDF)).content)
    for told in ("12 Mill Lane", "KHAN, Sara", "07700 900123"):
        assert told in text.replace("\u00a0", " ")


async def test_what_a_browser_prints_omits_the_same(
    crew: httpx.AsyncClient, node: MemoryNode
) -> None:
    """Each of these stands in an element that the style sheet takes off paper."""
    node.restricted = True
    shown = (await crew.get(PAGE)).text
    off = re.compile(r'<(li|div|p) class="[^"]*tc-screen-only[^"]*">.*?</\1>', re.DOTALL)
    printed = off.sub("", shown)
    assert len(printed) < len(shown)
    for kept in FOR_THE_SCREEN:
        assert kept not in printed


async def test_taking_paper_is_told_apart_from_looking(
    crew: httpx.AsyncClient, node: MemoryNode
) -> None:
    await crew.get(PDF)
    assert node.looked[0].action == "took the emergency summary"


async def test_a_record_that_is_withheld_is_on_no_paper(client_of: ClientOf) -> None:
    answer = await client_of("crew").get(PDF)
    assert answer.headers["content-type"].startswith("text/html")
    assert "Ask the person first" in answer.text
    assert "Apixaban" not in answer.text
    assert PDF not in answer.text


async def test_a_long_list_is_shortened_and_says_by_how_many_lines_and_where_they_are(
    crew: httpx.AsyncClient, node: MemoryNode
) -> None:
    many = [medicine(f"Remedy {number} tablets", "once a day") for number in range(40)]
    more = [condition(f"Complaint number {number}") for number in range(60)]
    node.people[KHAN] = replace(node.people[KHAN], entries=(*ALL, *many, *more))
    text, sheets = text_of((await crew.get(PDF)).content)
    assert sheets == 1
    for listed, word, all_of in (("medicines", "Remedy", 40), ("conditions", "Complaint", 60)):
        found = re.search(rf"(\d+) more lines of {listed} are not on this sheet", text)
        assert found is not None
        assert int(found[1]) + len(re.findall(word, text)) >= all_of
        assert "on the emergency summary on the screen" in text


def summary_of(*entries: SummaryEntry, restricted: bool = False) -> EmergencySummary:
    today = NOW.date()
    made = emergency_summary(khan_patients(), entries, (), today=today, title_limited=False)
    return for_copy(for_screen_only(made, restricted=restricted))


def test_a_copy_itself_holds_none_of_what_a_style_sheet_would_take_off_paper() -> None:
    """On a device without a connection nothing else stands between it and whoever reads it."""
    copy = repr(summary_of(*ALL, restricted=True))
    assert [kept for kept in FOR_THE_SCREEN if kept.casefold() in copy.casefold()] == []
    assert "penicillin" in copy


@pytest.mark.parametrize("count", [0, 1, MOST[-1], MOST[-1] + 1, MOST[-1] + 2, 30, 200])
def test_what_is_shortened_and_what_is_said_of_it_are_the_whole(count: int) -> None:
    whole = summary_of(*[medicine(f"Remedy {number}") for number in range(count)])
    for copy in shorter(whole):
        said = re.match(r"(\d+) more lines", copy.medicines.more)
        left = int(said[1]) if said else 0
        assert len(copy.medicines.items) + left == count
        assert copy.medicines.items == whole.medicines.items[: len(copy.medicines.items)]


def test_allergies_plans_and_alerts_are_never_shortened() -> None:
    allergies = [
        entry(
            {"resourceType": "AllergyIntolerance", "code": concept(f"Thing {number}")},
            "gp",
            Category.ALLERGY,
        )
        for number in range(90)
    ]
    whole = summary_of(*allergies, *[flag(f"Matter {number}") for number in range(90)])
    for copy in shorter(whole):
        assert (copy.allergies, copy.plans, copy.alerts) == (
            *(whole.allergies, whole.plans, whole.alerts),
        )
    assert not {"allergies", "plans", "alerts"} & set(REST)


def test_a_disease_that_is_called_aggressive_stays_on_paper() -> None:
    whole = summary_of(condition("Aggressive B-cell lymphoma"), condition("Epilepsy"))
    assert {item.text for item in whole.conditions.items} == {
        "Aggressive B-cell lymphoma",
        "Epilepsy",
    }


def test_a_section_of_which_all_is_for_the_screen_reads_like_an_empty_one() -> None:
    assert summary_of(flag("Safeguarding enquiry open")).alerts == summary_of().alerts


async def test_a_node_without_a_printer_offers_no_sheet_and_notes_no_look(
    crew: httpx.AsyncClient, node: MemoryNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert PDF in (await crew.get(PAGE)).text
    for module in (reading, printing):
        monkeypatch.setattr(module, "can_print", lambda: False)
    assert PDF not in (await crew.get(PAGE)).text
    before = len(node.looked)
    assert (await crew.get(PDF)).status_code == 404
    assert len(node.looked) == before
