"""The second lock: a role that sees of the record what the lock of its transaction names.

Row-level security does it. Readers' connections run as a role that neither owns the tables nor
passes the policies over; the lock is a setting of the transaction, and goes with the statement that
needs it, so that it costs no round trip.
"""

import hashlib
from pathlib import Path
from typing import Final

import asyncpg

from throughcare.kernel import ConflictError
from throughcare.store import migrate
from throughcare.store.lock import SETTINGS
from throughcare.store.postgres.connection import Connection, connect
from throughcare.store.postgres.errors import DRIVER, plain
from throughcare.store.postgres.migrations import MIGRATING

READER: Final = "throughcare_reader"
"""The role that readers' connections run as."""
_LIMITS: Final = "SET LOCAL lock_timeout = '5s'"
_NOTED: Final = "SELECT obj_description('migration'::regclass, 'pg_class')"
_ROLE: Final = f"""
DO $$ BEGIN
  IF to_regrole('{READER}') IS NULL THEN
    CREATE ROLE {READER} NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$ BEGIN
  -- Who makes a role is its member, and from 16 on may not yet become it.
  IF NOT pg_has_role(current_user, '{READER}', CASE
    WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END) THEN
    EXECUTE format('GRANT {READER} TO %I', current_user);
  END IF;
END $$;
"""
_GRANTS: Final = f"""
DO $$ BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO {READER}', current_schema());
  EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO {READER}', current_schema());
END $$;
"""
_OPEN: Final = """
SELECT c.relname FROM pg_class AS c
JOIN pg_policy AS p ON p.polrelid = c.oid AND p.polname = 'second_lock'
WHERE c.relnamespace = current_schema()::regnamespace AND NOT row_security_active(c.oid)
"""


async def fit(dsn: str, layout: Path) -> None:
    """Let the migrated database at `dsn` keep the lock, as `layout` says, if it does not yet.

    Raises ConflictError, with the way out, if this node may not make the role, or the role passes
    the lock over; OverloadedError if somebody holds a table that is needed.
    """
    connection = await connect(dsn)
    try:
        await connection.execute(f"SELECT pg_advisory_lock({MIGRATING})")
        await _fit(connection, layout)
    except DRIVER as error:
        raise plain(error) from error
    finally:
        connection.terminate()
    await _check(dsn)


async def _fit(connection: Connection, layout: Path) -> None:
    text = (layout / "lock.sql").read_text("utf-8")
    steps = [one.digest for one in migrate.load(layout / "migrations")]
    made = hashlib.sha256("".join((text, _GRANTS, *steps)).encode()).hexdigest()
    mark = f"second lock {made[:16]}"
    if await connection.fetchval(_NOTED) == mark:
        return
    try:
        await connection.execute(_ROLE)
    except asyncpg.InsufficientPrivilegeError as cause:
        message = (
            "This node may not make the role that its second lock needs. Let an administrator "
            f"run 'CREATE ROLE {READER} NOLOGIN' and 'GRANT {READER} TO' the node's user, "
            "or take second_lock out of locality.toml."
        )
        raise ConflictError(message) from cause
    noted = f"COMMENT ON TABLE migration IS '{mark}'"
    await connection.execute(f"BEGIN; {_LIMITS}; {_GRANTS}; {text}; {noted}; COMMIT")


async def _check(dsn: str) -> None:
    """Raise ConflictError if a table shows the reading role what no lock names."""
    reading = await connect(dsn, role=READER)
    try:
        if passed := await reading.fetchval(_OPEN):
            message = (
                f"The role {READER} passes the second lock over, on {passed}. Take SUPERUSER, "
                "BYPASSRLS and the ownership of tables from it, then start again."
            )
            raise ConflictError(message)
    finally:
        reading.terminate()


def telling(text: str, count: int) -> str:
    """Return a statement of `count` arguments that sets the lock, said by further ones, and runs.

    The lock is set before the statement looks for its first row: a sub-select whose offset is
    computed from another runs after it.
    """
    told = " || ".join(
        f"left(set_config('{name}', ${place}::text, TRUE), 0)"
        for place, name in enumerate(SETTINGS, count + 1)
    )
    return (
        f"SELECT q.* FROM (SELECT length({told})) AS l (nought) "  # noqa: S608 - our own statement
        f"CROSS JOIN LATERAL (SELECT * FROM (\n{text}\n) AS s OFFSET l.nought) AS q"
    )
