"""What is in nobody's record is its organisation's to change."""

import json
from typing import Any

import pytest

from api.export_parts import client_of
from doors.node_parts import asks, load, names, submission
from throughcare.app.node import Node
from throughcare.model.request import Purpose, Role

OURS = asks(Role.GP, organisation="B86001")
COLLEAGUE = asks(Role.NURSE, organisation="B86001")
OTHERS = asks(Role.CARE_ASSISTANT, Purpose.CAREMGT, organisation="VM001")
HIDDEN = {
    "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "SRC"}]
}
RENAME = [{"op": "add", "path": "/language", "value": "en"}]
AS_PATCH = {"content-type": "application/json-patch+json"}
ENTRIES: list[dict[str, Any]] = [
    {"resourceType": "Organization", "id": "x", "name": "Tower surgery"},
    {"resourceType": "Practitioner", "id": "x", "active": True},
    {
        "resourceType": "ValueSet",
        "id": "x",
        "status": "active",
        "url": "http://example.org/x",
        "compose": {"include": [{"system": "http://snomed.info/sct", "concept": [{"code": "1"}]}]},
    },
]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda each: str(each["resourceType"]))
async def test_no_other_organisation_changes_hides_or_deletes_it(
    node: Node, entry: dict[str, Any]
) -> None:
    name = f"{entry['resourceType']}/x"
    put = {"resource": entry, "request": {"method": "PUT", "url": name}}
    both = {"resourceType": "Bundle", "type": "transaction", "entry": [put]}
    async with client_of(node, OURS) as ours, client_of(node, OTHERS) as others:
        assert (await ours.put(name, json=entry)).status_code == 201
        for answer in (
            await others.put(name, json={**entry, "language": "en"}),
            await others.put(name, json={**entry, "meta": HIDDEN}),
            await others.patch(name, content=json.dumps(RENAME), headers=AS_PATCH),
            await others.post(
                "", json={**both, "entry": [{**put, "resource": {**entry, "meta": HIDDEN}}]}
            ),
            await others.delete(name),
        ):
            assert answer.status_code == 403, answer.text
            assert "Ask that organisation" in answer.text
        assert (await ours.get(name)).json()["meta"]["versionId"] == "1"
        assert (await others.get(name)).status_code == 200
    async with client_of(node, COLLEAGUE) as colleague:
        assert (await colleague.put(name, json={**entry, "language": "en"})).status_code == 200
        assert (await colleague.delete(name)).status_code == 204
    async with client_of(node, OTHERS) as others:
        assert (await others.put(name, json=entry)).status_code == 403
        assert (await others.delete(name)).status_code == 204


async def test_a_feed_keeps_its_directory_as_before(node: Node) -> None:
    place = ENTRIES[0]
    (outcome,) = await load(node, submission("gp", place))
    (again,) = await load(node, submission("rx", {**place, "name": "Renamed"}, key="2"))
    assert names(again) == names(outcome)
