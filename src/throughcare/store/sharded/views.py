"""Views over several databases, all of which see one state.

Each database begins its own snapshot, in no order and without a lock. Home says which batch each of
the others has come to; if each of them says the same of itself, then all are in the state between
the same two batches, for batches follow each other. If one differs, a batch was being committed:
home and those that differ begin again, which takes as long as a round trip.

A database that can't be reached, or does not come into step, is left out: who asks it gets an
error, and everybody else's record stays readable.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from throughcare.kernel import ThroughcareError
from throughcare.store.lock import NOTHING, Lock
from throughcare.store.postgres import locking
from throughcare.store.postgres.binding import Named, bound
from throughcare.store.postgres.connection import Connection, connect
from throughcare.store.postgres.errors import DRIVER, away, is_away, plain
from throughcare.store.postgres.pool import hung_up_on_failure
from throughcare.store.protocol import Row, Value
from throughcare.store.sharded import deciding
from throughcare.store.sharded.deciding import Settler
from throughcare.store.sharded.routes import HOME
from throughcare.store.sharded.session import out_of_step
from throughcare.store.sharded.together import together

VIEWS: Final = 8
"""Views that a process has open at once, at most, each with a connection to every database."""
TRIES: Final = 40
"""Times that a view begins again, at most, before a database that is out of step is left out."""
UNTIL_SETTLED: Final = 20
"""Tries after which what an interrupted commit left behind is settled."""
PAUSE_SECONDS: Final = 0.001
"""After the first tries, so long times their number."""
CALL_SECONDS: Final = 1.0
"""Between two calls to a database that can't be reached."""
_BEGIN: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_AGAIN: Final = "COMMIT AND CHAIN"


@dataclass(slots=True, eq=False)
class Window:
    """A view's connection to one database, in a transaction; None if it can't be had."""

    connection: Connection | None = None
    error: ThroughcareError | None = None
    begun: bool = False
    """Whether the transaction has read something, and so sees a state."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    told: tuple[str, ...] = NOTHING.settings
    """The lock that the database knows of."""

    @property
    def works(self) -> bool:
        """Tell whether it could be looked through, as far as is known."""
        return (
            self.error is None and self.connection is not None and not self.connection.is_closed()
        )

    async def rows(
        self, sql: str, values: Named | Sequence[Value], lock: Lock = NOTHING
    ) -> list[Row]:
        """Run a statement under `lock`. Raises OverloadedError if this database is left out."""
        if self.connection is None or self.error is not None:
            raise self.error or out_of_step()
        text, arguments = bound(sql, values)
        try:
            async with self.turn:
                return await self._found(self.connection, lock.settings, text, arguments)
        except DRIVER as error:
            raise plain(error) from error

    async def _found(
        self,
        connection: Connection,
        wanted: tuple[str, ...],
        text: str,
        arguments: Sequence[object],
    ) -> list[Row]:
        if wanted != self.told:
            text = locking.telling(text, len(arguments))
            arguments = (*arguments, *wanted)
        found = await connection.fetch(text, *arguments)
        self.told = wanted
        return list(map(tuple, found))

    async def begin(self, sql: str) -> list[Row]:
        """Begin to see the state of now, and return what `sql` finds in it."""
        if self.connection is None:
            raise self.error or out_of_step()
        if self.begun:
            await self.connection.execute(_AGAIN)
        self.begun, self.told = True, NOTHING.settings
        return list(map(tuple, await self.connection.fetch(sql)))

    async def end(self) -> None:
        """Stop seeing a state; hang up if that can't be."""
        if self.connection is None:
            return
        try:
            async with self.turn:
                await self.connection.execute(_AGAIN)
            self.begun, self.told = False, NOTHING.settings
        except DRIVER:
            self.drop()

    def drop(self) -> None:
        """Hang up."""
        if self.connection is not None:
            self.connection.terminate()
        self.connection, self.begun, self.told = None, False, NOTHING.settings


