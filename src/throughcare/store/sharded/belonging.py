"""Which databases belong together, and how far each of them has come.

The first database is home. It gives the store an identity and remembers for each other database the
batch that was written to it last; each database remembers its own. A batch is named by the
transaction at home that decided it, so that home alone knows, for good, whether it was committed.
The identity says which server numbers these: where they are numbered anew, nothing fits.
"""

from collections.abc import Sequence
from typing import Final, cast

from throughcare.kernel import ConflictError
from throughcare.store.postgres.connection import Connection, connect, place
from throughcare.store.sharded.buckets import MOST

FITTING: Final = 0x74687273
"""Key of the advisory lock that a process holds while it fits databases together."""
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS shard (
  store text NOT NULL, number bigint NOT NULL, shards bigint NOT NULL, batch bigint NOT NULL);
CREATE TABLE IF NOT EXISTS shard_batch (number bigint PRIMARY KEY, batch bigint NOT NULL);
"""
_BELONGS: Final = "SELECT store, number, shards FROM shard"
_HOLDS: Final = "SELECT to_regclass('outbox') IS NOT NULL"
_USED: Final = "SELECT EXISTS (SELECT 1 FROM outbox) OR EXISTS (SELECT 1 FROM subject)"
_SERVER: Final = "SELECT system_identifier::text FROM pg_control_system()"
_FOUND: Final = (
    "INSERT INTO shard VALUES ($2::text || '.' || gen_random_uuid(), 0, $1, 0) RETURNING store"
)
_JOIN: Final = "INSERT INTO shard VALUES ($1, $2, $3, 0)"
_COUNT: Final = "INSERT INTO shard_batch VALUES ($1, 0) ON CONFLICT DO NOTHING"


async def fit(dsns: Sequence[str]) -> str:
    """Make one store of the migrated databases at `dsns` and return its identity.

    What was fitted once stays so. Raises ConflictError if a database belongs elsewhere, stands in
    another place, holds a record already, or can't prepare transactions.
    """
    if not 1 < len(dsns) <= MOST:
        message = f"A store has 2 to {MOST} databases if it has several; {len(dsns)} were given."
        raise ConflictError(message)
    home = await connect(dsns[0])
    try:
        await home.execute(f"SELECT pg_advisory_lock({FITTING})")
        store = await _joined(home, dsns[0], None, 0, len(dsns))
        for number, dsn in enumerate(dsns[1:], start=1):
            shard = await connect(dsn)
            try:
                await _can_prepare(shard, dsn)
                await _joined(shard, dsn, store, number, len(dsns))
            finally:
                await shard.close()
            await home.execute(_COUNT, number)
    finally:
        await home.close()
    return store


async def _joined(
    connection: Connection, dsn: str, store: str | None, number: int, shards: int
) -> str:
    """Return the store that a database belongs to, after it has joined `store` (None: its own)."""
    await connection.execute(_TABLES)
    rows = await connection.fetch(_BELONGS)
    if rows:
        known, *found = cast("tuple[str, int, int]", tuple(rows[0]))
        if store not in {None, known} or found != [number, shards]:
            raise ConflictError(_elsewhere(dsn, number, shards, found, store in {None, known}))
        if store is None:
            await _check_server(connection, dsn, known)
        return known
    if await connection.fetchval(_HOLDS) and await connection.fetchval(_USED):
        message = (
            f"{place(dsn)} holds a record already, of a node that keeps it in that one database. "
            "Give empty databases, then move the record with 'throughcare copy'."
        )
        raise ConflictError(message)
    if store is None:
        server = await connection.fetchval(_SERVER)
        return cast("str", await connection.fetchval(_FOUND, shards, server))
    await connection.execute(_JOIN, store, number, shards)
    return store


async def _check_server(home: Connection, dsn: str, store: str) -> None:
    """Raise ConflictError if home has been copied to a server that counts its own transactions."""
    if await home.fetchval(_SERVER) != store.partition(".")[0]:
        message = (
            f"{place(dsn)} was copied to another server, which numbers its transactions anew: what "
            "the other databases know of them would be wrong. Move the first database as a "
            "replica that is promoted, or move the node with 'throughcare copy'."
        )
        raise ConflictError(message)


def _elsewhere(dsn: str, number: int, shards: int, found: Sequence[int], ours: bool) -> str:  # noqa: FBT001
    whose = "this store" if ours else "another store"
    return (
        f"{place(dsn)} is database {found[0] + 1} of {found[1]} of {whose}, and was given as "
        f"database {number + 1} of {shards}. Give all addresses of one store, in their order."
    )


async def _can_prepare(connection: Connection, dsn: str) -> None:
    found = await connection.fetchval("SELECT current_setting('max_prepared_transactions')")
    if int(cast("str", found)) == 0:
        message = (
            f"PostgreSQL at {place(dsn)} has max_prepared_transactions = 0, so that a write to "
            "several databases could be torn. Set it to 20 or more there, restart that server, "
            "then start again."
        )
        raise ConflictError(message)
