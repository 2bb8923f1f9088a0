"""The kind of what is stored: of files by their documents, and what former rules left behind."""

from dataclasses import replace
from typing import Any

import pytest

from doors.node_parts import AT, asks, condition, load, names, patient, submission
from doors.test_filing import file, letter, send
from doors.test_uses import OFFICER, entry, objection
from throughcare.admission.relabelling import Step
from throughcare.app import profiles, relabelling
from throughcare.app.checks import code_lists
from throughcare.app.node import Node
from throughcare.consent import lists
from throughcare.consent.profile import default_text
from throughcare.kernel import NotFoundError
from throughcare.model.entry import Category
from throughcare.model.request import Actor, Purpose, Relationship, Request, Role
from throughcare.store.protocol import Transaction

ME = {"reference": "Patient/p"}


def quiet(_: Step) -> None:
    """Show nothing."""


async def sees(node: Node, request: Request, name: str) -> bool:
    try:
        await node.disclosure.read(request, *name.split("/"))
    except NotFoundError:
        return False
    return True


def signed(**source: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR JSON
    """Return a Consent that ended: it binds nobody and was signed all the same."""
    return {
        "resourceType": "Consent",
        "id": "c",
        "status": "inactive",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": ME,
        "policy": [{"uri": "urn:example:policy"}],
        **source,
    }


@pytest.mark.parametrize("first", ["the file", "the consent"])
async def test_who_sees_letters_and_no_consents_reads_no_scan_of_one(
    node: Node, first: str
) -> None:
    scan = signed(sourceAttachment={"contentType": "application/pdf", "url": "Binary/f"})
    nurse, officer = asks(Role.NURSE), asks(Role.PRIVACY_OFFICER, Purpose.HOPERAT)
    if first == "the file":
        await send(node, "rx", file("f"))
        assert await sees(node, nurse, "Binary/f")
        await send(node, "rx", scan)
    else:
        await send(node, "rx", scan)
        await send(node, "rx", file("f"))
    assert not await sees(node, nurse, "Binary/f")
    assert await sees(node, officer, "Binary/f")


async def test_nor_of_a_document_that_a_consent_names(node: Node) -> None:
    await send(node, "rx", letter("d", "Binary/f"), file("f"))
    assert await sees(node, asks(), "DocumentReference/d")
    await send(node, "rx", signed(sourceReference={"reference": "DocumentReference/d"}))
    for name in ("DocumentReference/d", "Binary/f"):
        assert not await sees(node, asks(), name)


async def test_a_letter_that_its_source_keeps_to_itself_keeps_its_bytes(node: Node) -> None:
    kept = {"meta": {"security": [{"code": "SRC"}]}}
    await send(node, "rx", file("f"))
    await send(node, "rx", letter("d", "Binary/f", **kept))
    assert not await sees(node, asks(organisation="OTHER"), "Binary/f")
    assert await sees(node, asks(organisation="RX"), "Binary/f")


async def test_a_type_1_objection_reaches_the_bytes_of_the_practices_letters(node: Node) -> None:
    shipped = 'export = true\ncategories = ["demographics"'
    assert shipped in default_text()
    seeing = default_text().replace(shipped, f'{shipped}, "letter"')
    await profiles.use(node, seeing, "researchers read letters")
    who = {**patient("Khan", "9990000018", id="p")}
    gp = submission("gp", who, letter("d", "Binary/f"), file("own"), key="1")
    (outcome,) = await load(node, gp)
    names(outcome)
    hospital = submission(
        "rx",
        patient("Khan", "9990000018"),
        file("f", securityContext={"reference": "urn:rx:Khan"}),
        file("g", securityContext={"reference": "urn:rx:Khan"}),
        key="2",
    )
    (outcome,) = await load(node, hospital)
    names(outcome)
    await node.admission.register_permit(OFFICER, entry(categories=("letter",)))
    asked = await node.admission.ask_opt_outs(OFFICER)
    await node.admission.answer_opt_outs(OFFICER, asked)
    researcher = Request(
        Actor("dr", Role.RESEARCHER, "UNI"), Purpose.HRESCH, AT, Relationship.NO, id="request-1"
    )
    everything = ["DocumentReference/d", "Binary/own", "Binary/f", "Binary/g"]
    assert [await sees(node, researcher, each) for each in everything] == [True] * 4
    more = submission("gp", objection("Patient/p"), key="3")
    await load(node, more)
    assert [await sees(node, researcher, each) for each in everything] == [False] * 3 + [True]
    assert await sees(node, asks(), "Binary/f")


async def test_relabelling_repairs_what_a_former_rule_left_open(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "RULES", 1)
    await relabelling.relabel(node, quiet)
    given = {**condition("urn:gp:Khan", "38341003"), "id": "c"}
    await load(node, submission("gp", patient("Khan"), given))
    later = {**condition("urn:gp:Khan", "195967001"), "id": "c"}

    async def open_to_all(tx: Transaction) -> None:
        stored = await node.records.current(tx, "Condition", "c")
        assert stored is not None
        wrong = replace(stored.cls, category=Category.DIRECTORY)
        await node.records.relabel(tx, [("Condition", "c", wrong)])

    await node.store.transact(open_to_all)
    await load(node, submission("gp", patient("Khan"), later, key="2"))
    await node.store.transact(open_to_all)
    assert (await code_lists.check(node)).state == "ok"
    monkeypatch.undo()
    assert "throughcare relabel" in str(await code_lists.check(node))
    found = await relabelling.relabel(node, quiet)
    assert found.changed == 2
    assert (await relabelling.relabel(node, quiet)).changed == 0
    assert await sees(node, asks(), "Condition/c")
    assert (await node.disclosure.version(asks(), "Condition", "c", 1)).version == 1
