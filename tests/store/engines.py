"""The engines that the contract suites run on: each test sees every one of them."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from store.cluster import available, cluster, database_of, no_replica, replica
from throughcare.store import postgres, sharded
from throughcare.store.postgres import PostgresStore
from throughcare.store.postgres.replicas import Replicas
from throughcare.store.protocol import Store
from throughcare.store.sqlite import open_store
from throughcare.store.statements import LAYOUT

PROBE = Path(__file__).parent / "layout"
CITUS = "THROUGHCARE_TEST_CITUS_DSN"
_DISTRIBUTED = "SELECT count(*) FROM pg_dist_partition WHERE logicalrelid = '{}.probe'::regclass"
Opener = Callable[[Path, Path], Awaitable[Store]]


class TickingClock:
    """One second later each time it is asked."""

    def __init__(self) -> None:
        """Start at nine o'clock."""
        self.time = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Let a second pass and return the time."""
        self.time += timedelta(seconds=1)
        return self.time


async def open_sqlite(folder: Path, layout: Path = LAYOUT) -> Store:
    """Open the SQLite engine on a file in `folder`."""
    return await open_store(folder / "store.sqlite", clock=TickingClock(), layout=layout)


async def open_postgres(folder: Path, layout: Path = LAYOUT, *, second_lock: bool = False) -> Store:
    """Open the PostgreSQL engine on the database that belongs to `folder`."""
    clock = TickingClock()
    name = database_of(folder)
    if layout == LAYOUT:
        await cluster().make(name, await _template())
    found = await dsn(folder)
    return await postgres.open_store(found, clock=clock, layout=layout, second_lock=second_lock)


async def open_replicated(folder: Path, layout: Path = LAYOUT) -> Store:
    """Open the PostgreSQL engine on the database of `folder`, and read from a replica of it."""
    name = database_of(folder)
    if layout == LAYOUT:
        await cluster().make(name, await _template())
    replicas = Replicas((replica().dsn(name),), folder / "store.position")
    clock = TickingClock()
    return await postgres.open_store(
        await dsn(folder), clock=clock, layout=layout, replicas=replicas
    )


async def open_citus(folder: Path, layout: Path = LAYOUT) -> Store:
    """Open the PostgreSQL engine on a schema of a Citus cluster, the probe's table spread over it.

    The layout of a record has no distribution: docs/operations/growing.md says why.
    """
    schema = database_of(folder)
    await tell_citus(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    given = os.environ[CITUS]
    address = f"{given}{'&' if '?' in given else '?'}search_path={schema}"
    store = await postgres.open_store(address, clock=TickingClock(), layout=layout)
    if not await tell_citus(_DISTRIBUTED.format(schema)):
        await tell_citus(f"SELECT create_distributed_table('{schema}.probe', 'name')")
    return store


async def tell_citus(sql: str) -> object:
    """Run a statement on the coordinator and return its first value."""
    connection = await asyncpg.connect(os.environ[CITUS])
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def dsn(folder: Path) -> str:
    """Return the address of the PostgreSQL database that belongs to `folder`, made if absent."""
    await cluster().make(database_of(folder))
    return cluster().dsn(database_of(folder))


async def open_sharded(
    shards: int, folder: Path, layout: Path = LAYOUT, *, second_lock: bool = False
) -> Store:
    """Open the sharded engine on so many databases that belong to `folder`."""
    made = await shard_dsns(folder, shards, layout)
    return await sharded.open_store(
        made, clock=TickingClock(), layout=layout, second_lock=second_lock
    )


async def shard_dsns(folder: Path, shards: int, layout: Path = LAYOUT) -> list[str]:
    """Return the addresses of so many databases that belong to `folder`, made if absent."""
    template = await _template() if layout == LAYOUT else "template0"
    names = shard_names(folder, shards)
    await asyncio.gather(*(cluster().make(name, template) for name in names))
    return [cluster().dsn(name) for name in names]


async def dsns(engine: str, folder: Path) -> list[str]:
    """Return the addresses of the databases that belong to `folder` on this engine."""
    if engine in ALONE:
        return [await dsn(folder)]
    return await shard_dsns(folder, SHARDS[engine])


def shard_names(folder: Path, shards: int) -> list[str]:
    """Return the databases that belong to `folder` when it has several."""
    return [f"{database_of(folder)}_{number}" for number in range(shards)]


async def _template() -> str:
    """Return the database that others are copied from: the layout of now, and no data."""
    name = database_of(LAYOUT)
    if await cluster().make(name):
        made = await postgres.open_store(cluster().dsn(name), clock=TickingClock())
        await made.close()
    return name


ALONE = frozenset({"postgres", "replicated", "locked"})
"""Engines of one PostgreSQL database."""
LOCKED = frozenset({"locked", "two locked"})
"""Engines with the second lock."""
SHARDS = {"two": 2, "four": 4, "two locked": 2}
"""Databases of the engines that have several."""
ENGINES: dict[str, Opener] = {
    "sqlite": open_sqlite,
    "postgres": open_postgres,
    "two": partial(open_sharded, 2),
    "four": partial(open_sharded, 4),
    "replicated": open_replicated,
    "citus": open_citus,
    "locked": partial(open_postgres, second_lock=True),
    "two locked": partial(open_sharded, 2, second_lock=True),
}
_PARAMS = {
    "sqlite": pytest.param("sqlite"),
    "postgres": pytest.param(
        "postgres",
        marks=[pytest.mark.postgres, pytest.mark.skipif(bool(available()), reason=available())],
    ),
}
on_every_engine = list(_PARAMS.values())
"""What a fixture or test is parametrised with to run on each engine."""
on_several_too = [*on_every_engine, pytest.param("two", marks=_PARAMS["postgres"].marks)]
"""The same, and on two databases as one store."""
locked_too = [
    *on_several_too,
    *(pytest.param(name, marks=_PARAMS["postgres"].marks) for name in sorted(LOCKED)),
]
"""The same, and with the second lock on one database and on two."""
_FULL = pytest.param("two locked", marks=_PARAMS["postgres"].marks)
each_kind = [_PARAMS["sqlite"], _FULL]
"""SQLite, and PostgreSQL with all that it can be: two databases as one store, and both locked.

