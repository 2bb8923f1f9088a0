"""Writing: one task that gathers waiting works into one durable commit.

While a commit waits for the disk, new works gather; they share the next commit. Each has a
savepoint, unless all of them may be run again: then none has, and if one fails that had changed
something, all are undone and run again, each in its savepoint.

Writers of all processes take turns at an advisory lock, so that numbers have no gaps, a version
that was compared is still the newest, and the change feed is in the order of commits.

A work does not speak to the database itself: it yields what it asks for and the writer does it. So
a work that awaits anything else is seen, and refused, as on SQLite.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Generator
from functools import partial
from types import TracebackType
from typing import cast

import asyncpg

from throughcare.kernel import OverloadedError, ThroughcareError
from throughcare.store.jobs import TOGETHER, Job, accept, resolve, strayed
from throughcare.store.postgres.errors import DRIVER, away, is_away, plain
from throughcare.store.postgres.session import Ask, Session


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
            if len(jobs) == 1 or not await self._together(session, jobs):
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

    async def _together(self, session: Session, jobs: list[Job]) -> bool:
        """Run the jobs without savepoints, if each may be run again; tell whether that is done.

        If not, nothing is changed: one of them failed that had changed something.
        """
        if not all(job.again for job in jobs):
            return False
        for job in jobs:
            steps = _Steps(session)
            with _Kept(job):
                job.result = await steps.drive(job)
            if steps.failed or (steps.wrote and job.error is not None):
                await session.start_over()
                return False
        try:
            await session.flush()
        except DRIVER as error:
            if is_away(error):
                raise
            await session.start_over()
            return False
        return True

    async def _run(self, session: Session, job: Job, *, alone: bool) -> None:
        """Run one job; if it fails its changes alone are undone, or all if it is alone."""
        if not alone:
            await session.save()
        with _Kept(job):
            job.result = await _Steps(session).drive(job)
        if job.error is None and not alone:
            try:
                await session.keep()
            except DRIVER as failed:
                if is_away(failed):
                    raise
                job.error = plain(failed)
        if job.error is not None:
            await (session.start_over() if alone else session.undo())


class _Kept:
    """Keeps the error of a work for its caller, but for the end of the connection or the writer."""

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
        if isinstance(error, GoneError | asyncio.CancelledError):
            return False
        self._job.error = error
        return True


class GoneError(Exception):
    """The connection has gone in the middle of a work; its cause is what the driver said."""


class _Steps:
    """Runs one work to its end, doing what it asks for; it may await nothing else."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.wrote = False
        """Whether it asked for anything that may change something."""
        self.failed = False
        """Whether anything that it asked for failed."""

    async def drive(self, job: Job) -> object:
        """Run the work of `job`, and return its result."""
        transaction = self._session.transaction()
        work = job.work(transaction).__await__()
        steps = cast("Generator[object, object, object]", work)
        go_on: Callable[[], object] = partial(steps.send, None)
        while True:
            try:
                ask = go_on()
            except StopIteration as end:
                job.after = transaction.after
                return end.value
            if not isinstance(ask, Ask):
                steps.close()
                raise strayed()
            self.wrote = self.wrote or ask.writes
            try:
                go_on = partial(steps.send, await self._session.do(ask))
            except (*DRIVER, ThroughcareError) as error:
                self.failed = True
                if is_away(error):
                    steps.close()
                    raise GoneError from error
                said = error if isinstance(error, ThroughcareError) else plain(error)
                go_on = partial(steps.throw, said)


def _fail(jobs: list[Job], error: BaseException) -> None:
    """Give `error` to those of `jobs` that have none yet."""
    for job in jobs:
        job.error = job.error or error


def undone() -> BaseException:
    """Return the error of a transaction that was undone because an error in it was ignored."""
    error = asyncpg.InFailedSQLTransactionError("a work went on after an error; it was undone")
    return plain(error)
