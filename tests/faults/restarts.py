"""Recipe: the database restarts again and again under 16 clients, who notice no more than a 503.

Each client creates one Organization after the other under If-None-Exist, and repeats what was
refused. At the end each is there once: also where an answer was lost on the way.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import orjson

from faults.databases import Database
from faults.processes import ServedNode, new_node, token
from faults.wire import Connection, Reply

CLIENTS = 16
SYSTEM = "urn:example:restart"
MODES = ("fast", "immediate")
AGAIN_SECONDS = 0.1


@dataclass
class Findings:
    """What a run came to."""

    restarts: int = 0
    created: int = 0
    refused: int = 0
    """Answers 503 with Retry-After."""
    found_again: int = 0
    """Repeated creates that found what the first try had stored."""
    faults: list[str] = field(default_factory=list)


async def run(
    folder: Path, database: Database, *, restarts: int, every: float, workers: int = 1
) -> Findings:
    """Restart `restarts` times, every so many seconds."""
    found = Findings()
    store = await database.make("restarted")
    options = ("--workers", str(workers)) if workers > 1 else ()
    node = ServedNode(new_node(folder / "node", store), options=options)
    bearer = token(node.folder)
    await node.start()
    try:
        clients = [_Client(node.port, bearer, number, found) for number in range(CLIENTS)]
        running = [asyncio.create_task(client.run()) for client in clients]
        for number in range(restarts):
            await asyncio.sleep(every)
            await database.restart(MODES[number % 2])
            found.restarts += 1
        await asyncio.sleep(every)
        for client in clients:
            client.goes_on = False
        await asyncio.gather(*running)
        await _count(node.port, bearer, clients, found)
    finally:
        node.stop()
    return found


class _Client:
    """Creates numbered Organizations."""

    def __init__(self, port: int, bearer: str, number: int, found: Findings) -> None:
        self._port, self._bearer, self._number, self._found = port, bearer, number, found
        self.goes_on = True
        self.made: list[str] = []

    async def run(self) -> None:
        """Create until told to stop."""
        async with Connection(self._port, self._bearer) as wire:
            while self.goes_on:
                value = f"{self._number}-{len(self.made)}"
                await self._create(wire, value)
                self.made.append(value)

    async def _create(self, wire: Connection, value: str) -> None:
        body = {
            "resourceType": "Organization",
            "name": "Restarted",
            "identifier": [{"system": SYSTEM, "value": value}],
        }
        condition = f"if-none-exist: identifier={SYSTEM}|{value}\r\n"
        while True:
            reply = await wire.call("POST", "Organization", body, condition)
            if reply.status in {200, 201}:
                self._found.created += 1
                self._found.found_again += reply.status == 200
                return
            self._refused(reply)
            await asyncio.sleep(AGAIN_SECONDS)

    def _refused(self, reply: Reply) -> None:
        if reply.status == 503 and reply.headers.get("retry-after"):
            self._found.refused += 1
        else:
            self._found.faults.append(f"answered {reply.status} {reply.body[:200]!r}")


async def _count(port: int, bearer: str, clients: list[_Client], found: Findings) -> None:
    """See that each Organization is there once, and no other."""
    values = [value for client in clients for value in client.made]
    async with Connection(port, bearer) as wire:
        reply = await wire.call("GET", "Organization?_summary=count")
        total = orjson.loads(reply.body)["total"]
        if total != len(values):
            found.faults.append(f"{total} are stored, and {len(values)} were created")
        for value in values:
            reply = await wire.call("GET", f"Organization?identifier={quote(f'{SYSTEM}|{value}')}")
            total = orjson.loads(reply.body)["total"]
            if total != 1:
                found.faults.append(f"{value} is there {total} times")
