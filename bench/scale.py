"""Grows stores to two sizes, up to a million resources, and measures each.

Run: ``python bench/scale.py FOLDER [--sizes 10000,50000] [--engines sqlite,postgres]`` with a
folder of ``*.json.gz`` Bundles (for example Synthea's). Each Bundle stands for one person; beyond
their number they come again under other ids, as other people. Prints what a resource costs to put,
what a read and a search by person cost then, how many durable creates 64 clients get, and how large
the database is: each beside its limit. What a read and a search grow by is measured in turns, a few
in the smallest store and a few in the largest, so that both meet the same machine.

CPU is this process's own; PostgreSQL's servers work beside it, so its wall time stands there too.
"""

import argparse
import asyncio
import gzip
import itertools
import re
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import zstandard

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.index import extract
from throughcare.fhir.terms import DateIs, Prefix, Query, TokenIs
from throughcare.model.decision import Clause, Gate, Residual
from throughcare.model.entry import Category, EntryClass
from throughcare.record import NewEntry, Records
from throughcare.store import postgres
from throughcare.store.protocol import Store, Transaction
from throughcare.store.sqlite import open_store

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from creating import syncs
from table import show, title

from store import cluster

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SINCE = 1_000_000_000_000_000
"""2001, in microseconds since 1970."""
CLIENTS, CREATES, ROUNDS, IN_A_ROW = 64, 6_400, 2_000, 50
HANDLER = 20.0
"""Microseconds of CPU of a raw ASGI handler that answers 2 kB (architecture.md)."""
NAME = re.compile(rb"urn:uuid:[0-9a-f]{8}")
Turn: TypeAlias = Callable[[int], Awaitable[None]]
"""Reads or searches once; its number chooses what."""


class FixedClock:
    """Always the same time: nothing here depends on it."""

    def now(self) -> datetime:
        """Return it."""
        return NOW


@dataclass
class World:
    """People who may come, and what has been put so far."""

    more: Iterator[list[NewEntry]]
    folder: Path
    """On the disk that is measured."""
    raw: int = 0
    resources: int = 0
    people: int = 0
    some: list[NewEntry] | None = None


def people(folder: Path) -> Iterator[list[NewEntry]]:
    """Yield the entries of one person after the other, without end."""
    paths = sorted(path for path in folder.glob("*.json.gz") if "Information" not in path.name)
    bodies = [
        [part.resource for part in fhir_bytes.split_bundle(gzip.decompress(path.read_bytes()))]
        for path in paths
    ]
    for subject in itertools.count(1):
        again, which = divmod(subject - 1, len(bodies))
        entries = []
        for text in bodies[which]:
            body = NAME.sub(b"urn:uuid:%08x" % again, text) if again else text
            resource = fhir_bytes.parse(body)
            if "id" in resource:
                type_, old = resource["resourceType"], resource["id"]
                id_ = f"{again:08x}{old[8:]}" if again else old
                cls = EntryClass(type_, Category.OTHER)
                entries.append(NewEntry(subject, type_, id_, body, extract(resource), cls, NOW))
        yield entries


async def grow(store: Store, records: Records, world: World, size: int) -> float:
    """Put people until there are `size` resources; return CPU microseconds a resource."""
    spent, before = 0.0, world.resources
    while world.resources < size:
        entries = next(world.more)

        async def work(tx: Transaction, entries: list[NewEntry] = entries) -> None:
            await records.put(tx, entries)

        begun = time.process_time()
        await store.transact(work)
        spent += time.process_time() - begun
        world.resources += len(entries)
        world.raw += sum(len(entry.body) for entry in entries)
        world.people = entries[0].subject
        world.some = entries
    return spent / (world.resources - before) * 1e6


async def timed(turn: Turn, turns: Iterable[int]) -> tuple[float, float]:
    """Return the CPU and the wall microseconds of one turn."""
    count, cpu, wall = 0, time.process_time(), time.perf_counter()
    for number in turns:
        await turn(number)
        count += 1
    return (
        (time.process_time() - cpu) / count * 1e6,
        (time.perf_counter() - wall) / count * 1e6,
    )


async def beside(small: Turn, large: Turn) -> tuple[float, float]:
    """Return the CPU microseconds of a turn in either store, taken in turns: the median of each."""
    figures: tuple[list[float], list[float]] = [], []
    for begin in range(0, ROUNDS, IN_A_ROW):
        for turn, gathered in zip((small, large), figures, strict=True):
            gathered.append((await timed(turn, range(begin, begin + IN_A_ROW)))[0])
    return statistics.median(figures[0]), statistics.median(figures[1])


async def whole(store: Store, records: Records, gate: Gate, subject: int) -> tuple[float, float]:
    """Return CPU milliseconds of a whole record, and of unpacking and joining its bytes."""
    async with store.snapshot() as reader:
        begun = time.process_time()
        for _ in range(10):
            entries = await records.of_subjects(reader, [subject], gate)
        figure = time.process_time() - begun
    packer, unpacker = zstandard.ZstdCompressor(level=3), zstandard.ZstdDecompressor()
    packed = [packer.compress(entry.body) for entry in entries]
    begun = time.process_time()
    for _ in range(10):
        b",".join([unpacker.decompress(one) for one in packed])
    return figure * 100, (time.process_time() - begun) * 100


