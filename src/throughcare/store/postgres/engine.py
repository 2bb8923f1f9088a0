"""The engine: snapshots from a small pool of connections, transactions through the one writer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeVar

from throughcare.kernel import Clock
from throughcare.store import statements
from throughcare.store.jobs import Job
from throughcare.store.postgres import migrations
from throughcare.store.postgres.connection import Connection, connect
from throughcare.store.postgres.errors import DRIVER
from throughcare.store.postgres.reader import BEGIN, CHAIN, PostgresReader
from throughcare.store.postgres.writer import Writer
from throughcare.store.protocol import Reader, Work
from throughcare.store.statements import LAYOUT, Statements

T = TypeVar("T")
READERS = 8
"""Connections that a process reads through, at most; a snapshot beyond waits."""


async def open_store(dsn: str, *, clock: Clock, layout: Path = LAYOUT) -> "PostgresStore":
    """Open the PostgreSQL database at `dsn` and bring its layout up to date.

    `layout` holds the folders ``sql`` and ``migrations``. Of several processes that open it
    together one migrates while the others wait. Raises OverloadedError if it can't be reached,
    BadInputError if it does not let us in, ConflictError if it is newer than this program or does
    not keep what it acknowledges.
    """
    await migrations.bring_up_to_date(dsn, layout / "migrations", clock)
    return PostgresStore(dsn, statements.load(layout / "sql", "postgres"))


class PostgresStore:
    """One PostgreSQL database. Implements `throughcare.store.protocol.Store`."""

    def __init__(self, dsn: str, texts: Statements) -> None:
        """Use the migrated database at `dsn`, on this event loop. Use `open_store`."""
        self.dsn = dsn
        self._texts = texts
        self._writer = Writer(dsn, texts)
        self._idle: list[Connection] = []
        self._places = asyncio.Semaphore(READERS)
        self._ending: set[asyncio.Task[None]] = set()

    def snapshot(self) -> AbstractAsyncContextManager[Reader]:
        """Open a read-only view; a task that holds one MUST NOT wait for a second one."""
        return self._snapshot()

    @asynccontextmanager
    async def _snapshot(self) -> AsyncIterator[Reader]:
        await self._places.acquire()
        try:
            connection = await self._begun()
        except BaseException:
            self._places.release()
            raise
        try:
            yield PostgresReader(connection, self._texts)
        finally:
            ending = asyncio.create_task(self._end(connection))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    async def _begun(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        connection = await connect(self.dsn, reading=True)
        await connection.execute(BEGIN)
        return connection

    async def _end(self, connection: Connection) -> None:
        """End a view, and begin the next: nobody waits for it."""
        try:
            await connection.execute(CHAIN)
            self._idle.append(connection)
        except DRIVER:
            connection.terminate()
        finally:
            self._places.release()

    async def transact(self, work: Work[T], /) -> T:
        """Run `work` in the next commit; returns after that is on disk.

        If the caller is cancelled, the work may still be stored.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._writer.submit(Job(work, future))
        return await future

    async def close(self) -> None:
        """Finish what was accepted and close; idempotent. No snapshot may be open."""
        await self._writer.close()
        while self._ending:
            await asyncio.wait(self._ending)
        while self._idle:
            await self._idle.pop().close()
