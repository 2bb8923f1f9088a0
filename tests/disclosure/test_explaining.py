"""Explanations through the door: who may ask what, and that each is written down."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from doors.node_parts import (
    ACT,
    asks,
    condition,
    consent,
    load,
    names,
    node_in,
    patient,
    person_of,
    submission,
)
from throughcare.app.folder import create
from throughcare.app.node import Node
from throughcare.audit import scan
from throughcare.disclosure.explaining import Hypothesis
from throughcare.fhir.nhs import NHS_NUMBER
from throughcare.kernel import BadInputError, DeniedError, NotFoundError
from throughcare.model.request import Purpose, Request, Role

NUMBER = "9990000018"
PSYCHIATRY = {"type": "deny", "securityLabel": [{"system": ACT, "code": "PSY"}]}
NURSE = Hypothesis(Role.NURSE, Purpose.TREAT, "RXX")
OFFICER = asks(Role.PRIVACY_OFFICER, Purpose.HOPERAT, organisation="QWO")


@dataclass(frozen=True)
class Known:
    """A person who keeps mental health to herself."""

    patient: str
    plain: str
    hidden: str
    request: Request
    """Of the person herself."""


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as made:
        yield made


@pytest.fixture
async def moss(node: Node) -> Known:
    url = "urn:gp:Moss"
    labelled = condition(url) | {"meta": {"security": [{"system": ACT, "code": "PSY"}]}}
    no = consent(
        url,
        provision={"provision": [PSYCHIATRY]},
        policyRule={"coding": [{"system": ACT, "code": "OPTIN"}]},
    )
    (outcome,) = await load(
        node, submission("gp", patient("Moss", NUMBER), condition(url, "195967001"), labelled, no)
    )
    who, plain, hidden, _ = names(outcome)
    person = await person_of(node, who)
    own = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=person)
    return Known(who.removeprefix("Patient/"), plain, hidden, own)


def lines(node: Node) -> list[tuple[str, str]]:
    found = scan.after(node.folder.ledger, {})
    return [
        (each.entry.outcome, each.entry.what) for each in found if each.entry.action == "explain"
    ]


async def test_the_person_asks_of_an_entry_what_another_reader_would_see(
    node: Node, moss: Known
) -> None:
    explaining = node.operations.explaining
    shown = await explaining.of_patient(moss.request, moss.patient, moss.plain, NURSE)
    assert (shown.permitted, shown.audience) == (True, "person")
    kept = await explaining.of_patient(moss.request, moss.patient, moss.hidden, NURSE)
    assert (kept.permitted, kept.rank, kept.code) == (False, 5, "directive")
    assert "mental health" in kept.choices[0]
    assert kept.epoch is None
    assert lines(node) == [("permit", moss.plain), ("permit", moss.hidden)]


async def test_staff_ask_about_themselves_alone_and_not_about_what_is_hidden(
    node: Node, moss: Known
) -> None:
    explaining = node.operations.explaining
    nurse = asks()
    own = await explaining.of_patient(nurse, moss.patient)
    assert (own.permitted, own.audience, own.choices) == (True, "staff", ())
    with pytest.raises(DeniedError, match="another reader"):
        await explaining.of_patient(nurse, moss.patient, other=NURSE)
    errors = []
    for name in (moss.hidden, "Condition/unknown"):
        with pytest.raises(NotFoundError) as hidden:
            await explaining.of_patient(nurse, moss.patient, name)
        errors.append(str(hidden.value))
    assert errors[0] == errors[1]
    assert [outcome for outcome, _ in lines(node)] == ["permit", "deny", "deny", "deny"]


async def test_an_entry_of_somebody_else_is_not_explained(node: Node, moss: Known) -> None:
    (other,) = await load(
        node, submission("gp", patient("Stone", "9990000026"), condition("urn:gp:Stone"), key="2")
    )
    with pytest.raises(NotFoundError):
        await node.operations.explaining.of_patient(asks(), moss.patient, names(other)[1])


async def test_the_officer_is_told_the_rules_of_any_reader(node: Node, moss: Known) -> None:
    found = await node.operations.explaining.of_patient(OFFICER, moss.patient, other=NURSE)
    assert found.audience == "privacy-officer"
    assert "rank 6" in found.text
    assert found.rules


async def test_a_withheld_person_is_explained_by_their_number_to_who_may_look_people_up(
    node: Node,
) -> None:
    url = "urn:gp:Moss"
    await load(node, submission("gp", patient("Moss", NUMBER), consent(url)))
    explaining, nurse = node.operations.explaining, asks()
    said = await explaining.of_number(nurse, f"{NHS_NUMBER}|{NUMBER}")
    assert (said.permitted, said.code, said.rules) == (False, "directive", ("directive",))
    assert "break the glass" in said.text
    with pytest.raises(NotFoundError):
        await explaining.of_number(nurse, f"{NHS_NUMBER}|9990000026")
    with pytest.raises(BadInputError):
        await explaining.of_number(nurse, f"urn:other|{NUMBER}")
    stranger = asks(Role.RESEARCHER, Purpose.HRESCH)
    with pytest.raises(DeniedError):
        await explaining.of_number(stranger, f"{NHS_NUMBER}|{NUMBER}")


def earlier_and_later(kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an earlier choice and a later one that meets it."""
    actor = {"role": {"coding": [{"code": "IRCP"}]}, "reference": {"identifier": {"value": "RXX"}}}
    care = {"purpose": [{"code": "TREAT"}]}
    ends = {"type": "permit", "actor": [actor], **care}, {"type": "deny", **care}
    pair = ends if kind == "ends" else (PSYCHIATRY, {"type": "permit"})
    url = "urn:gp:Moss"
    return (
        consent(url, provision=pair[0], dateTime="2023-06-01T09:00:00Z"),
        consent(url, provision=pair[1], dateTime="2024-06-01T09:00:00Z"),
    )


@pytest.mark.parametrize("sees", [False, True])
@pytest.mark.parametrize(
    ("kind", "said"),
    [("ends", "An earlier choice no longer holds. On 1 June 2023: RXX may"), ("leaves", "holds")],
)
async def test_who_records_a_consent_is_told_what_it_meets_of_what_they_may_see(
    tmp_path: Path, kind: str, said: str, *, sees: bool
) -> None:
    folder = create(tmp_path / "node")
    if sees:
        text = folder.locality.read_text("utf-8")
        mine = '[roles.it-lead]\npurposes = ["HOPERAT"]\ncategories = []'
        assert mine in text
        open_ = mine.replace("categories = []", 'oversight = true\ncategories = ["consent"]')
        folder.locality.write_text(text.replace(mine, open_), "utf-8")
    async with node_in(tmp_path) as node:
        earlier, later = earlier_and_later(kind)
        (outcome,) = await load(node, submission("gp", patient("Moss", NUMBER), earlier, later))
        written = outcome.written[-1].stored
        recorder = asks(Role.IT_LEAD, Purpose.HOPERAT)
        met = await node.operations.explaining.met(recorder, written)
        assert len(met) == int(sees)
        assert all(said in text for text in met)
        first = outcome.written[-2].stored
        assert await node.operations.explaining.met(recorder, first) == ()
