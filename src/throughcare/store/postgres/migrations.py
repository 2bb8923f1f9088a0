"""Brings the layout of a PostgreSQL database up to date."""

from pathlib import Path
from typing import cast

from throughcare.kernel import Clock, ConflictError
from throughcare.store import migrate
from throughcare.store.migrate import Migration
from throughcare.store.postgres.connection import Connection, check, connect
from throughcare.store.postgres.errors import DRIVER, plain
from throughcare.store.postgres.layout import postgres

MIGRATING = 0x7468726D
"""Key of the advisory lock that a process holds while it migrates."""
_TABLE = """
CREATE TABLE IF NOT EXISTS migration (
  number bigint PRIMARY KEY, name text NOT NULL, digest text NOT NULL, applied text NOT NULL)
"""
_LIMITS = "SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = '30min'"
"""A change of the layout waits a little for those who read, and never holds them up for long."""
_NOTE = "INSERT INTO migration (number, name, digest, applied) VALUES ($1, $2, $3, $4)"
_FUNCTIONS = Path(__file__).parent / "functions.sql"


async def bring_up_to_date(dsn: str, folder: Path, clock: Clock, *, is_part: bool = False) -> None:
    """Apply the migrations of `folder` that are missing, each in a transaction of its own.

    Of several processes one migrates while the others wait. Raises ConflictError if the database
    is newer than this program or does not keep what it acknowledges, or, but for `is_part`, if it
    is one of several that hold a store together (`throughcare.store.sharded`).
    """
    known = migrate.load(folder)
    connection = await connect(dsn)
    try:
        await check(connection)
        if not is_part:
            await _check_whole(connection)
        await connection.execute(f"SELECT pg_advisory_lock({MIGRATING})")
        await _apply_all(connection, known, clock)
    except DRIVER as error:
        raise plain(error) from error
    finally:
        connection.terminate()


async def _check_whole(connection: Connection) -> None:
    if not await connection.fetchval("SELECT to_regclass('shard') IS NOT NULL"):
        return
    for row in await connection.fetch("SELECT number + 1, shards FROM shard"):
        number, shards = cast("tuple[int, int]", tuple(row))
        message = (
            f"This database is number {number} of the {shards} of one store. "
            "Give the addresses of all of them, in their order."
        )
        raise ConflictError(message)


async def _apply_all(connection: Connection, known: tuple[Migration, ...], clock: Clock) -> None:
    await connection.execute(_TABLE)
    rows = await connection.fetch("SELECT number, digest FROM migration")
    steps = migrate.pending(known, dict(cast("list[tuple[int, str]]", map(tuple, rows))))
    if steps:
        await connection.execute(_FUNCTIONS.read_text(encoding="utf-8"))
    for step in steps:
        await connection.execute(f"BEGIN; {_LIMITS}; {postgres(step.sql)}")
        note = (step.number, step.name, step.digest, clock.now().isoformat())
        await connection.execute(_NOTE, *note)
        await connection.execute("COMMIT")