What a room asks of a store by statements that are tested on all engines is tested on these.
"""
plain_and_full = [*on_every_engine, _FULL]
"""SQLite, PostgreSQL alone, and PostgreSQL with all that it can be."""
everywhere = [
    *locked_too,
    pytest.param(
        "citus",
        marks=[
            pytest.mark.postgres,
            pytest.mark.skipif(CITUS not in os.environ, reason=f"no Citus: {CITUS} is not set"),
        ],
    ),
    pytest.param(
        "replicated",
        marks=[
            pytest.mark.postgres,
            pytest.mark.skipif(bool(no_replica()), reason=no_replica()),
        ],
    ),
]
"""The same, on a database that is read from a replica, and on Citus where there is one."""
on_postgres = _PARAMS["postgres"].marks
"""The marks of a test that needs PostgreSQL."""


async def opened(engine: str, folder: Path, layout: Path = LAYOUT) -> AsyncIterator[Store]:
    """Yield an open store and close it afterwards."""
    store = await ENGINES[engine](folder, layout)
    try:
        yield store
    finally:
        await store.close()
        await drop(engine, folder)


async def drop(engine: str, folder: Path) -> None:
    """Drop the databases that belong to `folder`."""
    if engine in ALONE:
        await cluster().drop(database_of(folder))
    if engine == "citus":
        await tell_citus(f"DROP SCHEMA IF EXISTS {database_of(folder)} CASCADE")
    names = shard_names(folder, SHARDS.get(engine, 0))
    await asyncio.gather(*(cluster().drop(name) for name in names))


async def all_bytes(store: Store, folder: Path) -> bytes:
    """Return all that a store holds; of PostgreSQL as text, in which bytes are hexadecimal."""
    if not isinstance(store, PostgresStore):
        return _file_bytes(folder)
    connection = await asyncpg.connect(store.dsn)
    try:
        tables = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        )
        sql = "SELECT t::text FROM {} t"
        held = [await connection.fetch(sql.format(name)) for (name,) in tables]
    finally:
        await connection.close()
    return b"\n".join(text.encode() for rows in held for (text,) in rows)


def _file_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("store.sqlite*"))
