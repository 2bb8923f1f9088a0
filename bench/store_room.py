"""Measures the store and record rooms beside their limits, on a folder of FHIR bundles.

Run: ``python bench/store_room.py FOLDER [BUNDLES]`` with a folder of ``*.json.gz`` Bundles (for
example Synthea's). Prints each figure, the limit measured in the same run, and their ratio.
"""

import asyncio
import gzip
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.index import extract
from throughcare.fhir.terms import DateIs, Prefix, Query, TokenIs
from throughcare.model.decision import Clause, Gate, Residual
from throughcare.model.entry import Category, EntryClass
from throughcare.record import NewEntry, Records
from throughcare.store.protocol import Transaction
from throughcare.store.sqlite import SqliteStore, open_store

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CLIENTS = 64
ROUNDS = 2_000


class FixedClock:
    """Always the same time: nothing here depends on it."""

    def now(self) -> datetime:
        """Return it."""
        return NOW


def bundles(folder: Path, count: int) -> Iterator[list[NewEntry]]:
    """Yield the entries of each bundle, each bundle a subject of its own."""
    for subject, path in enumerate(sorted(folder.glob("*.json.gz"))[:count], start=1):
        entries = []
        for part in fhir_bytes.split_bundle(gzip.decompress(path.read_bytes())):
            resource = fhir_bytes.parse(part.resource)
            if "id" in resource:
                cls = EntryClass(resource["resourceType"], Category.OTHER)
                type_, id_, index = resource["resourceType"], resource["id"], extract(resource)
                entries.append(NewEntry(subject, type_, id_, part.resource, index, cls, NOW))
        yield entries


def syncs_a_second(folder: Path) -> float:
    """Return how often a second the disk takes 4 kB and promises to keep them."""
    file = os.open(folder / "sync", os.O_RDWR | os.O_CREAT)
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < 1:
        os.pwrite(file, b"x" * 4096, 4096 * (count % 256))
        os.fdatasync(file)
        count += 1
    os.close(file)
    return count / (time.perf_counter() - begun)


async def load(store: SqliteStore, records: Records, loads: list[list[NewEntry]]) -> float:
    """Store each bundle in a transaction; return microseconds an entry."""
    begun = time.perf_counter()
    for entries in loads:

        async def work(tx: Transaction, entries: list[NewEntry] = entries) -> None:
            await records.put(tx, entries)

        await store.transact(work)
    return (time.perf_counter() - begun) / sum(map(len, loads)) * 1e6


async def creates_a_second(store: SqliteStore, records: Records, some: list[NewEntry]) -> float:
    """Return how many single durable creates a second many clients get."""
    begun = time.perf_counter()

    async def client(number: int) -> None:
        for i, entry in enumerate(some[number::CLIENTS]):
            new = replace(entry, subject=100_000 + number, id=f"{number}-{i}")

            async def work(tx: Transaction, new: NewEntry = new) -> None:
                await records.put(tx, [new])

            await store.transact(work)

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    return len(some) / (time.perf_counter() - begun)


async def reads(store: SqliteStore, records: Records, one: NewEntry) -> tuple[float, float]:
    """Return microseconds of a read by id, and of a search by person, code and date."""
    async with store.snapshot() as reader:
        gate = Gate(others=Residual((Clause(frozenset(await records.classes(reader))),)))
    since = 1_000_000_000_000_000
    height = TokenIs("code", (("http://loinc.org", "8302-2"),))
    query = Query("Observation", (height, DateIs("date", ((Prefix.GE, since, since),))))
    begun = time.perf_counter()
    for _ in range(ROUNDS):
        async with store.snapshot() as reader:
            await records.read(reader, one.type, one.id, gate)
    read = (time.perf_counter() - begun) / ROUNDS * 1e6
    begun, found = time.perf_counter(), 0
    for turn in range(ROUNDS):
        async with store.snapshot() as reader:
            page = await records.search(reader, query, gate, [turn % 20 + 1])
            found += len(page.entries)
    search = (time.perf_counter() - begun) / ROUNDS * 1e6
    print(f"  (a search finds {found / ROUNDS:.1f} entries)")
    return read, search


async def main(folder: Path, count: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as place:
        here = Path(place)
        loads = list(bundles(folder, count))
        total = sum(map(len, loads))
        raw = sum(len(entry.body) for entries in loads for entry in entries)
        store = await open_store(here / "store.sqlite", clock=FixedClock())
        records = Records(store, FixedClock())
        print(f"{len(loads)} bundles, {total} resources, {raw / 1e6:.1f} MB of JSON")
        print(
            f"put, one transaction a bundle: {await load(store, records, loads):.0f} µs a resource"
        )
        await store.close()
        size = (here / "store.sqlite").stat().st_size
        print(f"database: {size / 1e6:.1f} MB, {size / raw:.3f} of the raw JSON (goal 0.35)")
        store = await open_store(here / "store.sqlite", clock=FixedClock())
        records = Records(store, FixedClock())
        read, search = await reads(store, records, loads[-1][0])
        print(f"read by id: {read:.1f} µs, {read / 20:.1f} of a raw ASGI handler of 20 µs")
        print(f"person + code + date: {search:.1f} µs, {search / 20:.1f} of the same")
        some = [entry for entries in loads for entry in entries][:6_400]
        syncs = syncs_a_second(here)
        creates = await creates_a_second(store, records, some)
        print(f"durable creates, {CLIENTS} clients: {creates:.0f}/s")
        print(f"fdatasync: {syncs:.0f}/s; {creates / syncs:.1f} creates a sync (goal 3)")
        await store.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 200))
