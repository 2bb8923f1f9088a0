"""The archive of commits: what is in it, what ends it, and what a writer pays for it: nothing."""

import asyncio
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from store.engines import PROBE, TickingClock, open_sqlite
from throughcare.store.protocol import Store, Transaction
from throughcare.store.sqlite import archive as archives
from throughcare.store.sqlite import commits
from throughcare.store.sqlite.archive import Archive
from throughcare.store.sqlite.commits import Record
from throughcare.store.sqlite.connection import (
    FORMER_PAGE_BYTES,
    close_writing,
    open_reading,
    open_writing,
    page_bytes,
)
from throughcare.store.sqlite.damage import damaged_pages, give_checksums
from throughcare.store.sqlite.filelock import FileLock
from throughcare.store.sqlite.pages import Pages
from throughcare.store.sqlite.writer import lock_path

CHAIN = "chain"


def database(folder: Path) -> Path:
    return folder / "store.sqlite"


@contextmanager
def archive_of(folder: Path) -> Iterator[Archive]:
    """Stand at the archive with the lock file held, as a backup does."""
    lock, connection = FileLock(lock_path(database(folder))), open_writing(database(folder))
    archive = Archive(database(folder), connection, TickingClock())
    with lock.held():
        yield archive
    archive.close()
    close_writing(connection, keep_log=True)
    lock.close()


def ended(folder: Path) -> str:
    with archive_of(folder) as archive:
        return archive.ended()


def begin(folder: Path) -> tuple[dict[int, bytes], int]:
    """Start an archive; return the pages of that moment and their size."""
    with archive_of(folder) as archive:
        archive.begin(CHAIN)
        pages = Pages(database(folder), archive.reach())
    found = dict(pages)
    pages.close()
    return found, pages.size


async def add(store: Store, name: str, amount: int = 1) -> None:
    async def work(tx: Transaction) -> None:
        await tx.run("probe.add", name=name, amount=amount)

    await store.transact(work)


def records(folder: Path) -> list[Record]:
    """Return everything in the archive, each link of the chain checked."""
    digest, found = commits.beginning(CHAIN), list[Record]()
    for path in sorted((folder / archives.FOLDER).glob(f"*{archives.SUFFIX}")):
        found += commits.read(path, digest)
        digest = found[-1].mark.digest if found else digest
    return found


def replayed(pages: dict[int, bytes], size: int, done: list[Record], target: Path) -> list[str]:
    """Write a database of pages and commits and return the names in it."""
    content = dict(pages)
    count = max(pages)
    for record in done:
        content |= dict(record.changed())
        count = record.pages
    raw = target.with_suffix(".raw")
    raw.write_bytes(b"".join(content[number].ljust(size) for number in range(1, count + 1)))
    give_checksums(raw, target)
    connection = open_reading(target)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    rows = connection.execute("SELECT name FROM probe ORDER BY name").fetchall()
    connection.close()
    return [cast("str", name) for (name,) in rows]


async def test_each_commit_can_be_done_again_one_by_one(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path, PROBE)
    await add(store, "before")
    pages, size = begin(tmp_path)
    names = [f"n{number:02}" for number in range(20)]
    for name in names:
        await add(store, name)
    await store.close()
    found = records(tmp_path)
    assert [record.mark.number for record in found] == list(range(1, 21))
    for count in (0, 1, 7, 20):
        there = replayed(pages, size, found[:count], tmp_path / f"again-{count}.sqlite")
        assert there == sorted(["before", *names[:count]])


async def test_the_archive_goes_on_when_the_log_starts_over_and_the_node_starts_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("throughcare.store.sqlite.moving.LONG", 3)
    store = await open_sqlite(tmp_path, PROBE)
    pages, size = begin(tmp_path)
    names = [f"n{number:03}" for number in range(120)]
    for number, name in enumerate(names):
        if number % 40 == 39:
            await store.close()
            store = await open_sqlite(tmp_path, PROBE)
        await add(store, name)
    await store.close()
    found = records(tmp_path)
    assert len({record.mark.salt for record in found}) > 3
    assert replayed(pages, size, found, tmp_path / "again.sqlite") == names


async def test_two_stores_that_take_turns_write_one_chain(tmp_path: Path) -> None:
    one, other = await open_sqlite(tmp_path, PROBE), await open_sqlite(tmp_path, PROBE)
    pages, size = begin(tmp_path)
    names = [f"n{number:02}" for number in range(60)]
    await asyncio.gather(
        *(add(store, name) for store, name in zip(itertools.cycle((one, other)), names))
    )
    await one.close()
    await other.close()
    assert replayed(pages, size, records(tmp_path), tmp_path / "again.sqlite") == names


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from store.engines import PROBE, open_sqlite
from store.test_archive import add
from throughcare.store.sqlite.archive import Archive
async def main():
    store = await open_sqlite(Path(sys.argv[1]), PROBE)
    await add(store, "kept")
    takes = []
    taken = Archive.take
    def take(self):
        takes.append(self)
        if len(takes) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        taken(self)
    Archive.take = take
    await add(store, "committed and not archived")
