"""Sessions: the transaction that works share, and what a work sees of it.

Rows that a work inserts wait until it asks for something that could depend on them, or ends; then
those of all tables go in one statement, each column as one array: round trips are what a write
costs.
"""

import re
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from throughcare.store.lock import Lock
from throughcare.store.postgres.binding import Argument, bound, template
from throughcare.store.postgres.connection import Connection, connect, parameter_types
from throughcare.store.postgres.insertion import Insertion, insertion, joined
from throughcare.store.postgres.position import ADVANCE, Position
from throughcare.store.protocol import Row, Transaction, Value
from throughcare.store.statements import Statements

Rows = list[Mapping[str, Value]]

LOCK = 0x74687267
"""Key of the advisory lock that one writer holds at a time."""
_BEGIN = f"BEGIN; SELECT pg_advisory_xact_lock({LOCK})"
_READS: Final = re.compile(r"(?:--[^\n]*\n|\s)*(?:SELECT|WITH)\b")
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

    @property
    def writes(self) -> bool:
        """Tell whether it may change something."""
        return self.changes or self.rows is not None or not _READS.match(self.sql)

    def __await__(self) -> Generator["Ask", Any, Any]:
        """Hand this to the writer and return what it found."""
        return (yield self)


class PostgresTransaction:
    """What a work sees of the writer: reads and writes inside the transaction that it shares."""

    spread = False
    locked = False

    def __init__(self, statements: Statements) -> None:
        """Know the named statements."""
        self._statements = statements
        self.after: list[Callable[[], None]] = []

    def under(self, lock: Lock) -> "PostgresTransaction":
        """Return itself: a writer sees everything."""
        del lock
        return self

    async def rows(self, statement: str, /, **params: Value) -> list[Row]:
        """Run the named statement and return all its rows."""
        return cast("list[Row]", await Ask(self._statements[statement], params))

    async def query(
        self, sql: str, params: tuple[Value, ...], *, subjects: Collection[int] | None = None
    ) -> list[Row]:
        """Run composed SQL; all subjects are here."""
        del subjects
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


class WorkTransaction(Transaction, Protocol):
    """What a work is given, and what it wants done after the commit."""

    after: list[Callable[[], None]]


class Session(Protocol):
    """Does what works ask for, in a transaction that they share."""

    def transaction(self) -> WorkTransaction:
        """Return what the next work sees."""
        ...

    async def begin(self) -> None:
        """Begin a transaction, as the only writer of this record."""
        ...

    async def do(self, ask: Ask) -> object:
        """Do one thing and return what came of it."""
        ...

    async def flush(self) -> None:
        """Write the rows that wait."""
        ...

    async def save(self) -> None:
        """Begin the savepoint of a work."""
        ...

    async def keep(self) -> None:
        """End the savepoint."""
        ...

    async def undo(self) -> None:
        """Undo what came after the savepoint, and end it."""
        ...

    async def start_over(self) -> None:
        """Undo all since the transaction began, and begin another, which nothing is written in."""
        ...

    async def commit(self) -> bool:
        """Commit; durable on return. False if it was all undone, for an error that was ignored."""
        ...

    def hang_up(self) -> None:
        """Let go of the database, and with it of what was not committed."""
        ...


