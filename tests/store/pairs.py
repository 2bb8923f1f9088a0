"""A primary and a streaming replica of it, which a test may stop, slow down or promote."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from store.cluster import Cluster, follow, start
from store.engines import PROBE, TickingClock
from throughcare.store.postgres import PostgresStore, open_store
from throughcare.store.postgres.replicas import Replicas
from throughcare.store.protocol import Reader, Store


@dataclass
class Pair:
    """A primary and its replica, which the test may stop, slow down or promote."""

    primary: Cluster
    replica: Cluster
    folder: Path

    async def open(self) -> PostgresStore:
        """Open the store as one more process of the same node does."""
        given = Replicas((self.replica.dsn("record"),), self.folder / "store.position")
        address = self.primary.dsn("record")
        return await open_store(address, clock=TickingClock(), layout=PROBE, replicas=given)

    async def tell(self, sql: str) -> object:
        """Ask the replica itself."""
        connection = await asyncpg.connect(self.replica.dsn("postgres"))
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    async def caught_up(self, store: Store) -> None:
        """Wait until the store is read from the replica."""

        async def is_read_there() -> bool:
            return await self.source(store) == "replica"

        await until(is_read_there)

    async def source(self, store: Store) -> str:
        """Tell where a request is served now."""
        async with store.snapshot() as reader:
            return await self.source_of(reader)

    async def source_of(self, reader: Reader) -> str:
        """Tell where a request is served."""
        ((port,),) = await reader.query("SELECT current_setting('port')", ())
        return {self.replica.port: "replica", self.primary.port: "primary"}[str(port)]


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is so, half a minute at most."""
    async with asyncio.timeout(30):
        while True:
            if await is_so():
                return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[Pair]:
    """Start a primary with the empty database ``record``, and its replica."""
    primary = await asyncio.to_thread(start)
    await primary.make("record")
    made = Pair(primary, await asyncio.to_thread(follow, primary), folder)
    try:
        yield made
    finally:
        made.replica.stop()
        made.primary.stop()
