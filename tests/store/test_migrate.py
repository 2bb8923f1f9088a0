import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from functools import partial
from pathlib import Path
from typing import Protocol

import apsw
import asyncpg
import pytest

from store.cluster import available, cluster, database_of
from store.engines import ENGINES, LAYOUT, PROBE, TickingClock, dsn, on_every_engine
from throughcare.kernel import ConflictError, OverloadedError
from throughcare.store import migrate, postgres, sqlite
from throughcare.store.postgres import migrations
from throughcare.store.protocol import Store, Transaction

needs_postgres = pytest.mark.skipif(bool(available()), reason=available())
FIRST_RELEASE = 5
"""Migrations 0001 to 0005 are the layout of release 0.1.0."""
AN_ENTRY = (
    "INSERT INTO alias (type, id, entry) VALUES (5, 'a', 16777217)",
    "INSERT INTO res (entry, version, seq, body) SELECT 16777217, 1, 1, key FROM page_key",
    "INSERT INTO head (entry, subject, type, cls, updated, id) VALUES (16777217, 1, 5, 1, 4, 'a')",
    "INSERT INTO subject (source, local_id, kind) VALUES ('s', 'l', 'record')",
    "INSERT INTO person_link (subject, person, since) VALUES (1, 1, 0)",
)
"""Something of a person, as that release wrote it."""


