"""What a work sees of a writer over several databases."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from throughcare.store.lock import Lock
from throughcare.store.postgres.session import Ask
from throughcare.store.protocol import Row, Value
from throughcare.store.sharded import routes
from throughcare.store.sharded.routes import Route
from throughcare.store.statements import Statements


@dataclass(slots=True, eq=False)
class RoutedAsk(Ask):
    """What a work wants done, and where."""

    route: Route | None = None
    """None: composed SQL, which runs where `subjects` lie."""
    subjects: Collection[int] | None = None


class ShardedTransaction:
    """Reads and writes inside the savepoint of a work, wherever that runs."""

    spread = True
    locked = False

    def __init__(self, statements: Statements) -> None:
        """Know the named statements."""
        self._statements = statements
        self.after: list[Callable[[], None]] = []

    def under(self, lock: Lock) -> "ShardedTransaction":
        """Return itself: a writer sees everything."""
        del lock
        return self

    async def rows(self, statement: str, /, **params: Value) -> list[Row]:
        """Run the named statement and return all its rows."""
        return cast("list[Row]", await self._ask(statement, params))

    async def query(
        self, sql: str, params: tuple[Value, ...], *, subjects: Collection[int] | None = None
    ) -> list[Row]:
        """Run composed SQL where `subjects` lie."""
        return cast("list[Row]", await RoutedAsk(sql, params, subjects=subjects))

    async def run(self, statement: str, /, **params: Value) -> int:
        """Run the named statement and return the number of rows it changed, in all databases."""
        return cast("int", await self._ask(statement, params, changes=True))

    async def run_many(self, statement: str, rows: Iterable[Mapping[str, Value]], /) -> None:
        """Run the named statement once for each of `rows`."""
        await self._ask(statement, {}, list(rows))

    def after_commit(self, action: Callable[[], None], /) -> None:
        """Do `action` once this work is durable; never if it is undone."""
        self.after.append(action)

    def _ask(
        self,
        statement: str,
        params: Mapping[str, Value],
        rows: list[Mapping[str, Value]] | None = None,
        *,
        changes: bool = False,
    ) -> RoutedAsk:
        route = routes.parse(self._statements.places.get(statement, ""))
        return RoutedAsk(self._statements[statement], params, rows, changes, route=route)
