"""A search tells no more of a masked link than the entry that it stands in."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from doors.node_parts import asks, condition, load, node_in, patient, submission
from throughcare.app.node import Node
from throughcare.fhir import query
from throughcare.model.submission import Submission

HIDDEN = "0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
DEPRESSION, ASTHMA = "86406008", "195967001"
NUMBER = {"system": "urn:local", "value": "C1"}


def plan(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    about = {"subject": {"reference": "Patient/p"}}
    return {"resourceType": "CarePlan", "id": "plan", "status": "active", "intent": "plan"} | (
        about | more
    )


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    """Return a node with a condition that a nurse may not see, and one that she may."""
    hidden = {**condition("Patient/p", DEPRESSION), "id": HIDDEN}
    seen = {**condition("Patient/p", ASTHMA), "id": "seen"}
    async with node_in(tmp_path) as made:
        await load(made, submission("gp", patient("Khan", id="p"), hidden, seen))
        yield made


async def store(node: Node, given: Submission) -> None:
    (outcome,) = await load(node, given)
    assert outcome.rejection is None


async def found(node: Node, asked: str, type_: str = "CarePlan") -> list[str]:
    pairs = [tuple(part.split("=", 1)) for part in asked.split("&")]
    page = await node.disclosure.search(asks(), query.parse(type_, pairs))
    return [entry.id for entry in page.entries]


LINK = {"reference": f"Condition/{HIDDEN}", "identifier": NUMBER}


async def test_a_masked_link_counts_as_there_as_it_is_shown(node: Node) -> None:
    await store(node, submission("gp", plan(addresses=[LINK, LINK]), key="2"))
    shown = json.loads((await node.disclosure.read(asks(), "CarePlan", "plan")).body)
    assert [list(link) for link in shown["addresses"]] == [["extension"]]
    assert await found(node, "condition:missing=false") == ["plan"]
    # What is shown, stored somewhere, is found by the same questions.
    await store(node, submission("gp", {**shown, "id": "copy"}, key="3"))
    assert await found(node, "condition:missing=false") == ["plan", "copy"]
    assert await found(node, "condition:missing=true") == []


async def test_an_identifier_beside_a_hidden_link_finds_nothing(node: Node) -> None:
    both = plan(addresses=[LINK, {"reference": "Condition/seen", "identifier": NUMBER}])
    hidden = plan(id="hidden", addresses=[LINK])
    alone = plan(id="alone", addresses=[{"identifier": NUMBER}])
    unknown = plan(id="unknown", addresses=[{"reference": "Condition/x", "identifier": NUMBER}])
    await store(node, submission("gp", both, hidden, alone, unknown, key="2"))
    for asked in ("urn:local|C1", "C1", "urn:local|"):
        named = f"condition:identifier={asked}"
        assert await found(node, named) == ["plan", "alone", "unknown"]
        assert await found(node, f"_has:CarePlan:subject:{named}", "Patient") == ["p"]
    hiding = [plan(id=id_, addresses=[LINK]) for id_ in ("plan", "alone", "unknown")]
    await store(node, submission("gp", *hiding, key="3"))
    for asked in ("urn:local|C1", "C1", "urn:local|"):
        named = f"condition:identifier={asked}"
        assert await found(node, named) == []
        assert await found(node, f"_has:CarePlan:subject:{named}", "Patient") == []


async def test_a_hidden_entry_is_pointed_to_by_no_form_of_its_name(node: Node) -> None:
    other = "https://other.example/fhir/Condition/x"
    forms = [f"https://other.example/fhir/Condition/{HIDDEN}", f"urn:uuid:{HIDDEN}"]
    links = [{"reference": form} for form in (forms[0], other)]
    uris = {"instantiatesUri": [*forms, "https://other.example/fhir/plans/1"]}
    await store(node, submission("gp", plan(addresses=links, **uris), key="2"))
    for form in forms:
        assert await found(node, f"condition={form}") == []
        assert await found(node, f"_filter=not (condition eq {form})") == ["plan"]
        assert await found(node, f"instantiates-uri={form}") == []
    assert await found(node, "instantiates-uri:below=https://other.example/fhir/Condition") == []
    assert await found(node, "instantiates-uri:below=https://other.example/fhir/plans") == ["plan"]
    assert await found(node, f"condition={other}") == ["plan"]


async def test_a_text_that_names_an_entry_is_searched_by_nobody(node: Node) -> None:
    for number, id_ in enumerate((HIDDEN, "seen")):
        title = {"title": f"see Condition/{id_}", "id": f"plan{number}"}
        note = {"description": "x", "category": [{"text": f"about Condition/{id_}"}]}
        await store(node, submission("gp", plan(**title, **note), key=str(number + 2)))
    assert await found(node, "category:text=about") == []
    assert await found(node, "subject=Patient/p") == ["plan0", "plan1"]


async def test_a_person_who_may_not_be_seen_is_in_nobodys_record(node: Node) -> None:
    deny = {
        "type": "deny",
        "class": [{"code": "Patient", "system": "http://hl7.org/fhir/resource-types"}],
    }
    given = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/p"},
        "dateTime": "2026-06-01T09:00:00Z",
        "policy": [{"uri": "urn:example:policy"}],
        "provision": {"type": "permit", "provision": [deny]},
    }
    assert await found(node, "patient=Patient/p", "Condition") == ["seen"]
    await store(node, submission("gp", given, key="4"))
    assert await found(node, "code=195967001", "Condition") == ["seen"]
    assert await found(node, "patient=Patient/p", "Condition") == []
    assert await found(node, "patient=Patient/unknown", "Condition") == []
