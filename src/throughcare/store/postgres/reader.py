"""Reading: one connection in a transaction that sees one state."""

import asyncio

from throughcare.store.postgres.binding import Named, bound
from throughcare.store.postgres.connection import Connection
from throughcare.store.postgres.errors import DRIVER, plain
from throughcare.store.protocol import Row, Value
from throughcare.store.statements import Statements

BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
CHAIN = "COMMIT AND CHAIN"
"""Ends a view and begins the next, whose state is that of its own first statement."""


class PostgresReader:
    """One consistent view: the state of the store at its first statement."""

    def __init__(self, connection: Connection, statements: Statements) -> None:
        """Read on `connection`, which is in a transaction that has read nothing yet."""
        self._connection = connection
        self._statements = statements
        self._turn = asyncio.Lock()

    async def rows(self, statement: str, /, **params: Value) -> list[Row]:
        """Run the named statement and return all its rows."""
        return await self._read(self._statements[statement], params)

    async def query(self, sql: str, params: tuple[Value, ...]) -> list[Row]:
        """Run composed SQL."""
        return await self._read(sql, params)

    async def _read(self, sql: str, values: Named | tuple[Value, ...]) -> list[Row]:
        text, arguments = bound(sql, values)
        try:
            async with self._turn:
                found = await self._connection.fetch(text, *arguments)
        except DRIVER as error:
            raise plain(error) from error
        return list(map(tuple, found))
