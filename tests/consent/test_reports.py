"""Labels of a report and its results, a panel and its members, and of the files that show them."""

from typing import Any

import pytest

from throughcare.consent import security
from throughcare.consent.labels import Member, classify_record

R = {"security": [{"system": security.CONFIDENTIALITY, "code": "R"}]}
STD = {"coding": [{"system": "http://snomed.info/sct", "code": "8098009"}]}


def to(name: str) -> dict[str, str]:
    return {"reference": name}


def found(entries: dict[str, dict[str, Any]]) -> dict[str, set[str]]:
    members = [Member(name, resource, "RXX") for name, resource in entries.items()]
    return {name: set(cls.labels) for name, cls in classify_record(members).items()}


def test_a_section_and_a_report_hold_what_they_name_by_an_identifier() -> None:
    own = {"system": "urn:x", "value": "7"}
    for holder in (
        {"resourceType": "Composition", "section": [{"entry": [{"identifier": own}]}], "meta": R},
        {"resourceType": "DiagnosticReport", "result": [{"identifier": own}], "meta": R},
    ):
        entries = {
            f"{holder['resourceType']}/h": holder,
            "Observation/o": {"resourceType": "Observation", "identifier": [own]},
            "Observation/p": {"resourceType": "Observation"},
        }
        got = found(entries)
        assert (got["Observation/o"], got["Observation/p"]) == ({"R"}, set())


def test_a_panel_in_a_confidential_report_passes_its_label_on_to_its_members() -> None:
    entries = {
        "DiagnosticReport/r": {
            "resourceType": "DiagnosticReport",
            "meta": R,
            "result": [to("Observation/p")],
        },
        "Observation/p": {"resourceType": "Observation", "hasMember": [to("Observation/m")]},
        "Observation/m": {"resourceType": "Observation", "hasMember": [to("Observation/m")]},
        "Media/i": {"resourceType": "Media", "partOf": [to("Observation/m")]},
    }
    assert set(map(frozenset, found(entries).values())) == {frozenset({"R"})}


def test_the_file_of_a_report_takes_the_labels_of_its_results_and_the_report_does_not() -> None:
    report = {"resourceType": "DiagnosticReport", "result": [to("Observation/o")]}
    entries = {
        "DiagnosticReport/r": report | {"presentedForm": [{"url": "Binary/f"}]},
        "DiagnosticReport/s": {"resourceType": "DiagnosticReport"},
        "Observation/o": {"resourceType": "Observation", "code": STD},
        "Binary/f": {"resourceType": "Binary"},
    }
    got = found(entries)
    assert (got["Binary/f"], got["DiagnosticReport/r"]) == ({"STD"}, set())
    plain = entries["DiagnosticReport/r"] | {
        "resourceType": "Media",
        "content": {"url": "Binary/f"},
    }
    assert found({**entries, "DiagnosticReport/r": plain})["Binary/f"] == set()


def test_a_medicine_that_is_critical_takes_no_label_of_the_plan_that_it_is_part_of() -> None:
    insulin = {"text": "Insulin glargine"}
    entries = {
        "CarePlan/p": {
            "resourceType": "CarePlan",
            "meta": R,
            "activity": [{"reference": to("MedicationRequest/m")}],
        },
        "MedicationRequest/m": {
            "resourceType": "MedicationRequest",
            "medicationCodeableConcept": insulin,
        },
    }
    members = [Member(name, resource, "RXX") for name, resource in entries.items()]
    cls = classify_record(members)["MedicationRequest/m"]
    assert (cls.critical, cls.labels, cls.episode) == (True, frozenset(), {"R"})


PDF = {"contentType": "application/pdf", "data": "AA=="}
NUMBER = {"system": "urn:x", "value": "7"}
OTHER = {"text": "another result"}
TELLING: list[dict[str, Any]] = [
    {"presentedForm": [PDF]},
    {"presentedForm": [{"url": "https://elsewhere.example/Binary/1"}, PDF]},
    {"conclusion": "reactive"},
    {"conclusionCode": [{"text": "reactive"}]},
]
SILENT: list[dict[str, Any]] = [
    {},
    {"presentedForm": [{"url": "Binary/f"}]},
    {"presentedForm": [{"title": "a file without bytes"}]},
    {"conclusion": "", "conclusionCode": []},
    {"contained": [{"resourceType": "Media", "content": PDF}]},
]