asyncio.run(main())
"""


async def test_a_commit_of_a_process_that_died_before_it_was_archived_is_archived_by_the_next(
    tmp_path: Path,
) -> None:
    store = await open_sqlite(tmp_path, PROBE)
    pages, size = begin(tmp_path)
    tests = Path(__file__).parents[1]
    command = [sys.executable, "-c", KILLED, tmp_path, tests]
    done = await asyncio.to_thread(subprocess.run, command, check=False)
    assert done.returncode < 0
    await add(store, "later")
    await store.close()
    there = replayed(pages, size, records(tmp_path), tmp_path / "again.sqlite")
    assert there == ["committed and not archived", "kept", "later"]


async def test_a_torn_end_is_taken_from_the_log_again(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path, PROBE)
    pages, size = begin(tmp_path)
    for name in "abc":
        await add(store, name)
    await store.close()
    (path,) = (tmp_path / archives.FOLDER).glob(f"*{archives.SUFFIX}")
    os.truncate(path, path.stat().st_size - 7)
    store = await open_sqlite(tmp_path, PROBE)
    await add(store, "d")
    await store.close()
    assert replayed(pages, size, records(tmp_path), tmp_path / "again.sqlite") == list("abcd")


async def test_a_log_that_another_program_emptied_ends_the_archive_and_no_write_fails(
    tmp_path: Path,
) -> None:
    store = await open_sqlite(tmp_path, PROBE)
    begin(tmp_path)
    await add(store, "a")
    await store.close()
    foreign = open_writing(database(tmp_path))
    foreign.execute("INSERT INTO probe (name, amount) VALUES ('foreign', 1)")
    foreign.close()
    store = await open_sqlite(tmp_path, PROBE)
    await add(store, "b")
    await store.close()
    assert not (tmp_path / archives.FOLDER / archives.STATE).exists()
    assert ended(tmp_path) == "another program emptied the write-ahead log of the database"


async def test_an_archive_that_nobody_collects_ends_before_it_fills_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await open_sqlite(tmp_path, PROBE)
    begin(tmp_path)
    monkeypatch.setattr(archives.Archive, "_append", full)
    await add(store, "a")
    await store.close()
    assert "No space left" in ended(tmp_path)


async def test_a_state_that_cannot_be_read_ends_the_archive_and_no_write_fails(
    tmp_path: Path,
) -> None:
    store = await open_sqlite(tmp_path, PROBE)
    begin(tmp_path)
    (tmp_path / archives.FOLDER / archives.STATE).write_text("{")
    await add(store, "a")
    await store.close()
    assert ended(tmp_path) == "its state could not be read"


def full(*_: object) -> None:
    raise OSError(28, os.strerror(28))


async def test_a_file_of_a_release_before_keeps_its_larger_pages_and_is_looked_after(
    tmp_path: Path,
) -> None:
    open_writing(database(tmp_path), FORMER_PAGE_BYTES).close()
    store = await open_sqlite(tmp_path, PROBE)
    await add(store, "before")
    pages, size = begin(tmp_path)
    await add(store, "then")
    await store.close()
    assert size == FORMER_PAGE_BYTES
    again = tmp_path / "again.sqlite"
    assert replayed(pages, size, records(tmp_path), again) == ["before", "then"]
    assert (list(damaged_pages(again)), page_bytes(again)) == ([], FORMER_PAGE_BYTES)
    with again.open("r+b") as file:
        file.seek(FORMER_PAGE_BYTES + 100)
        file.write(b"flip")
    assert list(damaged_pages(again)) == [2]


async def test_without_an_archive_a_closed_store_is_one_file(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path, PROBE)
    await add(store, "a")
    await store.close()
    assert sorted(os.listdir(tmp_path)) == ["store.sqlite", "store.sqlite.lock"]  # noqa: PTH208 - in a coroutine


async def test_the_pages_of_a_state_stay_while_others_write_and_empty_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("throughcare.store.sqlite.moving.LONG", 2)
    store = await open_sqlite(tmp_path, PROBE)
    before = [f"a{number:03}" for number in range(300)]
    for name in before:
        await add(store, name)
    with archive_of(tmp_path) as archive:
        pages = Pages(database(tmp_path), archive.reach())
    steps = iter(pages)
    content = dict(itertools.islice(steps, 2))
    for number in range(300):
        await add(store, f"b{number:03}")
    content |= dict(steps)
    pages.close()
    await store.close()
    assert replayed(content, pages.size, [], tmp_path / "again.sqlite") == before


TAKES_LOCKS = """
import fcntl, sys
with open(sys.argv[1], "r+b") as file:
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, int(sys.argv[3]), int(sys.argv[2]))
"""
SHARED = ("", 0x40000002, 510)
"""Which bytes of the database file every connection locks (SQLite's os.h)."""
ALIVE = ("-shm", 128, 1)
"""Which byte of the log's index every process locks that has the log open (SQLite's os_unix.c)."""


async def test_nothing_that_is_read_beside_sqlite_frees_its_locks(tmp_path: Path) -> None:
    def taken(suffix: str, start: int, length: int) -> bool:
        words = [database(tmp_path).name + suffix, str(start), str(length)]
        script = [sys.executable, "-c", TAKES_LOCKS, *words]
        done = subprocess.run(script, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0 or b"BlockingIOError" in done.stderr, done.stderr
        return done.returncode == 0

    store = await open_sqlite(tmp_path, PROBE)
    await add(store, "a")
    begin(tmp_path)
    await add(store, "b")
    assert len(records(tmp_path)) == 1
    assert list(damaged_pages(database(tmp_path))) == []
    assert [taken(*SHARED), taken(*ALIVE)] == [False, False]
    await store.close()
    assert taken(*SHARED)
