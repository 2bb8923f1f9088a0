"""Connections to one database that wait for a view, each in a transaction that has read nothing."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from throughcare.store.postgres.connection import Connection, connect
from throughcare.store.postgres.errors import DRIVER
from throughcare.store.postgres.view import BEGIN, CHAIN


class Pool:
    """Connections for reading, for the event loop that it is made on."""

    def __init__(self, dsn: str, role: str = "") -> None:
        """Connect to the database at `dsn`, as `role` if given, when there is need to."""
        self.dsn = dsn
        self._role = role
        self._idle: list[Connection] = []

    async def take(self) -> Connection:
        """Return a connection, in a transaction that has read nothing yet."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return await self.open()

    async def open(self) -> Connection:
        """Return a new connection, in such a transaction."""
        connection = await connect(self.dsn, reading=True, role=self._role)
        with hung_up_on_failure(connection):
            await connection.execute(BEGIN)
        return connection

    async def give(self, connection: Connection) -> None:
        """Let a connection begin the next transaction; hang up if it can't."""
        with suppress(*DRIVER), hung_up_on_failure(connection):
            await connection.execute(CHAIN)
            self._idle.append(connection)

    async def close(self) -> None:
        """Hang up; every connection that was taken has been given back."""
        while self._idle:
            await self._idle.pop().close()


@contextmanager
def hung_up_on_failure(connection: Connection) -> Iterator[None]:
    """Hang up if what stands within fails, or who waits for it has gone: nobody else would."""
    try:
        yield
    except BaseException:
        connection.terminate()
        raise
