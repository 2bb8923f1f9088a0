"""Reading: what one request sees of the view that it shares."""

from collections.abc import Collection

from throughcare.store.lock import NOTHING, Lock
from throughcare.store.postgres.view import View
from throughcare.store.protocol import Row, Value
from throughcare.store.statements import Statements


class PostgresReader:
    """One consistent view: the state of the store at its first statement."""

    spread = False

    def __init__(self, view: View, statements: Statements, lock: Lock = NOTHING) -> None:
        """Read in `view`, as one of its members, under `lock` if the view keeps one."""
        self._view = view
        self._statements = statements
        self._lock = lock

    @property
    def locked(self) -> bool:
        """Whether the database withholds what no lock names."""
        return self._view.locked

    def under(self, lock: Lock) -> "PostgresReader":
        """Return the same view under `lock`."""
        return PostgresReader(self._view, self._statements, lock) if self.locked else self

    async def rows(self, statement: str, /, **params: Value) -> list[Row]:
        """Run the named statement and return all its rows."""
        names, values = tuple(params), tuple(params.values())
        return await self._view.ask(self._statements[statement], values, names, self._lock)

    async def query(
        self, sql: str, params: tuple[Value, ...], *, subjects: Collection[int] | None = None
    ) -> list[Row]:
        """Run composed SQL; all subjects are here."""
        del subjects
        return await self._view.ask(sql, params, lock=self._lock)
