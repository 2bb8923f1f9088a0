"""Consent on the wire: a hidden entry leaves no trace, and a switch works at once."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from locality_commands import throughcare
from node.conftest import Served

pytestmark = pytest.mark.server

NHS = "https://fhir.nhs.uk/Id/nhs-number"
SCT = "http://snomed.info/sct"
DEPRESSION = f"{SCT}|35489007"
PERSON = {
    "resourceType": "Patient",
    "identifier": [{"system": NHS, "value": "9990000018"}],
    "name": [{"family": "Scenario", "given": ["Ida"]}],
    "birthDate": "1961-04-05",
    "gender": "female",
}
OTHER = {"system": NHS, "value": "9990000417"}
THIRD = {"system": NHS, "value": "9990000425"}
CODES = ("195967001", "38341003", "44054006", "49436004", "35489007")


def condition(patient: str, code: str) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "code": {"coding": [{"system": SCT, "code": code}]},
        "subject": {"reference": patient},
        "recordedDate": "2026-01-02",
    }


def no_to_mental_health(patient: str) -> dict[str, Any]:
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSY"}
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/consentscope",
                    "code": "patient-privacy",
                }
            ]
        },
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": patient},
        "dateTime": "2026-06-01T09:00:00Z",
        "policy": [{"uri": "urn:example:policy"}],
        "provision": {"provision": [{"type": "deny", "securityLabel": [label]}]},
    }


@pytest.fixture(scope="module")
def gp_practice(served: Served) -> Iterator[httpx.Client]:
    with served.client("gp", "TREAT", "--org", "B99999") as client:
        yield client


@pytest.fixture(scope="module")
def nurse(served: Served) -> Iterator[httpx.Client]:
    with served.client("nurse", "TREAT", "--org", "RXX") as client:
        yield client


@pytest.fixture(scope="module")
def conditions(gp_practice: httpx.Client) -> dict[str, str]:
    """Return the ids of five conditions of one person, by code; one is about to be hidden."""
    return five_conditions(gp_practice, PERSON)


def five_conditions(gp_practice: httpx.Client, person: dict[str, Any]) -> dict[str, str]:
    """Record a person whom no other file of tests has, five conditions and a list of them."""
    made = gp_practice.post("Patient", json=person)
    assert made.status_code == 201, made.text
    patient = f"Patient/{made.json()['id']}"
    ids = {}
    for code in CODES:
        stored = gp_practice.post("Condition", json=condition(patient, code))
        assert stored.status_code == 201, stored.text
        ids[code] = stored.json()["id"]
    listed = {
        "resourceType": "List",
        "status": "current",
        "mode": "working",
        "subject": {"reference": patient},
        "text": {
            "status": "generated",
            "div": '<div xmlns="http://www.w3.org/1999/xhtml">depressed</div>',
        },
        "entry": [{"item": {"reference": f"Condition/{id_}"}} for id_ in ids.values()],
    }
    ids["list"] = gp_practice.post("List", json=listed).json()["id"]
    consent = gp_practice.post("Consent", json=no_to_mental_health(patient))
    assert consent.status_code == 201, consent.text
    return ids | {"patient": patient}


def matches(bundle: dict[str, Any]) -> list[str]:
    return [e["resource"]["id"] for e in bundle["entry"] if e["search"]["mode"] != "outcome"]


def test_counts_and_pages_are_of_what_may_be_seen(
    nurse: httpx.Client, conditions: dict[str, str]
) -> None:
    """Scenario 38: one of five is hidden."""
    person = {"patient": conditions["patient"]}
    counted = nurse.get("Condition", params=person | {"_summary": "count"}).json()
    assert counted["total"] == 4
    url, seen = f"Condition?patient={conditions['patient']}&_count=2&_sort=recorded-date", []
    while url:
        bundle = nurse.get(url).json()
        assert bundle["total"] == 4
        seen += matches(bundle)
        url = next((each["url"] for each in bundle["link"] if each["relation"] == "next"), "")
    assert sorted(seen) == sorted(conditions[code] for code in CODES[:4])


def test_a_hidden_entry_is_no_ground_for_finding_a_person(
    nurse: httpx.Client, gp_practice: httpx.Client, conditions: dict[str, str]
) -> None:
    params = {"_has:Condition:patient:code": DEPRESSION, "family": "Scenario"}
    for client in (nurse, gp_practice):
        assert client.get("Patient", params=params).json()["total"] == 0
    _, _, patient = conditions["patient"].rpartition("/")
    included = nurse.get(
        "Patient", params={"_id": patient, "_revinclude": "Condition:patient"}
    ).json()
    assert conditions["35489007"] not in matches(included)
    assert len(matches(included)) == 5


def test_a_hidden_id_answers_like_one_that_never_was(
    nurse: httpx.Client, conditions: dict[str, str]
) -> None:
    for tail in ("", "/_history", "/_history/1"):
        hidden = nurse.get(f"Condition/{conditions['35489007']}{tail}")
        unknown = nurse.get(f"Condition/{'0' * 32}{tail}")
        assert hidden.status_code == unknown.status_code == 404
        assert hidden.content == unknown.content
        names = {"x-request-id", "date"}
        kept = [{k: v for k, v in r.headers.items() if k not in names} for r in (hidden, unknown)]
        assert kept[0] == kept[1]
    deleted = [nurse.delete(f"Condition/{id_}") for id_ in (conditions["35489007"], "0" * 32)]
    assert {reply.status_code for reply in deleted} == {404}
    assert deleted[0].content == deleted[1].content


def test_a_hidden_entry_cannot_be_overwritten(
    nurse: httpx.Client, conditions: dict[str, str]
) -> None:
    id_ = conditions["35489007"]
    changed = condition(conditions["patient"], "195967001") | {"id": id_}
    assert nurse.put(f"Condition/{id_}", json=changed).status_code == 412


def test_a_list_loses_the_hidden_row_and_its_narrative_and_is_not_taken_back(
    nurse: httpx.Client, conditions: dict[str, str]
) -> None:
    url = f"List/{conditions['list']}"
    shown = nurse.get(url)
    assert conditions["35489007"] not in shown.text
    assert "depressed" not in shown.text
    assert len(shown.json()["entry"]) == 4
    assert nurse.put(url, json=shown.json()).status_code == 412


def test_a_conditional_create_cannot_find_what_is_hidden(
    nurse: httpx.Client, conditions: dict[str, str]
) -> None:
    probe = nurse.post(
        "Condition",
        json=condition(conditions["patient"], "195967001"),
        headers={"if-none-exist": f"_id={conditions['35489007']}"},
    )
    assert probe.status_code == 201


def test_an_emergency_without_a_reason_is_a_usage_error(served: Served) -> None:
    for purpose in ("ETREAT", "BTG"):
        words = ("--nhs", "9996188108", "--role", "paramedic", "--purpose", purpose, "--json")
        asked = throughcare("emergency", "--node", served.node, *words)
        assert asked.returncode == 2
        assert "reason" in asked.stderr


def test_every_look_is_in_the_ledger_and_the_ledger_is_whole(
    served: Served, nurse: httpx.Client, conditions: dict[str, str]
) -> None:
    assert nurse.get(f"Condition/{conditions['195967001']}").status_code == 200
    verified = throughcare("audit", "verify", "--node", served.node)
    assert verified.returncode == 0, verified.stdout
    assert "whole" in verified.stdout


def test_a_refusal_is_explained_by_number_and_the_record_stays_hidden(
    served: Served, gp_practice: httpx.Client
) -> None:
    made = gp_practice.post("Patient", json=PERSON | {"identifier": [OTHER], "birthDate": "1931"})
    about = f"Patient/{made.json()['id']}"
    refused = no_to_mental_health(about) | {"provision": {"provision": [{"type": "deny"}]}}
    assert gp_practice.post("Consent", json=refused).status_code == httpx.codes.CREATED
    with served.client("nurse", "TREAT", "--org", "RXX", "--permission", "given") as nurse:
        asked = {"identifier": f"{NHS}|{OTHER['value']}"}
        assert nurse.get("Patient", params=asked).json()["total"] == 0
        assert nurse.get(f"{about}/$explain-access").status_code == httpx.codes.NOT_FOUND
        said = nurse.get("Patient/$explain-access", params=asked)
        wrong = nurse.get("Patient/$explain-access", params=asked | {"entry": "Condition/1"})
    assert said.status_code == httpx.codes.OK
    parts = [tuple(each.values()) for each in said.json()["parameter"]]
    assert {("decision", "deny"), ("audience", "staff"), ("rank", 5), ("rule", "directive")} <= {
        *parts
    }
    assert "SCENARIO" not in said.text.upper()
    assert wrong.status_code == httpx.codes.BAD_REQUEST


def test_a_consent_is_recorded_whatever_it_meets_and_prefer_chooses_the_answer(
    gp_practice: httpx.Client,
) -> None:
    made = gp_practice.post("Patient", json=PERSON | {"identifier": [THIRD], "birthDate": "1933"})
    sent = no_to_mental_health(f"Patient/{made.json()['id']}")
    asked = gp_practice.post("Consent", json=sent, headers={"prefer": "return=OperationOutcome"})
    assert asked.status_code == httpx.codes.CREATED
    assert asked.json()["resourceType"] == "OperationOutcome"
    assert [each["severity"] for each in asked.json()["issue"]] == ["information"]
