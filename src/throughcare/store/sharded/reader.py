"""Reading: statements go to the databases that hold what they ask for, and their rows come back."""

from collections.abc import Collection, Mapping, Sequence
from typing import cast

from throughcare.store.lock import NOTHING, Lock
from throughcare.store.protocol import Row, Value
from throughcare.store.sharded import routes
from throughcare.store.sharded.routes import HOME, Params, Route
from throughcare.store.sharded.together import together
from throughcare.store.sharded.views import Window
from throughcare.store.statements import Statements


class ShardedReader:
    """One consistent view of all databases."""

    spread = True

    def __init__(
        self,
        windows: Sequence[Window],
        statements: Statements,
        *,
        locked: bool = False,
        lock: Lock = NOTHING,
    ) -> None:
        """Read through `windows`, which see one state, and if `locked` what `lock` names of it."""
        self._windows = windows
        self._statements = statements
        self.locked = locked
        self._lock = lock

    def under(self, lock: Lock) -> "ShardedReader":
        """Return the same view under `lock`."""
        if not self.locked:
            return self
        return ShardedReader(self._windows, self._statements, locked=True, lock=lock)

    async def rows(self, statement: str, /, **params: Value) -> list[Row]:
        """Run the named statement where it belongs and return all its rows.

        Raises OverloadedError if one of those databases can't be reached.
        """
        sql = self._statements[statement]
        route = routes.parse(self._statements.places.get(statement, ""))
        places = await self._places(route, params)
        found = await self._found(places, sql)
        return route.merged(params, found)

    async def _places(self, route: Route, params: Params) -> dict[int, Params]:
        shards = len(self._windows)
        if not route.finder:
            return route.shards(params, shards)
        rows = await self._windows[HOME].rows(self._statements[route.finder], params, self._lock)
        entries = [cast("int", row[0]) for row in rows]
        return dict.fromkeys(sorted(routes.split_entries(entries, shards)), params)

    async def _found(
        self, places: Mapping[int, Params | Sequence[Value]], sql: str
    ) -> list[list[Row]]:
        windows = self._windows
        return await together([windows[p].rows(sql, v, self._lock) for p, v in places.items()])

    async def query(
        self, sql: str, params: tuple[Value, ...], *, subjects: Collection[int] | None = None
    ) -> list[Row]:
        """Run composed SQL where `subjects` lie."""
        places = routes.of_subjects(subjects, len(self._windows))
        found = await self._found(dict.fromkeys(places, params), sql)
        return [row for rows in found for row in rows]
