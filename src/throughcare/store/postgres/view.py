"""Views: one state of the database, read by all requests that arrived together.

A round trip costs a process several times what a look-up costs the database. So requests that
arrive while others are under way share a view, one transaction that sees one state, and what they
ask for at the same time goes in one statement: what is the same is asked once, and look-ups by
different keys are joined to the list of their keys.

A request joins a view before its first statement only, so that it sees all that was acknowledged
before it came.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from throughcare.kernel import OverloadedError, ThroughcareError
from throughcare.store.postgres.binding import Argument, bound
from throughcare.store.postgres.connection import Connection
from throughcare.store.postgres.errors import DRIVER, nul, plain
from throughcare.store.postgres.together import Together, together
from throughcare.store.protocol import Row, Value

BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
CHAIN = "COMMIT AND CHAIN"
"""Ends a transaction and begins the next, whose state is that of its own first statement."""


@dataclass(slots=True, eq=False)
class Asked:
    """One statement that a request waits for."""

    sql: str
    values: tuple[Value, ...]
    names: tuple[str, ...]
    """Names of `values`; empty where they stand by place."""
    answer: "asyncio.Future[list[Row]]"

    def bound(self) -> tuple[str, list[Argument]]:
        """Return text and arguments for the driver."""
        if not self.names:
            return bound(self.sql, self.values)
        return bound(self.sql, dict(zip(self.names, self.values, strict=True)))


class View:
    """One transaction; its members come before it begins and leave one by one."""

    def __init__(self, connected: Callable[["View"], Awaitable[Connection]]) -> None:
        """Wait for members; the first statement waits for `connected`."""
        self.members = 0
        self.begun = False
        self.connection: Connection | None = None
        self._connected = connected
        self._asked: list[Asked] = []
        self._pump: asyncio.Task[None] | None = None
        self._broken: BaseException | None = None

    def ask(
        self, sql: str, values: tuple[Value, ...], names: tuple[str, ...] = ()
    ) -> "asyncio.Future[list[Row]]":
        """Ask for the rows of a statement."""
        answer: asyncio.Future[list[Row]] = asyncio.get_running_loop().create_future()
        self._asked.append(Asked(sql, values, names, answer))
        if self._pump is None:
            self._pump = asyncio.create_task(self._serve())
        return answer

    async def abandon(self) -> None:
        """Stop what nobody waits for any more: the last member has gone."""
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait([self._pump])

    async def _serve(self) -> None:
        """Answer what was asked, and what is asked meanwhile."""
        try:
            if self.connection is None:
                self.connection = await self._connected(self)
                self.begun = True
            while self._asked:
                asked, self._asked = self._asked, []
                by_statement: dict[tuple[str, tuple[str, ...]], list[Asked]] = {}
                for one in asked:
                    if not one.answer.cancelled():
                        by_statement.setdefault((one.sql, one.names), []).append(one)
                for each in by_statement.values():
                    await self._answer(self.connection, each)
                await asyncio.sleep(0)  # whoever got an answer asks on
        except (*DRIVER, ThroughcareError) as error:
            self.begun = True
            _refuse(self._asked, plain(error))
        finally:
            self._pump = None

    async def _answer(self, connection: Connection, asked: list[Asked]) -> None:
        """Answer those who ask the same statement."""
        same: dict[tuple[Value, ...], list[Asked]] = {}
        for one in asked:
            same.setdefault(one.values, []).append(one)
        if len(same) > 1 and asked[0].names:
            joined = together(asked[0].sql)
            if joined is not None and joined.fits(list(same), asked[0].names):
                await self._joined(connection, joined, same)
                return
        for each in same.values():
            await self._single(connection, each)

    async def _single(self, connection: Connection, asked: list[Asked]) -> None:
        try:
            text, arguments = asked[0].bound()
            found = list(map(tuple, await self._fetch(connection, text, arguments)))
        except (*DRIVER, ThroughcareError) as error:
            _refuse(asked, plain(error))
            return
        _resolve(asked, found)

    async def _joined(
        self, connection: Connection, joined: Together, same: dict[tuple[Value, ...], list[Asked]]
    ) -> None:
        """Answer look-ups by different keys with one statement."""
        names = next(iter(same.values()))[0].names
        try:
            text = await joined.text(connection)
            found = await self._fetch(connection, text, joined.columns(list(same), names))
        except (*DRIVER, ThroughcareError):
            # One of them is at fault, or the connection: alone, each is told what is its own.
            for each in same.values():
                await self._single(connection, each)
            return
        rows: list[list[Row]] = [[] for _ in same]
        for row in found:
            number, *values = row
            rows[int(number or 0) - 1].append(tuple(values))
        for answer, each in zip(rows, same.values(), strict=True):
            _resolve(each, answer)

    async def _fetch(
        self, connection: Connection, text: str, arguments: Sequence[object]
    ) -> list[Iterable[Value]]:
        """Run one statement. After an error of the database the view shows nothing more."""
        if self._broken is not None:
            message = "Another request of the same moment failed. Try again in a moment."
            raise OverloadedError(message) from self._broken
        _refuse_nul(arguments)
        try:
            return await connection.fetch(text, *arguments)
        except DRIVER as error:
            if not isinstance(error, ValueError):
                self._broken = error
            raise


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
