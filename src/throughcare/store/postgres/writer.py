"""Writing: one task that gathers waiting works into one durable commit.

While a commit waits for the disk, new works gather; they share the next commit, each in a
savepoint. Writers of all processes take turns at an advisory lock, so that numbers have no gaps, a
version that was compared is still the newest, and the change feed is in the order of commits.

A work does not speak to the database itself: it yields what it asks for and the writer does it. So
a work that awaits anything else is seen, and refused, as on SQLite.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Generator
from functools import partial
from types import TracebackType
from typing import Any, cast

import asyncpg

from throughcare.kernel import OverloadedError, ThroughcareError
from throughcare.store.jobs import TOGETHER, Job, accept, resolve, strayed
from throughcare.store.postgres.errors import DRIVER, away, is_away, plain
from throughcare.store.postgres.session import Ask, Session, WorkTransaction
from throughcare.store.protocol import Transaction


class Writer:
    """The writer of a process, for the event loop that it is made on."""

    def __init__(self, connect: Callable[[], Awaitable[Session]]) -> None:
        """Start the task that writes, in sessions that `connect` opens."""
        self._connect = connect
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
            if not await session.commit():
                _fail(jobs, undone())
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
                await self._session.begin()
            except DRIVER as error:
                await self._hang_up()
                if not is_away(error):
                    raise
            else:
                return self._session
        self._session = await self._connect()
        await self._session.begin()
        return self._session

    async def _hang_up(self) -> None:
        """Let go of the connection, and with it of what was not committed."""
        if self._session is not None:
            session, self._session = self._session, None
            session.hang_up()

    async def _run(self, session: Session, job: Job, *, alone: bool) -> None:
        """Run one job; if it fails its changes alone are undone, or all if it is alone."""
        transaction = session.transaction()
        async with _Savepoint(session, job, alone=alone):
            job.result = await _drive(job.work, transaction, session)
            job.after = transaction.after


class _Savepoint:
    """Undoes one work if it fails, and keeps the error for the caller of that work."""

    def __init__(self, session: Session, job: Job, *, alone: bool) -> None:
        self._session = session
        self._job = job
        self._alone = alone

    async def __aenter__(self) -> None:
        if not self._alone:
            await self._session.save()

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> bool:
        if isinstance(error, GoneError | asyncio.CancelledError):
            return False
        if error is None and not self._alone:
            try:
                await self._session.keep()
            except DRIVER as failed:
                if is_away(failed):
                    raise
                error = plain(failed)
        if error is not None:
            self._job.error = error
            await (self._session.start_over() if self._alone else self._session.undo())
        return True


class GoneError(Exception):
    """The connection has gone in the middle of a work; its cause is what the driver said."""


async def _drive(
    work: Callable[[Transaction], Awaitable[Any]],
    transaction: WorkTransaction,
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
        except ThroughcareError as error:
            go_on = partial(steps.throw, error)


def _fail(jobs: list[Job], error: BaseException) -> None:
    """Give `error` to those of `jobs` that have none yet."""
    for job in jobs:
        job.error = job.error or error


def undone() -> BaseException:
    """Return the error of a transaction that was undone because an error in it was ignored."""
    error = asyncpg.InFailedSQLTransactionError("a work went on after an error; it was undone")
    return plain(error)
