"""Online linking in a store that holds many people already, each record durable by itself.

    python bench/linking_online.py --people 100000 [--postgres] [--keep FOLDER]
    python bench/linking_online.py --records RECORDS.csv [--postgres] [--keep FOLDER]

A table of records is made with a seed, or read as ``throughcare identity link`` reads one. Some of
its records, drawn at random, are held back; a store is filled with the others (`filling`), which is
done once where a FOLDER keeps it. Then those held back are placed: one transaction after the other,
and many under way at a time, which share commits. Between two that come alone the disk is asked to
keep a page, which no program can be faster than; whoever shares the processors with others waits
for both alike. CPU time is of this process, and of a PostgreSQL server beside it.
"""

import argparse
import asyncio
import csv
import hashlib
import os
import random  # noqa: TID251 - made from a seed
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from filling import Filling, copied
from identity_room import Feed, System, feed

import throughcare
from throughcare.app.serving import run, spare_the_lasting
from throughcare.identity import PersonIndex
from throughcare.identity.bulk import Table, read
from throughcare.identity.compare import Columns, Sourced, shipped
from throughcare.store import postgres, sqlite
from throughcare.store.protocol import Row, Store, Transaction, Value

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from store import cluster

PLACED = 2_000
"""Records placed in each way."""
WARMING = 100
UNDER_WAY = (16, 64)
MEMORY = "2GB"
"""What a PostgreSQL server keeps of its tables in memory."""
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
    held_back = dict.fromkeys(chance.sample(range(count), min(3 * PLACED, count // 2)))
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
    disk: list[float] = field(default_factory=list)
    """In which the disk kept a page, in between."""
    asking: float = 0
    """CPU time that this took."""
    passed: float = 0
    here: float = 0
    """CPU time of this process."""
    there: float = 0
    """CPU time of a database server."""
    asked: int = 0
    """Statements on SQLite, round trips on PostgreSQL."""

    def show(self, what: str) -> None:
        """Print one line: milliseconds for each record, and records a second."""
        count = len(self.whole)
        disk = f"disk p50 {_ms(self.disk, 0.5)}, p10 {_ms(self.disk, 0.1)}" if self.disk else ""
        print(
            f"{what:<22}p10 {_ms(self.whole, 0.1)}  p50 {_ms(self.whole, 0.5)}  "
            f"p99 {_ms(self.whole, 0.99)} ms  work {_ms(self.work, 0.5)} ms  "
            f"CPU {self.here / count * 1e3:.2f} + {self.there / count * 1e3:.2f} ms  "
            f"asks {self.asked / count:.1f}  {count / self.passed:.0f} links/s  {disk}",
            flush=True,
        )


def _ms(seconds: Sequence[float], part: float) -> str:
    return f"{sorted(seconds)[int(len(seconds) * part)] * 1e3:.2f}"


class Counted:
    """A transaction that counts what it is asked; the same to whoever uses it."""

    def __init__(self, tx: Transaction) -> None:
        """Pass everything on to `tx`."""
        self._tx = tx
        self.asked = 0

    async def rows(self, statement: str, /, **params: Value) -> list[Row]:
        """Count, and pass on."""
        self.asked += 1
        return await self._tx.rows(statement, **params)

    async def run(self, statement: str, /, **params: Value) -> int:
        """Count, and pass on."""
        self.asked += 1
        return await self._tx.run(statement, **params)

    async def run_many(self, statement: str, rows: Any, /) -> None:  # noqa: ANN401 - as it comes
        """Count, and pass on."""
        self.asked += 1
        await self._tx.run_many(statement, rows)


class Server:
    """A PostgreSQL server, seen from outside: round trips and CPU time; none for SQLite."""

    def __init__(self, started: cluster.Cluster | None) -> None:
        """Watch `started`."""
        self._process = started.process if started else None
        self.trips = 0
        if started:
            for name in ("fetch", "fetchval", "execute", "executemany"):
                self._count(name)

    def _count(self, name: str) -> None:
        plain = getattr(asyncpg.Connection, name)

        async def counting(connection: object, *words: object, **more: object) -> object:
            self.trips += 1
            return await plain(connection, *words, **more)

        setattr(asyncpg.Connection, name, counting)

    @property
    def seconds(self) -> float:
        """CPU time of its processes so far."""
        if self._process is None:
            return 0.0
        first = self._process.pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        ticks = 0
        for pid in (first, *children):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")


@dataclass
class Placing:
    """Places records in a store, and measures."""

    store: Store
    index: PersonIndex
    folder: Path
    server: Server

    async def place(self, records: Sequence[Sourced], clients: int) -> Times:
        """Place `records`, as many under way at a time as there are `clients`."""
        times = Times()
        waiting = iter(records)

        async def work(tx: Transaction, one: Sourced) -> None:
            began, counted = time.perf_counter(), Counted(tx)
            await self.index.place(counted, one.source, one.local_id, "record", one.demographics)  # type: ignore[arg-type]
            times.work.append(time.perf_counter() - began)
            times.asked += counted.asked

        async def client(asked: Any) -> None:  # noqa: ANN401 - a file
            for one in waiting:
                began = time.perf_counter()
                await self.store.transact(lambda tx, one=one: work(tx, one), again=True)
                times.whole.append(time.perf_counter() - began)
                if clients == 1:
                    before = time.process_time()
                    times.disk.append(kept(asked))
                    times.asking += time.process_time() - before

        trips, there = self.server.trips, self.server.seconds
        start, spent = time.perf_counter(), time.process_time()
        with (self.folder / "asked").open("wb", buffering=0) as asked:
            await asyncio.gather(*(client(asked) for _ in range(clients)))
        times.passed = time.perf_counter() - start - sum(times.disk)
        times.here = time.process_time() - spent - times.asking
        times.there = self.server.seconds - there
        times.asked = self.server.trips - trips or times.asked
        return times


def kept(file: Any) -> float:  # noqa: ANN401 - a file
    """Return the seconds in which the disk keeps a page at the end of a file."""
    file.write(bytes(8192))
    began = time.perf_counter()
    os.fdatasync(file.fileno())
    return time.perf_counter() - began


async def measure(store: Store, placed: Sequence[Sourced], folder: Path, server: Server) -> None:
    """Place in each way, and print."""
    system, part = System(), len(placed) // 3
    placing = Placing(store, PersonIndex(system, system), folder, server)
    await placing.place(placed[:WARMING], 1)
    spare_the_lasting()
    (await placing.place(placed[WARMING:part], 1)).show("one after the other")
    for at, clients in enumerate(UNDER_WAY, 1):
        some = placed[at * part : (at + 1) * part]
        (await placing.place(some, clients)).show(f"{clients} under way")


def contents(wanted: argparse.Namespace) -> str:
    """Return a name for a filled store: another one if anything that it is made of is another."""
    digest = hashlib.sha256(f"{wanted.people} {wanted.seed} {PLACED}".encode())
    if wanted.records is not None:
        digest.update(wanted.records.read_bytes())
    package, here = Path(throughcare.__file__).parent, Path(__file__).parent
    identity = package / "identity"
    parts = (identity / "compare", identity / "bulk", package / "store/migrations")
    files = [path for part in parts for path in sorted(part.rglob("*.*")) if path.suffix != ".pyc"]
    for path in (*files, identity / "cluster.py", here / "filling.py"):
        digest.update(path.read_bytes())
    return f"filled-{digest.hexdigest()[:16]}.sqlite"


async def filled(wanted: argparse.Namespace, folder: Path) -> tuple[Path, list[Sourced]]:
    """Return a filled SQLite store in `folder`, and the records that are held back."""
    start = time.perf_counter()
    table, placed = divided(wanted)
    path = (wanted.keep or folder) / contents(wanted)
    if not path.exists():
        made = folder / "filling.sqlite"
        await (await sqlite.open_store(made, clock=System(), finish=True)).close()
        Filling(made, table, shipped()).fill()
        shutil.move(made, path)
    print(f"{table.count} records, after {time.perf_counter() - start:.0f} s", flush=True)
    return path, placed


async def on_sqlite(wanted: argparse.Namespace, folder: Path) -> None:
    """Measure on a file."""
    path, placed = await filled(wanted, folder)
    used = folder / "store.sqlite"
    shutil.copy(path, used)
    store = await sqlite.open_store(used, clock=System())
    try:
        await measure(store, placed, folder, Server(None))
    finally:
        await store.close()


async def on_postgres(server: cluster.Cluster, wanted: argparse.Namespace, folder: Path) -> None:
    """Measure on a server."""
    path, placed = await filled(wanted, folder)
    dsn = await served(server, path)
    store = await postgres.open_store(dsn, clock=System())
    try:
        await measure(store, placed, folder, Server(server))
    finally:
        await store.close()


async def served(server: cluster.Cluster, path: Path) -> str:
    """Return the address of a new database with the rows of a filled file."""
    await server.make("bench")
    dsn = server.dsn("bench")
    await (await postgres.open_store(dsn, clock=System(), finish=True)).close()
    start = time.perf_counter()
    await copied(path, dsn)
    await analyse(dsn)
    print(f"copied in {time.perf_counter() - start:.0f} s", flush=True)
    return dsn


async def analyse(dsn: str) -> None:
    """Let PostgreSQL look at what it holds, as its autovacuum does in time."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")
    await connection.close()


def main() -> None:
    """Fill a store of the engine wanted and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--records", type=Path, help="a table of your own")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder that keeps the filled store")
    parser.add_argument("--postgres", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if not wanted.postgres:
            run(on_sqlite(wanted, Path(folder)))
            return
        server = cluster.start(shared_buffers=MEMORY)
        try:
            run(on_postgres(server, wanted, Path(folder)))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