class Open(Protocol):
    """Opens the store of a test with a layout."""

    async def __call__(self, layout: Path, *, finish: bool = False) -> Store:
        """Open it."""
        ...


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is so, a minute at most."""
    async with asyncio.timeout(60):
        while True:
            if await is_so():
                return
            await asyncio.sleep(0.01)


@pytest.fixture(params=on_every_engine)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    yield request.param
    if request.param == "postgres":
        await cluster().drop(database_of(tmp_path))


@pytest.fixture
def open_with(engine: str, tmp_path: Path) -> Open:
    """Return what opens the store of this test with a layout."""

    async def opened(layout: Path, *, finish: bool = False) -> Store:
        clock = TickingClock()
        if engine == "sqlite":
            path = tmp_path / "store.sqlite"
            return await sqlite.open_store(path, clock=clock, layout=layout, finish=finish)
        # Never from the template of other tests, which has all migrations.
        address = await dsn(tmp_path)
        return await postgres.open_store(address, clock=clock, layout=layout, finish=finish)

    return opened


def layout(folder: Path, *numbers: int, post: Collection[int] = ()) -> Path:
    """Make a layout in which migration n makes table t<n>; those of `post` are post parts."""
    (folder / "sql").mkdir(parents=True)
    (folder / "migrations").mkdir()
    for n in numbers:
        text = f"CREATE TABLE t{n} (i INTEGER PRIMARY KEY);"
        name = f"{n:04}_probe{'.post' if n in post else ''}.sql"
        (folder / "migrations" / name).write_text(text, encoding="utf-8")
    return folder


def first_release(folder: Path) -> Path:
    """Make the layout of release 0.1.0, with the statements of now."""
    layout(folder)
    for path in sorted((LAYOUT / "migrations").glob("*.sql"))[:FIRST_RELEASE]:
        shutil.copy(path, folder / "migrations")
    shutil.copytree(LAYOUT / "sql", folder / "sql", dirs_exist_ok=True)
    return folder


def next_release(folder: Path) -> Path:
    """Make the layout of now and one upgrade more, in two parts."""
    shutil.copytree(LAYOUT, folder)
    for name, text in {
        "0089_record.sql": "ALTER TABLE alias ADD COLUMN remark TEXT;",
        "0902_record.post.sql": "DROP TABLE former;",
    }.items():
        (folder / "migrations" / name).write_text(text, encoding="utf-8")
    return folder


async def columns(store: Store) -> set[tuple[object, ...]]:
    """Return (table, column) of all tables."""
    if isinstance(store, postgres.PostgresStore):
        sql = """
        SELECT table_name, column_name FROM information_schema.columns
        JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"""
    else:
        sql = """
        SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
        WHERE t.type = 'table'"""
    async with store.snapshot() as reader:
        return set(await reader.query(sql, ()))


async def tables(store: Store) -> set[object]:
    return {table for table, _ in await columns(store)}


async def test_each_migration_is_applied_once(open_with: Open) -> None:
    await (await open_with(PROBE)).close()
    store = await open_with(PROBE)
    async with store.snapshot() as reader:
        rows = await reader.query("SELECT number, name, digest FROM migration", ())
    await store.close()
    (known,) = migrate.load(PROBE / "migrations")
    assert rows == [(1, "probe", known.digest)]


async def test_a_later_program_adds_what_is_missing_in_any_place(
    open_with: Open, tmp_path: Path
) -> None:
    await (await open_with(layout(tmp_path / "old", 1, 3))).close()
    store = await open_with(layout(tmp_path / "new", 1, 2, 3, 4))
    assert {"t1", "t2", "t3", "t4"} <= await tables(store)
    await store.close()


async def test_a_database_newer_than_the_program_is_refused_with_the_way_out(
    open_with: Open, tmp_path: Path
) -> None:
    await (await open_with(layout(tmp_path / "new", 1, 2))).close()
    with pytest.raises(ConflictError, match=r"newer Throughcare.*or restore the backup"):
        await open_with(layout(tmp_path / "old", 1))


async def test_a_migration_changed_after_it_was_applied_is_refused(
    open_with: Open, tmp_path: Path
) -> None:
    await (await open_with(layout(tmp_path / "a", 1))).close()
    other = layout(tmp_path / "b", 1)
    changed = "CREATE TABLE x (i INTEGER);"
    (other / "migrations" / "0001_probe.sql").write_text(changed, encoding="utf-8")
    with pytest.raises(ConflictError, match=r"0001 .* was changed"):
        await open_with(other)


async def test_a_broken_migration_leaves_nothing_behind(open_with: Open, tmp_path: Path) -> None:
    broken = layout(tmp_path / "a", 1)
    text = "CREATE TABLE half (i INTEGER); CREATE TABLE half (i INTEGER);"
    (broken / "migrations" / "0002_probe.sql").write_text(text, encoding="utf-8")
    with pytest.raises((apsw.SQLError, asyncpg.DuplicateTableError)):
        await open_with(broken)
    store = await open_with(layout(tmp_path / "b", 1))
    assert {"t1", "migration"} <= await tables(store)
    assert "half" not in await tables(store)
    await store.close()


@pytest.mark.parametrize("name", ["1_probe.sql", "0001-probe.sql"])
def test_a_migration_needs_a_number_of_four_digits(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("", encoding="utf-8")
    with pytest.raises(ValueError, match="NNNN_<room>"):
        migrate.load(tmp_path)


async def test_a_node_of_the_first_release_becomes_one_of_now(
    open_with: Open, tmp_path: Path
) -> None:
    store = await open_with(first_release(tmp_path / "old"))

    async def write(tx: Transaction) -> None:
        for sql in AN_ENTRY:
            await tx.query(sql, ())

    await store.transact(write)
    await store.close()

    store = await open_with(LAYOUT)
    async with store.snapshot() as reader:
        assert await reader.rows("record.entry_of", type=5, id="a") == [(16777217,)]
        assert await reader.rows("identity.subjects_of", person=1) == [(1,)]
        assert await reader.query("SELECT body FROM res", ()) == await reader.rows(
            "record.page_key"
        )
    known = migrate.load(LAYOUT / "migrations")
    assert await numbers(store) == [one.number for one in known if not one.is_post]
    await store.close()
    store = await open_with(LAYOUT, finish=True)
    assert await numbers(store) == [one.number for one in known]
    await store.close()


async def numbers(store: Store) -> list[object]:
    async with store.snapshot() as reader:
        rows = await reader.query("SELECT number FROM migration ORDER BY number", ())
    return [number for (number,) in rows]


async def test_a_post_part_waits_until_somebody_finishes(open_with: Open, tmp_path: Path) -> None:
    await (await open_with(layout(tmp_path / "old", 1))).close()
    new = layout(tmp_path / "new", 1, 2, 3, post=[3])
    store = await open_with(new)
    assert await numbers(store) == [1, 2]
    await store.close()
    for finish in (True, False, True):
        store = await open_with(new, finish=finish)
        assert await numbers(store) == [1, 2, 3]
        await store.close()


async def test_a_new_database_has_nothing_to_wait_for(open_with: Open, tmp_path: Path) -> None:
    store = await open_with(layout(tmp_path / "new", 1, 2, 3, post=[2]))
    assert await numbers(store) == [1, 2, 3]
    await store.close()


async def test_an_upgrade_that_was_never_finished_stops_the_next_with_the_way_out(
    open_with: Open, tmp_path: Path
) -> None:
    await (await open_with(layout(tmp_path / "a", 1))).close()
    newer = layout(tmp_path / "b", 1, 2, 3, 4, post=[3])
    with pytest.raises(ConflictError, match=r"0003 .*'throughcare migrate --finish'"):
        await open_with(newer)
    store = await open_with(newer, finish=True)
    assert await numbers(store) == [1, 2, 3, 4]
    await store.close()


async def add_alias(number: int, tx: Transaction) -> None:
    sql = "INSERT INTO alias (type, id, entry) VALUES (5, ?, ?)"
    await tx.query(sql, (f"id{number}", number))


async def test_a_program_of_the_first_release_goes_on_while_the_next_comes_and_finishes(
    open_with: Open, tmp_path: Path
) -> None:
    old = await open_with(first_release(tmp_path / "old"))
    stop = asyncio.Event()
    done = [0]

    async def use() -> None:
        while not stop.is_set():
            number = done[0] + 1
            await old.transact(partial(add_alias, number))
            async with old.snapshot() as reader:
                (found,) = await reader.rows("record.entry_of", type=5, id=f"id{number}")
                assert found == (number,)
                await asyncio.sleep(0)
                assert await reader.rows("record.entry_of", type=5, id=f"id{number}") == [found]
            done[0] = number

    async def went_on() -> bool:
        return using.done() or done[0] >= seen + 20

    using = asyncio.create_task(use())
    new = await open_with(next_release(tmp_path / "new"))
    seen = done[0]
    await until(went_on)
    stop.set()
    await using
    await old.close()
    assert ("alias", "remark") in await columns(new)
    assert "former" in await tables(new)
    finished = await open_with(tmp_path / "new", finish=True)
    assert "former" not in await tables(finished)
    for store in (new, finished):  # who came before the end goes on as well
        async with store.snapshot() as reader:
            sql = "SELECT count(*), count(remark) FROM alias"
            assert await reader.query(sql, ()) == [(done[0], 0)]
        await store.close()


@needs_postgres
@pytest.mark.postgres
async def test_a_migration_lets_others_through_and_asks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "TRIES", 2)
    address = await dsn(tmp_path)
    first = first_release(tmp_path / "old")
    await (await postgres.open_store(address, clock=TickingClock(), layout=first)).close()
    new = next_release(tmp_path / "new")
    holder = await asyncpg.connect(address)
    async with holder.transaction():
        await holder.execute("SELECT count(*) FROM alias")
        migrating = asyncio.create_task(
            postgres.open_store(address, clock=TickingClock(), layout=new)
        )
        reader = await asyncpg.connect(address)
        while not migrating.done():  # nobody waits longer behind it than it waits itself
            await asyncio.wait_for(reader.execute("SELECT count(*) FROM alias"), 20)
        await reader.close()
        with pytest.raises(OverloadedError, match=r"0089 needs a table .* Nothing was changed"):
            await migrating
        monkeypatch.setattr(migrations, "TRIES", 20)
        migrating = asyncio.create_task(
            postgres.open_store(address, clock=TickingClock(), layout=new)
        )
        await until(partial(waits_for_a_lock, address))
    store = await migrating
    assert ("alias", "remark") in await columns(store)
    await store.close()
    await holder.close()
    await cluster().drop(database_of(tmp_path))


async def waits_for_a_lock(address: str) -> bool:
    sql = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'"""
    return bool(await asked(address, sql))