async def creates(store: Store, records: Records, world: World) -> float:
    """Return how many single durable creates a second 64 clients get."""
    some = list(itertools.islice(itertools.cycle(world.some or []), CREATES))
    mark = f"{world.resources}-"

    async def client(number: int) -> None:
        for i, entry in enumerate(some[number::CLIENTS]):
            new = replace(entry, subject=100_000_000 + number, id=f"{mark}{number}-{i}")

            async def work(tx: Transaction, new: NewEntry = new) -> None:
                await records.put(tx, [new])

            await store.transact(work)

    world.raw += sum(len(entry.body) for entry in some)
    begun = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    return len(some) / (time.perf_counter() - begun)


async def measure(
    store: Store, world: World, size: int, name: str, goals: tuple[str, str]
) -> tuple[Turn, Turn]:
    """Grow to `size`, print the table, and return what reads and what searches."""
    records = Records(store, FixedClock())
    at = f"{name}, {size // 1000} thousand: "
    put = await grow(store, records, world, size)
    print(
        f"  {world.resources} resources of {world.people} people, {world.raw / 1e6:.0f} MB of JSON"
    )
    title("the record room alone")
    show(f"{at}put a resource", put, HANDLER)
    async with store.snapshot() as reader:
        gate = Gate(others=Residual((Clause(frozenset(await records.classes(reader))),)))
        ids = [
            (entry.type, entry.id)
            for subject in range(1, world.people, max(1, world.people // 200))
            for entry in (await records.of_subjects(reader, [subject], gate))[:10]
        ]
    height = TokenIs("code", (("http://loinc.org", "8302-2"),))
    query = Query("Observation", (height, DateIs("date", ((Prefix.GE, SINCE, SINCE),))))

    async def read(turn: int) -> None:
        async with store.snapshot() as reader:
            found = await records.read(reader, *ids[turn * 7 % len(ids)], gate)
            assert found is not None

    async def search(turn: int) -> None:
        async with store.snapshot() as reader:
            await records.search(reader, query, gate, [turn * 7919 % world.people + 1])

    walls = []
    for what, turn, goal in zip(
        ("read by id", "search person + code + date"), (read, search), goals, strict=True
    ):
        await timed(turn, range(100))
        cpu, wall = await timed(turn, range(ROUNDS))
        show(f"{at}{what}", cpu, HANDLER, goal)
        walls.append(wall)
    print(f"{'read and search, wall time':<54}{walls[0]:>10.1f}{walls[1]:>10.1f} us")
    figure, limit = await whole(store, records, gate, 1)
    show(f"{at}whole record", figure, limit, "<= 2.5", "ms")
    limit = syncs(world.folder)
    made = await creates(store, records, world)
    show(f"{at}durable creates, 64 clients", made, limit, ">= 3", "/s")
    return read, search


@asynccontextmanager
async def in_sqlite(folder: Path) -> AsyncIterator[tuple[Store, Callable[[], Awaitable[int]]]]:
    """Open a SQLite store, and what tells its size in bytes once it is closed."""
    store = await open_store(folder / "store.sqlite", clock=FixedClock())

    async def size() -> int:
        await store.close()
        return (folder / "store.sqlite").stat().st_size

    yield store, size
    await store.close()


@asynccontextmanager
async def in_postgres(_folder: Path) -> AsyncIterator[tuple[Store, Callable[[], Awaitable[int]]]]:
    """Start a PostgreSQL with its defaults of durability, and open a store in it."""
    server = cluster.start(shared_buffers="1GB", autovacuum="on", wal_compression="on")
    try:
        await server.make("bench")
        store = await postgres.open_store(server.dsn("bench"), clock=FixedClock())

        async def size() -> int:
            async with store.snapshot() as reader:
                ((found,),) = await reader.query("SELECT pg_database_size(current_database())", ())
            return int(str(found))

        yield store, size
        await store.close()
    finally:
        server.stop()


ENGINES = {
    "sqlite": (in_sqlite, ("<= 1.8", "<= 6")),
    "postgres": (in_postgres, ("<= 3.3", "<= 13")),
}
"""How each is opened, and its goals for a read and a search over HTTP."""


async def main(folder: Path, sizes: list[int], engines: list[str]) -> None:
    """Measure and print."""
    for name in engines:
        opened, goals = ENGINES[name]
        async with AsyncExitStack() as stack:
            turns = []
            for size in sizes:
                here = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=Path.cwd())))
                store, bytes_on_disk = await stack.enter_async_context(opened(here))
                world = World(people(folder), here)
                print(f"\n{name}, {size} resources", flush=True)
                turns.append(await measure(store, world, size, name, goals))
            for what, small, large in zip(("read", "search"), turns[0], turns[-1], strict=True):
                first, last = await beside(small, large)
                show(f"{name}: growth of a {what}, first size to last", last, first, "<= 1.3")
            megabytes = await bytes_on_disk() / 1e6
            show(f"{name}: database", megabytes, world.raw / 1e6, "<= 0.35", "MB")


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("folder", type=Path)
    words.add_argument("--sizes", default="10000,50000")
    words.add_argument("--engines", default="sqlite,postgres")
    given = words.parse_args()
    wanted = [int(size) for size in given.sizes.split(",")]
    asyncio.run(main(given.folder, wanted, given.engines.split(",")))
