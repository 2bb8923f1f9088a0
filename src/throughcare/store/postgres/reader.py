"""Reading: what one request sees of the view that it shares."""

from collections.abc import Collection

from throughcare.store.postgres.view import View
from throughcare.store.protocol import Row, Value
from throughcare.store.statements import Statements


class PostgresReader:
    """One consistent view: the state of the store at its first statement."""

    spread = False

    def __init__(self, view: View, statements: Statements) -> None:
        """Read in `view`, as one of its members."""
        self._view = view
        self._statements = statements

    async def rows(self, statement: str, /, **params: Value) -> list[Row]:
        """Run the named statement and return all its rows."""
        names, values = tuple(params), tuple(params.values())
        return await self._view.ask(self._statements[statement], values, names)

    async def query(
        self, sql: str, params: tuple[Value, ...], *, subjects: Collection[int] | None = None
    ) -> list[Row]:
        """Run composed SQL; all subjects are here."""
        del subjects
        return await self._view.ask(sql, params)
