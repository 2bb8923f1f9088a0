"""People to export, and who exports them."""

import asyncio
from typing import Any

import httpx

from doors.node_parts import (
    asks,
    condition,
    consent,
    load,
    names,
    patient,
    submission,
)
from throughcare.app.gateway import gateway
from throughcare.app.node import Node
from throughcare.model.extent import Extent
from throughcare.model.request import Purpose, Request, Role

UNIVERSITY = "RUNI"
RESEARCHER = asks(Role.RESEARCHER, Purpose.HRESCH, organisation=UNIVERSITY)
AGREE = {
    "type": "permit",
    "actor": [
        {
            "role": {"coding": [{"code": "IRCP"}]},
            "reference": {"identifier": {"value": UNIVERSITY}},
        }
    ],
    "purpose": [{"code": "HRESCH"}],
}
Client = httpx.AsyncClient


def client_of(node: Node, request: Request) -> Client:
    headers = {"authorization": f"Bearer {node.issue(request, hours=1)}"}
    transport = httpx.ASGITransport(gateway(node))
    return Client(transport=transport, base_url="http://node/fhir/", headers=headers)


async def people(node: Node, *agree: str) -> list[str]:
    """Load a person for each of `agree`: "yes" to research, or nothing said; return them."""
    made = []
    for number, agrees in enumerate(agree):
        resources = [patient(f"Person{'abcdefgh'[number]}"), condition("urn:x"), condition("urn:x")]
        url = f"urn:gp:{resources[0]['name'][0]['family']}"
        resources[0]["birthDate"] = f"19{40 + number}-01-02"
        for each, code in zip(resources[1:], ("195967001", "38341003"), strict=True):
            each["subject"]["reference"] = url
            each["code"]["coding"][0]["code"] = code
        if agrees == "yes":
            resources.append(consent(url, provision=AGREE))
        (outcome,) = await load(node, submission("gp", *resources, key=str(number)))
        made.append(names(outcome)[0])
    return made


async def finished(client: Client, place: str) -> httpx.Response:
    """Ask for the status until the work is at its end."""
    for _ in range(500):
        reply = await client.get(place)
        if reply.status_code != 202:
            return reply
        assert reply.headers["x-progress"].endswith("%")
        assert int(reply.headers["retry-after"]) > 0
        await asyncio.sleep(0.01)
    message = "the export did not come to its end"
    raise TimeoutError(message)


async def exported(client: Client, asked: str) -> tuple[dict[str, Any], dict[str, list[bytes]]]:
    """Export and return the manifest and all lines by type."""
    begun = await client.get(asked, headers={"prefer": "respond-async"})
    assert begun.status_code == 202, begun.text
    reply = await finished(client, begun.headers["content-location"])
    assert reply.status_code == 200, reply.text
    lines: dict[str, list[bytes]] = {}
    for file in reply.json()["output"]:
        fetched = await client.get(file["url"])
        assert fetched.status_code == 200, fetched.text
        assert fetched.headers["content-type"] == "application/fhir+ndjson"
        assert fetched.content.endswith(b"\n") or not fetched.content
        found = fetched.content.splitlines()
        assert len(found) <= file.get("count", len(found))
        lines.setdefault(file["type"], []).extend(found)
    return reply.json(), lines


async def visible(node: Node, request: Request) -> dict[str, list[bytes]]:
    """Return, naively, the stored bytes of all that a request may see, by type."""
    async with node.store.snapshot() as reader:
        ground = await node.disclosure.ground(reader, request)
        subjects = [
            0,
            *(
                int(str(row[0]))
                for row in await reader.rows("disclosure.subjects_after", after=-1, most=10_000)
            ),
        ]
        found: dict[str, list[bytes]] = {}
        for subject in subjects:
            for entry in await node.records.extent(reader, [subject], ground.gate, Extent()):
                found.setdefault(entry.type, []).append(entry.body)
    return found
