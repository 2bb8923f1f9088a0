"""What is asked besides FHIR calls of one answer: exports, tables, pages, links, another's page."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from api.export_parts import finished
from doors.node_parts import asks
from node.withheld import browsing, linked, overseeing
from node.withheld.side import Side
from throughcare.app.node import Node
from throughcare.model.request import Request, Role

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
Clients = Callable[[Node, Request], httpx.AsyncClient]


async def answers(
    side: Side, shown: Mapping[str, dict[str, Any]], client_of: Clients, *, papers: bool
) -> dict[str, list[bytes]]:
    """Return what each of these ways answers to a reader who sees the Patients `shown`, by name.

    With `papers`, PDFs too: each takes seconds.
    """
    node, client, reader = side.node, side.client, side.reader
    found = {"another user's page": await _others_page(node, client, client_of)}
    found |= await overseeing.answers(node, client, reader, list(shown.values()))
    if reader.actor.role in EXPORTING:
        found["bulk export"] = await _exported(client, "$export")
        found["bulk export of Patients"] = await _exported(
            client, "Patient/$export?_type=Condition"
        )
        for form in ("csv", "json"):
            found[f"table as {form}"] = [await _table(client, form)]
    if reader.actor.role is Role.PROXY:
        found["health link"] = await linked.opened(node, reader.actor.user)
    return found | await browsing.pages(node, reader, list(shown), papers=papers)


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
