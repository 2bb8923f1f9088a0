"""Online linking by several worker processes at once, as a node with ``--workers`` runs them.

    python bench/linking_workers.py --people 100000 [--workers 2] [--postgres] [--keep FOLDER]
    python bench/linking_workers.py --records RECORDS.csv [--workers 2] [--postgres] [--keep FOLDER]

The store is filled as by ``linking_online.py``, whose options these are. Each worker opens it and
places its share of the records that were held back, many under way at a time; they take turns at
writing. One worker goes first, with as many records as each of several.
"""

import argparse
import asyncio
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from identity_room import System
from linking_online import MEMORY, WARMING, Placing, Server, cluster, filled, served

from throughcare.identity import PersonIndex
from throughcare.identity.compare import Sourced
from throughcare.store import postgres, sqlite

CLIENTS = 64
"""Records under way at a time, in each worker."""


class Named(System):
    """The real clock, and ids that no other worker gives."""

    def __init__(self, name: str) -> None:
        """Begin each id with `name`."""
        self._name = name

    def new(self) -> str:
        """Return an id."""
        return f"{self._name}-{super().new()}"


@dataclass(frozen=True, slots=True)
class Share:
    """What one worker does."""

    name: str
    store: str
    """Path of a SQLite file, or the address of a PostgreSQL database."""
    folder: Path
    records: Sequence[Sourced]
    start: float
    """When to begin, by the clock that `time.monotonic` reads in every process."""


@dataclass(frozen=True, slots=True)
class Done:
    """When a worker began and ended, and the CPU time that it took, in seconds."""

    began: float
    ended: float
    spent: float


async def work(share: Share) -> Done:
    """Place the records of a share, the first few to warm up before it begins."""
    system = Named(share.name)
    is_server = share.store.startswith("postgres")
    if is_server:
        store = await postgres.open_store(share.store, clock=system)
    else:
        store = await sqlite.open_store(Path(share.store), clock=system)
    try:
        placing = Placing(store, PersonIndex(system, system), share.folder, Server(None))
        await placing.place(share.records[:WARMING], CLIENTS)
        await asyncio.sleep(share.start - time.monotonic())
        began = time.monotonic()
        times = await placing.place(share.records[WARMING:], CLIENTS)
        return Done(began, time.monotonic(), times.here)
    finally:
        await store.close()


def worked(share: Share) -> Done:
    """Do a share in a process of its own."""
    return asyncio.run(work(share))


def measure(store: str, folder: Path, placed: Sequence[Sourced], workers: int) -> None:
    """Let one worker place, then several, and print links a second."""
    part = len(placed) // (workers + 1)
    parts = [placed[at * part : (at + 1) * part] for at in range(workers + 1)]
    for name, some in (("1 worker", parts[:1]), (f"{workers} workers", parts[1:])):
        start = time.monotonic() + 3
        shares = [
            Share(f"{len(some)}-{at}", store, folder, each, start) for at, each in enumerate(some)
        ]
        with ProcessPoolExecutor(len(some), multiprocessing.get_context("spawn")) as pool:
            done = list(pool.map(worked, shares))
        count = len(some) * (part - WARMING)
        passed = max(each.ended for each in done) - min(each.began for each in done)
        spent = sum(each.spent for each in done)
        print(f"{name}: {count / passed:.0f} links/s, CPU {spent / count * 1e3:.2f} ms", flush=True)


def main() -> None:
    """Fill a store of the engine wanted and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--records", type=Path, help="a table of your own")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="a folder that keeps the filled store")
    parser.add_argument("--postgres", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, placed = asyncio.run(filled(wanted, folder))
        if not wanted.postgres:
            used = folder / "store.sqlite"
            shutil.copy(path, used)
            measure(str(used), folder, placed, wanted.workers)
            return
        server = cluster.start(shared_buffers=MEMORY)
        try:
            measure(asyncio.run(served(server, path)), folder, placed, wanted.workers)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
