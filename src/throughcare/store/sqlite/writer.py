"""Writing: one thread that gathers waiting works into one durable commit.

While a commit waits for the disk, new works gather; they share the next commit. So throughput
grows with load while each caller still waits for its own data to be on disk. Each has a savepoint,
unless all of them may be run again: then none has, and if one fails that had changed something,
all are undone and run again, each in its savepoint.
"""

import queue
import threading
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import apsw

from throughcare.kernel import Clock
from throughcare.store import dialect
from throughcare.store.jobs import TOGETHER, Job, accept, full_disk, resolve, strayed
from throughcare.store.lock import Lock
from throughcare.store.protocol import Row, Transaction, Value
from throughcare.store.sqlite.archive import Archive
from throughcare.store.sqlite.connection import close_writing, open_writing
from throughcare.store.sqlite.damage import DAMAGE, damaged
from throughcare.store.sqlite.filelock import FileLock
from throughcare.store.sqlite.moving import Moving
from throughcare.store.statements import Statements


class SqliteTransaction:
    """What a work sees of the writer: reads and writes inside the transaction that it shares."""

    spread = False
    locked = False

    def __init__(self, connection: apsw.Connection, statements: Statements) -> None:
        """Write through `connection`."""
        self._connection = connection
        self._statements = statements
        self.after: list[Callable[[], None]] = []

    def under(self, lock: Lock) -> "SqliteTransaction":
        """Return itself: a writer sees everything."""
        del lock
        return self

    async def rows(self, statement: str, /, **params: Value) -> list[Row]:
        """Run the named statement and return all its rows."""
        sql = self._statements[statement]
        return cast("list[Row]", self._connection.execute(sql, params).fetchall())

    async def query(
        self, sql: str, params: tuple[Value, ...], *, subjects: Collection[int] | None = None
    ) -> list[Row]:
        """Run composed SQL; all subjects are here."""
        del subjects
        found = self._connection.execute(dialect.sqlite(sql), params)
        return cast("list[Row]", found.fetchall())

    async def run(self, statement: str, /, **params: Value) -> int:
        """Run the named statement and return the number of rows it changed."""
        self._connection.execute(self._statements[statement], params)
        return self._connection.changes()

    async def run_many(self, statement: str, rows: Iterable[Mapping[str, Value]], /) -> None:
        """Run the named statement once for each of `rows`."""
        self._connection.executemany(self._statements[statement], rows)

    def after_commit(self, action: Callable[[], None], /) -> None:
        """Do `action` once this work is durable; never if it is undone."""
        self.after.append(action)


class _Kept:
    """Keeps the error of a work for its caller."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def __enter__(self) -> None:
        """Nothing is needed."""

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> bool:
        self._job.error = None if error is None else _plain(error)
        return True


def _plain(error: BaseException) -> BaseException:
    """Say what a full or a damaged disk means; leave every other error as it is."""
    if isinstance(error, apsw.FullError):
        plain: BaseException = full_disk("this node")
    elif isinstance(error, DAMAGE):
        plain = damaged(error)
    else:
        return error
    plain.__cause__ = error
    return plain


def _drive(work: Callable[[Transaction], Awaitable[Any]], transaction: Transaction) -> object:
    """Run a work to its end; nothing in it may suspend."""
    steps = work(transaction).__await__()
    try:
        steps.send(None)
    except StopIteration as end:
        return end.value
    steps.close()
    raise strayed()


class Writer:
    """The writer thread of a process; several processes take turns at the lock file."""

    def __init__(self, path: Path, statements: Statements, clock: Clock) -> None:
        """Open the database at `path` and start the thread."""
        self._connection = open_writing(path)
        self._lock = FileLock(lock_path(path))
        self._archive = Archive(path, self._connection, clock)
        self._moving = Moving(path, self._connection)
        self._statements = statements
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Queue a job. Raises OverloadedError if too many wait or the store is closed."""
        accept(self._waiting.qsize(), closed=self._closed)
        self._waiting.put(job)

    def close(self) -> None:
        """Finish what was accepted, then stop; blocks until that is done."""
        if not self._closed:
            self._closed = True
            self._waiting.put(None)
        self._thread.join()

    def _serve(self) -> None:
        going_on = True
        while going_on:
            batch = [self._waiting.get()]
            with self._lock.held():
                while len(batch) < TOGETHER and not self._waiting.empty():
                    batch.append(self._waiting.get())
                jobs = [job for job in batch if job is not None]
                going_on = len(jobs) == len(batch)
                if jobs:
                    self._commit(jobs)
            _answer(jobs)
            self._move_log()
        self._moving.close()
        close_writing(self._connection, keep_log=self._archive.is_on)
        self._archive.close()
        self._lock.close()

    def _commit(self, jobs: list[Job]) -> None:
        """Run the jobs in one transaction; afterwards each holds its result or its error."""
        try:
            self._archive.take()  # what a process committed that died before it could
            self._connection.execute("BEGIN IMMEDIATE")
            if not self._together(jobs):
                for job in jobs:
                    self._alone(job)
            self._connection.execute("COMMIT")
            self._archive.take()
        except apsw.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            for job in jobs:
                job.error = job.error or _plain(error)

    def _together(self, jobs: list[Job]) -> bool:
        """Run the jobs without savepoints, if each may be run again; tell whether that is done.

        If not, nothing is changed: one of them failed that had changed something.
        """
        if not all(job.again for job in jobs):
            return False
        for job in jobs:
            before = self._connection.total_changes()
            self._run(job)
            if job.error is not None and not self._is_as_at(before):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                self._connection.execute("BEGIN IMMEDIATE")
                return False
        return True

    def _is_as_at(self, changes: int) -> bool:
        """Tell whether the transaction goes on, with no row changed since there were `changes`."""
        return self._connection.in_transaction and self._connection.total_changes() == changes

    def _alone(self, job: Job) -> None:
        """Run one job in a savepoint: if it fails, its changes alone are undone."""
        self._connection.execute("SAVEPOINT work")
        self._run(job)
        if not self._connection.in_transaction:
            # SQLite itself gave up the whole transaction: what shared it is undone as well.
            message = "SQLite undid the transaction that this work shared; nothing was stored."
            raise apsw.AbortError(message) from job.error
        if job.error is not None:
            self._connection.execute("ROLLBACK TO work")
        self._connection.execute("RELEASE work")

    def _run(self, job: Job) -> None:
        """Run one job; afterwards it holds its result or its error."""
        transaction = SqliteTransaction(self._connection, self._statements)
        with _Kept(job):
            job.result = _drive(job.work, transaction)
            job.after = transaction.after

    def _move_log(self) -> None:
        """Have the log moved into the database, after the answers are out."""
        if not self._moving.is_due:
            return
        with self._lock.held():
            self._archive.take()  # what a process committed that died before it could
            self._archive.sync()
            self._moving.move()


def lock_path(path: Path) -> Path:
    """Return the lock file beside the database at `path`."""
    return path.with_name(path.name + ".lock")


def _answer(jobs: list[Job]) -> None:
    """Hand the results to the event loops; a loop that has closed has nobody left to tell."""
    for loop in {job.future.get_loop() for job in jobs}:
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(resolve, [j for j in jobs if j.future.get_loop() is loop])
