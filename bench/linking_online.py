"""Online linking in a store that holds many people already, each record durable by itself.

    python bench/linking_online.py --people 100000 [--postgres]
    python bench/linking_online.py --records RECORDS.csv [--postgres]

A table of records is made with a seed, or read as ``throughcare identity link`` reads one. Some of
its records, drawn at random, are held back; the store is filled with the others (`filling`). Then
those are placed: one transaction after the other, and many under way at a time, which share
commits. Beside the times stands what no program can be faster than: the disk, asked to keep a page
in the same minute. CPU time is of this process; a PostgreSQL server's own comes on top of it.
"""

import argparse
import asyncio
import csv
import os
import random  # noqa: TID251 - made from a seed
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from filling import Filling
from identity_room import Feed, System, feed

from throughcare.identity import PersonIndex
from throughcare.identity.bulk import Table, read
from throughcare.identity.compare import Columns, Sourced, shipped
from throughcare.store import postgres, sqlite
from throughcare.store.protocol import Store, Transaction

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from store import cluster

PLACED = 2_000
"""Records placed in each way."""
WARMING = 100
UNDER_WAY = 64
HEADER = (
    *("record_id", "source", "nhs_number", "given_name", "middle_names", "family_name"),
    *("birth_date", "sex", "postcode", "phone"),
)
Line = Sequence[str]


def line(record: Feed) -> Line:
    """Return a row of a table that says what `record` does."""
    source, local_id, known = record
    (name,) = known.names
    words = (name.given, " ".join(name.middles), name.family)
    codes, phones = "".join(known.postcodes), "".join(known.phones)
    return (local_id, source, known.nhs_number, *words, str(known.born), known.sex, codes, phones)


@contextmanager
def lines(wanted: argparse.Namespace) -> Iterator[Iterator[Line]]:
    """Yield the rows of the table wanted, its header first."""
    if wanted.records is None:
        made = map(line, feed(wanted.people, wanted.seed))
        yield iter([HEADER, *made])
        return
    with wanted.records.open(encoding="utf-8", newline="") as file:
        yield csv.reader(file)


def divided(wanted: argparse.Namespace) -> tuple[Table, list[Sourced]]:
    """Return the table of records to fill with, and those that are held back, in random order."""
    with lines(wanted) as rows:
        count = sum(1 for _ in rows) - 1
    chance = random.Random(wanted.seed)  # noqa: S311 - no secret
    held_back = dict.fromkeys(chance.sample(range(count), min(2 * PLACED, count // 2)))
    placed: dict[int, Sourced] = {}

    def others() -> Iterator[Line]:
        with lines(wanted) as rows:
            header = next(rows)
            columns = Columns(header)
            yield header
            for at, row in enumerate(rows):
                if at in held_back:
                    placed[at] = columns.read(row)
                else:
                    yield row

    table = read(others())
    return table, [placed[at] for at in held_back]


@dataclass
class Times:
    """What placing some records took, in seconds."""

    whole: list[float] = field(default_factory=list)
    """Until it was durable, each."""
    work: list[float] = field(default_factory=list)
    """Within the transaction, each."""
    passed: float = 0
    used: float = 0
    """CPU time."""

    def show(self, what: str) -> None:
        """Print one line: milliseconds for each record, and records a second."""
        count, last = len(self.whole), sorted(self.whole)[-(len(self.whole) // 100 + 1)]
        print(
            f"{what:<22}p50 {statistics.median(self.whole) * 1e3:.2f} ms  "
            f"p99 {last * 1e3:.2f} ms  work {statistics.median(self.work) * 1e3:.2f} ms  "
            f"CPU {self.used / count * 1e3:.2f} ms  {count / self.passed:.0f} links/s",
            flush=True,
        )


async def place(
    store: Store, index: PersonIndex, records: Sequence[Sourced], clients: int
) -> Times:
    """Place `records`, as many under way at a time as there are `clients`."""
    times = Times()
    waiting = iter(records)

    async def work(tx: Transaction, one: Sourced) -> None:
        began = time.perf_counter()
        await index.place(tx, one.source, one.local_id, "record", one.demographics)
        times.work.append(time.perf_counter() - began)

    async def client() -> None:
        for one in waiting:
            began = time.perf_counter()
            await store.transact(lambda tx, one=one: work(tx, one))
            times.whole.append(time.perf_counter() - began)

    start, spent = time.perf_counter(), time.process_time()
    await asyncio.gather(*(client() for _ in range(clients)))
    times.passed, times.used = time.perf_counter() - start, time.process_time() - spent
    return times


def disk(folder: Path) -> float:
    """Return the seconds, p50, in which the disk keeps a page at the end of a file."""
    seconds = []
    with (folder / "asked").open("wb", buffering=0) as file:
        for _ in range(200):
            file.write(bytes(8192))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            seconds.append(time.perf_counter() - began)
    (folder / "asked").unlink()
    return statistics.median(seconds)


async def measure(store: Store, wanted: argparse.Namespace, folder: Path) -> None:
    """Place in both ways, and print."""
    start = time.perf_counter()
    table, placed = divided(wanted)
    people = await Filling(store, table, shipped()).fill()
    print(f"filled with {table.count} records of {people} persons in", end=" ")
    print(f"{time.perf_counter() - start:.0f} s", flush=True)
    del table
    if wanted.postgres:
        await analyse(wanted.dsn)
    half, system = len(placed) // 2, System()
    index = PersonIndex(system, system)
    await place(store, index, placed[:WARMING], 1)
    print(f"the disk keeps a page in {disk(folder) * 1e3:.2f} ms")
    (await place(store, index, placed[WARMING:half], 1)).show("one after the other")
    (await place(store, index, placed[half:], UNDER_WAY)).show(f"{UNDER_WAY} under way")


async def analyse(dsn: str) -> None:
    """Let PostgreSQL look at what it holds, as its autovacuum does in time."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def on_sqlite(wanted: argparse.Namespace, folder: Path) -> None:
    """Measure on a file."""
    store = await sqlite.open_store(folder / "store.sqlite", clock=System())
    try:
        await measure(store, wanted, folder)
    finally:
        await store.close()


async def on_postgres(server: cluster.Cluster, wanted: argparse.Namespace, folder: Path) -> None:
    """Measure on a server."""
    await server.make("bench")
    wanted.dsn = server.dsn("bench")
    store = await postgres.open_store(wanted.dsn, clock=System())
    try:
        await measure(store, wanted, folder)
    finally:
        await store.close()


def main() -> None:
    """Fill a store of the engine wanted and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--records", type=Path, help="a table of your own")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if not wanted.postgres:
            asyncio.run(on_sqlite(wanted, Path(folder)))
            return
        server = cluster.start()
        try:
            asyncio.run(on_postgres(server, wanted, Path(folder)))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
