"""The engine: snapshots from a small pool of connections, transactions through the one writer."""

import asyncio
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from throughcare.kernel import Clock
from throughcare.store import statements
from throughcare.store.jobs import Job
from throughcare.store.postgres import locking, migrations
from throughcare.store.postgres.pool import Pool
from throughcare.store.postgres.reader import PostgresReader
from throughcare.store.postgres.replicas import Replicas, Replicated
from throughcare.store.postgres.session import PostgresSession
from throughcare.store.postgres.views import Views
from throughcare.store.postgres.writer import Writer
from throughcare.store.protocol import Reader, Work
from throughcare.store.statements import LAYOUT, Statements

T = TypeVar("T")


async def open_store(  # noqa: PLR0913 - each is said by name, and is a choice of its own
    dsn: str,
    *,
    clock: Clock,
    layout: Path = LAYOUT,
    finish: bool = False,
    replicas: Replicas | None = None,
    second_lock: bool = False,
) -> "PostgresStore":
    """Open the PostgreSQL database at `dsn` and bring its layout up to date.

    `layout` holds the folders ``sql`` and ``migrations``. Of several processes that open it
    together one migrates while the others wait. With `finish` post parts are applied too. Reads go
    to `replicas` where those see all that was acknowledged, and to the primary where not. With
    `second_lock` readers see what `Reader.under` names, and the database sees to it. Raises
    OverloadedError if it can't be reached, BadInputError if it does not let us in, ConflictError if
    it is newer than this program, does not keep what it acknowledges, or is to be finished while
    an older program uses it.
    """
    await migrations.bring_up_to_date(dsn, layout / "migrations", clock, finish=finish)
    if second_lock:
        await locking.fit(dsn, layout)
    role = locking.READER if second_lock else ""
    texts = statements.load(layout / "sql", "postgres")
    replicated = await Replicated.opened(dsn, replicas, role) if replicas else None
    return PostgresStore(dsn, texts, replicated, role)


class PostgresStore:
    """One PostgreSQL database. Implements `throughcare.store.protocol.Store`."""

    def __init__(
        self, dsn: str, texts: Statements, replicated: Replicated | None = None, role: str = ""
    ) -> None:
        """Use the migrated database at `dsn`, on this event loop. Use `open_store`."""
        self.dsn = dsn
        self.replicated = replicated
        self._texts = texts
        position = replicated.position if replicated else None
        self._writer = Writer(partial(PostgresSession.opened, dsn, texts, position))
        self._views = Views(replicated or Pool(dsn, role), locked=bool(role))
        self._whole = Views(Pool(dsn)) if role else self._views

    def snapshot(self) -> AbstractAsyncContextManager[Reader]:
        """Open a read-only view; a task that holds one MUST NOT wait for a second one."""
        return _Snapshot(self._views, self._texts)

    def whole(self) -> AbstractAsyncContextManager[Reader]:
        """Open a view of everything, on a connection that no lock binds."""
        return _Snapshot(self._whole, self._texts)

    async def transact(self, work: Work[T], /, *, again: bool = False) -> T:
        """Run `work` in the next commit; returns after that is on disk.

        If the caller is cancelled, the work may still be stored.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._writer.submit(Job(work, future, again))
        return await future

    async def close(self) -> None:
        """Finish what was accepted and close; idempotent. No snapshot may be open."""
        await self._writer.close()
        await self._views.close()
        await self._whole.close()


class _Snapshot(AbstractAsyncContextManager[Reader]):
    """Joins a view, and leaves it."""

    def __init__(self, views: Views, texts: Statements) -> None:
        self._views = views
        self._texts = texts

    async def __aenter__(self) -> Reader:
        self._view = self._views.join()
        return PostgresReader(self._view, self._texts)

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._views.leave(self._view)
