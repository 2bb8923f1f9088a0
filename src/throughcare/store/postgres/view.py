"""Views: one state of the database, read by all requests that arrived together.

A round trip costs a process several times what a look-up costs the database. So requests that
arrive while others are under way share a view, one transaction that sees one state, and what they
ask for at the same time goes in one statement: what is the same is asked once, and look-ups by
different keys are joined to the list of their keys.

A request joins a view before its first statement only, so that it sees all that was acknowledged
before it came.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from throughcare.kernel import OverloadedError, ThroughcareError
from throughcare.store.lock import NOTHING, Lock, union
from throughcare.store.postgres import locking
from throughcare.store.postgres.binding import Argument, bound
from throughcare.store.postgres.connection import Connection, parameter_types
from throughcare.store.postgres.errors import DRIVER, nul, plain
from throughcare.store.postgres.together import Together, differing, lone, together
from throughcare.store.protocol import Row, Value

BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
CHAIN = "COMMIT AND CHAIN"
"""Ends a transaction and begins the next, whose state is that of its own first statement."""
KEPT_ROWS = 64
"""Rows of an answer that a view remembers, at most: one state gives one answer."""


Key = tuple[str, tuple[str, ...], tuple[Value, ...], tuple[str, ...]]


@dataclass(slots=True, eq=False)
class Asked:
    """One statement that a request waits for."""

    sql: str
    values: tuple[Value, ...]
    names: tuple[str, ...]
    """Names of `values`; empty where they stand by place."""
    answer: "asyncio.Future[list[Row]]"
    lock: Lock

    @property
    def key(self) -> Key:
        """Return what tells this question from every other."""
        return self.sql, self.names, self.values, self.lock.settings

    def bound(self) -> tuple[str, list[Argument]]:
        """Return text and arguments for the driver."""
        if not self.names:
            return bound(self.sql, self.values)
        return bound(self.sql, dict(zip(self.names, self.values, strict=True)))


class View:
    """One transaction; its members come before it begins and leave one by one."""

    def __init__(
        self, connected: Callable[["View"], Awaitable[Connection]], *, locked: bool = False
    ) -> None:
        """Wait for members; the first statement waits for `connected`.

        `locked` if it gives connections that see what a lock names, and nothing else.
        """
        self.locked = locked
        self.members = 0
        self.begun = False
        self.connection: Connection | None = None
        self._connected = connected
        self._asked: list[Asked] = []
        self._pump: asyncio.Task[None] | None = None
        self._known: dict[Key, list[Row]] = {}
        self._broken: BaseException | None = None
        self._lock = NOTHING
        """The lock that the next statement runs under."""
        self._told = NOTHING.settings
        """The lock that the database knows of."""

    def ask(
        self,
        sql: str,
        values: tuple[Value, ...],
        names: tuple[str, ...] = (),
        lock: Lock = NOTHING,
    ) -> "asyncio.Future[list[Row]]":
        """Ask for the rows of a statement, of what `lock` lets be seen."""
        answer: asyncio.Future[list[Row]] = asyncio.get_running_loop().create_future()
        self._asked.append(Asked(sql, values, names, answer, lock))
        if self._pump is None:
            self._pump = asyncio.create_task(self._serve())
        return answer

    async def abandon(self) -> None:
        """Stop what nobody waits for any more: the last member has gone."""
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait([self._pump])

    async def _serve(self) -> None:
        """Answer what was asked, and what is asked meanwhile; whatever happens, nobody waits on."""
        asked: list[Asked] = []
        error: BaseException = OverloadedError("The store stopped reading. Try again in a moment.")
        try:
            connection = await self._begun()
            while self._asked:
                asked, self._asked = self._asked, []
                await self._answer_all(connection, asked)
                await asyncio.sleep(0)  # whoever got an answer asks on
        except (*DRIVER, ThroughcareError) as cause:
            error = self._broken = plain(cause)
        finally:
            self._pump = None
            _refuse([*asked, *self._asked], error)
            self._asked = []

    async def _begun(self) -> Connection:
        """Return the connection; begins with the first statement."""
        if self.connection is None:
            if self._broken is not None:
                raise self._broken
            try:
                self.connection = await self._connected(self)
            finally:
                self.begun = True
        return self.connection

    async def _answer_all(self, connection: Connection, asked: Sequence[Asked]) -> None:
        by_statement: dict[tuple[str, tuple[str, ...]], list[Asked]] = {}
        for one in asked:
            if not one.answer.done():
                by_statement.setdefault((one.sql, one.names), []).append(one)
        for each in by_statement.values():
            await self._answer(connection, each)

    async def _answer(self, connection: Connection, asked: list[Asked]) -> None:
        """Answer those who ask the same statement; what was answered once stays true."""
        waiting = []
        for one in asked:
            known = self._known.get(one.key)
            if known is None:
                waiting.append(one)
            else:
                _resolve([one], known)
        for self._lock, same in _shared(waiting):
            await self._answer_under_lock(connection, same)

    async def _answer_under_lock(
        self, connection: Connection, same: dict[tuple[Value, ...], list[Asked]]
    ) -> None:
        """Answer those who ask the same statement under the same lock."""
        joined = await self._together(connection, same) if len(same) > 1 else None
        if joined is not None:
            await self._joined(connection, joined, same)
            return
        for each in same.values():
            await self._single(connection, each)

    async def _together(
        self, connection: Connection, same: Mapping[tuple[Value, ...], Sequence[Asked]]
    ) -> Together | None:
        """Return the statement that answers them all, if there is one."""
        first = next(iter(same.values()))[0]
        text = lone(first.sql)
        if not text:
            return None
        try:
            types = await parameter_types(connection, text)
        except DRIVER:
            return None  # it fails alone as well, and says why
        return together(first.sql, first.names, differing(list(same)), types)

    async def _single(self, connection: Connection, asked: list[Asked]) -> None:
        try:
            text, arguments = asked[0].bound()
            found = list(map(tuple, await self._fetch(connection, text, arguments)))
        except (*DRIVER, ThroughcareError) as error:
            _refuse(asked, plain(error))
            return
        self._settle(asked, found)

    async def _joined(
        self, connection: Connection, joined: Together, same: dict[tuple[Value, ...], list[Asked]]
    ) -> None:
        """Answer look-ups by different values with one statement."""
        try:
            found = await self._fetch(connection, joined.text, joined.arguments(list(same)))
        except (*DRIVER, ThroughcareError):
            # One of them is at fault, or the connection: alone, each is told what is its own.
            for each in same.values():
                await self._single(connection, each)
            return
        rows: list[list[Row]] = [[] for _ in same]
        for row in found:
            number, *values = row
            rows[cast("int", number) - 1].append(tuple(values))
        for answer, each in zip(rows, same.values(), strict=True):
            self._settle(each, answer)

    def _settle(self, asked: Sequence[Asked], found: list[Row]) -> None:
        if len(found) <= KEPT_ROWS:
            self._known[asked[0].key] = found
        _resolve(asked, found)

    async def _fetch(
        self, connection: Connection, text: str, arguments: Sequence[object]
    ) -> list[Iterable[Value]]:
        """Run one statement. After an error of the database the view shows nothing more."""
        if self._broken is not None:
            message = "Another request of the same moment failed. Try again in a moment."
            raise OverloadedError(message) from self._broken
        _refuse_nul(arguments)
        wanted = self._lock.settings
        if wanted != self._told:
            text = locking.telling(text, len(arguments))
            arguments = (*arguments, *wanted)
        try:
            found = await connection.fetch(text, *arguments)
        except DRIVER as error:
            if not isinstance(error, ValueError):
                self._broken = error
            raise
        self._told = wanted
        return found


def _shared(
    asked: Iterable[Asked],
) -> list[tuple[Lock, dict[tuple[Value, ...], list[Asked]]]]:
    """Return who asks the same statement by the lock that they can share, and by their values.

    Who asks with the same values is answered together only under the very same lock.
    """
    parts: list[tuple[Lock, dict[tuple[Value, ...], list[Asked]]]] = []
    for one in asked:
        for at, (lock, same) in enumerate(parts):
            both = union((lock, one.lock))
            first = same.get(one.values, [one])[0]
            if both is not None and first.lock.settings == one.lock.settings:
                parts[at] = (both, same)
                same.setdefault(one.values, []).append(one)
                break
        else:
            parts.append((one.lock, {one.values: [one]}))
    return parts


def _refuse_nul(arguments: Sequence[object]) -> None:
    """Raise BadInputError for a text that PostgreSQL can't hold, before it ends the view."""
    for argument in arguments:
        texts = argument if isinstance(argument, list) else (argument,)
        if any(isinstance(text, str) and "\x00" in text for text in texts):
            raise nul()


def _resolve(asked: Sequence[Asked], found: list[Row]) -> None:
    for one in asked:
        if not one.answer.done():
            one.answer.set_result(list(found))


def _refuse(asked: Sequence[Asked], error: BaseException) -> None:
    for one in asked:
        if not one.answer.done():
            one.answer.set_exception(error)
