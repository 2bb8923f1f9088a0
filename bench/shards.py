"""Measures one database beside two and four, as one store, all on one server of this machine.

Run: ``python bench/shards.py``. Prints creates and reads a second, and what one of each costs in
CPU: of this process, and of the server's processes (Linux). On one machine more databases can't be
faster; this shows what the work of keeping them one store costs. The same is done in each row.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.index import extract
from throughcare.fhir.terms import Query, TokenIs
from throughcare.model.decision import Clause, Gate, Residual
from throughcare.model.entry import Category, EntryClass
from throughcare.record import NewEntry, Records
from throughcare.store import postgres, sharded
from throughcare.store.protocol import Store, Transaction

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from store import cluster

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SUBJECTS, EACH = 400, 10
CLIENTS, CREATES, READS = 64, 3_200, 2_000
TICKS = os.sysconf("SC_CLK_TCK")
OBSERVATION = (
    b'{"resourceType":"Observation","id":"%s","status":"final","effectiveDateTime":"2026-01-%02d",'
    b'"code":{"coding":[{"system":"http://loinc.org","code":"8302-2"}]},'
    b'"valueQuantity":{"value":%d,"unit":"cm","system":"http://unitsofmeasure.org","code":"cm"}}'
)


class FixedClock:
    """Always the same time: nothing here depends on it."""

    def now(self) -> datetime:
        """Return it."""
        return NOW


def entry(subject: int, id_: str, number: int) -> NewEntry:
    """Make an observation."""
    body = OBSERVATION % (id_.encode(), number % 28 + 1, 100 + number % 100)
    cls = EntryClass("Observation", Category.OTHER)
    return NewEntry(subject, "Observation", id_, body, extract(fhir_bytes.parse(body)), cls, NOW)


def server_seconds(postmaster: int) -> float:
    """Return the CPU seconds of the server so far, processes that have ended included."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended; its parent has counted it
        if path.parent.name == str(postmaster):
            ticks += sum(map(int, fields[11:15]))
        elif fields[1] == str(postmaster):
            ticks += sum(map(int, fields[11:13]))
    return ticks / TICKS


async def measured(
    what: str, postmaster: int, times: int, work: Callable[[], Awaitable[None]]
) -> None:
    """Do `work`, which does something so many times, and print the cost of one."""
    here, there = time.process_time(), server_seconds(postmaster)
    begun = time.perf_counter()
    await work()
    rate = times / (time.perf_counter() - begun)
    ours = (time.process_time() - here) / times * 1e6
    theirs = (server_seconds(postmaster) - there) / times * 1e6
    print(f"  {what:<34}{rate:>9.0f} /s{ours:>9.0f}{theirs:>9.0f}", flush=True)


async def put(store: Store, records: Records, *entries: NewEntry) -> None:
    """Store entries."""

    async def work(tx: Transaction) -> None:
        await records.put(tx, entries)

    await store.transact(work)


async def shared(times: int, one: Callable[[int], Awaitable[None]], clients: int) -> None:
    """Let clients do `one` so many times together."""

    async def client(number: int) -> None:
        for turn in range(number, times, clients):
            await one(turn)

    await asyncio.gather(*(client(number) for number in range(clients)))


async def measure(store: Store, postmaster: int) -> None:
    """Fill a store and print what it costs."""
    records = Records(store, FixedClock())
    for subject in range(1, SUBJECTS + 1):
        await put(store, records, *(entry(subject, f"o{subject}-{i}", i) for i in range(EACH)))
    async with store.snapshot() as reader:
        gate = Gate(others=Residual((Clause(frozenset(await records.classes(reader))),)))
    query = Query("Observation", (TokenIs("code", (("http://loinc.org", "8302-2"),)),))

    async def create(turn: int) -> None:
        await put(store, records, entry(turn % SUBJECTS + 1, f"n{turn}", turn))

    async def read(turn: int) -> None:
        async with store.snapshot() as reader:
            name = f"o{turn % SUBJECTS + 1}-{turn % EACH}"
            assert await records.read(reader, "Observation", name, gate) is not None

    async def search(turn: int) -> None:
        async with store.snapshot() as reader:
            page = await records.search(reader, query, gate, [turn % SUBJECTS + 1])
            assert page.entries

    async def everywhere(_turn: int) -> None:
        async with store.snapshot() as reader:
            assert (await records.search(reader, query, gate)).total

    for what, times, one, clients in (
        ("create, 64 clients", CREATES, create, CLIENTS),
        ("read by id, one client", READS, read, 1),
        ("read by id, 64 clients", READS, read, CLIENTS),
        ("search in a record, one client", READS, search, 1),
        ("search all records, one client", 50, everywhere, 1),
    ):
        await shared(min(times, 50), one, clients) if one is not create else None
        await measured(what, postmaster, times, lambda t=times, o=one, c=clients: shared(t, o, c))


@asynccontextmanager
async def opened(server: cluster.Cluster, databases: int) -> AsyncIterator[Store]:
    """Open a store on so many new databases."""
    names = [f"b{databases}_{number}" for number in range(databases)]
    for name in names:
        await server.make(name)
    dsns = [server.dsn(name) for name in names]
    store: Store = (
        await postgres.open_store(dsns[0], clock=FixedClock())
        if databases == 1
        else await sharded.open_store(dsns, clock=FixedClock())
    )
    try:
        yield store
    finally:
        await store.close()
        for name in names:
            await server.drop(name)


async def main() -> None:
    """Measure each number of databases."""
    server = cluster.cluster()
    if server.process is None:
        print("left out: it measures a server of its own, and THROUGHCARE_TEST_DSN is set")
        return
    for databases in (1, 2, 4):
        print(f"\n{databases} database{'s' if databases > 1 else ''} of one server")
        print(f"  {'':<34}{'rate':>12}{'here':>9}{'server':>9}   µs of CPU each")
        async with opened(server, databases) as store:
            await measure(store, server.process.pid)


if __name__ == "__main__":
    asyncio.run(main())
