"""Measures what the second lock costs: one PostgreSQL database read with it and without.

Run: ``python bench/second_lock.py``. Prints what one look costs in CPU, of this process and of the
server's (Linux), without the lock and with it, and the ratio of both together. Both are measured in
turn, over the same rows; of several rounds the cheapest counts.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from shards import FixedClock, entry, server_seconds

from throughcare.fhir.terms import Query, TokenIs
from throughcare.model.decision import Clause, Gate, Residual
from throughcare.record import Records
from throughcare.store import postgres
from throughcare.store.protocol import Transaction

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from store import cluster

SUBJECTS, EACH = 1_000, 20
ROUNDS = 5
LISTED = 5_000
"""People of whom consent says something of their own."""
CODE = TokenIs("code", (("http://loinc.org", "8302-2"),))
Look = Callable[[int], Awaitable[object]]


class Side:
    """The record through one store."""

    def __init__(self, store: postgres.PostgresStore, gates: list[Gate]) -> None:
        """Read from `store`."""
        self.store = store
        self.records = Records(store, FixedClock())
        self.gates = gates

    async def read(self, number: int, gate: Gate | None = None) -> None:
        """Read one entry by its id, as the way out does."""
        gate = gate or self.gates[0]
        async with self.store.snapshot() as reader:
            found = await self.records.candidate(reader, "Observation", f"o{number % SUBJECTS}-7")
            assert found is not None
            await self.records.stored(reader, found, gate)

    async def read_many(self, number: int) -> None:
        """Read 64 at once, under one gate."""
        await asyncio.gather(*(self.read(number * 64 + at) for at in range(64)))

    async def read_mixed(self, number: int) -> None:
        """Read 64 at once, under eight gates."""
        gates = self.gates[:8]
        reads = (self.read(number * 64 + at, gates[at % 8]) for at in range(64))
        await asyncio.gather(*reads)

    async def search(self, number: int) -> None:
        """Search a code in one person's record."""
        async with self.store.snapshot() as reader:
            scope = (number % SUBJECTS + 1,)
            query = Query("Observation", (CODE,))
            page = await self.records.search(reader, query, self.gates[0], scope)
            assert len(page.entries) == EACH

    async def whole(self, number: int) -> None:
        """Read one person's whole record."""
        async with self.store.snapshot() as reader:
            subjects = (number % SUBJECTS + 1,)
            assert len(await self.records.of_subjects(reader, subjects, self.gates[0])) == EACH

    async def count(self, _number: int) -> None:
        """Count over everybody."""
        await self._count(self.gates[0])

    async def count_listed(self, _number: int) -> None:
        """Count over everybody, where many have a decision of their own."""
        await self._count(self.gates[-1])

    async def _count(self, gate: Gate) -> None:
        async with self.store.snapshot() as reader:
            query = Query("Observation", (CODE,), count=0, summary="count")
            assert (await self.records.search(reader, query, gate)).total == SUBJECTS * EACH


LOOKS = (
    ("read by id, one at a time", "read", 400, 1),
    ("read by id, 64 at once, one gate", "read_many", 10, 64),
    ("read by id, 64 at once, eight gates", "read_mixed", 10, 64),
    ("search of a person, 20 matches", "search", 200, 1),
    ("a person's whole record, 20 entries", "whole", 200, 1),
    ("count of 20,000 over everybody", "count", 5, 1),
    (f"the same, {LISTED:,} people decided apart", "count_listed", 3, 1),
)


async def cost(look: Look, times: int, of_each: int, postmaster: int) -> tuple[float, float]:
    """Return the CPU microseconds of one look: of this process, and of the server."""
    here, there = time.process_time(), server_seconds(postmaster)
    for number in range(times):
        await look(number)
    ours = time.process_time() - here
    theirs = server_seconds(postmaster) - there
    return ours / times / of_each * 1e6, theirs / times / of_each * 1e6


async def fill(records: Records) -> None:
    """Store the record, a hundred entries at a time."""
    entries = [
        entry(subject + 1, f"o{subject}-{number}", number)
        for subject in range(SUBJECTS)
        for number in range(EACH)
    ]
    for at in range(0, len(entries), 100):

        async def work(tx: Transaction, at: int = at) -> None:
            await records.put(tx, entries[at : at + 100])

        await records.store.transact(work)


async def measure(server: cluster.Cluster) -> None:
    """Fill a database and measure it from both sides."""
    await server.make("bench")
    dsn, clock = server.dsn("bench"), FixedClock()
    plain = await postgres.open_store(dsn, clock=clock)
    locked = await postgres.open_store(dsn, clock=clock, second_lock=True)
    await fill(Records(plain, clock))
    seen = [Residual((Clause(frozenset(range(1, 20 + at))),)) for at in range(8)]
    gates = [Gate({}, residual) for residual in seen]
    gates.append(Gate(dict.fromkeys(range(10**6, 10**6 + LISTED), Residual()), seen[0]))
    sides = [Side(plain, gates), Side(locked, gates)]
    assert server.process is not None
    print(f"  {'CPU microseconds of one':<42}{'without':>16}{'with':>16}{'ratio':>8}")
    for what, name, times, of_each in LOOKS:
        best: list[tuple[float, float]] = []
        for side in sides:
            await cost(getattr(side, name), times, of_each, server.process.pid)
        rounds = [
            [await cost(getattr(s, name), times, of_each, server.process.pid) for s in sides]
            for _ in range(ROUNDS)
        ]
        best = [min((one[at] for one in rounds), key=sum) for at in range(2)]
        figures = "".join(f"{ours:>8.0f}{theirs:>8.0f}" for ours, theirs in best)
        print(f"  {what:<42}{figures}{sum(best[1]) / sum(best[0]):>8.2f}", flush=True)
    await plain.close()
    await locked.close()


def main() -> None:
    """Start a server and measure."""
    server = cluster.start()
    try:
        asyncio.run(measure(server))
    finally:
        server.stop()


if __name__ == "__main__":
    main()
