"""The International Patient Summary: whole, valid, and no more than may be seen."""

import json
from typing import Any

import httpx
import pytest

from locality_commands import throughcare
from node.conftest import EDITH, Served
from node.test_consent_over_http import (
    PERSON,
    condition,
    gp_practice,
    no_to_mental_health,
    nurse,
)
from node.test_fhir_over_http import NHS, patient_id
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.validation import validate
from throughcare.intake import fhir_json

pytestmark = pytest.mark.server

__all__ = ["gp_practice", "nurse"]

REQUIRED = {"10160-0": "medicines", "48765-2": "allergies", "11450-4": "problems"}
SCT = "http://snomed.info/sct"
Document = dict[str, Any]


def sections(document: Document) -> dict[str, dict[str, Any]]:
    composition = document["entry"][0]["resource"]
    assert composition["resourceType"] == "Composition"
    return {each["code"]["coding"][0]["code"]: each for each in composition["section"]}


def summary(client: httpx.Client, patient: str) -> Document:
    reply = client.get(f"{patient}/$summary")
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def reason(section: dict[str, Any]) -> str:
    assert "entry" not in section
    return str(section["emptyReason"]["coding"][0]["code"])


@pytest.fixture(scope="module")
def edith(gp: httpx.Client) -> str:
    return f"Patient/{patient_id(gp, EDITH)}"


def test_the_summary_is_a_valid_document_in_which_every_entry_is_found(
    gp: httpx.Client, edith: str
) -> None:
    reply = gp.get(f"{edith}/$summary")
    document = reply.json()
    errors = [
        each
        for each in validate(fhir_bytes.parse(reply.content))
        if each.severity in {"error", "fatal"}
    ]
    assert not errors
    assert (document["type"], document["identifier"]["system"]) == ("document", "urn:ietf:rfc:3986")
    assert set(REQUIRED) <= set(sections(document))
    urls = [each["fullUrl"] for each in document["entry"]]
    assert len(urls) == len(set(urls))
    composition = document["entry"][0]["resource"]
    assert document["entry"][2]["fullUrl"] == composition["subject"]["reference"]
    pointed = [composition["subject"], *composition["author"]]
    for section in sections(document).values():
        assert section["text"]["div"].startswith("<div xmlns=")
        pointed += section.get("entry", [])
    assert {each["reference"] for each in pointed} <= set(urls)
    for each in document["entry"][2:]:
        stored = gp.get(each["fullUrl"])
        assert stored.status_code == 200
        assert stored.json() == each["resource"]


def test_the_summary_holds_what_the_record_has_of_each_section(
    gp: httpx.Client, edith: str
) -> None:
    document = summary(gp, edith)
    found = sections(document)
    allergies = gp.get(f"{edith}/AllergyIntolerance?_count=100").json()
    shown = {each["reference"].rpartition("/")[2] for each in found["48765-2"]["entry"]}
    assert shown == {
        each["resource"]["id"] for each in allergies["entry"] if each["search"]["mode"] == "match"
    }
    for code in ("10160-0", "11450-4", "8716-3"):
        assert found[code]["entry"], code


def test_not_recorded_none_known_and_withheld_are_three_things(
    served: Served, gp_practice: httpx.Client, nurse: httpx.Client
) -> None:
    person = {k: v for k, v in PERSON.items() if k != "identifier"} | {"birthDate": "1921-05-06"}
    patient = "Patient/of-little-record"
    kept = gp_practice.put(patient, json=person | {"id": "of-little-record"})
    assert kept.status_code == 201, kept.text
    with served.client("patient", "PATRQT", "--person", public_id(served, patient)) as own:
        bare = sections(summary(own, patient))
        assert {reason(bare[code]) for code in REQUIRED} == {"notasked"}
        assert {reason(sections(summary(nurse, patient))[code]) for code in REQUIRED} == {
            "withheld"
        }
        none = {
            "resourceType": "AllergyIntolerance",
            "clinicalStatus": {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
                        "code": "active",
                    }
                ]
            },
            "code": {"coding": [{"system": SCT, "code": "716186003"}]},
            "patient": {"reference": patient},
        }
        assert gp_practice.post("AllergyIntolerance", json=none).status_code == 201
        known = sections(summary(own, patient))["48765-2"]
    assert len(known["entry"]) == 1
    assert "No known allergies" in known["text"]["div"]


def public_id(served: Served, patient: str) -> str:
    listed = throughcare("people", "--node", served.node, "--csv").stdout.splitlines()
    (row,) = [line for line in listed if patient in line]
    return row.split(",")[2]


def test_a_denied_entry_is_in_no_section_and_no_narrative(
    gp_practice: httpx.Client, nurse: httpx.Client
) -> None:
    person = {k: v for k, v in PERSON.items() if k != "identifier"} | {"birthDate": "1922-05-06"}
    patient = f"Patient/{gp_practice.post('Patient', json=person).json()['id']}"
    for code, text in (("35489007", "Sadness"), ("195967001", "Wheezing")):
        stated = condition(patient, code)
        stated["code"]["text"] = text
        assert gp_practice.post("Condition", json=stated).status_code == 201
    assert "Sadness" in json.dumps(summary(nurse, patient))
    assert gp_practice.post("Consent", json=no_to_mental_health(patient)).status_code == 201
    document = summary(nurse, patient)
    assert "Sadness" not in json.dumps(document)
    assert len(sections(document)["11450-4"]["entry"]) == 1


def test_a_summary_is_asked_for_by_an_identifier_too(
    served: Served, gp: httpx.Client, edith: str
) -> None:
    asked = f"Patient/$summary?identifier={NHS}|{EDITH}"
    by_identifier, by_id = gp.get(asked).json(), summary(gp, edith)
    shown = [sorted(e["fullUrl"] for e in each["entry"][2:]) for each in (by_identifier, by_id)]
    assert shown[0] == shown[1]
    assert gp.get(f"Patient/$summary?identifier={NHS}|9990000042").status_code == 404
    assert gp.get("Patient/$summary").status_code == 400
    with served.client("nurse", "TREAT", "--org", "RXX", "--relationship", "no") as stranger:
        assert stranger.get(asked).status_code == 404


def test_a_hidden_patient_has_no_summary(served: Served, edith: str) -> None:
    with served.client("nurse", "TREAT", "--org", "RXX", "--relationship", "no") as stranger:
        hidden = stranger.get(f"{edith}/$summary")
        unknown = stranger.get(f"Patient/{'0' * 32}/$summary")
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.content == unknown.content


def test_the_summary_can_be_read_by_another_node(gp: httpx.Client, edith: str) -> None:
    document = gp.get(f"{edith}/$summary").content
    read = list(fhir_json.read_document("summary", document, "other"))
    assert read
