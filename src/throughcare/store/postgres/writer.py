"""Writing: one task that gathers waiting works into one durable commit.

While a commit waits for the disk, new works gather; they share the next commit, each in a
savepoint. Writers of all processes take turns at an advisory lock, so that numbers have no gaps, a
version that was compared is still the newest, and the change feed is in the order of commits.

A work does not speak to the database itself: it yields what it asks for and the writer does it. So
a work that awaits anything else is seen, and refused, as on SQLite.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, cast

import asyncpg

from throughcare.kernel import OverloadedError, ThroughcareError
from throughcare.store.jobs import TOGETHER, Job, accept, resolve, strayed
from throughcare.store.postgres.binding import bound, insertion, template
from throughcare.store.postgres.connection import Connection, connect, parameter_types
from throughcare.store.postgres.errors import DRIVER, away, is_away, plain
from throughcare.store.protocol import Row, Transaction, Value
from throughcare.store.statements import Statements

LOCK = 0x74687267
"""Key of the advisory lock that one writer holds at a time."""
_BEGIN = f"BEGIN; SELECT pg_advisory_xact_lock({LOCK})"
_ALWAYS = """
SET lock_timeout = '20s';
SET idle_in_transaction_session_timeout = '60s';
"""


@dataclass(slots=True, eq=False)
class Ask:
    """What a work wants done before it goes on."""

    sql: str
    values: Mapping[str, Value] | tuple[Value, ...]
    rows: list[Mapping[str, Value]] | None = None
    """Of a statement that is run once for each."""
    changes: bool = False
    """Whether the number of changed rows is wanted, not rows."""

    def __await__(self) -> Generator["Ask", Any, Any]:
        """Hand this to the writer and return what it found."""
        return (yield self)


class PostgresTransaction:
    """What a work sees of the writer: reads and writes inside the savepoint of its work."""

    def __init__(self, statements: Statements) -> None:
        """Know the named statements."""
        self._statements = statements
        self.after: list[Callable[[], None]] = []

    async def rows(self, statement: str, /, **params: Value) -> list[Row]:
        """Run the named statement and return all its rows."""
        return cast("list[Row]", await Ask(self._statements[statement], params))

    async def query(self, sql: str, params: tuple[Value, ...]) -> list[Row]:
        """Run composed SQL."""
        return cast("list[Row]", await Ask(sql, params))

    async def run(self, statement: str, /, **params: Value) -> int:
        """Run the named statement and return the number of rows it changed."""
        return cast("int", await Ask(self._statements[statement], params, changes=True))

    async def run_many(self, statement: str, rows: Iterable[Mapping[str, Value]], /) -> None:
        """Run the named statement once for each of `rows`."""
        await Ask(self._statements[statement], {}, list(rows))

    def after_commit(self, action: Callable[[], None], /) -> None:
        """Do `action` once this work is durable; never if it is undone."""
        self.after.append(action)


class Session:
    """Does on one connection what works ask for."""

    def __init__(self, connection: Connection) -> None:
        """Work on `connection`."""
        self.connection = connection
        self._many: dict[str, str] = {}

    async def do(self, ask: Ask) -> object:
        """Do one thing and return what came of it."""
        if ask.rows is not None:
            await self._do_many(ask.sql, ask.rows)
            return None
        sql, arguments = bound(ask.sql, ask.values)
        if ask.changes:
            return _changed(await self.connection.execute(sql, *arguments))
        return list(map(tuple, await self.connection.fetch(sql, *arguments)))

    async def _do_many(self, sql: str, rows: list[Mapping[str, Value]]) -> None:
        """Insert rows as arrays in one statement where that is the same; else one by one."""
        found = insertion(sql)
        if len(rows) == 1 or found is None or not _differ(rows, found.key):
            each = [bound(sql, row)[1] for row in rows]
            await self.connection.executemany(template(sql).text, each)
            return
        text = self._many.get(sql)
        if text is None:
            types = await parameter_types(self.connection, template(sql).text)
            text = self._many[sql] = found.text(types)
        await self.connection.execute(text, *([row[name] for row in rows] for name in found.names))


def _differ(rows: list[Mapping[str, Value]], key: tuple[str, ...]) -> bool:
    """Tell whether no two rows have the same key: one statement can't update a row twice."""
    return not key or len({tuple(row[name] for name in key) for row in rows}) == len(rows)


def _changed(status: str) -> int:
    """Return the number of rows in a command's status, such as ``INSERT 0 1``."""
    last = status.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0