def reported(more: dict[str, Any], *results: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a report of a labelled result and another, and what belongs to the report."""
    named = list(results) or [to("Observation/o"), to("Observation/other")]
    return {
        "DiagnosticReport/r": {"resourceType": "DiagnosticReport", "result": named, **more},
        "Observation/o": {"resourceType": "Observation", "code": STD, "identifier": [NUMBER]},
        "Observation/other": {"resourceType": "Observation", "code": OTHER},
        "Provenance/p": {"resourceType": "Provenance", "target": [to("DiagnosticReport/r")]},
        "AuditEvent/a": {"resourceType": "AuditEvent", "entity": [{"what": to("Provenance/p")}]},
    }


@pytest.mark.parametrize("more", TELLING)
@pytest.mark.parametrize("result", [to("Observation/o"), {"identifier": NUMBER}])
def test_a_report_that_shows_a_result_itself_takes_its_labels_and_passes_them_to_no_other(
    more: dict[str, Any], result: dict[str, Any]
) -> None:
    got = found(reported(more, result, to("Observation/other")))
    about = ("DiagnosticReport/r", "Provenance/p", "AuditEvent/a")
    assert [got[name] for name in about] == [{"STD"}] * 3
    assert got["Observation/other"] == set()


@pytest.mark.parametrize("more", SILENT)
def test_a_report_whose_hidden_results_are_masked_in_it_takes_no_label_of_theirs(
    more: dict[str, Any],
) -> None:
    got = found(reported(more))
    assert (got["DiagnosticReport/r"], got["Provenance/p"]) == (set(), set())


def test_a_report_that_concludes_takes_no_label_of_what_it_does_not_hold() -> None:
    for more in ({"result": []}, {"result": [to("Observation/gone")]}):
        assert found(reported(TELLING[0] | more))["DiagnosticReport/r"] == set()
    entries = reported(TELLING[0] | {"result": [], "basedOn": [to("Observation/o")]})
    assert found(entries)["DiagnosticReport/r"] == set()
    entries["DiagnosticReport/r"]["media"] = [{"link": to("Observation/o")}]
    assert found(entries)["DiagnosticReport/r"] == {"STD"}
    plan = {"resourceType": "CarePlan", "activity": [{"reference": to("Observation/o")}]}
    told = entries | {"CarePlan/c": plan | {"conclusion": "no member of it", "content": PDF}}
    assert found(told)["CarePlan/c"] == set()


def test_a_report_tells_where_a_critical_result_was_found_and_so_takes_that_label() -> None:
    """As its file does, if it lies apart."""
    reaction = {"coding": [{"system": "http://snomed.info/sct", "code": "91936005"}]}
    entries = {
        **reported(TELLING[0] | {"result": [to("AllergyIntolerance/c")]}),
        "Encounter/e": {"resourceType": "Encounter", "meta": R},
        "AllergyIntolerance/c": {
            "resourceType": "AllergyIntolerance",
            "code": reaction,
            "encounter": to("Encounter/e"),
        },
    }
    got = found(entries)
    assert (got["AllergyIntolerance/c"], got["DiagnosticReport/r"]) == (set(), {"R"})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ([{"attachment": PDF}], {"STD", "R"}),
        ([{"attachment": {"url": "Binary/f"}}], set()),
        ([{"attachment": {"title": "a letter"}}], set()),
    ],
)
def test_a_letter_that_has_a_document_inside_it_takes_the_labels_of_all_that_stands_there(
    content: list[dict[str, Any]], expected: set[str]
) -> None:
    """Those that a report in the document takes itself, too."""
    letter = {"resourceType": "DocumentReference", "content": content}
    about = {"resourceType": "Provenance", "target": [to("DocumentReference/d")]}
    section = {"entry": [to("DiagnosticReport/r"), to("Condition/in")]}
    entries = {
        **reported(TELLING[2]),
        "Condition/in": {"resourceType": "Condition", "code": OTHER, "meta": R},
        "Composition/c": {"resourceType": "Composition", "section": [section]},
        "DocumentReference/d": letter | {"context": {"related": [to("Composition/c")]}},
        "Provenance/d": about,
        "DocumentReference/e": letter | {"context": {"related": [to("Observation/o")]}},
    }
    got = found(entries)
    assert got["DocumentReference/d"] == got["Provenance/d"] == expected
    assert got["Composition/c"] == got["DocumentReference/e"] == set()


def test_a_plan_for_an_emergency_that_has_a_document_inside_it_stays_to_be_seen() -> None:
    plan = {"coding": [{"system": "http://snomed.info/sct", "code": "736373009"}]}
    letter = {"resourceType": "DocumentReference", "type": plan, "content": [{"attachment": PDF}]}
    entries = {
        **reported({}),
        "Composition/c": {
            "resourceType": "Composition",
            "section": [{"entry": [to("Observation/o")]}],
        },
        "DocumentReference/d": letter | {"context": {"related": [to("Composition/c")]}},
    }
    members = [Member(name, resource, "RXX") for name, resource in entries.items()]
    cls = classify_record(members)["DocumentReference/d"]
    assert (cls.critical, cls.labels, cls.episode) == (True, frozenset(), {"STD"})
