"""The bytes of a document are withheld where the document is, whatever a denial names of it."""

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.export_parts import AGREE, RESEARCHER, Client, client_of, exported
from doors.node_parts import asks, consent, load, names, node_in, patient, person_of, submission
from store.engines import each_kind
from throughcare.app import profiles
from throughcare.app.node import Node
from throughcare.consent.profile import default_text
from throughcare.disclosure.explaining import Hypothesis
from throughcare.fhir import query
from throughcare.fhir.histories import Span
from throughcare.kernel import NotFoundError
from throughcare.model.request import Purpose, Role

pytestmark = pytest.mark.parametrize("engine", each_kind, indirect=True)

ME = {"reference": "Patient/p"}
PATIENT = patient("Khan", id="p")
BINARY = {"resourceType": "Binary", "contentType": "application/pdf", "data": "AA=="}
TYPES = "http://hl7.org/fhir/resource-types"
WRITTEN = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"


def letter(id_: str, *files: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR JSON
    content = [{"attachment": {"contentType": "application/pdf", "url": url}} for url in files]
    return {
        "resourceType": "DocumentReference",
        "id": id_,
        "status": "current",
        "subject": ME,
        "date": "2014-07-01T09:00:00Z",
        "content": content,
        **more,
    }


def file(id_: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR JSON
    return {**BINARY, "id": id_, "securityContext": ME, **more}


def no(**provision: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR JSON
    return consent("Patient/p", id="no", provision={"type": "deny", **provision})


NAMING: Mapping[str, dict[str, Any]] = {
    "the document": {
        "data": [{"meaning": "instance", "reference": {"reference": "DocumentReference/d"}}]
    },
    "its type": {"class": [{"system": TYPES, "code": "DocumentReference"}]},
    "its custodian": {
        "actor": [
            {
                "role": {"coding": [{"system": WRITTEN, "code": "CST"}]},
                "reference": {"identifier": {"value": "CLINIC"}},
            }
        ]
    },
    "its date": {"dataPeriod": {"start": "2014-01-01", "end": "2014-12-31"}},
}


RESEARCHERS = '[roles.researcher]\npurposes = ["HRESCH"]\nexport = true\ncategories = ['
LETTERS_FOR_RESEARCH = default_text().replace(RESEARCHERS, f'{RESEARCHERS}"letter", ')
EVERYTHING = ("DocumentReference/d", "Binary/f", "Binary/other", "Media/other")


async def send(node: Node, custodian: str, *resources: dict[str, Any]) -> None:
    """Have one feed bring what `custodian` keeps."""
    key = hashlib.sha256(json.dumps(resources).encode()).hexdigest()
    sent = submission("feed", PATIENT, *resources, key=f"{custodian}-{key}")
    names(*await load(node, replace(sent, custodian=custodian.upper())))


async def seen(node: Node, *names: str) -> set[str]:
    """Return those of the entries that a nurse reads."""
    found = set()
    for name in names:
        try:
            await node.disclosure.read(asks(), *name.split("/"))
            found.add(name)
        except NotFoundError:
            continue
    return found


async def versions(node: Node, *names: str) -> set[str]:
    """Return those of the entries of which a nurse reads the history, and the first version."""
    found = set()
    for name in names:
        type_, id_ = name.split("/")
        with contextlib.suppress(NotFoundError):
            page = await node.disclosure.history(asks(), type_, id_, Span())
            assert page.total == len(page.entries)
            await node.disclosure.version(asks(), type_, id_, 1)
            found.add(name)
    return found


async def two_letters(node: Node) -> None:
    """Bring a letter of a clinic whose bytes the hospital keeps, and one with bytes of its own."""
    other = {
        "resourceType": "Media",
        "id": "other",
        "status": "completed",
        "subject": ME,
        "createdDateTime": "2020-01-01T09:00:00Z",
        "content": {"contentType": "application/pdf", "url": "Binary/other"},
    }
    await send(node, "rx", file("f"), file("other"))
    await send(node, "clinic", letter("d", "Binary/f"))
    await send(node, "rx", other)
    assert await seen(node, "Binary/f", "Binary/other") == {"Binary/f", "Binary/other"}


async def found(node: Node) -> set[str]:
    """Return what a nurse finds of the two letters and their bytes by every other way."""
    whole = await node.operations.wholes.everything(asks(), "p")
    feeds = [await node.disclosure.changes(asks(), type_, Span()) for type_ in ("Binary", "")]
    searched = [
        await node.disclosure.search(asks(), query.parse(type_, [("_id", "d,f,other")]))
        for type_ in ("Binary", "DocumentReference", "Media")
    ]
    totals = [page.total for page in searched]
    assert totals == [len(page.entries) for page in searched]
    answers = (whole, *feeds, *searched)
    return {f"{e.type}/{e.id}" for one in answers for e in one.entries} - {"Patient/p"}


@pytest.mark.parametrize("named", NAMING)
async def test_a_denial_of_a_document_reaches_its_bytes(tmp_path: Path, named: str) -> None:
    async with node_in(tmp_path) as node:
        await two_letters(node)
        assert await found(node) == set(EVERYTHING)
        await send(node, "gp", no(**NAMING[named]))
        assert await seen(node, *EVERYTHING) == {"Binary/other", "Media/other"}
        assert await found(node) == {"Binary/other", "Media/other"}
        assert await versions(node, *EVERYTHING) == {"Binary/other", "Media/other"}
        ended = no(**NAMING[named]) | {"status": "inactive"}
        await send(node, "gp", ended)
        assert await seen(node, *EVERYTHING) == set(EVERYTHING)


async def test_an_export_leaves_out_the_bytes_of_a_denied_document(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        await profiles.use(node, LETTERS_FOR_RESEARCH, "")
        await two_letters(node)
        await send(node, "gp", consent("Patient/p", id="yes", provision=AGREE))
        async with client_of(node, RESEARCHER) as client:
            whole = await names_exported(client)
            for named in NAMING.values():
                await send(node, "gp", no(**named))
                assert await names_exported(client) == whole - {"DocumentReference/d", "Binary/f"}
    assert whole == {"Patient/p", *EVERYTHING}


async def names_exported(client: Client) -> set[str]:
    """Export, and return the names of what is in the files; the manifest counts just these."""
    manifest, lines = await exported(client, "$export")
    found = {f"{type_}/{json.loads(line)['id']}" for type_ in lines for line in lines[type_]}
    assert sum(file["count"] for file in manifest["output"]) == len(found)
    return found


async def test_the_person_reads_the_bytes_of_a_document_that_they_closed_to_others(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node:
        await two_letters(node)
        await send(node, "gp", no(**NAMING["the document"]))
        person = await person_of(node, "Patient/p")
        own = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=person)
        assert (await node.disclosure.read(own, "Binary", "f")).id == "f"
        nurse = Hypothesis(Role.NURSE, Purpose.TREAT, "RXX")
        told = [
            await node.operations.explaining.of_patient(own, "p", name, nurse)
            for name in ("Binary/f", "Binary/other")
        ]
        assert [each.permitted for each in told] == [False, True]


async def test_bytes_that_two_documents_share_are_hidden_with_either(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        await two_letters(node)
        await send(node, "gp", no(**NAMING["the document"]))
        assert await seen(node, "Binary/other") == {"Binary/other"}
        both = letter("d", "Binary/f", "Binary/other")
        await send(node, "clinic", both)
        assert await seen(node, *EVERYTHING) == {"Media/other"}
        (shown,) = (await node.disclosure.search(asks(), query.parse("Media", []))).entries
        assert b"Binary/other" not in shown.body
        await send(node, "clinic", letter("d", "https://elsewhere.example/f"))
        assert await seen(node, *EVERYTHING) == {"Media/other", "Binary/f", "Binary/other"}


async def test_bytes_that_come_last_or_say_themselves_whose_they_are_are_hidden_too(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node:
        denial = no(**NAMING["the document"])
        await send(node, "clinic", denial, letter("d", "Binary/f"))
        late = file("f"), file("own", securityContext={"reference": "DocumentReference/d"})
        await send(node, "rx", *late)
        assert await seen(node, "Binary/f", "Binary/own") == set()
