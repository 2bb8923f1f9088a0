"""Reading: one connection in a read transaction, on the event loop while it is short.

A read by key takes some microseconds, far less than handing it to a thread and back. A long search
would hold up every other request. So each statement starts on the event loop with a budget of
SQLite's virtual machine steps (half a millisecond to one); what goes beyond is interrupted and
starts over in a thread, on the same connection and so on the same state of the data.
"""

import asyncio
from collections.abc import Collection, Coroutine, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import cast

import apsw

from throughcare.store import dialect
from throughcare.store.lock import Lock
from throughcare.store.protocol import Row, Value
from throughcare.store.sqlite.connection import open_reading
from throughcare.store.sqlite.damage import DAMAGE, damaged
from throughcare.store.statements import Statements

STEPS = 50_000
"""Virtual machine steps that a statement may take on the event loop, at least; at most twice."""

Bindings = Mapping[str, Value] | tuple[Value, ...]
Rows = Coroutine[object, object, list[Row]]
"""Of what is awaited at once: a coroutine that only awaited another would be one call more."""


class SqliteReader:
    """One consistent view: the state of the store at its first statement. For one loop."""

    spread = False
    locked = False

    def __init__(self, path: Path, statements: Statements, threads: Executor) -> None:
        """Open a connection to the database at `path`; long statements run in `threads`."""
        self._connection = open_reading(path)
        self._connection.set_progress_handler(self._over_budget, STEPS)
        self._statements = statements
        self._threads = threads
        self._ticks = 0
        self._limit = 1
        self._running: asyncio.Future[list[Row]] | None = None

    def _over_budget(self) -> bool:
        """Count ticks of `STEPS` steps: the first may have begun in an earlier statement."""
        self._ticks += 1
        return 0 < self._limit < self._ticks

    def begin(self) -> None:
        """Begin the view."""
        self._connection.execute("BEGIN")

    async def end(self) -> None:
        """End the view, interrupting a statement whose caller has gone."""
        if self._running is not None:
            self._connection.interrupt()
            await asyncio.wait([self._running])
            self._running = None
        if self._connection.in_transaction:  # a damaged page ends the view by itself
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def under(self, lock: Lock) -> "SqliteReader":
        """Return itself: a file has no second lock."""
        del lock
        return self

    def rows(self, statement: str, /, **params: Value) -> Rows:
        """Run the named statement and return all its rows."""
        return self._read(self._statements[statement], params)

    def query(
        self, sql: str, params: tuple[Value, ...], *, subjects: Collection[int] | None = None
    ) -> Rows:
        """Run composed SQL; all subjects are here."""
        del subjects
        return self._read(dialect.sqlite(sql), params)

    async def _read(self, sql: str, params: Bindings) -> list[Row]:
        while self._running is not None:
            await asyncio.wait([self._running])
        self._ticks, self._limit = 0, 1
        try:
            return self._run(sql, params)
        except apsw.InterruptError:
            pass  # it goes on in a thread, without a limit
        finally:
            self._limit = 0  # SQLite counts over statements; BEGIN and ROLLBACK have no limit
        loop = asyncio.get_running_loop()
        self._running = loop.run_in_executor(self._threads, self._run, sql, params)
        result = await asyncio.shield(self._running)
        self._running = None
        return result

    def _run(self, sql: str, params: Bindings) -> list[Row]:
        try:
            return cast("list[Row]", self._connection.execute(sql, params).fetchall())
        except DAMAGE as error:
            raise damaged(error) from error
