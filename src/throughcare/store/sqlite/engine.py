"""The engine: snapshots from a small pool of readers, transactions through the one writer."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TypeVar, cast

import apsw

from throughcare.kernel import Clock
from throughcare.store import migrate, statements
from throughcare.store.jobs import Job
from throughcare.store.protocol import Reader, Work
from throughcare.store.sections import of_engine
from throughcare.store.sqlite.archive import Archive
from throughcare.store.sqlite.connection import close_writing, open_writing
from throughcare.store.sqlite.damage import DAMAGE, damaged
from throughcare.store.sqlite.filelock import FileLock
from throughcare.store.sqlite.reader import SqliteReader
from throughcare.store.sqlite.writer import Writer, lock_path
from throughcare.store.statements import LAYOUT, Statements

T = TypeVar("T")
READERS = 32
"""Snapshots that may be open at once in a process; the next one waits."""
THREADS = 4
"""Long searches that may run at once in a process."""

_MIGRATION_TABLE = """
CREATE TABLE IF NOT EXISTS migration (
  number INTEGER PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, applied TEXT NOT NULL)
"""
_NOTE_MIGRATION = "INSERT INTO migration (number, name, digest, applied) VALUES (?, ?, ?, ?)"


async def open_store(
    path: Path, *, clock: Clock, layout: Path = LAYOUT, finish: bool = False
) -> "SqliteStore":
    """Open the SQLite database file at `path`, made if absent, and bring its layout up to date.

    `layout` holds the folders ``sql`` and ``migrations``. The folder of `path` must exist. Of
    several processes that open it together one migrates while the others wait. With `finish`, for
    which no older program may use it, post parts are applied too. Raises ConflictError if the
    database is newer than this program.
    """
    known = migrate.load(layout / "migrations")
    work = partial(_migrate, path, known, clock, finish=finish)
    await asyncio.get_running_loop().run_in_executor(None, work)
    return SqliteStore(path, statements.load(layout / "sql", "sqlite"), clock)


def _migrate(
    path: Path, known: tuple[migrate.Migration, ...], clock: Clock, *, finish: bool
) -> None:
    """Apply what is pending, each migration in a transaction of its own."""
    lock = FileLock(lock_path(path))
    try:
        _bring_up_to_date(path, lock, known, clock, finish=finish)
    except DAMAGE as error:
        raise damaged(error) from error
    finally:
        lock.close()


def _bring_up_to_date(
    path: Path, lock: FileLock, known: tuple[migrate.Migration, ...], clock: Clock, *, finish: bool
) -> None:
    with lock.held():
        connection = open_writing(path)
        connection.execute(_MIGRATION_TABLE)
        rows = connection.execute("SELECT number, digest FROM migration").fetchall()
        applied = dict(cast("list[tuple[int, str]]", rows))
        archive = Archive(path, connection, clock)
        archive.take()
        for step in migrate.due(known, applied, finish=finish):
            _apply(connection, step, clock)
            archive.take()
        close_writing(connection, keep_log=archive.is_on)
        archive.close()


def _apply(connection: apsw.Connection, step: migrate.Migration, clock: Clock) -> None:
    with connection:
        connection.execute(of_engine(step.sql, "sqlite"))
        row = (step.number, step.name, step.digest, clock.now().isoformat())
        connection.execute(_NOTE_MIGRATION, row)


class _Snapshot(AbstractAsyncContextManager[Reader]):
    """One view on a reader of the pool. A class of its own: a generator costs twice as much."""

    __slots__ = ("_idle", "_make", "_places", "_reader")

    def __init__(
        self, places: asyncio.Semaphore, idle: list[SqliteReader], make: Callable[[], SqliteReader]
    ) -> None:
        self._places, self._idle, self._make = places, idle, make

    async def __aenter__(self) -> Reader:
        await self._places.acquire()
        try:
            self._reader = self._idle.pop() if self._idle else self._make()
            self._reader.begin()
        except BaseException:
            self._places.release()
            raise
        return self._reader

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._reader.end()
            self._idle.append(self._reader)
        finally:
            self._places.release()


class SqliteStore:
    """One database file. Implements `throughcare.store.protocol.Store`."""

    def __init__(self, path: Path, texts: Statements, clock: Clock) -> None:
        """Open the migrated database at `path`. Use `open_store`."""
        self.path = path
        self._texts = texts
        self._writer = Writer(path, texts, clock)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store-reader")
        self._idle: list[SqliteReader] = []
        self._places = asyncio.Semaphore(READERS)

    def snapshot(self) -> AbstractAsyncContextManager[Reader]:
        """Open a read-only view; a task that holds one MUST NOT wait for a second one."""
        return _Snapshot(self._places, self._idle, self._open_reader)

    def whole(self) -> AbstractAsyncContextManager[Reader]:
        """Open a view of everything, which every view is here."""
        return self.snapshot()

    def _open_reader(self) -> SqliteReader:
        return SqliteReader(self.path, self._texts, self._threads)

    async def transact(self, work: Work[T], /, *, again: bool = False) -> T:
        """Run `work` on the writer thread; returns after the commit that holds it is on disk.

        If the caller is cancelled, the work may still be stored.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._writer.submit(Job(work, future, again))
        return await future

    async def close(self) -> None:
        """Finish what was accepted and close; idempotent. No snapshot may be open."""
        await asyncio.get_running_loop().run_in_executor(None, self._writer.close)
        while (
            self._idle
        ):  # last: who only reads leaves the log, without which a full disk has no room
            self._idle.pop().close()
        self._threads.shutdown()
