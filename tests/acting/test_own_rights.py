"""Nobody opens a record to themselves, by whatever door."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec import structs

from acting.test_acting_at_the_doors import NOPAT, acts, child, flag, grant, sees
from acting.test_acting_on_pages import DEV, public, signed_in, token_in
from api.export_parts import client_of
from doors.node_parts import asks, node_in
from throughcare.actors.directory import User
from throughcare.app.node import Node
from throughcare.model.request import Role

GP = User("gpx", "Dr Reid", (Role.GP, Role.PROXY), "A1")
PARENT = "parental-responsibility"


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as opened:
        yield opened


async def only(client: httpx.AsyncClient, kind: str) -> dict[str, Any]:
    entries = (await client.get(kind)).json()["entry"]
    (found,) = (e["resource"] for e in entries if e["resource"]["resourceType"] == kind)
    return dict(found)


async def held_by(node: Node) -> dict[str, Any]:
    """Return the hold, as somebody reads it who does not act for the person."""
    asked = asks(Role.GP)
    other = structs.replace(asked, actor=replace(asked.actor, user="other"))
    async with client_of(node, other) as client:
        return await only(client, "Flag")


async def test_staff_who_act_for_a_person_open_nothing_to_themselves_on_the_pages(
    node: Node,
) -> None:
    person, asthma = await child(node)
    form = f"/people/{await public(node, person)}/representation"
    reid, dev = await signed_in(node, GP), await signed_in(node, DEV)
    token = {"token": token_in((await reid.get(form)).text)}
    token_of_dev = {"token": token_in((await dev.get(form)).text)}
    own = {"what": "grant", "right": PARENT, "account": "gpx"}
    assert (await reid.post(form, data={**token, **own})).status_code == 403
    assert not await sees(node, acts("gpx", person), asthma)
    assert (await dev.post(form, data={**token_of_dev, **own})).status_code == 303
    assert await sees(node, acts("gpx", person), asthma)
    assert (await reid.post(form, data={**token, "what": "hold"})).status_code == 303
    shown = re.search(r'name="consent" value="([^"]+)"', (await dev.get(form)).text)
    assert shown is not None
    for refused in ({"what": "lift"}, {"what": "review", "consent": shown[1]}):
        assert (await reid.post(form, data={**token, **refused})).status_code == 403
        assert not await sees(node, acts("gpx", person), asthma)
    assert (await dev.post(form, data={**token_of_dev, "what": "lift"})).status_code == 303
    assert await sees(node, acts("gpx", person), asthma)


async def test_staff_who_act_for_a_person_open_nothing_to_themselves_over_fhir(
    node: Node,
) -> None:
    hold = flag("urn:gp:Khan", "safeguarding", "hold", meta={"security": [NOPAT]})
    person, asthma = await child(node, grant("urn:gp:Khan", PARENT, "somebody"), hold)
    assert not await sees(node, acts("somebody", person), asthma)
    async with client_of(node, asks(Role.GP)) as client:
        stored, held = await only(client, "Patient"), await held_by(node)
        name = f"Patient/{stored['id']}"
        ended = {**held, "status": "inactive"}
        place = f"Flag/{ended['id']}"
        own = grant(name, PARENT, "somebody")
        lacking = flag(
            name, "capacity", "lacking", period={"start": "2026-10-01", "end": "2027-04-01"}
        )
        nothing = f"Flag/{'0' * 32}"
        for hidden, unknown in (
            (
                await client.put(place, json=ended),
                await client.put(nothing, json=ended | {"id": "0" * 32}),
            ),
            (await client.delete(place), await client.delete(nothing)),
        ):
            assert hidden.status_code == unknown.status_code
        for answer in (
            await client.post("Consent", json=own),
            await client.post("Flag", json=lacking),
            await client.put(name, json={**stored, "birthDate": "2018-06-01"}),
        ):
            assert answer.status_code == 403, answer.text
            assert "Ask a colleague" in answer.text
        theirs = await client.post("Consent", json=grant(name, PARENT, "sara"))
        assert theirs.status_code == 201
    assert not await sees(node, acts("somebody", person), asthma)
