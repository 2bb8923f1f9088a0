"""Reading: statements go to the databases that hold what they ask for, and their rows come back."""

from collections.abc import Collection, Sequence
from typing import cast

from throughcare.store.protocol import Row, Value
from throughcare.store.sharded import routes
from throughcare.store.sharded.routes import HOME, Params, Route
from throughcare.store.sharded.together import together
from throughcare.store.sharded.views import Window
from throughcare.store.statements import Statements


class ShardedReader:
    """One consistent view of all databases."""

    spread = True

    def __init__(self, windows: Sequence[Window], statements: Statements) -> None:
        """Read through `windows`, which see one state."""
        self._windows = windows
        self._statements = statements

    async def rows(self, statement: str, /, **params: Value) -> list[Row]:
        """Run the named statement where it belongs and return all its rows.

        Raises OverloadedError if one of those databases can't be reached.
        """
        sql = self._statements[statement]
        route = routes.parse(self._statements.places.get(statement, ""))
        places = await self._places(route, params)
        found = await together([self._windows[p].rows(sql, v) for p, v in places.items()])
        return route.merged(params, found)

    async def _places(self, route: Route, params: Params) -> dict[int, Params]:
        shards = len(self._windows)
        if not route.finder:
            return route.shards(params, shards)
        rows = await self._windows[HOME].rows(self._statements[route.finder], params)
        entries = [cast("int", row[0]) for row in rows]
        return dict.fromkeys(sorted(routes.split_entries(entries, shards)), params)

    async def query(
        self, sql: str, params: tuple[Value, ...], *, subjects: Collection[int] | None = None
    ) -> list[Row]:
        """Run composed SQL where `subjects` lie."""
        places = routes.of_subjects(subjects, len(self._windows))
        found = await together([self._windows[place].rows(sql, params) for place in places])
        return [row for rows in found for row in rows]