async def asked(address: str, sql: str) -> object:
    """Return a value, asked for on a connection of its own: statistics stay in a transaction."""
    connection = await asyncpg.connect(address)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


@needs_postgres
@pytest.mark.postgres
async def test_a_database_that_an_older_program_uses_is_not_finished(tmp_path: Path) -> None:
    address = await dsn(tmp_path)
    clock = TickingClock()
    await (await postgres.open_store(address, clock=clock)).close()
    older = await asyncpg.connect(address, server_settings={"application_name": "throughcare 0.2"})
    with pytest.raises(ConflictError, match=r"of another version still uses this database"):
        await postgres.open_store(address, clock=clock, finish=True)
    await older.close()
    await until(partial(is_gone, address, "throughcare 0.2"))
    await (await postgres.open_store(address, clock=clock, finish=True)).close()
    await cluster().drop(database_of(tmp_path))


async def is_gone(address: str, name: str) -> bool:
    sql = f"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}'"  # noqa: S608
    return not await asked(address, sql)


@pytest.mark.postgres
async def test_both_engines_have_the_same_tables_and_columns(tmp_path: Path) -> None:
    found = []
    for name in ("sqlite", "postgres"):
        store = await ENGINES[name](tmp_path, LAYOUT)
        # The inverted index is a table of its own kind on each engine.
        found.append({pair for pair in await columns(store) if not str(pair[0]).startswith("tok")})
        await store.close()
    await cluster().drop(database_of(tmp_path))
    assert found[0] == found[1]


async def test_processes_that_start_together_migrate_once(engine: str, tmp_path: Path) -> None:
    if engine == "sqlite":
        opening = f"sqlite.open_store(Path({str(tmp_path / 'store.sqlite')!r})"
    else:
        opening = f"postgres.open_store({await dsn(tmp_path)!r}"
    program = f"""
import asyncio, sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from pathlib import Path
from store.engines import TickingClock, PROBE
from throughcare.store import postgres, sqlite
async def main():
    store = await {opening}, clock=TickingClock(), layout=PROBE)
    async def work(tx):
        await tx.run("probe.add", name=sys.argv[1], amount=1)
    await store.transact(work)
    await store.close()
asyncio.run(main())
"""
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", program, str(i))
        for i in range(4)
    ]
    assert [await process.wait() for process in started] == [0, 0, 0, 0]
    store = await ENGINES[engine](tmp_path, PROBE)
    async with store.snapshot() as reader:
        assert len(await reader.rows("probe.all")) == 4
    await store.close()
