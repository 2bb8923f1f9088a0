"""Recipe: transactions of three linked resources beside readers, who never see one or two of them.

Writers put the same new value into an Encounter, a Condition and an Observation of one person, in
one transaction; readers ask for the person's whole record, which must hold one value. Beside them a
reader pages through a search while resources are added and changed: what was there from the first
page to the last is on the pages once.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from faults.imports import resources
from faults.processes import ServedNode, new_node, token
from faults.registers import transaction
from faults.wire import Connection

PEOPLE = 4
WRITERS = 4
READERS = 4
PAGE = 5
LINKED = ("Encounter", "Condition", "Observation")


@dataclass
class Findings:
    """What a run came to."""

    writes: int = 0
    reads: int = 0
    values: int = 0
    """How many values readers saw, of all people together."""
    walks: int = 0
    """Searches read page by page to the end."""
    faults: list[str] = field(default_factory=list)


async def run(folder: Path, *, transactions: int, walks: int, workers: int = 1) -> Findings:
    """Do so many transactions, and so many walks, whichever ends last."""
    options = ("--workers", str(workers)) if workers > 1 else ()
    node = ServedNode(new_node(folder / "node"), options=options)
    bearer = token(node.folder)
    await node.start()
    try:
        recipe = _Recipe(node.port, bearer, transactions)
        return await recipe.run(walks)
    finally:
        node.stop()


class _Recipe:
    def __init__(self, port: int, bearer: str, transactions: int) -> None:
        self._port, self._bearer, self._left = port, bearer, transactions
        self._seen: set[tuple[int, str]] = set()
        self.found = Findings()

    async def run(self, walks: int) -> Findings:
        """Write, read and walk at once."""
        async with self._connected() as wire:
            for person in range(PEOPLE):
                await self._put(wire, person, 0)
        writers = [self._write(number) for number in range(WRITERS)]
        readers = [asyncio.create_task(self._read(number)) for number in range(READERS)]
        await asyncio.gather(self._walk(walks), *writers)
        for reader in readers:
            reader.cancel()
        for outcome in await asyncio.gather(*readers, return_exceptions=True):
            if not isinstance(outcome, asyncio.CancelledError):
                self.found.faults.append(f"a reader ended: {outcome!r}")
        self.found.values = len(self._seen)
        return self.found

    def _connected(self) -> Connection:
        return Connection(self._port, self._bearer)

    async def _put(self, wire: Connection, person: int, value: int) -> None:
        """Put `value` into the three resources of a person, in one transaction."""
        linked = resources(person)
        for one in linked[1:]:
            one["identifier"] = [{"system": "urn:example:value", "value": str(value)}]
        added = resources(1_000 + value * PEOPLE + person)[:1]
        reply = await wire.call("POST", "", transaction(linked + added))
        if reply.status == 200:
            self.found.writes += 1
        else:
            self.found.faults.append(f"a transaction: {reply.status} {reply.body[:200]!r}")

    async def _write(self, number: int) -> None:
        async with self._connected() as wire:
            while self._left > 0:
                self._left -= 1
                await self._put(wire, (self._left + number) % PEOPLE, self._left + 1)

    async def _read(self, number: int) -> None:
        """Read whole records for ever; each holds one value, three times."""
        async with self._connected() as wire:
            while True:
                person = number % PEOPLE
                reply = await wire.call("GET", f"Patient/b{person}/$everything")
                values = Counter(
                    one["identifier"][0]["value"]
                    for one in _matches(orjson.loads(reply.body))
                    if one["resourceType"] in LINKED
                )
                self.found.reads += 1
                self._seen |= {(person, value) for value in values}
                if list(values.values()) != [len(LINKED)]:
                    self.found.faults.append(f"torn: b{person} holds {dict(values)}")

    async def _walk(self, walks: int) -> None:
        async with self._connected() as wire:
            for _ in range(walks):
                before = set(await self._pages(wire, 200))
                pages = Counter(await self._pages(wire, PAGE))
                missing = [name for name in before if pages[name] == 0]
                twice = [name for name, times in pages.items() if times > 1]
                self.found.walks += 1
                if missing or twice:
                    self.found.faults.append(f"paging lost {missing} and repeated {twice}")

    async def _pages(self, wire: Connection, count: int) -> list[str]:
        """Follow the links of a search to the end; return the ids on all pages."""
        found: list[str] = []
        path = f"Patient?_count={count}"
        while path:
            bundle = orjson.loads((await wire.call("GET", path)).body)
            found += [one["id"] for one in _matches(bundle)]
            following = [one["url"] for one in bundle["link"] if one["relation"] == "next"]
            path = following[0].partition("/fhir/")[2] if following else ""
        return found


def _matches(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    found = [entry for entry in bundle.get("entry", []) if entry["search"]["mode"] == "match"]
    return [entry["resource"] for entry in found]