class PostgresSession:
    """A session on one connection."""

    def __init__(
        self, connection: Connection, statements: Statements, position: Position | None = None
    ) -> None:
        """Work on `connection`; count commits up, and say so in `position`, where one is given."""
        self.connection = connection
        self._statements = statements
        self._position = position
        self._saved = False
        """Whether the savepoint of the next work is there."""
        self._waiting: dict[str, Rows] = {}
        """Rows to insert, by statement."""

    @classmethod
    async def opened(
        cls, dsn: str, statements: Statements, position: Position | None = None
    ) -> "PostgresSession":
        """Return a session on a new connection to the database at `dsn`."""
        connection = await connect(dsn)
        await connection.execute(_ALWAYS)
        return cls(connection, statements, position)

    def transaction(self) -> PostgresTransaction:
        """Return what the next work sees."""
        return PostgresTransaction(self._statements)

    async def begin(self) -> None:
        """Begin a transaction and wait for our turn to write."""
        self._forget()
        await self.connection.execute(_BEGIN)

    async def begin_part(self) -> None:
        """Begin a transaction without waiting: who begins it has the turn in another database."""
        self._forget()
        await self.connection.execute("BEGIN")

    async def save(self) -> None:
        """Begin the savepoint of a work, unless the work before has left one."""
        if not self._saved:
            await self.connection.execute("SAVEPOINT work")
            self._saved = True

    async def keep(self) -> None:
        """Write what waits, and let the savepoint begin here."""
        await self.flush()
        await self.connection.execute("RELEASE work; SAVEPOINT work")

    async def undo(self) -> None:
        """Undo what came after the savepoint, which stays."""
        self._waiting = {}
        await self.connection.execute("ROLLBACK TO work")

    async def start_over(self) -> None:
        """Undo all since the transaction began."""
        self._forget()
        await self.connection.execute("ROLLBACK; BEGIN")

    async def commit(self) -> bool:
        """Write what waits, and commit."""
        await self.flush()
        if self._position is None:
            return await self.connection.execute("COMMIT") == "COMMIT"
        number = cast("int", await self.connection.fetchval(ADVANCE))
        await self.connection.execute("COMMIT")
        await self._position.reach(number)
        return True

    def _forget(self) -> None:
        self._waiting = {}
        self._saved = False

    def hang_up(self) -> None:
        """Let go of the connection."""
        self.connection.terminate()

    async def do(self, ask: Ask) -> object:
        """Do one thing and return what came of it."""
        if ask.rows is not None:
            await self._do_many(ask.sql, ask.rows)
            return None
        found = insertion(ask.sql) if ask.changes else None
        if found is not None and found.always and isinstance(ask.values, Mapping):
            await self._do_many(ask.sql, [ask.values])
            return 1
        await self.flush()
        sql, arguments = bound(ask.sql, ask.values)
        if ask.changes:
            return _changed(await self.connection.execute(sql, *arguments))
        return list(map(tuple, await self.connection.fetch(sql, *arguments)))

    async def _do_many(self, sql: str, rows: Rows) -> None:
        """Let rows of an insertion wait; run every other statement for each row."""
        if not rows:
            return
        if insertion(sql) is not None:
            self._waiting.setdefault(sql, []).extend(rows)
            return
        await self.flush()
        await self._each(sql, rows)

    async def _each(self, sql: str, rows: Rows) -> None:
        each = [bound(sql, row)[1] for row in rows]
        await self.connection.executemany(template(sql).text, each)

    async def flush(self) -> None:
        """Write the rows that wait."""
        waiting, self._waiting = self._waiting, {}
        together: list[tuple[Insertion, Rows]] = []
        tables: set[str] = set()
        for sql, rows in waiting.items():
            found = insertion(sql)
            if found is None or found.table in tables or not found.differ(rows):
                # A row that is met twice is changed twice, which one statement can't do.
                await self._write(together)
                together, tables = [], set()
                await self._each(sql, rows)
            else:
                together.append((found, rows))
                tables.add(found.table)
        await self._write(together)

    async def _write(self, together: list[tuple[Insertion, Rows]]) -> None:
        """Insert into several tables with one statement."""
        if not together:
            return
        types = [
            await parameter_types(self.connection, template(found.sql).text)
            for found, _ in together
        ]
        text = joined(tuple(found for found, _ in together), tuple(types))
        columns: list[list[Argument]] = []
        for found, rows in together:
            columns += found.columns(rows)
        await self.connection.execute(text, *columns)


def _changed(status: str) -> int:
    """Return the number of rows in a command's status, such as ``INSERT 0 1``."""
    last = status.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0
