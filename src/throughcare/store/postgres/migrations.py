"""Brings the layout of a PostgreSQL database up to date."""

import asyncio
from pathlib import Path
from typing import Final, cast

import asyncpg

from throughcare.kernel import Clock, ConflictError, OverloadedError
from throughcare.store import migrate
from throughcare.store.migrate import Migration
from throughcare.store.postgres.connection import APPLICATION, Connection, check, connect
from throughcare.store.postgres.errors import DRIVER, plain
from throughcare.store.postgres.layout import postgres

MIGRATING: Final = 0x7468726D
"""Key of the advisory lock that a process holds while it migrates."""
TRIES: Final = 20
"""Times that a migration asks for the locks it needs before it gives up."""
PAUSE_SECONDS: Final = 0.5
"""After the first try, so long times their number, `LONGEST_PAUSE` at most."""
LONGEST_PAUSE: Final = 5.0
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS migration (
  number bigint PRIMARY KEY, name text NOT NULL, digest text NOT NULL, applied text NOT NULL)
"""
_LIMITS: Final = "SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '30min'"
"""Who waits for a table to itself holds up all who come after: so it waits briefly, lets them
through, and asks again."""
_NOTE: Final = "INSERT INTO migration (number, name, digest, applied) VALUES ($1, $2, $3, $4)"
_OTHERS: Final = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
  AND application_name LIKE 'throughcare%' AND application_name <> $1
"""
_FUNCTIONS: Final = Path(__file__).parent / "functions.sql"


async def bring_up_to_date(
    dsn: str, folder: Path, clock: Clock, *, is_part: bool = False, finish: bool = False
) -> None:
    """Apply the migrations of `folder` that are due, each in a transaction of its own.

    Of several processes one migrates while the others wait. `finish` applies post parts too. Raises
    ConflictError if the database is newer than this program or does not keep what it acknowledges,
    if it is to be finished while an older program uses it, or, but for `is_part`, if it is one of
    several that hold a store together (`throughcare.store.sharded`).
    """
    known = migrate.load(folder)
    connection = await connect(dsn)
    try:
        await check(connection)
        if not is_part:
            await _check_whole(connection)
        await connection.execute(f"SELECT pg_advisory_lock({MIGRATING})")
        if finish:
            await _check_alone(connection)
        await _apply_all(connection, known, clock, finish=finish)
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


async def _check_alone(connection: Connection) -> None:
    """Raise ConflictError if a program of another version is connected.

    One that comes after this waits until the layout is newer than it knows, and is refused.
    """
    if await connection.fetchval(_OTHERS, APPLICATION):
        message = (
            "A Throughcare of another version still uses this database "
            "(SELECT pid, application_name FROM pg_stat_activity). Stop it, then finish."
        )
        raise ConflictError(message)


async def _apply_all(
    connection: Connection, known: tuple[Migration, ...], clock: Clock, *, finish: bool
) -> None:
    await connection.execute(_TABLE)
    rows = await connection.fetch("SELECT number, digest FROM migration")
    applied = dict(cast("list[tuple[int, str]]", map(tuple, rows)))
    steps = migrate.due(known, applied, finish=finish)
    if steps:
        await connection.execute(_FUNCTIONS.read_text(encoding="utf-8"))
    for step in steps:
        await _apply(connection, step, clock)


async def _apply(connection: Connection, step: Migration, clock: Clock) -> None:
    """Apply one migration as soon as nobody is in its way. Raises OverloadedError if somebody is.

    Nothing of it is left behind if it fails.
    """
    for turn in range(1, TRIES + 1):
        try:
            await connection.execute(f"BEGIN; {_LIMITS}; {postgres(step.sql)}")
        except asyncpg.LockNotAvailableError:
            await connection.execute("ROLLBACK")
            await asyncio.sleep(min(PAUSE_SECONDS * turn, LONGEST_PAUSE))
        else:
            note = (step.number, step.name, step.digest, clock.now().isoformat())
            await connection.execute(_NOTE, *note)
            await connection.execute("COMMIT")
            return
    message = (
        f"Migration {step.number:04} needs a table that somebody holds (see xact_start in "
        "pg_stat_activity). Nothing was changed; end that transaction, then start again."
    )
    raise OverloadedError(message)