class Views:
    """The views of a process, for the event loop that it is made on."""

    def __init__(self, settler: Settler, role: str = "") -> None:
        """Read from the databases of `settler` as `role`: one that a lock binds, or the node's."""
        self.role = role
        self._settler = settler
        self._idle: list[list[Window]] = []
        self._places = asyncio.Semaphore(VIEWS)
        self._calling: dict[int, asyncio.Task[None]] = {}
        """Who waits for a database that could not be reached."""
        self._ending: set[asyncio.Task[None]] = set()

    async def open(self) -> list[Window]:
        """Return a window into each database, all on one state.

        Raises OverloadedError if home can't be reached.
        """
        await self._places.acquire()
        windows = self._idle.pop() if self._idle else [Window() for _ in self._settler.dsns]
        try:
            broken = [place for place, window in enumerate(windows) if not window.works]
            await together(self._connect(place, windows[place]) for place in broken)
            await self._align(windows)
        except BaseException as error:
            for window in windows:
                window.drop()
            self._places.release()
            if isinstance(error, DRIVER):
                raise plain(error) from error
            raise
        return windows

    async def _connect(self, place: int, window: Window) -> None:
        """Open the connection of a window anew."""
        window.error = None
        window.drop()
        if place in self._calling:
            window.error = away(ConnectionError())
            return
        try:
            window.connection = await self._connection(place)
        except ThroughcareError as error:
            if place == HOME:
                raise
            window.error = error
            if place not in self._calling:  # another view may have tried beside this one
                self._calling[place] = asyncio.create_task(self._call(place))

    async def _connection(self, place: int) -> Connection:
        connection = await connect(self._settler.dsns[place], reading=True, role=self.role)
        with hung_up_on_failure(connection):
            await connection.execute(_BEGIN)
        return connection

    async def _call(self, place: int) -> None:
        """Wait until a database can be reached again; until then nobody tries and waits."""
        while True:
            try:
                connection = await connect(self._settler.dsns[place], reading=True)
            except ThroughcareError:
                await asyncio.sleep(CALL_SECONDS)
            else:
                connection.terminate()
                del self._calling[place]
                return

    async def _align(self, windows: Sequence[Window]) -> None:
        """Begin in all databases until all see one state."""
        others = [place for place in range(1, len(windows)) if windows[place].connection]
        differ = others
        known: dict[int, int] = {}
        for turn in range(TRIES):
            rows, *found = await together(
                [
                    windows[HOME].begin(deciding.DECIDED),
                    *(self._begin(windows[place]) for place in differ),
                ]
            )
            decided = dict(cast("list[tuple[int, int]]", rows))
            known |= {
                place: cast("int", row[0][0])
                for place, row in zip(differ, found, strict=True)
                if row
            }
            differ = [
                place
                for place in others
                if windows[place].connection and known.get(place) != decided[place]
            ]
            if not differ:
                return
            await self._wait(turn, differ)
        for place in differ:
            windows[place].error = out_of_step()

    async def _begin(self, window: Window) -> list[Row]:
        """Begin in one database; return nothing if it has gone."""
        try:
            return await window.begin(deciding.LATEST)
        except DRIVER as error:
            if not is_away(error):
                raise
            window.drop()
            window.error = away(error)
            return []

    async def _wait(self, turn: int, differ: Sequence[int]) -> None:
        if turn == UNTIL_SETTLED:
            await together([self._settle(place) for place in differ])
        await asyncio.sleep(PAUSE_SECONDS * turn)

    async def _settle(self, place: int) -> None:
        try:
            await self._settler.settle(place)
        except ThroughcareError:
            return  # it is left out, unless it comes into step by itself

    def leave(self, windows: list[Window]) -> None:
        """End a view: nobody waits for that."""
        ending = asyncio.create_task(self._end(windows))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _end(self, windows: list[Window]) -> None:
        try:
            await together([window.end() for window in windows])
            self._idle.append(windows)
        finally:
            self._places.release()

    async def close(self) -> None:
        """Hang up; no view may be open."""
        while self._ending:
            await asyncio.wait(self._ending)
        calling = list(self._calling.values())
        for task in calling:
            task.cancel()
        await asyncio.gather(*calling, return_exceptions=True)
        for windows in self._idle:
            for window in windows:
                if window.connection is not None:
                    await window.connection.close()
        self._idle.clear()
