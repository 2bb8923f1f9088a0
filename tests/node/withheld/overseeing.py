"""What stands beside records: match review and how the node is, as each reader is answered."""

import json
import re
from typing import Any

import httpx

from node.withheld.browsing import TOKEN, signed_in
from node.withheld.world import World
from throughcare.app import diagnosis
from throughcare.app.node import Node
from throughcare.model.request import Request, Role

HOST = "http://node"
OVERSEERS = frozenset({Role.IT_LEAD, Role.PRIVACY_OFFICER})
"""Who decides which records are one person's: they are shown of whom records are, and no more."""
COUNCIL = "council"
GIVEN = ("Ida", "Margaret", "Idina")
"""What a third source calls people: so that one pair is linked, and others are asked about."""
ASKED = (
    *("api/reviews", "api/reviews/figures", "api/reviews/changes?after=0"),
    *("api/reviews/contradictions", "api/health"),
)
COUNTED = re.compile(r"\d[\d.,]*( [kMGT]?B)?")
"""How much there is: the IT lead is told of how many entries of each type, and what they take."""
WAITING = re.compile('(?<=[ "])[a-z ]*entr(y|ies) of writes?, the oldest +s old')
"""What a node has not sealed yet when it is asked."""


def known_twice(world: World) -> World:
    """Have a third source send a Patient of each person of a world, who may be the same one."""
    names = []
    for number, (name, given) in enumerate(zip(world.people(), GIVEN, strict=True)):
        known = world.entries[name]
        id_ = f"twin{number}"
        world.entries[f"Patient/{id_}"] = {
            "resourceType": "Patient",
            "id": id_,
            "name": [{"family": known["name"][0]["family"], "given": [given]}],
            **{member: known[member] for member in ("birthDate", "gender")},
        }
        world.of[f"Patient/{id_}"] = ""
        names.append(f"Patient/{id_}")
    world.sent.append((COUNCIL, names))
    return world


async def answers(
    node: Node, client: httpx.AsyncClient, reader: Request, people: list[dict[str, Any]]
) -> dict[str, list[bytes]]:
    """Return what `reader` is answered about `people`, as Patients, and the node they are in."""
    if reader.actor.role is Role.IT_LEAD:
        await diagnosis.diagnose(node)
    replies = [await client.get(f"{HOST}/{path}") for path in ASKED]
    found = {"match review and health": [_told(node, reply) for reply in replies]}
    if reader.actor.role not in OVERSEERS:
        return found
    pairs = [pair["id"] for pair in replies[0].json()["pairs"]]
    replies = [await client.get(f"{HOST}/api/reviews/{pair}") for pair in pairs]
    browser, _ = await signed_in(node, reader)
    async with browser:
        replies += [await browser.get(f"reviews/{pair}") for pair in pairs]
        replies += [await browser.get(path) for path in ("reviews", "reviews/find", "node")]
        for person in people:
            replies.append(await _searched(browser, person))
    found["match review"] = [_told(node, reply) for reply in replies]
    return found


async def _searched(browser: httpx.AsyncClient, person: dict[str, Any]) -> httpx.Response:
    """Return who is found for a review, by name and birth date."""
    form = await browser.get("reviews/find")
    (token, *_) = TOKEN.findall(form.content)
    year, month, day = person["birthDate"].split("-")
    fields = {
        "token": token.decode().split('"')[3],
        "family": person["name"][0]["family"],
        "given": person["name"][0]["given"][0],
        "year": year,
        "month": month,
        "day": day,
    }
    return await browser.post("reviews/find", data=fields, headers={"origin": HOST})


def _told(node: Node, reply: httpx.Response) -> bytes:
    """Return an answer; of how the node is, neither where it lies nor how much there is."""
    text = TOKEN.sub(b"", reply.content).decode().replace(str(node.folder.root), "NODE")
    if reply.url.path == "/api/health" and reply.status_code == httpx.codes.OK:
        text = json.dumps(json.loads(text) | {"entries": {}})
    if reply.url.path in {"/api/health", "/node"}:
        text = WAITING.sub("nothing", COUNTED.sub("", text))
    return json.dumps([reply.status_code, reply.headers.get("location")]).encode() + text.encode()
