"""Moving the log into the database: beside the writer, no further than it may, and to the end."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from store.engines import PROBE, open_sqlite
from store.test_archive import add, archive_of, begin, database, records, replayed
from throughcare.store.sqlite import moving
from throughcare.store.sqlite.connection import close_writing, open_reading, open_writing
from throughcare.store.sqlite.moving import Moving


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a few pages many."""
    monkeypatch.setattr(moving, "FEW", 8)
    monkeypatch.setattr(moving, "LONG", 60)


async def several(folder: Path, names: list[str]) -> None:
    store = await open_sqlite(folder, PROBE)
    try:
        for at in range(0, len(names), 10):
            await asyncio.gather(*(add(store, name) for name in names[at : at + 10]))
    finally:
        await store.close()


@pytest.mark.usefixtures("small")
async def test_the_log_starts_over_while_commits_go_on_and_the_archive_misses_none(
    tmp_path: Path,
) -> None:
    store = await open_sqlite(tmp_path, PROBE)
    pages, size = begin(tmp_path)
    names = [f"n{number:04}" for number in range(1_500)]
    await asyncio.gather(several(tmp_path, names[::2]), several(tmp_path, names[1::2]))
    longest = (tmp_path / "store.sqlite-wal").stat().st_size // size
    await store.close()
    found = records(tmp_path)
    assert replayed(pages, size, found, tmp_path / "again.sqlite") == names
    assert len({record.mark.salt for record in found}) > 3
    assert longest < 10 * moving.LONG


@contextmanager
def moved(folder: Path) -> Iterator[tuple[apsw.Connection, Moving]]:
    connection = open_writing(database(folder))
    connection.execute("CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, b BLOB NOT NULL)")
    mover = Moving(database(folder), connection)
    yield connection, mover
    mover.close()
    close_writing(connection, keep_log=True)


def write(connection: apsw.Connection, rows: int) -> None:
    """Commit that many pages, about."""
    with connection:
        connection.executemany("INSERT INTO t (b) VALUES (zeroblob(7000))", [()] * rows)


@contextmanager
def read(folder: Path) -> Iterator[None]:
    """Look at the state of this moment."""
    reader = open_reading(database(folder))
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM t").fetchall()
    yield
    reader.close()


def ended(mover: Moving) -> None:
    until = time.monotonic() + 30
    while mover.is_under_way:
        assert time.monotonic() < until
        time.sleep(0.001)


def reached(connection: apsw.Connection) -> tuple[int, int]:
    """Return the pages of the log, and how many of them were moved."""
    return connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)


@pytest.mark.usefixtures("small")
def test_nothing_is_moved_that_was_written_after_moving_began(tmp_path: Path) -> None:
    with moved(tmp_path) as (connection, mover):
        for _ in range(40):
            write(connection, 20)
            assert mover.is_due
            before, _ = reached(connection)
            mover.move()
            write(connection, 20)
            ended(mover)
            after, done = reached(connection)
            is_over = not done  # all was moved before the write, and the log started over with it
            assert is_over or done == before < after


@pytest.mark.usefixtures("small")
def test_a_long_log_of_which_little_is_left_is_moved_at_once_and_starts_over(
    tmp_path: Path,
) -> None:
    with moved(tmp_path) as (connection, mover):
        write(connection, 100)
        with read(tmp_path):  # so that it goes on
            mover.move()
            ended(mover)
            write(connection, 2)
        assert mover.is_due
        mover.move()
        assert not mover.is_under_way
        pages, done = reached(connection)
        assert pages == done > 100
        write(connection, 1)
        assert reached(connection)[0] < 10
        assert not mover.is_due


@pytest.mark.usefixtures("small")
def test_a_log_that_outgrows_its_moving_is_moved_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "MANY", 150)
    with moved(tmp_path) as (connection, mover):
        write(connection, 200)
        mover.move()
        pages, done = reached(connection)
        assert pages == done


@pytest.mark.usefixtures("small")
def test_a_log_that_somebody_still_reads_is_moved_later(tmp_path: Path) -> None:
    with moved(tmp_path) as (connection, mover):
        write(connection, 20)
        seen, _ = reached(connection)
        with read(tmp_path):
            for _ in range(5):
                write(connection, 20)
                mover.move()
                ended(mover)
            assert reached(connection)[1] == seen
        mover.move()
        ended(mover)
        pages, done = reached(connection)
        assert pages == done > seen


@pytest.mark.usefixtures("small")
async def test_an_archive_goes_on_in_a_log_that_is_being_moved(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path, PROBE)
    await add(store, "a")
    begin(tmp_path)
    with archive_of(tmp_path) as archive, moved(tmp_path) as (connection, mover):
        for _ in range(20):
            write(connection, 20)
            archive.take()
            if mover.is_due:
                mover.move()
            write(connection, 1)
            archive.take()
        assert archive.is_on
    await store.close()
    assert len(records(tmp_path)) >= 40
