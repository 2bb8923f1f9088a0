"""What is asked besides FHIR calls of one answer: exports, tables, pages, another user's link."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx

from api.export_parts import finished
from doors.node_parts import asks, person_of
from throughcare.actors.directory import User
from throughcare.app.gateway import gateway
from throughcare.app.node import Node
from throughcare.app.pages import PagesOf
from throughcare.model.request import Permission, Purpose, Request, Role
from throughcare.store.protocol import Transaction

VIEW = {
    "resourceType": "ViewDefinition",
    "resource": "Condition",
    "select": [
        {
            "column": [
                {"name": "id", "path": "getResourceKey()"},
                {"name": "person", "path": "subject.reference"},
                {"name": "encounter", "path": "encounter.exists()"},
                {"name": "code", "path": "code.coding.code.first()"},
            ]
        }
    ],
}
EXPORTING = {Role.RESEARCHER, Role.PATIENT}
TREATING = ("emergency", "timeline", "overview")
WITH_PAGES = {
    (Role.NURSE, Purpose.TREAT): TREATING,
    (Role.GP, Purpose.TREAT): TREATING,
    (Role.PHARMACIST, Purpose.TREAT): TREATING,
    (Role.SOCIAL_WORKER, Purpose.CAREMGT): ("emergency", "network"),
    (Role.CARE_ASSISTANT, Purpose.CAREMGT): ("emergency", "today", "pack"),
    (Role.PATIENT, Purpose.PATRQT): ("emergency", "timeline", "mine", "mine.json", "add", "wrong"),
}
"""Pages about a person that each kind of reader opens, for the purpose that is theirs."""
TOKEN = re.compile(rb'name="token" value="[^"]*"')
"""What a form has of its session."""
Clients = Callable[[Node, Request], httpx.AsyncClient]


async def answers(
    node: Node, client: httpx.AsyncClient, reader: Request, shown: list[str], client_of: Clients
) -> dict[str, list[bytes]]:
    """Return what each of these ways answers to `reader`, who sees the Patients `shown`."""
    found = {"another user's page": await _others_page(node, client, client_of)}
    if reader.actor.role in EXPORTING:
        found["bulk export"] = await _exported(client, "$export")
        found["bulk export of Patients"] = await _exported(
            client, "Patient/$export?_type=Condition"
        )
        for form in ("csv", "json"):
            found[f"table as {form}"] = [await _table(client, form)]
    pages = WITH_PAGES.get((reader.actor.role, reader.purpose), ())
    if pages:
        found["pages"] = await _pages(node, reader, shown, pages)
    return found


async def _exported(client: httpx.AsyncClient, asked: str) -> list[bytes]:
    begun = await client.get(asked, headers={"prefer": "respond-async"})
    if begun.status_code != httpx.codes.ACCEPTED:
        return [str(begun.status_code).encode() + begun.content]
    reply = await finished(client, begun.headers["content-location"])
    files = [await client.get(file["url"]) for file in reply.json().get("output", [])]
    return [reply.content, *(file.content for file in files)]


async def _table(client: httpx.AsyncClient, form: str) -> bytes:
    given: list[dict[str, Any]] = [
        {"name": "viewResource", "resource": VIEW},
        {"name": "_format", "valueCode": form},
    ]
    body = {"resourceType": "Parameters", "parameter": given}
    reply = await client.post("ViewDefinition/$run", json=body)
    return str(reply.status_code).encode() + reply.content


async def _pages(
    node: Node, reader: Request, shown: list[str], pages: tuple[str, ...]
) -> list[bytes]:
    """Return the `pages` of each person, of their own record alone if the reader is a person."""
    own = reader.actor.role is Role.PATIENT
    user = User("reader", "A Reader", (reader.actor.role,), reader.actor.organisation)
    if own:
        shown = shown[:1]
        user = replace(user, person=await person_of(node, shown[0]))

    async def work(tx: Transaction) -> str:
        await node.directory.put(tx, user)
        return await node.sessions.open(tx, user, reader.actor.role)

    cookie = await node.store.transact(work)
    session = await PagesOf(node).session(cookie)
    assert session is not None
    found = []
    transport = httpx.ASGITransport(gateway(node))
    async with httpx.AsyncClient(transport=transport, base_url="http://node/") as browser:
        browser.cookies.set("throughcare", cookie)
        for name in shown:
            async with node.store.snapshot() as view:
                person = await node.persons.public_id(view, await person_of(node, name))
            if reader.purpose is Purpose.TREAT:
                await PagesOf(node).permission(session, person, Permission.GIVEN)
            for page in pages:
                reply = await browser.get(f"people/{person}/{page}")
                assert reply.status_code == httpx.codes.OK, (page, reply.text)
                found.append(TOKEN.sub(b"", reply.content.replace(person.encode(), b"PERSON")))
    return found


async def _others_page(node: Node, client: httpx.AsyncClient, client_of: Clients) -> list[bytes]:
    """Return what somebody else gets for the reader's next page: nothing."""
    reply = await client.get("Condition?_count=1")
    links = reply.json().get("link", []) if reply.status_code == httpx.codes.OK else []
    following = [link["url"] for link in links if link["relation"] == "next"]
    if not following:
        return []
    async with client_of(node, asks(Role.NURSE, organisation="R00")) as other:
        refused = await other.get(following[0])
    assert refused.status_code == httpx.codes.BAD_REQUEST, refused.text
    return [json.dumps(refused.json()).encode()]
