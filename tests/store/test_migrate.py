import asyncio
import sys
from pathlib import Path

import apsw
import pytest

from store.engines import PROBE, TickingClock, open_sqlite
from throughcare.kernel import ConflictError
from throughcare.store import migrate
from throughcare.store.sqlite import open_store


def layout(folder: Path, *numbers: int) -> Path:
    """Make a layout in which migration n makes table t<n>."""
    (folder / "sql").mkdir(parents=True)
    (folder / "migrations").mkdir()
    for n in numbers:
        text = f"CREATE TABLE t{n} (i INTEGER PRIMARY KEY);"
        (folder / "migrations" / f"{n:04}_probe.sql").write_text(text, encoding="utf-8")
    return folder


def tables(path: Path) -> set[object]:
    rows = apsw.Connection(str(path)).execute("SELECT name FROM sqlite_schema").fetchall()
    return {name for (name,) in rows}


async def test_each_migration_is_applied_once(tmp_path: Path) -> None:
    for _ in range(2):
        await (await open_sqlite(tmp_path, PROBE)).close()
    rows = (
        apsw.Connection(str(tmp_path / "store.sqlite"))
        .execute("SELECT number, name, digest FROM migration")
        .fetchall()
    )
    (known,) = migrate.load(PROBE / "migrations")
    assert rows == [(1, "probe", known.digest)]


async def test_a_later_program_adds_what_is_missing_in_any_place(tmp_path: Path) -> None:
    await (await open_sqlite(tmp_path, layout(tmp_path / "old", 1, 3))).close()
    await (await open_sqlite(tmp_path, layout(tmp_path / "new", 1, 2, 3, 4))).close()
    assert {"t1", "t2", "t3", "t4"} <= tables(tmp_path / "store.sqlite")


async def test_a_database_newer_than_the_program_is_refused_with_the_way_out(
    tmp_path: Path,
) -> None:
    await (await open_sqlite(tmp_path, layout(tmp_path / "new", 1, 2))).close()
    with pytest.raises(ConflictError, match=r"newer Throughcare.*or restore the backup"):
        await open_sqlite(tmp_path, layout(tmp_path / "old", 1))


async def test_a_migration_changed_after_it_was_applied_is_refused(tmp_path: Path) -> None:
    await (await open_sqlite(tmp_path, layout(tmp_path / "a", 1))).close()
    other = layout(tmp_path / "b", 1)
    (other / "migrations" / "0001_probe.sql").write_text("CREATE TABLE x (i);", encoding="utf-8")
    with pytest.raises(ConflictError, match=r"0001 .* was changed"):
        await open_sqlite(tmp_path, other)


async def test_a_broken_migration_leaves_nothing_behind(tmp_path: Path) -> None:
    broken = layout(tmp_path / "a", 1)
    text = "CREATE TABLE half (i); CREATE TABLE half (i);"
    (broken / "migrations" / "0002_probe.sql").write_text(text, encoding="utf-8")
    with pytest.raises(apsw.SQLError):
        await open_sqlite(tmp_path, broken)
    assert "half" not in tables(tmp_path / "store.sqlite")


@pytest.mark.parametrize("name", ["1_probe.sql", "0001-probe.sql"])
def test_a_migration_needs_a_number_of_four_digits(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("", encoding="utf-8")
    with pytest.raises(ValueError, match="NNNN_<room>"):
        migrate.load(tmp_path)


async def test_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from pathlib import Path
from store.engines import open_sqlite, PROBE
async def main():
    store = await open_sqlite(Path({str(tmp_path)!r}), PROBE)
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
    store = await open_store(tmp_path / "store.sqlite", clock=TickingClock(), layout=PROBE)
    async with store.snapshot() as reader:
        assert len(await reader.rows("probe.all")) == 4
    await store.close()
