"""Measures what backups, hashes and copies cost beside their limits.

Run: ``python bench/copies.py [ENTRIES]``. Prints each figure, the limit measured in the same run,
and their ratio, in CPU time of the process.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import zstandard

from throughcare.app import backup as backups
from throughcare.app.backup.making import Backup
from throughcare.app.content import copying
from throughcare.app.content.export import Lines
from throughcare.app.content.export import add as add_page
from throughcare.app.content.reading import pages
from throughcare.app.folder import create
from throughcare.app.node import Node, opened
from throughcare.app.system import RandomIds
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.index import extract
from throughcare.model.entry import Category, EntryClass
from throughcare.record import NewEntry, Records
from throughcare.store.protocol import Transaction
from throughcare.store.sqlite import open_store

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CLS = EntryClass("Observation", Category.OTHER)
PEOPLE = 1_000
MEGABYTE = 1 << 20


def entries(start: int, count: int) -> list[NewEntry]:
    """Return made-up weights with a sentence or two each."""
    found = []
    for number in range(start, start + count):
        code = {"system": "http://loinc.org", "code": str(number % 500), "display": "Body weight"}
        resource = {
            "resourceType": "Observation",
            "id": f"o{number}",
            "status": "final",
            "code": {"coding": [code]},
            "subject": {"reference": f"Patient/p{number % PEOPLE}"},
            "valueQuantity": {"value": number / 7, "unit": "kg"},
            "note": [{"text": f"Weighed at home, visit {number}. " * 12}],
        }
        body = json.dumps(resource, separators=(",", ":")).encode()
        index = extract(fhir_bytes.parse(body))
        subject = 1 + number % PEOPLE
        found.append(NewEntry(subject, "Observation", f"o{number}", body, index, CLS, NOW))
    return found


async def write(node: Node, given: list[NewEntry], clients: int) -> float:
    """Store entries one a work, by so many clients; return the CPU time of each in µs."""
    places = asyncio.Semaphore(clients)

    async def one(entry: NewEntry) -> None:
        async def work(tx: Transaction) -> None:
            await node.records.put(tx, [entry])

        async with places:
            await node.store.transact(work)

    begun = time.process_time()
    await asyncio.gather(*map(one, given))
    return (time.process_time() - begun) / len(given) * 1e6


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """Return the CPU time of `work` in seconds."""
    begun = time.process_time()
    await work()
    return time.process_time() - begun


def show(what: str, figure: float, limit: float, unit: str, beside: str) -> None:
    """Print one figure."""
    print(
        f"{what:<42}{figure:10.3f} {unit:<4}{limit:10.3f} {unit:<4}{figure / limit:6.2f}  {beside}"
    )


async def archiving(node: Node, folder: Path, start: int) -> None:
    """Measure a create with and without an archive."""
    for clients, count in ((1, 300), (64, 3_000)):
        for turn in range(3):
            place = start + turn * 20_000 + clients * 100
            (node.folder.root / "archive" / "state").unlink(missing_ok=True)
            without = await write(node, entries(place, count), clients)
            target = folder / f"backup-{clients}-{turn}"
            await backups.make(
                node, Backup(node.folder, target, node.clock, RandomIds()), full=True
            )
            kept = await write(node, entries(place + 10_000, count), clients)
            show(f"create, archive kept, {clients} clients", kept, without, "us", "without one")


async def copies(node: Node, folder: Path) -> None:
    """Measure a base, a hash, an export and a copy of the whole node."""
    content = node.folder.store.read_bytes()
    print(f"store of {len(content) / MEGABYTE:.0f} MB")
    begun = time.process_time()
    zstandard.ZstdCompressor(level=1).compress(content)
    packed = time.process_time() - begun
    target = Backup(node.folder, folder / "whole", node.clock, RandomIds())
    base = await timed(lambda: backups.make(node, target, full=True))
    show("backup, whole store", base, packed, "s", "zstd of the same bytes")
    again = await timed(lambda: backups.make(node, target, full=False))
    show("backup, nothing new", again, packed, "s", "the same")
    restored = await timed(
        lambda: asyncio.to_thread(backups.restore, backups.plan(target.target), folder / "again")
    )
    show("restore, with its checks", restored, packed, "s", "the same")

    async def read() -> None:
        async with node.store.snapshot() as reader:
            async for _ in pages(reader, node.records.moving()):
                pass

    async def export() -> None:
        (folder / "export").mkdir()
        with Lines(folder / "export") as lines:
            async with node.store.snapshot() as reader:
                async for page in pages(reader, node.records.moving()):
                    add_page(lines, page)

    async def hashed() -> None:
        async with node.store.snapshot() as reader:
            await copying.hash_of(reader, node.records)

    async def copy() -> None:
        store = await open_store(folder / "copy.sqlite", clock=node.clock)
        await copying.copy(node.records, Records(store, node.clock))
        await store.close()

    plain = await timed(read)
    for name, work in (("canonical hash", hashed), ("export", export), ("copy, proved", copy)):
        show(name, await timed(work), plain, "s", "reading all content")


async def main(count: int) -> None:
    """Print every figure."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        async with opened(create(folder / "node")) as node:
            for start in range(0, count, 2_000):
                batch = entries(start, 2_000)
                await node.store.transact(lambda tx, batch=batch: node.records.put(tx, batch))
            await archiving(node, folder, count)
            await copies(node, folder)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
