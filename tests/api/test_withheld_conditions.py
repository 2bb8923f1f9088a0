"""What a condition, a deletion or a whole record may not give away to who does not see it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.export_parts import client_of
from doors.node_parts import ACT, SCT, asks, condition, consent, load, patient, submission
from throughcare.app.gateway import gateway
from throughcare.app.node import Node
from throughcare.model.request import Role
from throughcare.model.submission import Method

RESTRICTED = {
    "security": [
        {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
    ]
}
KHAN = "identifier=9990000042"


def nurse(node: Node) -> httpx.AsyncClient:
    token = node.issue(asks(Role.NURSE, organisation="RXX"), hours=1)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(gateway(node)),
        base_url="http://node/fhir/",
        headers={"authorization": f"Bearer {token}"},
    )


async def restricted(node: Node) -> None:
    """Load a restricted person who lives in Leeds and has a GP."""
    khan = patient("Khan", "9990000042", id="khan", meta=RESTRICTED)
    khan["address"] = [{"city": "LEEDS", "postalCode": "LS1 1AA"}]
    khan["generalPractitioner"] = [{"reference": "Practitioner/gp1"}]
    doctor = {"resourceType": "Practitioner", "id": "gp1", "name": [{"family": "Secretgp"}]}
    pulse = {
        "resourceType": "Observation",
        "id": "pulse",
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "vital-signs",
                    }
                ]
            }
        ],
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": "Patient/khan"},
        "effectiveDateTime": "2026-01-01",
    }
    (outcome,) = await load(node, submission("gp", doctor, khan, pulse))
    assert outcome.rejection is None


def posted(resource: Mapping[str, Any], condition_: str) -> dict[str, object]:
    request = {"method": "POST", "url": resource["resourceType"], "ifNoneExist": condition_}
    url = "urn:uuid:11111111-1111-4111-8111-111111111111"
    entry = {"fullUrl": url, "resource": resource, "request": request}
    return {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}


async def test_a_condition_that_finds_a_patient_changes_nobody(node: Node) -> None:
    alone = patient("Alone", id="alone")
    alone["identifier"] = [{"system": "urn:local", "value": "A1"}]
    bee = patient("Bee", "9990000018", id="bee") | {"birthDate": "1980-02-02"}
    ill = condition("Patient/alone", "195967001") | {"id": "ill"}
    await load(node, submission("one", alone, ill), submission("two", bee))
    sent = {name: value for name, value in bee.items() if name != "id"}
    async with nurse(node) as client:
        found = await client.post(
            "Patient", json=sent, headers={"if-none-exist": "identifier=urn:local|A1"}
        )
        assert (found.status_code, found.headers["etag"]) == (200, 'W/"1"')
        bundle = (await client.get("Condition?patient=bee")).json()
    assert bundle["total"] == 0


async def test_what_a_transaction_finds_there_is_shown_as_a_read_shows_it(node: Node) -> None:
    await restricted(node)
    async with nurse(node) as client:
        plain = await client.get("Patient/khan")
        headers = {"prefer": "return=representation"}
        bundle = posted(patient("Khan", "9990000042"), KHAN)
        reply = await client.post("", json=bundle, headers=headers)
    (entry,) = reply.json()["entry"]
    assert entry["response"]["status"].startswith("200")
    assert entry["resource"] == plain.json()
    assert "LS1 1AA" not in reply.text


async def test_a_put_knows_no_if_none_exist(node: Node) -> None:
    await restricted(node)
    new = patient("New", id="new1")
    async with nurse(node) as client:
        reply = await client.put("Patient/new1", json=new, headers={"if-none-exist": KHAN})
        assert reply.status_code == 201
        assert (await client.get("Patient/new1")).status_code == 200


@pytest.mark.parametrize("city", ["LEEDS", "YORK"])
async def test_where_a_restricted_person_lives_is_told_by_no_way(node: Node, city: str) -> None:
    await restricted(node)
    async with nurse(node) as client:
        last = f"Observation/$lastn?category=vital-signs&subject:Patient.address-city={city}"
        for path in (f"Patient?address-city={city}", "Practitioner/gp1/Patient", last):
            entries = (await client.get(path)).json().get("entry", [])
            assert [e for e in entries if e["search"]["mode"] == "match"] == [], path
        headers = {"if-none-exist": f"address-city={city}"}
        made = await client.post("Patient", json=patient("New"), headers=headers)
        assert made.status_code == 201
        patch = [{"op": "test", "path": "/status", "value": "other"}]
        kind = {"content-type": "application/json-patch+json"}
        where = f"Observation?subject:Patient.address-city={city}"
        assert (await client.patch(where, json=patch, headers=kind)).status_code == 404


async def test_a_whole_record_brings_nobody_whom_its_entries_hide(node: Node) -> None:
    await restricted(node)
    async with nurse(node) as client:
        reply = await client.get("Patient/khan/$everything")
    assert reply.status_code == 200
    assert "Secretgp" not in reply.text


async def test_a_deleted_entry_that_was_hidden_is_as_one_that_never_was(node: Node) -> None:
    bee, other = patient("Bee", "9990000018", id="bee"), patient("Oth", "9990000026", id="oth")
    hidden = condition("Patient/bee", "86406008") | {"id": "hid"}
    hidden["meta"] = {"security": [{"system": ACT, "code": "HIV"}]}
    assert hidden["code"]["coding"][0]["system"] == SCT
    given = submission("one", hidden, key="gone")
    items = tuple(replace(item, method=Method.DELETE, raw=None) for item in given.items)
    feeds = (submission("one", bee, hidden), submission("two", other), replace(given, items=items))
    assert [each.rejection for each in await load(node, *feeds)] == [None] * 3
    async with nurse(node) as client:
        replies = [await client.delete(f"Condition/{id_}") for id_ in ("hid", "never")]
        assert [each.status_code for each in replies] == [404, 404]
        theirs = condition("Patient/oth", "195967001") | {"id": "hid"}
        refused = await client.put("Condition/hid", json=theirs)
    assert refused.status_code == 412
    assert "source record" not in refused.text


@pytest.mark.parametrize("method", ["DELETE", "PUT"])
async def test_an_if_match_does_not_tell_a_hidden_id_from_an_unknown_one(
    node: Node, method: str
) -> None:
    bee = patient("Bee", id="bee")
    hidden = condition("Patient/bee", "86406008") | {"id": "hid"}
    await load(node, submission("one", bee, hidden))
    async with nurse(node) as client:
        told = []
        for id_ in ("hid", "not"):
            body = {**hidden, "id": id_} if method == "PUT" else None
            for version in (1, 7):
                headers = {"if-match": f'W/"{version}"'}
                path = f"Condition/{id_}"
                reply = await client.request(method, path, json=body, headers=headers)
                told.append((reply.status_code, reply.json()["issue"]))
    assert told[0][0] == 412
    assert told == [told[0]] * 4


async def test_an_explanation_does_not_tell_staff_that_the_person_said_something(
    node: Node,
) -> None:
    await load(node, submission("one", patient("Bee", id="bee")))
    async with nurse(node) as client:
        before = await client.get("Patient/bee/$explain-access")
        agreed = consent("Patient/bee", provision={"type": "permit"})
        await load(node, submission("one", agreed, key="2"))
        assert (await client.get("Patient/bee/$explain-access")).status_code == 200
    names = [part["name"] for part in before.json()["parameter"]]
    assert "audience" in names
    assert "consentEpoch" not in names


async def test_a_link_of_somebody_else_is_none_whatever_the_person_said_of_either(
    node: Node,
) -> None:
    ill = [condition("Patient/bee", code) | {"id": code} for code in ("195967001", "38341003")]
    role = {"coding": [{"code": "IRCP"}]}
    named = [{"role": role, "reference": {"identifier": {"value": "RXX"}}}]
    only = {"type": "permit", "actor": named}
    agreed = consent("Patient/bee", provision={"provision": [only]})
    await load(node, submission("one", patient("Bee", id="bee"), *ill, agreed))
    async with nurse(node) as client:
        found = (await client.get("Condition?_count=1")).json()
        (link,) = [each["url"] for each in found["link"] if each["relation"] == "next"]
        assert (await client.get(link)).status_code == 200
    async with client_of(node, asks(Role.GP, organisation="A1")) as other:
        refused = await other.get(link)
    assert refused.status_code == 400
    assert "does not belong" in refused.json()["issue"][0]["diagnostics"]
