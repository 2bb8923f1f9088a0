"""Labels that come by belonging: whenever the holder comes, whatever becomes of its label."""

import json
from pathlib import Path
from typing import Any

import pytest

from doors.node_parts import asks, condition, load, node_in, patient, submission
from store.engines import each_kind
from throughcare.app.node import Node
from throughcare.kernel import NotFoundError
from throughcare.model.request import Purpose, Reason, Role
from throughcare.model.submission import Merge

pytestmark = pytest.mark.parametrize("engine", each_kind, indirect=True)

ME = {"reference": "Patient/p"}
PATIENT = patient("Khan", id="p")
R = {"code": "R", "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"}
SEALED = {"meta": {"security": [R]}}


def encounter(id_: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR JSON
    return {
        "resourceType": "Encounter",
        "id": id_,
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": ME,
        **more,
    }


def composition(id_: str, *entries: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR JSON
    return {
        "resourceType": "Composition",
        "id": id_,
        "status": "final",
        "type": {"text": "letter"},
        "subject": ME,
        "date": "2026-01-02",
        "author": [{"display": "somebody"}],
        "title": "a letter",
        "section": [{"title": "a", "entry": [{"reference": name} for name in entries]}],
        **more,
    }


def letter(id_: str, file: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR JSON
    content = [{"attachment": {"contentType": "application/pdf", "url": file}}]
    return {
        "resourceType": "DocumentReference",
        "id": id_,
        "status": "current",
        "subject": ME,
        "content": content,
        **more,
    }


def at(id_: str, visit: str, code: str = "38341003") -> dict[str, Any]:
    held = {"encounter": {"reference": f"Encounter/{visit}"}}
    return condition("Patient/p", code) | held | {"id": id_}


async def hidden(node: Node, *references: str) -> set[str]:
    """Return those of the entries that a nurse does not see."""
    found = set()
    for name in references:
        try:
            await node.disclosure.read(asks(), *name.split("/"))
        except NotFoundError:
            found.add(name)
    return found


async def test_a_label_of_an_encounter_that_comes_changes_and_goes_takes_its_entries_along(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node:
        everything = ("Condition/c", "Encounter/part")
        whole = {"partOf": {"reference": "Encounter/whole"}}
        await load(node, submission("gp", PATIENT, encounter("part", **whole), at("c", "part")))
        assert await hidden(node, *everything) == set()
        await load(node, submission("gp", PATIENT, encounter("whole", **SEALED), key="2"))
        assert await hidden(node, *everything) == set(everything)
        await load(node, submission("gp", PATIENT, encounter("whole"), key="3"))
        assert await hidden(node, *everything) == set()


async def test_a_confidential_document_that_comes_last_hides_what_stands_in_it(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node:
        inside, outside = (condition("Patient/p", code) for code in ("38341003", "195967001"))
        file = {
            "resourceType": "Binary",
            "id": "f",
            "contentType": "application/pdf",
            "data": "AA==",
        }
        parts = submission("gp", PATIENT, inside | {"id": "in"}, outside | {"id": "out"}, file)
        await load(node, parts)
        everything = ("Condition/in", "Condition/out", "Binary/f")
        assert await hidden(node, *everything) == set()
        sealed = composition("doc", "Condition/in", confidentiality="V")
        about = letter("d", "Binary/f", context={"related": [{"reference": "Composition/doc"}]})
        await load(node, submission("gp", PATIENT, sealed, about, key="2"))
        assert await hidden(node, *everything) == {"Condition/in", "Binary/f"}
        await load(node, submission("gp", PATIENT, composition("doc", "Condition/in"), key="3"))
        assert await hidden(node, *everything) == set()
        await load(node, submission("gp", PATIENT, inside | {"id": "in", **SEALED}, key="4"))
        assert await hidden(node, *everything) == {"Condition/in", "Binary/f"}


async def test_a_merge_brings_the_label_of_a_document_to_the_other_record_and_takes_it_back(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node:
        sealed = composition("doc", "Condition/c", confidentiality="R")
        one = submission("rx", PATIENT, sealed)
        theirs = condition("Patient/a", "38341003") | {"id": "c"}
        other = submission("rx", patient("Abbott", id="a"), theirs, key="2")
        await load(node, one, other)
        assert await hidden(node, "Condition/c") == set()
        await load(node, submission("rx", key="3", merge=Merge("rx-Khan", "rx-Abbott")))
        assert await hidden(node, "Condition/c") == {"Condition/c"}
        await load(node, submission("rx", key="4", merge=Merge("rx-Khan", "rx-Abbott", undo=True)))
        assert await hidden(node, "Condition/c") == set()


async def test_an_encounter_of_a_record_that_is_not_linked_passes_its_label_on_too(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node:
        one = submission("rx", PATIENT, encounter("v", **SEALED))
        about = {"subject": {"reference": "Patient/a"}}
        theirs = encounter("part", partOf={"reference": "Encounter/v"}) | about
        below = at("c", "part") | about
        await load(node, one, submission("rx", patient("Abbott", id="a"), theirs, below, key="2"))
        assert await hidden(node, "Condition/c") == {"Condition/c"}
        labelled = condition("Patient/a", "8098009") | {"id": "another"}  # all are classified anew
        await load(node, submission("rx", patient("Abbott", id="a"), labelled, key="3"))
        assert await hidden(node, "Condition/c") == {"Condition/c"}


async def test_an_allergy_found_at_a_sexual_health_clinic_is_shown_without_the_clinic(
    tmp_path: Path,
) -> None:
    """Scenario 8c."""
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "a",
        "clinicalStatus": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
                    "code": "active",
                }
            ]
        },
        "code": {"text": "Penicillin"},
        "patient": ME,
        "encounter": {"reference": "Encounter/clinic"},
        "recorder": {"display": "Sexual health nurse"},
        "asserter": {"display": "Sexual health doctor"},
        "note": [{"text": "told at the clinic"}],
        "reaction": [{"manifestation": [{"text": "Anaphylaxis"}], "note": [{"text": "clinic"}]}],
    }
    reason = {"reasonCode": [{"coding": [{"system": "http://snomed.info/sct", "code": "8098009"}]}]}
    async with node_in(tmp_path) as node:
        await load(node, submission("gp", PATIENT, allergy))
        await load(node, submission("gp", PATIENT, encounter("clinic", **reason), key="2"))
        paramedic = asks(
            Role.PARAMEDIC, Purpose.ETREAT, reason=Reason("cannot-be-asked", "unconscious")
        )
        text = (await node.disclosure.read(paramedic, "AllergyIntolerance", "a")).body.decode()
        shown = json.loads(text)
        assert shown["code"] == {"text": "Penicillin"}
        assert shown["reaction"][0]["manifestation"] == [{"text": "Anaphylaxis"}]
        assert "linic" not in text.replace("clinical", "")
        assert "Sexual" not in text
        with pytest.raises(NotFoundError):
            await node.disclosure.read(paramedic, "Encounter", "clinic")


async def test_a_sealed_report_seals_its_results_whenever_it_comes_and_until_it_is_opened(
    tmp_path: Path,
) -> None:
    result = {"status": "final", "code": {"text": "a result"}, "subject": ME}
    number = {"system": "urn:lab", "value": "7"}
    inside = {"resourceType": "Observation", "id": "in", **result}
    named = {"resourceType": "Observation", "id": "named", "identifier": [number], **result}
    beside = {"resourceType": "Observation", "id": "out", **result}
    pdf = {"contentType": "application/pdf", "data": "AA=="}
    file = {"resourceType": "Binary", "id": "f", **pdf}
    holds = [{"reference": "Observation/in"}, {"identifier": number}]
    report = {"resourceType": "DiagnosticReport", "id": "r", **result}
    report |= {"code": {"text": "a report"}, "result": holds}
    about = {
        "resourceType": "Provenance",
        "id": "p",
        "target": [{"identifier": number}, ME],
        "recorded": "2026-01-02T03:04:05Z",
        "agent": [{"who": {"display": "somebody"}}],
    }
    everything = ("Observation/in", "Observation/named", "Observation/out", "Provenance/p")
    async with node_in(tmp_path) as node:
        await load(node, submission("gp", PATIENT, inside, named, beside, about, file))
        assert await hidden(node, *everything) == set()
        await load(node, submission("gp", PATIENT, report | SEALED, key="2"))
        assert await hidden(node, *everything) == {*everything} - {"Observation/out"}
        await load(node, submission("gp", PATIENT, named, key="3"))
        await load(node, submission("gp", PATIENT, inside | {"id": "later"}, key="4"))
        assert await hidden(node, *everything) == {*everything} - {"Observation/out"}
        await load(node, submission("gp", PATIENT, report, key="5"))
        assert await hidden(node, *everything) == set()
        shown = report | {"presentedForm": [{"url": "Binary/f"}]}
        await load(node, submission("gp", PATIENT, shown, key="6"))
        assert await hidden(node, *everything, "Binary/f") == set()
        sealed = inside | SEALED | {"code": {"text": "another result"}}
        await load(node, submission("gp", PATIENT, sealed, key="7"))
        assert await hidden(node, *everything, "Binary/f") == {"Observation/in", "Binary/f"}


async def test_a_step_of_a_sealed_operation_is_sealed_with_it(tmp_path: Path) -> None:
    operation = {"resourceType": "Procedure", "status": "completed", "subject": ME}
    whole = operation | {"id": "whole", "code": {"text": "an operation"}}
    step = operation | {"id": "step", "code": {"text": "a step"}}
    step |= {"partOf": [{"reference": "Procedure/whole"}]}
    async with node_in(tmp_path) as node:
        await load(node, submission("gp", PATIENT, whole | SEALED))
        await load(node, submission("gp", PATIENT, step, key="2"))
        assert await hidden(node, "Procedure/step", "Procedure/whole") == {
            "Procedure/step",
            "Procedure/whole",
        }
        await load(node, submission("gp", PATIENT, whole, key="3"))
        assert await hidden(node, "Procedure/step", "Procedure/whole") == set()


PDF = [{"contentType": "application/pdf", "data": "AA=="}]


@pytest.mark.parametrize("more", [{"presentedForm": PDF}, {"conclusion": "reactive"}, {}])
async def test_a_report_that_shows_a_hidden_result_itself_is_hidden_and_no_other_report_is(
    tmp_path: Path,
    more: dict[str, Any],
) -> None:
    """Whichever comes first; of one that shows nothing itself the link is masked."""
    says = {"status": "final", "code": {"text": "a result"}, "subject": ME}
    result = {"resourceType": "Observation", "id": "in", **says}
    sealed = result | SEALED
    holds = {"result": [{"reference": "Observation/in"}]}
    report = {"resourceType": "DiagnosticReport", **says, "code": {"text": "a report"}, **more}
    name, later = "DiagnosticReport/r", "DiagnosticReport/later"
    shut = {name} if more else set()
    async with node_in(tmp_path) as node:
        await load(node, submission("gp", PATIENT, result, report | holds | {"id": "r"}))
        assert await hidden(node, name) == set()
        await load(node, submission("gp", PATIENT, sealed, key="2"))
        assert await hidden(node, name) == shut
        await load(node, submission("gp", PATIENT, report | holds | {"id": "later"}, key="3"))
        assert await hidden(node, name, later) == ({name, later} if more else set())
        if not more:
            shown = (await node.disclosure.read(asks(), "DiagnosticReport", "later")).body
            assert b"Observation/in" not in shown
        await load(node, submission("gp", PATIENT, report | {"id": "later"}, key="4"))
        assert await hidden(node, name, later) == shut
        await load(node, submission("gp", PATIENT, result, key="5"))
        assert await hidden(node, name, later) == set()
