"""What every engine promises (throughcare.store.protocol), run on each of them."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from typing import Any

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


class Again:
    """Works that may be run again: each adds a name, and notes that it began."""

    def __init__(self, store: Store) -> None:
        """Begin nothing yet."""
        self.store = store
        self.begun: list[str] = []
        self.followed: list[str] = []

    async def add(self, name: str, *, before: bool = False, after: bool = False) -> str:
        """Add a name; fail before it is added, or after."""

        async def work(tx: Transaction) -> str:
            self.begun.append(name)
            tx.after_commit(lambda: self.followed.append(name))
            if before:
                raise LookupError
            await tx.run("probe.add", name=name, amount=1)
            if after:
                raise LookupError
            return name

        return await self.store.transact(work, again=True)

    async def add_all(self, *works: Coroutine[Any, Any, str]) -> list[str | BaseException]:
        """Add many, which share commits."""
        return await asyncio.gather(*works, return_exceptions=True)


async def test_works_that_may_be_run_again_are_run_once_if_all_goes_well(store: Store) -> None:
    again, wanted = Again(store), [f"n{i}" for i in range(20)]
    assert await again.add_all(*map(again.add, wanted)) == wanted
    assert again.begun == again.followed == wanted
    assert await names(store) == sorted(wanted)


async def test_of_works_that_may_be_run_again_only_the_failing_ones_are_undone(
    store: Store,
) -> None:
    await add(store, "taken")
    again, wanted = Again(store), [f"n{i}" for i in range(20)]
    results = await again.add_all(
        *map(again.add, wanted[:10]),
        again.add("taken"),
        again.add("late", after=True),
        *map(again.add, wanted[10:]),
    )
    assert [one for one in results if isinstance(one, str)] == wanted
    assert isinstance(results[11], LookupError)
    assert not isinstance(results[10], str | LookupError)
    assert await names(store) == sorted([*wanted, "taken"])
    assert again.followed == wanted


async def test_what_fails_before_it_changed_anything_makes_nobody_run_again(store: Store) -> None:
    again, wanted = Again(store), [f"n{i}" for i in range(20)]
    results = await again.add_all(
        *map(again.add, wanted[:10]),
        again.add("early", before=True),
        *map(again.add, wanted[10:]),
    )
    assert isinstance(results.pop(10), LookupError)
    assert results == wanted
    assert sorted(again.begun) == sorted([*wanted, "early"])
    assert again.followed == wanted


async def test_who_goes_on_after_an_error_of_the_store_undoes_nobody_else(store: Store) -> None:
    await add(store, "taken")
    again = Again(store)

    async def careless(tx: Transaction) -> str:
        try:
            await tx.run_many("probe.add", [{"name": "taken", "amount": 1}])
            await tx.rows("probe.all")
        except Exception:  # noqa: BLE001 - what no work should do
            return "went on"
        return "nothing failed"

    results = await again.add_all(
        again.add("a"), store.transact(careless, again=True), again.add("b")
    )
    assert [results[0], results[2]] == ["a", "b"]
    assert results[1] != "nothing failed"
    assert await names(store) == ["a", "b", "taken"]


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
