"""Writing to several databases in one transaction, which works share."""

import contextlib
import re
from collections.abc import Mapping
from typing import Final, cast

import asyncpg

from throughcare.kernel import OverloadedError
from throughcare.store.postgres.connection import Connection
from throughcare.store.postgres.errors import DRIVER, away, is_away
from throughcare.store.postgres.session import Ask, PostgresSession
from throughcare.store.protocol import Row, Value
from throughcare.store.sharded import deciding, routes
from throughcare.store.sharded.deciding import Settler
from throughcare.store.sharded.routes import HOME, Params, Route
from throughcare.store.sharded.together import together
from throughcare.store.sharded.transaction import RoutedAsk, ShardedTransaction
from throughcare.store.statements import Statements

_READS: Final = re.compile(r"(?:--[^\n]*\n|\s)*SELECT\b")


class Part:
    """The transaction of a batch in one database besides home."""

    def __init__(self, session: PostgresSession) -> None:
        """Begin nothing yet."""
        self.session = session
        self.saved = False
        """Whether the savepoint of the present work was begun here."""
        self.failed = False
        """Whether a statement failed, so that all up to the savepoint must be undone."""
        self.written = False

    async def do(self, ask: Ask, *, save: bool) -> object:
        """Do one thing, in the savepoint of the present work if it has one."""
        if save and not self.saved:
            await self.session.save()
            self.saved = True
        if not _READS.match(ask.sql):
            self.written = True
        try:
            return await self.session.do(ask)
        except DRIVER:
            self.failed = True
            raise

    async def undo(self) -> None:
        """Undo what came after the savepoint, and end it."""
        await self.session.undo()
        self.failed = False


