"""What a client's change of a Patient never opens."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from acting.test_acting_at_the_doors import MOTHER, NOPAT, acts, child, flag, sees
from api.export_parts import client_of
from doors.node_parts import (
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
from throughcare.app.node import Node
from throughcare.model.request import Purpose, Role

IDA, OTHER = "9990000018", "9990000026"
NO_CONDITIONS = {
    "provision": [
        {
            "type": "deny",
            "class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Condition"}],
        }
    ]
}
CARER = asks(Role.CARE_ASSISTANT, Purpose.CAREMGT, organisation="VM001")
UNLIKE = {"name": [{"family": "Zzz"}], "birthDate": "1950-01-01", "gender": "male"}


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as opened:
        yield opened


async def put(
    client: httpx.AsyncClient, name: str, resource: dict[str, Any], how: str
) -> httpx.Response:
    if how == "PUT":
        return await client.put(name, json=resource)
    entry = {"resource": resource, "request": {"method": "PUT", "url": name}}
    flagged = flag(name, "else", "x")
    more = {"resource": flagged, "request": {"method": "POST", "url": "Flag"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [more, entry]}
    return await client.post("", json=bundle)


@pytest.mark.parametrize("how", ["PUT", "transaction"])
async def test_no_client_takes_a_patient_away_from_the_denial_of_its_person(
    node: Node, how: str
) -> None:
    denial = consent("urn:rx:Khan", provision=NO_CONDITIONS)
    first, second = await load(
        node,
        submission("gp", patient("Khan", IDA), condition("urn:gp:Khan")),
        submission("rx", patient("Khan", IDA), denial, key="2"),
    )
    entry, moved = names(first)[1], names(second)[0]
    person = await person_of(node, entry)
    async with client_of(node, asks(Role.NURSE)) as client:
        stored = (await client.get(moved)).json()
        stored.pop("identifier")
        answer = await put(client, moved, {**stored, **UNLIKE}, how)
        assert answer.status_code == 409
        assert "match reviewer" in answer.text
        assert (await client.get(entry)).status_code == 404
        assert (await client.get("Flag")).json()["total"] == 0
        kept = {**stored, "telecom": [{"system": "phone", "value": "020 7946 0000"}]}
        assert (await put(client, moved, kept, how)).status_code == 200
    assert await person_of(node, moved) == person


async def test_no_client_takes_a_patient_away_from_a_hold(node: Node) -> None:
    person, asthma = await child(node, MOTHER)
    hold = flag("urn:rx:Khan", "safeguarding", "hold", meta={"security": [NOPAT]})
    known = patient("Khan", IDA, birthDate="2017-06-01")
    (outcome,) = await load(node, submission("rx", known, hold))
    moved = names(outcome)[0]
    async with client_of(node, CARER) as client:
        stored = (await client.get(moved)).json()
        assert (await client.put(moved, json={**stored, **UNLIKE})).status_code == 409
    assert await person_of(node, moved) == person
    assert not await sees(node, acts("sara", person), asthma)


async def test_no_client_joins_a_patient_to_another_person(node: Node) -> None:
    first, second = await load(
        node,
        submission("gp", patient("Khan", IDA), condition("urn:gp:Khan")),
        submission("rx", patient("Baines", birthDate="1980-01-01"), key="2"),
    )
    entry, moved = names(first)[1], names(second)[0]
    person = await person_of(node, moved)
    async with client_of(node, asks(Role.NURSE)) as client:
        answer = await client.put(moved, json={**patient("Khan", IDA), "id": moved[8:]})
        assert answer.status_code == 409
    assert await person_of(node, moved) == person
    assert await person_of(node, entry) != person


@pytest.mark.parametrize("how", ["POST", "transaction"])
async def test_no_new_patient_of_a_client_joins_two_persons(node: Node, how: str) -> None:
    card = {"system": "urn:hospital", "value": "77"}
    maiden = {**patient("Baines"), "identifier": [card]}
    first, second = await load(
        node,
        submission("gp", patient("Khan", IDA), condition("urn:gp:Khan")),
        submission("rx", maiden, consent("urn:rx:Baines", provision=NO_CONDITIONS), key="2"),
    )
    entry, other = names(first)[1], names(second)[0]
    persons = [await person_of(node, each) for each in (entry, other)]
    assert len(set(persons)) == 2
    both = patient("Khan", IDA)
    both["identifier"].append(card)
    both["name"].append(maiden["name"][0])
    async with client_of(node, asks(Role.NURSE)) as client:
        if how == "POST":
            answer = await client.post("Patient", json=both)
        else:
            request = {"method": "POST", "url": "Patient"}
            entries = [{"fullUrl": "urn:uuid:8b0f1c9a-6a0e-4d7e-9a51-0c2f6f1b1a11"}]
            entries[0] |= {"resource": both, "request": request}
            bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
            answer = await client.post("", json=bundle)
        assert answer.status_code == 409, answer.text
        assert "match reviewer" in answer.text
        assert [await person_of(node, each) for each in (entry, other)] == persons
        assert (await client.get(entry)).status_code == 200
        added = await client.post("Patient", json=patient("Khan", IDA))
        assert added.status_code == 201
        assert await person_of(node, f"Patient/{added.json()['id']}") == persons[0]


@pytest.mark.parametrize("acts_for", [True, False])
async def test_no_client_that_records_no_grants_changes_the_birth_date_of_a_minor(
    node: Node, *, acts_for: bool
) -> None:
    """Whether a mother acts for the child or nobody does, the answer is the same."""
    person, asthma = await child(node, *([MOTHER] if acts_for else []), born="2012-06-01")
    assert not await sees(node, acts("sara", person), asthma)
    later = [{"op": "replace", "path": "/birthDate", "value": "2020-06-01"}]
    as_patch = {"content-type": "application/json-patch+json"}
    async with client_of(node, CARER) as client:
        found = (await client.get("Patient")).json()["entry"]
        stored = next(e["resource"] for e in found if e["resource"]["resourceType"] == "Patient")
        name = f"Patient/{stored['id']}"
        changed = {**stored, "birthDate": "2020-06-01"}
        for answer in (
            await client.put(name, json=changed),
            await client.patch(name, content=json.dumps(later), headers=as_patch),
            await put(client, name, changed, "transaction"),
            await client.delete(name),
        ):
            assert answer.status_code == 403
            assert "gp, social-worker" in answer.text
        kept = {**stored, "telecom": [{"system": "phone", "value": "020 7946 0000"}]}
        assert (await client.put(name, json=kept)).status_code == 200
    assert not await sees(node, acts("sara", person), asthma)
    async with client_of(node, asks(Role.GP)) as client:
        corrected = {**stored, "birthDate": "2012-06-11"}
        assert (await client.put(name, json=corrected)).status_code == 200


async def test_anybody_who_writes_corrects_the_birth_date_of_who_stays_grown_up(
    node: Node,
) -> None:
    await child(node, MOTHER, born="1961-04-05")
    async with client_of(node, CARER) as client:
        found = (await client.get("Patient")).json()["entry"]
        stored = next(e["resource"] for e in found if e["resource"]["resourceType"] == "Patient")
        name = f"Patient/{stored['id']}"
        assert (await client.put(name, json={**stored, "birthDate": "1961-05-04"})).is_success
        young = await client.put(name, json={**stored, "birthDate": "2020-05-04"})
        assert young.status_code == 403
