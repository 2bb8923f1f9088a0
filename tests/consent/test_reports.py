"""Labels reach results of a report, members of a panel, parts of a plan, and a report's file."""

from typing import Any

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