class ShardedSession:
    """A session over home and, as works touch them, other databases.

    Home's lock makes one writer at a time, in all processes and for all databases.
    """

    def __init__(self, home: PostgresSession, settler: Settler, statements: Statements) -> None:
        """Write through `home`."""
        self._home = home
        self._settler = settler
        self._statements = statements
        self._known: dict[int, PostgresSession] = {}
        self._parts: dict[int, Part] = {}
        self._decided: dict[int, int] = {}
        self._save = False

    @classmethod
    async def opened(cls, settler: Settler, statements: Statements) -> "ShardedSession":
        """Return a session with a connection to home."""
        home = await PostgresSession.opened(settler.dsns[HOME], statements)
        return cls(home, settler, statements)

    def transaction(self) -> ShardedTransaction:
        """Return what the next work sees."""
        return ShardedTransaction(self._statements)

    async def begin(self) -> None:
        """Begin at home and wait for our turn to write; other databases begin when touched."""
        self._parts, self._decided = {}, {}
        await self._home.begin()

    async def flush(self) -> None:
        """Write the rows that wait, everywhere."""
        await together([self._home.flush(), *(p.session.flush() for p in self._parts.values())])

    async def save(self) -> None:
        """Begin the savepoint of a work: at home now, elsewhere when the work comes there."""
        self._save = True
        for part in self._parts.values():
            part.saved = False
        await self._home.save()

    async def keep(self) -> None:
        """End the savepoint.

        Raises InFailedSQLTransactionError, and ends none, if a failed statement was ignored.
        """
        if any(part.failed for part in self._parts.values()):
            raise asyncpg.InFailedSQLTransactionError
        await together([self._home.flush(), *(part.session.flush() for part in self._saved())])
        await self._home.keep()
        await together([part.session.keep() for part in self._saved()])
        self._save = False

    async def undo(self) -> None:
        """Undo what came after the savepoint, and end it."""
        self._save = False
        await together([self._home.undo(), *(part.undo() for part in self._saved())])

    def _saved(self) -> list[Part]:
        return [part for part in self._parts.values() if part.saved]

    async def start_over(self) -> None:
        """Undo all since the transaction began."""
        parts, self._parts = self._parts, {}
        undone = [part.session.connection.execute("ROLLBACK") for part in parts.values()]
        await together([self._home.start_over(), *undone])

    async def do(self, ask: Ask) -> object:
        """Do one thing wherever it belongs, and return what came of it."""
        routed = cast("RoutedAsk", ask)
        shards = len(self._settler.dsns)
        route = routed.route
        if route is None:
            places = routes.of_subjects(routed.subjects, shards)
            found = await self._do_in({place: Ask(ask.sql, ask.values) for place in places})
            return [row for rows in found for row in cast("list[Row]", rows)]
        if ask.rows is not None:
            split = routes.by_shard(route, ask.rows, shards)
            await self._do_in({place: Ask(ask.sql, {}, rows) for place, rows in split.items()})
            return None
        params = cast("Mapping[str, Value]", ask.values)
        found = await self._do_in(
            {
                place: Ask(ask.sql, values, changes=ask.changes)
                for place, values in (await self._places(route, params)).items()
            }
        )
        if ask.changes:
            return sum(cast("list[int]", found))
        return route.merged(params, cast("list[list[Row]]", found))

    async def _places(self, route: Route, params: Params) -> dict[int, Params]:
        shards = len(self._settler.dsns)
        if not route.finder:
            return route.shards(params, shards)
        entries = await self._home.do(Ask(self._statements[route.finder], params))
        numbers = [cast("int", row[0]) for row in cast("list[Row]", entries)]
        return dict.fromkeys(sorted(routes.split_entries(numbers, shards)), params)

    async def _do_in(self, asks: Mapping[int, Ask]) -> list[object]:
        if not self._decided and any(place != HOME for place in asks):
            rows = await self._home.do(Ask(deciding.DECIDED, {}))
            self._decided = dict(cast("list[tuple[int, int]]", rows))
        return await together([self._do_at(place, ask) for place, ask in asks.items()])

    async def _do_at(self, place: int, ask: Ask) -> object:
        if place == HOME:
            return await self._home.do(ask)
        part = self._parts.get(place)
        if part is None:
            part = await self._begun(place)
        return await part.do(ask, save=self._save)

    async def _begun(self, place: int) -> Part:
        """Begin in a database, once it has all that was committed to it before."""
        session = await self._connected(place)
        if not await self._is_level(session, place):
            await self._settler.settle(place)
            if not await self._is_level(session, place):
                await session.connection.execute("ROLLBACK")
                raise out_of_step()
        part = self._parts[place] = Part(session)
        return part

    async def _connected(self, place: int) -> PostgresSession:
        """Return a session in a transaction, on a new connection if the one at hand has gone."""
        session = self._known.pop(place, None)
        if session is not None:
            try:
                await session.begin_part()
            except DRIVER as error:
                session.hang_up()
                if not is_away(error):
                    raise
                session = None
        if session is None:
            session = await PostgresSession.opened(self._settler.dsns[place], self._statements)
            await session.begin_part()
        self._known[place] = session
        return session

    async def _is_level(self, session: PostgresSession, place: int) -> bool:
        """Tell whether a database has come to where home says, and nothing is left behind in it."""
        rows = await session.connection.fetch(deciding.STATE, self._settler.mark)
        return tuple(rows[0]) == (self._decided[place], False)

    async def commit(self) -> bool:
        """Commit everywhere; durable, and to be seen, on return."""
        parts = self._parts.values()
        written = {place: part for place, part in self._parts.items() if part.written}
        try:
            if any(part.failed for part in parts):
                return self._dropped()
            await together([part.session.commit() for part in parts if not part.written])
            if not written:
                return await self._home.commit()
            await together([self._home.flush(), *(p.session.flush() for p in written.values())])
            return await self._commit_parts(written)
        except DRIVER:
            self.hang_up()
            raise

    async def _commit_parts(self, written: Mapping[int, Part]) -> bool:
        """Prepare, decide, commit. What is prepared but not decided is undone by who meets it."""
        store, home = self._settler.store, self._home.connection
        batch = int(cast("str", await home.fetchval("SELECT pg_current_xact_id()::text")))
        ends = {place: part.session.connection for place, part in written.items()}
        try:
            await together(c.execute(deciding.prepare(store, batch, n)) for n, c in ends.items())
        except DRIVER as error:
            if not is_away(error):
                raise
            self.hang_up()
            raise away(error) from error
        if await home.execute(deciding.decide(batch, list(written))) != "COMMIT":
            return self._dropped()
        try:
            await together(
                _commit_part(c, deciding.commit(store, batch, n)) for n, c in ends.items()
            )
        except DRIVER as error:
            self.hang_up()
            raise away(error, committing=True) from error
        return True

    def _dropped(self) -> bool:
        self.hang_up()
        return False

    def hang_up(self) -> None:
        """Let go of all databases, and with it of what was not committed."""
        self._parts = {}
        for session in (self._home, *self._known.values()):
            session.hang_up()


async def _commit_part(connection: Connection, statement: str) -> None:
    """Commit a prepared part, unless somebody who met it has done so already."""
    with contextlib.suppress(asyncpg.UndefinedObjectError):
        await connection.execute(statement)


def out_of_step() -> OverloadedError:
    """Return the error of a database that has not come to where home says."""
    message = "A database of this node is being brought into step. Try again in a moment."
    return OverloadedError(message)
