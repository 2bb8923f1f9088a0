"""The FHIR interface of a served node, as a client meets it."""

import gzip
import uuid
from typing import Any

import httpx
import pytest

from throughcare.api.routes import PATHS

pytestmark = pytest.mark.server

SCT = "http://snomed.info/sct"
NHS = "https://fhir.nhs.uk/Id/nhs-number"
EDITH = "9996188108"


def patient_id(client: httpx.Client, number: str = EDITH) -> str:
    found = client.get("Patient", params={"identifier": f"{NHS}|{number}"}).json()
    assert found["total"] > 1
    return str(found["entry"][0]["resource"]["id"])


def pages(client: httpx.Client, url: str) -> list[dict[str, Any]]:
    """Follow ``next`` to the end and return every match."""
    found = []
    while url:
        bundle = client.get(url).json()
        found += [e["resource"] for e in bundle["entry"] if e["search"]["mode"] == "match"]
        url = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")
    return found


def new_patient() -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "name": [{"family": "Unwritten", "given": ["Ada"]}],
        "birthDate": "1950-02-03",
        "gender": "female",
    }


def observation(patient: str, value: str = "1.10") -> bytes:
    return (
        '{ "resourceType": "Observation", "status": "final",'
        '"code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},'
        f'"subject": {{"reference": "Patient/{patient}"}},'
        f'"valueQuantity": {{"value": {value}, "unit": "kg"}} }}'
    ).encode()


def test_what_is_created_is_read_back_with_every_digit(gp: httpx.Client) -> None:
    made = gp.post("Observation", content=observation(patient_id(gp)))
    assert made.status_code == 201, made.text
    assert made.headers["etag"] == 'W/"1"'
    read = gp.get(made.headers["location"])
    assert read.status_code == 200
    assert b'"value":1.10' in read.content


def test_an_update_makes_a_version_and_history_keeps_them_all(gp: httpx.Client) -> None:
    made = gp.post("Observation", content=observation(patient_id(gp))).json()
    made["status"] = "amended"
    url = f"Observation/{made['id']}"
    assert gp.put(url, json=made, headers={"if-match": 'W/"1"'}).headers["etag"] == 'W/"2"'
    stale = gp.put(url, json=made | {"status": "final"}, headers={"if-match": 'W/"1"'})
    assert stale.status_code == 412
    history = gp.get(f"{url}/_history").json()
    assert [entry["resource"]["status"] for entry in history["entry"]] == ["amended", "final"]
    assert gp.get(f"{url}/_history/1").json()["status"] == "final"
    assert gp.get(url, headers={"if-none-match": 'W/"2"'}).status_code == 304


def test_what_is_deleted_is_gone_and_its_versions_stay(gp: httpx.Client) -> None:
    made = gp.post("Observation", content=observation(patient_id(gp))).json()
    url = f"Observation/{made['id']}"
    assert gp.delete(url).status_code == 204
    assert gp.get(url).status_code == 410
    assert gp.get(f"{url}/_history/1").status_code == 200


def test_a_transaction_is_stored_whole_or_not_at_all(gp: httpx.Client) -> None:
    family = f"Whole{uuid.uuid5(uuid.NAMESPACE_DNS, 'whole').hex[:8]}"
    person = new_patient() | {"name": [{"family": family}]}

    def bundle(status: str) -> dict[str, Any]:
        weight = {
            "resourceType": "Observation",
            "status": status,
            "code": {"text": "Weight"},
            "subject": {"reference": "urn:uuid:1f3870be-274f-4c49-9c3c-0d1a4e8f5a11"},
        }
        return {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [
                {
                    "fullUrl": "urn:uuid:1f3870be-274f-4c49-9c3c-0d1a4e8f5a11",
                    "resource": person,
                    "request": {"method": "POST", "url": "Patient"},
                },
                {
                    "fullUrl": "urn:uuid:2f3870be-274f-4c49-9c3c-0d1a4e8f5a11",
                    "resource": weight,
                    "request": {"method": "POST", "url": "Observation"},
                },
            ],
        }

    refused = gp.post("", json=bundle("nonsense"))
    assert refused.status_code == 422
    assert "Observation.status" in refused.text
    assert gp.get("Patient", params={"family": family}).json()["total"] == 0
    stored = gp.post("", json=bundle("final"))
    assert stored.status_code == 200, stored.text
    assert [e["response"]["status"] for e in stored.json()["entry"]] == ["201 Created"] * 2
    found = gp.get("Observation", params={"patient.family": family}).json()
    assert found["total"] == 1
    assert found["entry"][0]["resource"]["subject"]["reference"].startswith("Patient/")


