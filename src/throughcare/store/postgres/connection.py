"""Connections: how the database is reached, and what is asked of it before it is trusted.

- ``synchronous_commit`` and ``fsync`` on: a commit is on disk when it returns. Neither is set here,
  so that an administrator may ask for more (``remote_apply``); a database set to less is refused.
- ``plan_cache_mode``: statements are planned once for each connection, for all values.
- Joins in the order in which they are written, row by row, through an index where there is one:
  every statement is a look-up by keys, and a plan made for all values can't know how few they meet.
- ``jit`` off: it takes longer than the statements do.
- ``search_path`` and the rest stay as the role has them.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Protocol, cast
from urllib.parse import urlsplit

import asyncpg

from throughcare import __version__
from throughcare.kernel import BadInputError, ConflictError
from throughcare.store.postgres.errors import DRIVER, away, is_away
from throughcare.store.protocol import Value

STATEMENTS_KEPT = 1_024
CONNECT_SECONDS = 10
APPLICATION = f"throughcare {__version__}"
"""What the database knows a connection by; another version there is another program."""
_SETTINGS = {
    "application_name": APPLICATION,
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    "join_collapse_limit": "1",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "max_parallel_workers_per_gather": "0",
}
_TYPES: dict[str, tuple[str, ...]] = {}
_DURABLE = frozenset({"on", "remote_apply"})
_OLDEST = 15


class Version(Protocol):
    """The version of a server."""

    major: int


class Prepared(Protocol):
    """A statement that the server knows."""

    def get_parameters(self) -> tuple["Type", ...]:
        """Return the types of its parameters."""
        ...


class Type(Protocol):
    """A type of the server."""

    name: str


class Connection(Protocol):
    """What the engine uses of a connection of asyncpg, which comes without types."""

    async def fetch(self, query: str, *args: object) -> list[Iterable[Value]]:
        """Run a prepared statement and return its rows."""
        ...

    async def fetchval(self, query: str, *args: object) -> object:
        """Run a prepared statement and return the first value of its first row."""
        ...

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement, or several without arguments, and return the status of the last."""
        ...

    async def executemany(self, command: str, args: Iterable[Sequence[object]]) -> None:
        """Run a prepared statement for each of `args`."""
        ...

    async def prepare(self, query: str) -> "Prepared":
        """Prepare a statement."""
        ...

    def get_server_version(self) -> "Version":
        """Return the version of the server."""
        ...

    def is_closed(self) -> bool:
        """Tell whether the connection has gone."""
        ...

    def terminate(self) -> None:
        """Hang up at once."""
        ...

    async def close(self) -> None:
        """Say goodbye and hang up."""
        ...


async def connect(dsn: str, *, reading: bool = False, role: str = "") -> Connection:
    """Open a connection, which runs as `role` if one is given.

    Raises OverloadedError if the database can't be reached, BadInputError if `dsn` names no
    database that lets us in, ConflictError if the database does not keep what it acknowledges or is
    too old.
    """
    settings = dict(_SETTINGS)
    if reading:
        settings["default_transaction_read_only"] = "on"
        settings["default_transaction_isolation"] = "repeatable read"
    if role:
        settings["role"] = role
    try:
        connection = await asyncpg.connect(
            dsn,
            server_settings=settings,
            statement_cache_size=STATEMENTS_KEPT,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=0,
            timeout=CONNECT_SECONDS,
        )
    except (
        asyncpg.InvalidAuthorizationSpecificationError,
        asyncpg.InvalidCatalogNameError,
        asyncpg.ClientConfigurationError,
        ValueError,
    ) as cause:
        raise BadInputError(_refused(dsn)) from cause
    except DRIVER as error:
        if not is_away(error):
            raise
        raise away(error) from error
    try:
        await connection.set_type_codec(
            "numeric", schema="pg_catalog", encoder=repr, decoder=_number, format="text"
        )
    except BaseException:  # nobody else knows of it yet, who could hang up
        connection.terminate()
        raise
    return cast("Connection", connection)


def place(dsn: str) -> str:
    """Return where `dsn` points, without its password.

    >>> place("postgresql://carer:secret@db.example:5432/record")
    'postgresql://db.example:5432/record'
    """
    try:
        parts = urlsplit(dsn)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "postgresql://..."
    return f"postgresql://{parts.hostname or ''}{port}{parts.path}"


def _refused(dsn: str) -> str:
    return (
        f"PostgreSQL does not let this node in at {place(dsn)}. Check user, password and the "
        "database's name in the address that the node was given: postgresql://USER@HOST/DATABASE."
    )


async def check(connection: Connection) -> None:
    """Raise ConflictError, with the way out, if the database can't be trusted with a record."""
    if connection.get_server_version().major < _OLDEST:
        message = f"This PostgreSQL is too old. Throughcare needs version {_OLDEST} or later."
        raise ConflictError(message)
    for setting, allowed in (
        ("synchronous_commit", _DURABLE),
        ("fsync", frozenset({"on"})),
        ("server_encoding", frozenset({"UTF8"})),
    ):
        found = await connection.fetchval("SELECT current_setting($1)", setting)
        if found not in allowed:
            message = (
                f"PostgreSQL has {setting} = {found}, so that what it acknowledges could be lost "
                f"or changed. Set it to {' or '.join(sorted(allowed))}, then start again."
            )
            raise ConflictError(message)


def _number(text: str) -> int | float:
    """Return a numeric as SQLite gives it: whole numbers as int."""
    value = Decimal(text)
    whole = value.is_finite() and value == value.to_integral_value()
    return int(value) if whole else float(text)


async def parameter_types(connection: Connection, text: str) -> tuple[str, ...]:
    """Return the types of a statement's parameters; a database is asked once for each text."""
    known = _TYPES.get(text)
    if known is None:
        prepared = await connection.prepare(text)
        known = tuple(kind.name for kind in prepared.get_parameters())
        if len(_TYPES) >= STATEMENTS_KEPT:
            _TYPES.clear()
        _TYPES[text] = known
    return known
