"""Measures a database that is read from a replica beside the same one that is not.

Run: ``python bench/replicas.py``. Prints what one create, read or search costs in CPU: of this
process, of the primary and of the replica (Linux), all on this machine. One machine can't show what
a second server gives; this shows what moves to it and what it costs to know how new it is.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from throughcare.fhir.terms import Query, TokenIs
from throughcare.model.decision import Clause, Gate, Residual
from throughcare.record import Records
from throughcare.store.postgres import PostgresStore, open_store
from throughcare.store.postgres.replicas import Replicas

sys.path.append(str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1] / "tests"))
from shards import CLIENTS, EACH, SUBJECTS, FixedClock, entry, put, server_seconds, shared

from store import cluster

CREATES, READS, SEARCHES = 3_200, 4_000, 60


async def measured(
    what: str, servers: list[int], times: int, clients: int, one: Callable[[int], Awaitable[None]]
) -> None:
    """Do something so many times, and print what it cost."""
    here = time.process_time()
    there = [server_seconds(pid) for pid in servers]
    await shared(times, one, clients)
    spent = [time.process_time() - here]
    spent += [server_seconds(pid) - before for pid, before in zip(servers, there, strict=True)]
    print(f"  {what:<34}" + "".join(f"{cpu / times * 1e6:>9.0f}" for cpu in spent), flush=True)


async def measure(store: PostgresStore, servers: list[int], name: str) -> None:
    """Print what everything costs on a store that is filled."""
    records = Records(store, FixedClock())
    async with store.snapshot() as reader:
        gate = Gate(others=Residual((Clause(frozenset(await records.classes(reader))),)))
    query = Query("Observation", (TokenIs("code", (("http://loinc.org", "8302-2"),)),))

    async def create(turn: int) -> None:
        await put(store, records, entry(turn % SUBJECTS + 1, f"{name}{turn}", turn))

    async def read(turn: int) -> None:
        async with store.snapshot() as reader:
            id_ = f"o{turn % SUBJECTS + 1}-{turn % EACH}"
            assert await records.read(reader, "Observation", id_, gate) is not None

    async def search(_turn: int) -> None:
        async with store.snapshot() as reader:
            assert (await records.search(reader, query, gate)).total

    await measured("create, 64 clients", servers, CREATES, CLIENTS, create)
    for one, times in ((read, READS), (search, SEARCHES)):
        for clients in (1, CLIENTS):
            await shared(times // 10, one, clients)
            await measured(f"{one.__name__}, {clients} clients", servers, times, clients, one)


async def main() -> None:
    """Measure with and without, twice, one after the other."""
    primary = cluster.start()
    replica = cluster.follow(primary)
    try:
        assert primary.process is not None
        assert replica.process is not None
        await primary.make("record")
        servers = [primary.process.pid, replica.process.pid]
        dsn = primary.dsn("record")
        store = await open_store(dsn, clock=FixedClock())
        records = Records(store, FixedClock())
        for subject in range(1, SUBJECTS + 1):
            await put(store, records, *(entry(subject, f"o{subject}-{i}", i) for i in range(EACH)))
        await store.close()
        with tempfile.TemporaryDirectory() as folder:
            replicas = Replicas((replica.dsn("record"),), Path(folder) / "store.position")
            for turn in range(2):
                for what, given in (("without", None), ("with", replicas)):
                    print(f"\n{what} a replica{'':<26}here  primary  replica   µs of CPU each")
                    store = await open_store(dsn, clock=FixedClock(), replicas=given)
                    await measure(store, servers, f"{what}{turn}-")
                    await store.close()
    finally:
        replica.stop()
        primary.stop()


if __name__ == "__main__":
    asyncio.run(main())
