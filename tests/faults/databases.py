"""A PostgreSQL of a recipe's own: restarted, one of its processes killed, its disk cut off."""

import asyncio
import random  # noqa: TID251 - seeded by whoever runs it
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from faults.processes import children_of, is_running, kill_one, title_of
from store import cluster as clusters
from store.cluster import Cluster


@dataclass
class Database:
    """A cluster that recovers by itself, or is started again."""

    cluster: Cluster
    postmaster: int = 0
    """The first of its processes; another one after a restart."""

    @property
    def folder(self) -> Path:
        """Where its data and its socket are."""
        assert self.cluster.folder is not None
        return self.cluster.folder

    def find_postmaster(self) -> None:
        """Read which process is the first; what is read on a disk without power is too late."""
        text = (self.folder / "data" / "postmaster.pid").read_text()
        self.postmaster = int(text.split("\n", 1)[0])

    async def make(self, name: str) -> str:
        """Make a database and return its address."""
        await self.cluster.make(name)
        return self.cluster.dsn(name)

    async def restart(self, mode: str) -> None:
        """Restart it as its keeper does: ``fast`` in order, ``immediate`` without a checkpoint."""
        assert self.cluster.binaries is not None
        words = ["-D", self.folder / "data", "-m", mode, "-w", "-l", self.folder / "restarts"]
        command = [self.cluster.binaries / "bin" / "pg_ctl", "restart", *words]
        await asyncio.to_thread(
            subprocess.run,
            command,
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            **clusters.somebody(),
        )
        self.find_postmaster()

    def strike(self, chance: random.Random) -> None:
        """Kill one of its sessions: all others start over and recover.

        Of its other processes none: PostgreSQL that loses its startup process or an I/O worker
        while it recovers waits for ever, and lets nobody in (seen with 18.6, 3 times in 30 runs).
        """
        workers = [pid for pid in children_of(self.postmaster) if b"[local]" in title_of(pid)]
        if workers:
            kill_one(chance.choice(workers))

    def crash(self) -> None:
        """Kill all of its processes and wait until they are gone."""
        first = self.postmaster
        members = [first, *children_of(first)]
        for pid in members:
            kill_one(pid)
        if self.cluster.process is not None and self.cluster.process.pid == first:
            self.cluster.process.wait(timeout=60)
        for pid in members:
            while is_running(pid):
                time.sleep(0.005)

    def start_again(self) -> None:
        """Start it at the same address after a crash."""
        assert self.cluster.binaries is not None
        port = int(self.cluster.port)
        self.cluster = clusters.run(self.folder, self.cluster.binaries, {}, port)
        self.find_postmaster()


@asynccontextmanager
async def database(where: Path | None = None) -> AsyncIterator[Database]:
    """Start a PostgreSQL in a new folder, below `where` if given."""
    made = Database(await asyncio.to_thread(clusters.start, where))
    made.find_postmaster()
    try:
        yield made
    finally:
        made.crash()
        made.cluster.stop()
