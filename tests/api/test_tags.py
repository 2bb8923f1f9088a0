"""What a tag in a resource never opens."""

from typing import Any

import pytest

from api.export_parts import client_of
from doors.node_parts import asks, consent, load, names, patient, submission
from throughcare.app.node import Node
from throughcare.model.request import Role

TAGGED = {"meta": {"tag": [{"system": "urn:throughcare:category", "code": "directory"}]}}


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Task", "status": "requested", "intent": "order", "description": "x"},
        {"resourceType": "Device"},
        {"resourceType": "Contract"},
    ],
    ids=lambda each: str(each["resourceType"]),
)
async def test_no_tag_shows_an_entry_about_a_person_to_everybody(
    node: Node, resource: dict[str, Any]
) -> None:
    (outcome,) = await load(node, submission("gp", patient("Closed"), consent("urn:gp:Closed")))
    about = {"reference": names(outcome)[0]}
    where: dict[str, dict[str, Any]] = {
        "Task": {"for": about},
        "Device": {"patient": about},
        "Contract": {"subject": [about]},
    }
    kind = resource["resourceType"]
    async with client_of(node, asks(Role.GP, organisation="A")) as writes:
        made = await writes.post(kind, json={**resource, **where[kind], **TAGGED})
        assert made.status_code == 201, made.text
    async with client_of(node, asks(Role.NURSE, organisation="Z")) as others:
        assert (await others.get(f"{kind}/{made.json()['id']}")).status_code == 404
