"""What stands beside records: match review and how the node is, as each reader is answered."""

import json
import re
from typing import Any

import httpx

from node.withheld.browsing import TOKEN, signed_in
from throughcare.app import diagnosis
from throughcare.app.node import Node
from throughcare.model.request import Request, Role

HOST = "http://node"
OVERSEERS = frozenset({Role.IT_LEAD, Role.PRIVACY_OFFICER})
"""Who decides which records are one person's: they are shown of whom records are, and no more."""
ASKED = (
    *("api/reviews", "api/reviews/figures", "api/reviews/changes?after=0"),
    *("api/reviews/contradictions", "api/health"),
)
COUNTED = re.compile(r"\d[\d.,]*( [kMGT]?B)?")
"""How much there is: the IT lead is told of how many entries of each type, and what they take."""
WAITING = re.compile('(?<=[ "])[a-z ]*entr(y|ies) of writes?, the oldest +s old')
"""What a node has not sealed yet when it is asked."""


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
    pairs = [pair["id"] for pair in replies[0].json()]
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
