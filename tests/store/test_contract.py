"""What every engine promises (throughcare.store.protocol), run on each of them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from store.cluster import end_replica
from store.engines import ENGINES, PROBE, everywhere, opened
from throughcare.kernel import OverloadedError, ThroughcareError
from throughcare.store.protocol import Store, Transaction


@pytest.fixture(scope="module", autouse=True)
def _replica_ends_here() -> Iterator[None]:
    yield
    end_replica()


@pytest.fixture(params=everywhere)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async for one in opened(request.param, tmp_path, PROBE):
        yield one


async def add(store: Store, name: str, amount: int = 1) -> None:
    async def work(tx: Transaction) -> None:
        await tx.run("probe.add", name=name, amount=amount)

    await store.transact(work)


async def names(store: Store) -> list[object]:
    async with store.snapshot() as reader:
        return [name for name, _ in await reader.rows("probe.all")]


async def test_what_was_written_is_read(store: Store) -> None:
    await add(store, "a", 7)
    async with store.snapshot() as reader:
        assert await reader.rows("probe.all") == [("a", 7)]


async def test_a_transaction_reads_its_own_writes_and_returns_its_result(store: Store) -> None:
    async def work(tx: Transaction) -> list[object]:
        await tx.run_many("probe.add", [{"name": n, "amount": 1} for n in "ab"])
        return [await tx.run("probe.raise", by=2, pattern="%"), await tx.rows("probe.all")]

    assert await store.transact(work) == [2, [("a", 3), ("b", 3)]]


async def test_an_unknown_statement_is_a_key_error_that_names_it(store: Store) -> None:
    async with store.snapshot() as reader:
        with pytest.raises(KeyError, match=r"probe\.nothing"):
            await reader.rows("probe.nothing")


async def test_composed_sql_takes_values_by_position(store: Store) -> None:
    await add(store, "a", 7)
    async with store.snapshot() as reader:
        sql = "SELECT amount FROM probe WHERE name = ?"
        assert await reader.query(sql, ("a",)) == [(7,)]


async def test_a_failed_work_is_undone_whole_and_its_error_comes_back(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.run("probe.add", name="a", amount=1)
        raise LookupError

    with pytest.raises(LookupError):
        await store.transact(work)
    assert await names(store) == []


async def test_of_works_that_share_a_commit_only_the_failing_ones_are_undone(store: Store) -> None:
    await add(store, "taken")
    wanted = [f"n{i}" for i in range(20)]
    results = await asyncio.gather(
        *(add(store, name) for name in [*wanted, "taken", "taken"]), return_exceptions=True
    )
    assert [r is None for r in results] == [True] * 20 + [False] * 2
    assert await names(store) == sorted([*wanted, "taken"])


async def test_a_work_that_awaits_anything_else_is_refused_and_undone(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.run("probe.add", name="a", amount=1)
        await asyncio.sleep(0)

    with pytest.raises(ThroughcareError, match="awaited something other"):
        await store.transact(work)
    assert await names(store) == []


async def test_what_is_to_follow_a_commit_follows_it_before_the_answer(store: Store) -> None:
    seen: list[str] = []

    async def work(tx: Transaction) -> None:
        tx.after_commit(lambda: seen.append("done"))
        assert seen == []

    await store.transact(work)
    assert seen == ["done"]


async def test_nothing_follows_a_work_that_was_undone(store: Store) -> None:
    seen: list[str] = []

    async def work(tx: Transaction) -> None:
        tx.after_commit(lambda: seen.append("done"))
        raise LookupError

    with pytest.raises(LookupError):
        await store.transact(work)
    assert seen == []


async def test_a_snapshot_stays_as_it_was_while_writes_go_on(store: Store) -> None:
    await add(store, "a")
    async with store.snapshot() as reader:
        before = await reader.rows("probe.all")
        await add(store, "b")
        assert await reader.rows("probe.all") == before
    assert await names(store) == ["a", "b"]


async def test_many_snapshots_are_open_at_once_and_more_wait(store: Store) -> None:
    async def read() -> int:
        async with store.snapshot() as reader:
            await asyncio.sleep(0)
            return len(await reader.rows("probe.all"))

    await add(store, "a")
    assert await asyncio.gather(*(read() for _ in range(100))) == [1] * 100


async def test_a_long_read_does_not_hold_up_the_event_loop(store: Store) -> None:
    await add(store, "a")
    async with store.snapshot() as reader:
        long = asyncio.create_task(reader.rows("probe.slow", steps=300_000))
        turns = 0
        while not long.done():
            turns += 1
            await asyncio.sleep(0)
        assert await long == [(300_000, 1)]
        assert turns > 1


async def test_two_reads_of_one_snapshot_do_not_disturb_each_other(store: Store) -> None:
    await add(store, "a")
    async with store.snapshot() as reader:
        answers = await asyncio.gather(
            reader.rows("probe.slow", steps=200_000), reader.rows("probe.all")
        )
    assert answers == [[(200_000, 1)], [("a", 1)]]


async def test_a_cancelled_reader_leaves_the_store_usable(store: Store) -> None:
    await add(store, "a")

    async def read() -> None:
        async with store.snapshot() as reader:
            await reader.rows("probe.slow", steps=50_000_000)

    task = asyncio.create_task(read())
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await names(store) == ["a"]


async def test_no_view_sees_a_part_of_a_write(store: Store) -> None:
    every = [f"n{i}" for i in range(8)]
    for name in every:
        await add(store, name, 0)
    written = asyncio.Event()

    async def write() -> None:
        async def work(tx: Transaction) -> None:
            await tx.run("probe.raise", by=1, pattern="%")

        for _ in range(40):
            await store.transact(work)
        written.set()

    async def read() -> set[object]:
        seen = set()
        while not written.is_set():
            async with store.snapshot() as reader:
                ((_, amount),) = await reader.rows("probe.of", name=every[0], most=99)
                await asyncio.sleep(0)
                rows = await reader.rows("probe.all")
            assert rows == [(name, amount) for name in every]
            seen.add(amount)
        return seen

    _, *seen = await asyncio.gather(write(), *(read() for _ in range(4)))
    assert all(len(amounts) > 1 for amounts in seen)


async def test_a_cancelled_writer_loses_nobody_elses_work(store: Store) -> None:
    tasks = [asyncio.create_task(add(store, f"n{i:02}")) for i in range(20)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    kept = {f"n{i:02}" for i, result in enumerate(results) if result is None}
    assert kept <= set(await names(store))
    assert len(kept) >= 19


@pytest.mark.parametrize("engine", everywhere)
async def test_closing_finishes_what_was_accepted(engine: str, tmp_path: Path) -> None:
    store = await ENGINES[engine](tmp_path, PROBE)
    tasks = [asyncio.create_task(add(store, f"n{i}")) for i in range(50)]
    await asyncio.sleep(0)
    await store.close()
    await store.close()
    await asyncio.gather(*tasks)
    with pytest.raises(OverloadedError, match="closing"):
        await add(store, "late")
    async for again in opened(engine, tmp_path, PROBE):
        assert len(await names(again)) == 50