def test_one_bad_entry_of_a_batch_costs_only_itself(gp: httpx.Client) -> None:
    good = new_patient() | {"name": [{"family": "Batched"}]}
    resources = [good, good | {"birthDate": "never"}]
    entries = [
        {"resource": resource, "request": {"method": "POST", "url": "Patient"}}
        for resource in resources
    ]
    batch = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    answered = gp.post("", json=batch)
    assert answered.status_code == 200, answered.text
    responses = [entry["response"] for entry in answered.json()["entry"]]
    assert [response["status"][:3] for response in responses] == ["201", "422"]
    assert "birthDate" in responses[1]["outcome"]["issue"][0]["diagnostics"]


def test_a_conditional_create_returns_what_is_there(gp: httpx.Client) -> None:
    condition = {"if-none-exist": "family=Onceonly"}
    person = new_patient() | {"name": [{"family": "Onceonly"}]}
    first = gp.post("Patient", json=person, headers=condition)
    again = gp.post("Patient", json=person, headers=condition)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


def test_pages_hold_every_match_once(gp: httpx.Client) -> None:
    total = gp.get("Condition", params={"_summary": "count"}).json()["total"]
    found = [resource["id"] for resource in pages(gp, "Condition?_count=7&_sort=recorded-date")]
    assert len(found) == len(set(found)) == total > 20


def test_the_record_of_a_person_is_one_from_any_of_their_patients(gp: httpx.Client) -> None:
    bundle = gp.get("Patient", params={"identifier": f"{NHS}|{EDITH}"}).json()
    patients = [e["resource"]["id"] for e in bundle["entry"] if e["search"]["mode"] == "match"]
    records = []
    for patient in patients:
        found = gp.get(f"Patient/{patient}/$everything").json()["entry"]
        records.append({(e["resource"]["resourceType"], e["resource"].get("id")) for e in found})
    assert all(record == records[0] for record in records)
    kinds = {kind for kind, _ in records[0]}
    assert {"Patient", "Condition", "AllergyIntolerance", "Observation", "Encounter"} <= kinds


def test_chains_reverse_chains_and_includes_work(gp: httpx.Client) -> None:
    dementia = {"_has:Condition:patient:code": f"{SCT}|52448006", "family": "Thwaite"}
    assert gp.get("Patient", params=dementia).json()["total"] >= 1
    chained = gp.get("Condition", params={"patient.family": "Thwaite"}).json()
    assert chained["total"] >= 2
    included = gp.get(
        "Condition", params={"patient.family": "Thwaite", "_include": "Condition:patient"}
    ).json()
    assert {entry["search"]["mode"] for entry in included["entry"]} >= {"match", "include"}
    compartment = gp.get(f"Patient/{patient_id(gp)}/Condition").json()
    assert compartment["total"] == chained["total"]
    posted = gp.post("Condition/_search", data={"patient.family": "Thwaite"}).json()
    assert posted["total"] == chained["total"]


@pytest.mark.parametrize(
    ("method", "url", "body", "status"),
    [
        ("GET", "Patient/unknown", b"", 404),
        ("GET", "Nonsense", b"", 404),
        ("GET", "Patient?birthdate=yesterday", b"", 400),
        ("POST", "Patient", b"{", 400),
        ("POST", "Patient", b'{"resourceType":"Patient","gender":"male","gender":"female"}', 400),
        ("POST", "Patient", b'{"resourceType":"Observation"}', 400),
        ("POST", "Patient", b'{"resourceType":"Patient","colour":"red"}', 422),
        ("POST", "Patient", b'{"resourceType":"Patient","birthDate":"1950-13-01"}', 422),
        ("POST", "Patient", gzip.compress(b"{}", mtime=0), 400),
        ("POST", "Patient", b"\x00\xff\xfe", 400),
        ("PUT", "Patient/a", b'{"resourceType":"Patient","id":"b"}', 400),
        ("POST", "", b'{"resourceType":"Bundle","type":"collection"}', 400),
    ],
)
def test_every_error_is_an_operation_outcome_that_says_what_to_do(
    gp: httpx.Client, method: str, url: str, body: bytes, status: int
) -> None:
    reply = gp.request(method, url, content=body)
    assert reply.status_code == status, reply.text
    issue = reply.json()["issue"][0]
    assert reply.json()["resourceType"] == "OperationOutcome"
    assert issue["severity"] == "error"
    assert issue["diagnostics"]


