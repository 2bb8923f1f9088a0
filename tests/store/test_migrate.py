import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import apsw
import asyncpg
import pytest

from store.cluster import cluster, database_of
from store.engines import ENGINES, LAYOUT, PROBE, TickingClock, dsn, on_every_engine
from throughcare.kernel import ConflictError
from throughcare.store import migrate, postgres
from throughcare.store.protocol import Store, Transaction

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
Open = Callable[[Path], Awaitable[Store]]


@pytest.fixture(params=on_every_engine)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    yield request.param
    if request.param == "postgres":
        await cluster().drop(database_of(tmp_path))


@pytest.fixture
def open_with(engine: str, tmp_path: Path) -> Open:
    """Return what opens the store of this test with a layout."""

    async def opened(layout: Path) -> Store:
        if engine == "sqlite":
            return await ENGINES[engine](tmp_path, layout)
        # Never from the template of other tests, which has all migrations.
        return await postgres.open_store(await dsn(tmp_path), clock=TickingClock(), layout=layout)

    return opened


def layout(folder: Path, *numbers: int) -> Path:
    """Make a layout in which migration n makes table t<n>."""
    (folder / "sql").mkdir(parents=True)
    (folder / "migrations").mkdir()
    for n in numbers:
        text = f"CREATE TABLE t{n} (i INTEGER PRIMARY KEY);"
        (folder / "migrations" / f"{n:04}_probe.sql").write_text(text, encoding="utf-8")
    return folder


async def columns(store: Store) -> set[tuple[object, ...]]:
    """Return (table, column) of all tables."""
    if isinstance(store, postgres.PostgresStore):
        sql = """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = current_schema()"""
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
    old = layout(tmp_path / "old")
    for path in sorted((LAYOUT / "migrations").glob("*.sql"))[:FIRST_RELEASE]:
        shutil.copy(path, old / "migrations")
    store = await open_with(old)

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
        numbers = await reader.query("SELECT number FROM migration ORDER BY number", ())
    known = migrate.load(LAYOUT / "migrations")
    assert [number for (number,) in numbers] == [one.number for one in known]
    await store.close()


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
