"""What is particular to the SQLite engine."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from store.engines import PROBE, open_sqlite
from throughcare.kernel import OverloadedError
from throughcare.store.jobs import WAITING
from throughcare.store.protocol import Transaction
from throughcare.store.sqlite.connection import open_reading, open_writing


async def test_more_works_than_may_wait_are_refused_and_not_stored(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path, PROBE)
    held, begun = threading.Event(), threading.Event()

    async def hold(_: Transaction) -> None:
        begun.set()
        held.wait(30)

    async def add(name: str) -> None:
        async def work(tx: Transaction) -> None:
            await tx.run("probe.add", name=name, amount=1)

        await store.transact(work)

    holding = asyncio.create_task(store.transact(hold))
    await asyncio.to_thread(begun.wait, 30)
    tasks = [asyncio.create_task(add(f"n{i:05}")) for i in range(WAITING + 10)]
    await asyncio.sleep(0)
    held.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    await holding
    assert sum(isinstance(result, OverloadedError) for result in results) == 10
    async with store.snapshot() as reader:
        assert len(await reader.rows("probe.all")) == WAITING
    await store.close()


async def test_a_full_disk_is_said_in_plain_words_and_reading_goes_on(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path, PROBE)

    async def fill(tx: Transaction) -> None:
        await tx.query("PRAGMA max_page_count = 1", ())
        rows = [{"name": f"{i:05}" + "x" * 500, "amount": 1} for i in range(200)]
        await tx.run_many("probe.add", rows)

    with pytest.raises(OverloadedError, match="disk of this node is full"):
        await store.transact(fill)
    async with store.snapshot() as reader:
        assert await reader.rows("probe.all") == []

    async def more_room(tx: Transaction) -> None:
        await tx.query("PRAGMA max_page_count = 100000", ())
        await tx.run("probe.add", name="a", amount=1)

    await store.transact(more_room)
    async with store.snapshot() as reader:
        assert await reader.rows("probe.all") == [("a", 1)]
    await store.close()


@pytest.mark.parametrize(("opens", "cache"), [(open_writing, 65536), (open_reading, 16384)])
def test_every_setting_of_a_connection_is_in_force(
    tmp_path: Path, opens: Callable[[Path], apsw.Connection], cache: int
) -> None:
    open_writing(tmp_path / "store.sqlite").close()
    connection = opens(tmp_path / "store.sqlite")
    wanted = {
        "page_size": 4096,
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "cache_size": -cache,
        "temp_store": 2,
    }
    assert {name: connection.pragma(name) for name in wanted} == wanted
    connection.close()