def test_without_a_good_token_nothing_is_answered(gp: httpx.Client) -> None:
    for token in ("", "Bearer x", "Basic abc", f"{gp.headers['authorization']}x"):
        reply = httpx.get(f"{gp.base_url}Patient", headers={"authorization": token})
        assert reply.status_code == 401
        assert reply.headers["www-authenticate"] == "Bearer"


def test_metadata_says_what_is_routed(gp: httpx.Client) -> None:
    statement = httpx.get(f"{gp.base_url}metadata").json()
    assert {"json", "xml"} < set(statement["format"])
    rest = statement["rest"][0]
    of_system = {each["code"] for each in rest["interaction"]}
    patient = next(each for each in rest["resource"] if each["type"] == "Patient")
    of_type = {each["code"] for each in patient["interaction"]}
    routed = {each.value for methods in PATHS.values() for each in methods.values()}
    unnamed = {"capabilities", "description", "search-compartment"}
    for path, methods in PATHS.items():
        if "$" in path or path.startswith("_export/"):
            unnamed |= {each.value for each in methods.values()}
    conditional = {code for code in routed if code.startswith("conditional-")}
    assert of_system | of_type == routed - unnamed - conditional | {"batch"}
    said = {key for key in patient if key.startswith("conditional")}
    said = said - {"conditionalCreate", "conditionalRead"} | {"conditionalPatch"}  # R4 has no word
    assert "application/json-patch+json" in statement["patchFormat"]
    assert {f"conditional-{key.removeprefix('conditional').lower()}" for key in said} == conditional
    assert "everything" in [each["name"] for each in patient["operation"]]


def test_a_transaction_is_answered_in_its_order_and_heeds_if_match(gp: httpx.Client) -> None:
    number, system = "in-order", "urn:example:order"
    known = new_patient() | {"identifier": [{"system": system, "value": number}]}
    made = gp.post("Patient", json=known).json()
    update = {
        "fullUrl": f"http://example.org/Patient/{made['id']}",
        "resource": made | {"gender": "other"},
        "request": {"method": "PUT", "url": f"Patient/{made['id']}", "ifMatch": 'W/"1"'},
    }
    fresh = {
        "fullUrl": "urn:uuid:0b0c3cb8-1111-4c4e-9c4e-000000000001",
        "resource": new_patient(),
        "request": {"method": "POST", "url": "Patient"},
    }
    found = {
        "fullUrl": "urn:uuid:0b0c3cb8-1111-4c4e-9c4e-000000000002",
        "resource": known,
        "request": {
            "method": "POST",
            "url": "Patient",
            "ifNoneExist": f"identifier={system}|{number}",
        },
    }
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [fresh, found, update]}
    answered = gp.post("", json=bundle)
    assert answered.status_code == 200, answered.text
    places = [entry["response"]["location"] for entry in answered.json()["entry"]]
    assert [place.split("/")[-3] == made["id"] for place in places] == [False, True, True]
    stale = gp.post("", json=bundle | {"entry": [update]})
    assert stale.status_code == 412


def test_a_deletion_is_a_version_and_its_etag_names_it(gp: httpx.Client) -> None:
    made = gp.post("Observation", content=observation(patient_id(gp))).json()
    url = f"Observation/{made['id']}"
    assert gp.delete(url).headers["etag"] == 'W/"2"'
    assert gp.delete(url).headers["etag"] == 'W/"2"'
    assert gp.put(url, json=made).headers["etag"] == 'W/"3"'
