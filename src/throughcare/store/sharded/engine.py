"""The engine: views over all databases, transactions through the one writer."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from throughcare.kernel import Clock
from throughcare.store import statements
from throughcare.store.jobs import Job
from throughcare.store.postgres import locking, migrations
from throughcare.store.postgres.writer import Writer
from throughcare.store.protocol import Reader, Work
from throughcare.store.sharded import belonging
from throughcare.store.sharded.deciding import Settler
from throughcare.store.sharded.reader import ShardedReader
from throughcare.store.sharded.session import ShardedSession
from throughcare.store.sharded.together import together
from throughcare.store.sharded.views import Views
from throughcare.store.statements import LAYOUT, Statements

T = TypeVar("T")


async def open_store(
    dsns: Sequence[str],
    *,
    clock: Clock,
    layout: Path = LAYOUT,
    finish: bool = False,
    second_lock: bool = False,
) -> "ShardedStore":
    """Open the PostgreSQL databases at `dsns` as one store; the first of them is home.

    Brings the layout of each up to date, fits them together if they are new, and settles what an
    interrupted commit left behind. With `finish` post parts are applied too, and with
    `second_lock` each database withholds what `Reader.under` does not name. Raises OverloadedError
    if one can't be reached, BadInputError if one does not let us in, ConflictError if one is newer
    than this program, belongs elsewhere, stands in another place, can't prepare transactions, does
    not keep what it acknowledges, or is to be finished while an older program uses it.
    """
    await together(
        [
            migrations.bring_up_to_date(
                dsn, layout / "migrations", clock, is_part=True, finish=finish
            )
            for dsn in dsns
        ]
    )
    settler = Settler(await belonging.fit(dsns), tuple(dsns))
    await settler.settle_all()
    if second_lock:
        await together([locking.fit(dsn, layout) for dsn in dsns])
    texts = statements.load(layout / "sql", "postgres")
    return ShardedStore(settler, texts, second_lock=second_lock)


class ShardedStore:
    """Several PostgreSQL databases. Implements `throughcare.store.protocol.Store`."""

    def __init__(self, settler: Settler, texts: Statements, *, second_lock: bool = False) -> None:
        """Use the databases of `settler`, on this event loop. Use `open_store`."""
        self.dsns = settler.dsns
        self._texts = texts
        self._writer = Writer(partial(ShardedSession.opened, settler, texts))
        self._views = Views(settler, locking.READER if second_lock else "")
        self._whole = Views(settler) if second_lock else self._views

    def snapshot(self) -> AbstractAsyncContextManager[Reader]:
        """Open a read-only view; a task that holds one MUST NOT wait for a second one."""
        return self._opened(self._views)

    def whole(self) -> AbstractAsyncContextManager[Reader]:
        """Open a view of everything, on connections that no lock binds."""
        return self._opened(self._whole)

    @asynccontextmanager
    async def _opened(self, views: Views) -> AsyncIterator[Reader]:
        windows = await views.open()
        try:
            yield ShardedReader(windows, self._texts, locked=bool(views.role))
        finally:
            views.leave(windows)

    async def transact(self, work: Work[T], /, *, again: bool = False) -> T:
        """Run `work` in the next commit; returns after that is on disk in all its databases.

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