class Writer:
    """The writer of a process, for the event loop that it is made on."""

    def __init__(self, dsn: str, statements: Statements) -> None:
        """Start the task that writes to the database at `dsn`."""
        self._dsn = dsn
        self._statements = statements
        self._session: Session | None = None
        self._waiting: deque[Job] = deque()
        self._work = asyncio.Event()
        self._closed = False
        self._task = asyncio.create_task(self._serve(), name="store-writer")

    def submit(self, job: Job) -> None:
        """Queue a job. Raises OverloadedError if too many wait or the store is closed."""
        accept(len(self._waiting), closed=self._closed)
        self._waiting.append(job)
        self._work.set()

    async def close(self) -> None:
        """Finish what was accepted, then stop; idempotent."""
        self._closed = True
        self._work.set()
        await asyncio.wait([self._task])

    async def _serve(self) -> None:
        jobs: list[Job] = []
        try:
            while self._waiting or not self._closed:
                await self._work.wait()
                self._work.clear()
                while self._waiting:
                    count = min(TOGETHER, len(self._waiting))
                    jobs = [self._waiting.popleft() for _ in range(count)]
                    await self._store(jobs)
                    resolve(jobs)
        finally:
            # Also if this task is cancelled or meets an error that nobody foresaw: nobody waits
            # for ever.
            self._closed = True
            left = [*jobs, *self._waiting]
            message = "The writer of the store has stopped. Start the node again."
            _fail(left, OverloadedError(message))
            resolve(left)
            await self._hang_up()

    async def _store(self, jobs: list[Job]) -> None:
        """Run the jobs in one transaction; afterwards each holds its result or its error."""
        committing = False
        try:
            session = await self._begin()
            for job in jobs:
                await self._run(session, job, alone=len(jobs) == 1)
            committing = True
            if await session.connection.execute("COMMIT") != "COMMIT":
                _fail(jobs, _undone())
        except ThroughcareError as error:
            _fail(jobs, error)
        except (*DRIVER, GoneError) as error:
            await self._hang_up()
            cause = error.__cause__ if isinstance(error, GoneError) else error
            known = not committing or not is_away(error)
            _fail(jobs, plain(cause or error) if known else away(error, committing=True))

    async def _begin(self) -> Session:
        """Begin a transaction, on a new connection if the one at hand has gone."""
        if self._session is not None:
            try:
                await self._session.connection.execute(_BEGIN)
            except DRIVER as error:
                await self._hang_up()
                if not is_away(error):
                    raise
            else:
                return self._session
        connection = await connect(self._dsn)
        self._session = Session(connection)
        await connection.execute(_ALWAYS)
        await connection.execute(_BEGIN)
        return self._session

    async def _hang_up(self) -> None:
        """Let go of the connection, and with it of what was not committed."""
        if self._session is not None:
            session, self._session = self._session, None
            session.connection.terminate()

    async def _run(self, session: Session, job: Job, *, alone: bool) -> None:
        """Run one job; if it fails its changes alone are undone, or all if it is alone."""
        transaction = PostgresTransaction(self._statements)
        async with _Savepoint(session.connection, job, alone=alone):
            job.result = await _drive(job.work, transaction, session)
            job.after = transaction.after


class _Savepoint:
    """Undoes one work if it fails, and keeps the error for the caller of that work."""

    def __init__(self, connection: Connection, job: Job, *, alone: bool) -> None:
        self._connection = connection
        self._job = job
        self._begin = "" if alone else "SAVEPOINT work"
        self._keep = "" if alone else "RELEASE work"
        self._undo = "ROLLBACK; BEGIN" if alone else "ROLLBACK TO work; RELEASE work"

    async def __aenter__(self) -> None:
        if self._begin:
            await self._connection.execute(self._begin)

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> bool:
        if isinstance(error, GoneError | asyncio.CancelledError):
            return False
        if error is None and self._keep:
            try:
                await self._connection.execute(self._keep)
            except asyncpg.InFailedSQLTransactionError as failed:
                error = failed
        if error is not None:
            self._job.error = plain(error)
            await self._connection.execute(self._undo)
        return True


class GoneError(Exception):
    """The connection has gone in the middle of a work; its cause is what the driver said."""


async def _drive(
    work: Callable[[Transaction], Awaitable[Any]],
    transaction: PostgresTransaction,
    session: Session,
) -> object:
    """Run a work to its end, doing what it asks for; it may await nothing else."""
    steps: Generator[object, object, object] = cast(
        "Generator[object, object, object]", work(transaction).__await__()
    )
    go_on: Callable[[], object] = partial(steps.send, None)
    while True:
        try:
            ask = go_on()
        except StopIteration as end:
            return end.value
        if not isinstance(ask, Ask):
            steps.close()
            raise strayed()
        try:
            go_on = partial(steps.send, await session.do(ask))
        except DRIVER as error:
            if is_away(error):
                steps.close()
                raise GoneError from error
            go_on = partial(steps.throw, plain(error))


def _fail(jobs: list[Job], error: BaseException) -> None:
    """Give `error` to those of `jobs` that have none yet."""
    for job in jobs:
        job.error = job.error or error


def _undone() -> BaseException:
    error = asyncpg.InFailedSQLTransactionError("a work went on after an error; it was undone")
    return plain(error)
