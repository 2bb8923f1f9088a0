"""Whoever tries a file learns of nobody, and changes nothing: on a real node."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.operated import SetClock, deliver, everything, operated
from throughcare.app import rehearsal
from throughcare.app.gateway import gateway
from throughcare.app.node import Node
from throughcare.app.rehearsal import Rehearsing
from throughcare.kernel import OverloadedError, UnprocessableError
from throughcare.model.rehearsal import Rules
from throughcare.web.connecting import LARGEST
from throughcare.web.examples import EXAMPLES

FHIR = EXAMPLES[0].text
KNOWN, UNKNOWN = "9990000018", "9990000026"


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with operated(tmp_path / "node", SetClock()) as made:
        await deliver(made, 0)
        await made.journal.settle()
        yield made


@pytest.fixture
async def client(node: Node) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(gateway(node))
    async with httpx.AsyncClient(transport=transport, base_url="http://node.test") as made:
        yield made


async def tried(client: httpx.AsyncClient, text: str, **files: tuple[str, bytes]) -> httpx.Response:
    shown = await client.get("/connect")
    found = re.search('name="token" value="([^"]+)"', shown.text)
    assert found is not None
    form = {"token": found[1], "text": text, "name": ""}
    return await client.post("/connect", data=form, files=files or {"file": ("", b"")})


async def test_a_number_that_is_known_here_is_answered_like_one_that_is_not(
    node: Node, client: httpx.AsyncClient
) -> None:
    from doors.node_parts import load, patient, submission  # noqa: PLC0415 - beside its use

    await load(node, submission("gp", patient("Example", KNOWN), key="known"))
    await node.journal.settle()
    before, lines = everything(node.folder, ()), node.ledger.health()
    known = await tried(client, FHIR)
    unknown = await tried(client, FHIR.replace(KNOWN, UNKNOWN))
    assert known.status_code == 200
    assert "would be stored" in known.text
    assert known.text.replace(KNOWN, UNKNOWN) == unknown.text
    assert everything(node.folder, ()) == before
    assert node.ledger.health() == lines


async def test_what_is_too_large_is_said_with_the_way_out(client: httpx.AsyncClient) -> None:
    answer = await tried(client, "", file=("big.csv", b"x" * (LARGEST + 100_000)))
    assert answer.status_code == 413
    assert "larger than 1 MB" in answer.text
    assert "Send one message of it" in answer.text


async def test_a_file_goes_before_the_text_and_nothing_is_refused_with_the_way_out(
    client: httpx.AsyncClient,
) -> None:
    answer = await tried(client, FHIR, file=("a.zip", b"PK\x03\x04"))
    assert "zip archive" in answer.text
    assert (await tried(client, " ")).status_code == 400
    odd = await tried(client, "", file=("-\x00\u202e/../é.hl7", b"PK\x03\x04"))
    assert "zip archive" in odd.text


async def test_one_file_at_a_time_and_none_for_ever(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rehearsing = Rehearsing(tmp_path)
    async with rehearsing._turn:  # noqa: SLF001 - as if another were tried
        with pytest.raises(OverloadedError):
            await rehearsing.rehearse("f", b"{}", Rules())
    monkeypatch.setattr(rehearsal, "LONGEST", 0.01)
    with pytest.raises(UnprocessableError):
        await rehearsing.rehearse("f", b"{}", Rules())
    assert rehearsal._environment().keys() & {"THROUGHCARE_NODE"} == set()  # noqa: SLF001
