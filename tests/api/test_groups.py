"""A Group lists many persons: it is nobody's record, seen by its own, each member by consent."""

from typing import Any

import pytest

from api.export_parts import client_of
from doors.node_parts import asks, consent, load, names, patient, submission
from throughcare.admission import owner
from throughcare.app.node import Node
from throughcare.model.request import Request, Role

OURS = asks(Role.GP, organisation="B86001")
OTHERS = asks(Role.GP, organisation="RXX01")


async def people(node: Node, *families: str) -> list[str]:
    """Load persons, each in a submission of their own; one called Closed denies everybody."""
    made = []
    for number, family in enumerate(families):
        person = patient(family, birthDate=f"19{50 + number}-03-04")
        resources = [person]
        if family == "Closed":
            resources.append(consent("urn:gp:Closed"))
        (outcome,) = await load(node, submission("gp", *resources, key=family))
        made.append(names(outcome)[0])
    return made


def group(*members: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    listed = [{"entity": {"reference": each}} for each in members]
    return {
        "resourceType": "Group",
        "type": "person",
        "actual": True,
        "name": "Those to be called",
        **({"member": listed} if listed else {}),
        **more,
    }


async def made_by(node: Node, request: Request, resource: dict[str, Any], id_: str = "g") -> str:
    async with client_of(node, request) as client:
        reply = await client.put(f"Group/{id_}", json={**resource, "id": id_})
        assert reply.status_code in {200, 201}, reply.text
    return f"Group/{id_}"


def members(resource: dict[str, Any]) -> list[str]:
    return [each["entity"]["reference"] for each in resource.get("member", [])]


async def test_a_group_is_in_nobodys_record(node: Node) -> None:
    first, second = await people(node, "Adams", "Brown")
    place = await made_by(node, OURS, group(first, second))
    async with node.store.snapshot() as reader:
        assert await node.records.subject_of(reader, *place.split("/")) == owner.NOBODY
    async with client_of(node, OURS) as client:
        everything = (await client.get(f"{first}/$everything")).json()
        assert "Group" not in {each["resource"]["resourceType"] for each in everything["entry"]}
        assert members((await client.get(place)).json()) == [first, second]
        found = (await client.get(f"Group?member={second}")).json()
    assert (found["total"], found["entry"][0]["resource"]["id"]) == (1, "g")


async def test_a_group_is_seen_by_the_staff_of_its_own_organisation_alone(node: Node) -> None:
    (first,) = await people(node, "Adams")
    place = await made_by(node, OURS, group(first))
    for request, status in ((OURS, 200), (OTHERS, 404)):
        async with client_of(node, request) as client:
            assert (await client.get(place)).status_code == status
            found = (await client.get(f"Group?member={first}")).json()
            assert found["total"] == (1 if status == 200 else 0)


async def test_a_member_who_may_not_be_seen_is_not_shown_in_it(node: Node) -> None:
    hidden, seen = await people(node, "Closed", "Brown")
    other = asks(Role.NURSE, organisation="B86001")
    place = await made_by(node, OURS, group(hidden, seen))
    async with client_of(node, other) as client:
        shown = await client.get(place)
        assert (await client.get(hidden)).status_code == 404
        assert hidden.partition("/")[2] not in shown.text
        assert members(shown.json()) == [seen]
        by_hidden = (await client.get(f"Group?member={hidden}")).json()
        by_seen = (await client.get(f"Group?member={seen}")).json()
        refused = await client.put(place, json=shown.json())
    assert (by_hidden["total"], by_seen["total"]) == (0, 1)
    assert hidden.partition("/")[2] not in str(by_seen)
    assert refused.status_code == 412


async def test_a_group_of_the_first_members_record_leaves_it_when_it_is_sent_again(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await people(node, "Adams", "Brown")
    with monkeypatch.context() as before:
        before.setattr(owner, "COLLECTIVE", frozenset())
        place = await made_by(node, OURS, group(first, second))
    async with node.store.snapshot() as reader:
        assert await node.records.subject_of(reader, "Group", "g") != owner.NOBODY
    await made_by(node, OURS, group(second, first))
    async with node.store.snapshot() as reader:
        assert await node.records.subject_of(reader, "Group", "g") == owner.NOBODY
        assert await node.records.verify(reader) == []
    async with client_of(node, OURS) as client:
        assert members((await client.get(place)).json()) == [second, first]


async def test_of_members_who_are_all_hidden_one_masked_row_is_left(node: Node) -> None:
    (hidden,) = await people(node, "Closed")
    place = await made_by(node, OURS, group(hidden))
    async with client_of(node, asks(Role.NURSE, organisation="B86001")) as client:
        shown = await client.get(place)
        missing = (await client.get("Group?member:missing=true")).json()
    assert hidden.partition("/")[2] not in shown.text
    (row,) = shown.json()["member"]
    assert "reference" not in row["entity"]
    assert missing["total"] == 0


async def test_a_group_that_lists_nobody_is_kept_too(node: Node) -> None:
    place = await made_by(node, OURS, group(type="medication", actual=False))
    async with client_of(node, OURS) as client:
        assert (await client.get(place)).json()["type"] == "medication"
