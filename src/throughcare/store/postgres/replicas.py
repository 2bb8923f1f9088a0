"""Reading from replicas, never older than what this node has acknowledged or shown.

Every commit counts a number up in the record itself (`acknowledged`), so that whatever a view sees
says how new it is. A view on a replica begins by reading it: if that is as far as all processes of
the node have come (`Position`), the replica serves; if not, the primary does. So a request sees all
that was acknowledged before it came, and nothing that was seen disappears, as on the primary alone;
a consent that was withdrawn is withdrawn everywhere at once.

The number holds the server's timeline in its upper bits: after a replica was promoted, nothing of
the old primary's is taken for newer.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from throughcare.kernel import BadInputError, ThroughcareError
from throughcare.store.postgres.connection import Connection, connect, place
from throughcare.store.postgres.errors import DRIVER, plain
from throughcare.store.postgres.migrations import MIGRATING
from throughcare.store.postgres.pool import Pool, hung_up_on_failure
from throughcare.store.postgres.position import ADVANCE, Position

TRIAL_SECONDS: Final = 0.5
"""How long a replica may take to say how new it is."""
REST_SECONDS: Final = 5.0
"""How long one that can't be used is left alone."""
BEHIND_SECONDS: Final = 0.02
"""How long one that is behind is left alone."""
_TURN: Final = f"BEGIN; SELECT pg_advisory_xact_lock({MIGRATING})"
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS acknowledged (position bigint NOT NULL);
GRANT SELECT ON acknowledged TO PUBLIC;
INSERT INTO acknowledged SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM acknowledged);
COMMIT
"""
_SEEN: Final = "SELECT position, pg_is_in_recovery() FROM acknowledged"
_SERVER: Final = "SELECT system_identifier::text FROM pg_control_system()"
_BEHIND: Final = """
SELECT coalesce(extract(epoch FROM now() - pg_last_xact_replay_timestamp()), 0)::float8
"""


@dataclass(frozen=True, slots=True)
class Replicas:
    """Where a node may read besides its primary."""

    dsns: tuple[str, ...]
    position: Path
    """The file that all its processes share."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How a replica is at the moment."""

    place: str
    fault: str = ""
    """Why it is not read from; empty if it is, or will be when it has caught up."""
    seconds: float = 0.0
    """Age of the newest commit that it has; 0 if it has all."""


class Replica(Pool):
    """One replica of a primary."""

    def __init__(self, dsn: str, server: str, role: str = "") -> None:
        """Read at `dsn`, where the data of `server` must be, as `role` if given."""
        super().__init__(dsn, role)
        self.rests_until = 0.0
        self._server = server

    async def open(self) -> Connection:
        """Return a new connection. Raises BadInputError if it leads to something else."""
        connection = await super().open()
        with hung_up_on_failure(connection):
            if await connection.fetchval(_SERVER) != self._server:
                message = f"{place(self.dsn)} is no replica of this node's database."
                raise BadInputError(message)
        return connection

    async def begun(self, least: int) -> tuple[Connection, int] | None:
        """Return a connection whose view has come as far as `least`, and how far; or None."""
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(TRIAL_SECONDS):
                connection = await self.take()
                seen, follows = await _seen(connection)
        except (*DRIVER, ThroughcareError):
            self.rests_until = now + REST_SECONDS
            return None
        if not follows:
            self.rests_until = now + REST_SECONDS
            connection.terminate()
        elif seen < least:
            self.rests_until = now + BEHIND_SECONDS
            await self.give(connection)
        else:
            return connection, seen
        return None

    async def lag(self, reached: int) -> Lag:
        """Tell how it is, compared with what the node has `reached`."""
        where = place(self.dsn)
        try:
            async with asyncio.timeout(2 * TRIAL_SECONDS):
                connection = await self.open()
                with hung_up_on_failure(connection):
                    seen, follows = await _seen(connection)
                    seconds = cast("float", await connection.fetchval(_BEHIND))
        except ThroughcareError as error:
            return Lag(where, error.message)
        except DRIVER:
            return Lag(where, "it does not answer")
        connection.terminate()
        if not follows:
            return Lag(where, "it is a primary of its own")
        return Lag(where, seconds=0.0 if seen >= reached else seconds)


class Replicated:
    """Connections to replicas where those see enough, else to the primary."""

    def __init__(self, primary: Pool, replicas: Sequence[Replica], position: Position) -> None:
        """Use `opened`."""
        self.position = position
        self.replicas = tuple(replicas)
        self._primary = primary
        self._turns = deque(replicas)
        self._from: dict[Connection, Pool] = {}

    @classmethod
    async def opened(cls, dsn: str, given: Replicas, role: str = "") -> "Replicated":
        """Begin to count commits in the migrated database at `dsn`, and to read at its replicas.

        Readers' connections run as `role` if one is given.
        """
        connection = await connect(dsn)
        position = Position(given.position)
        try:
            await connection.execute(_TURN)
            await connection.execute(_TABLE)
            await position.reach(cast("int", await connection.fetchval(ADVANCE)))
            server = cast("str", await connection.fetchval(_SERVER))
        except DRIVER as error:
            position.close()
            raise plain(error) from error
        finally:
            connection.terminate()
        replicas = [Replica(one, server, role) for one in given.dsns]
        return cls(Pool(dsn, role), replicas, position)

    async def take(self) -> Connection:
        """Return a connection whose view sees all that was acknowledged, or seen, before now."""
        now = asyncio.get_running_loop().time()
        self._turns.rotate()
        for replica in self._turns:
            if replica.rests_until > now:
                continue
            found = await replica.begun(self.position.reached)
            if found is not None:
                return await self._taken(*found, replica)
        connection = await self._primary.take()
        seen, _ = await _seen(connection)
        return await self._taken(connection, seen, self._primary)

    async def _taken(self, connection: Connection, seen: int, source: Pool) -> Connection:
        """Note where a connection belongs, and that its view was shown: none may be older now."""
        with hung_up_on_failure(connection):
            await self.position.reach(seen)
        self._from[connection] = source
        return connection

    async def give(self, connection: Connection) -> None:
        """Take a connection back."""
        await self._from.pop(connection).give(connection)

    async def lags(self) -> list[Lag]:
        """Tell how each replica is."""
        return await asyncio.gather(*(one.lag(self.position.reached) for one in self.replicas))

    async def close(self) -> None:
        """Hang up; every connection that was taken has been given back."""
        for pool in (self._primary, *self.replicas):
            await pool.close()
        self.position.close()


async def _seen(connection: Connection) -> tuple[int, bool]:
    """Return how far the view of a connection has come, and whether it is a replica's.

    Hangs up if it can't be told.
    """
    with hung_up_on_failure(connection):
        (row,) = await connection.fetch(_SEEN)
    return cast("tuple[int, bool]", tuple(row))


async def check(dsn: str, replica: str) -> None:
    """Raise BadInputError if there is no replica of the database at `dsn` at `replica`.

    Raises OverloadedError if one of them can't be reached.
    """
    there, here = [await _role(one) for one in (dsn, replica)]
    if here != (there[0], True):
        message = (
            f"{place(replica)} is no replica of {place(dsn)}: make one with pg_basebackup -R, "
            "start it, then name it here."
        )
        raise BadInputError(message)


async def _role(dsn: str) -> tuple[str, bool]:
    """Return which server's data is at `dsn`, and whether it is a replica."""
    connection = await connect(dsn)
    server = cast("str", await connection.fetchval(_SERVER))
    follows = cast("bool", await connection.fetchval("SELECT pg_is_in_recovery()"))
    connection.terminate()
    return server, follows
