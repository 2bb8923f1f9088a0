"""Decisions that can't all be true: those of people are refused, those of feeds give way, told."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.fixtures_index import Bench, benches, open_bench
from identity.people_made import who
from in_memory import memory
from store.engines import each_kind
from throughcare.identity import contradicting
from throughcare.kernel import ConflictError
from throughcare.model.person import Foreseen, Ruled
from throughcare.store.protocol import Transaction

FOUR = "abcd"
PAIRS = list(combinations(FOUR, 2))
SAID = st.lists(st.tuples(st.sampled_from(PAIRS), st.booleans()), max_size=8)
PEOPLE = {
    "a": who("Anne", "Okafor", "1947-08-26"),
    "b": who("Grace", "Hall", "1990-02-03"),
    "c": who("John", "Smith", "1961-04-05"),
    "d": who("Priya", "Nair", "1975-12-13"),
}


@pytest.fixture(params=each_kind)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """Open an index with four records that nothing ties."""
    async for one in benches(request.param, tmp_path):
        await fill(one)
        yield one


async def fill(bench: Bench, names: str = FOUR) -> None:
    for name in names:
        await bench.place("hospital", name, PEOPLE[name])


async def ends(bench: Bench, one: str, other: str) -> tuple[int, int]:
    subject = {record.local_id: record.subject for record in await bench.people()}
    return subject[one], subject[other]


async def rule(bench: Bench, one: str, other: str, *, same: bool) -> None:
    pair = await ends(bench, one, other)

    async def work(tx: Transaction) -> None:
        await bench.index.decisions.rule(tx, pair, same=same, who="reviewer", why="looked")

    await bench.store.transact(work)


async def foresee(bench: Bench, one: str, other: str, *, same: bool | None) -> Foreseen:
    pair = await ends(bench, one, other)
    async with bench.store.snapshot() as reader:
        return await bench.index.decisions.foresee(reader, pair, same=same)


async def standing(bench: Bench) -> list[Ruled]:
    async with bench.store.snapshot() as reader:
        return await contradicting.standing(reader)


def told(found: list[Ruled]) -> list[tuple[str, str, bool, bool]]:
    return [(each.left.local_id, each.right.local_id, each.same, each.by_source) for each in found]


@pytest.mark.parametrize("last", ["ab", "bc", "ac"])
async def test_a_decision_against_others_is_refused_with_the_way_out(
    bench: Bench, last: str
) -> None:
    said = {"ab": True, "bc": True, "ac": False}
    for pair, same in said.items():
        if pair != last:
            await rule(bench, *pair, same=same)
    before = await bench.people()
    foreseen = await foresee(bench, *last, same=said[last])
    assert foreseen.unheeded
    with pytest.raises(ConflictError) as refused:
        await rule(bench, *last, same=said[last])
    assert foreseen.unheeded[0].id in str(refused.value)
    assert await bench.people() == before
    assert await standing(bench) == []
    await bench.undo(foreseen.unheeded[0].id)
    await rule(bench, *last, same=said[last])
    assert await standing(bench) == []


async def test_a_feed_does_not_undo_a_decision_by_way_of_a_third_record(bench: Bench) -> None:
    await rule(bench, "a", "c", same=False)
    await bench.merge("a", "b")
    async with bench.store.snapshot() as reader:
        decisions = bench.index.decisions
        assert await decisions.is_decided(reader, "hospital", "b", "c", same=False)
        assert not await decisions.is_decided(reader, "hospital", "b", "d", same=False)
    await bench.merge("b", "c")
    await bench.rebuild()
    assert await bench.sets() == set(map(frozenset, ("a", "bc", "d")))
    assert told(await standing(bench)) == [("a", "b", True, True)]
    await rule(bench, "a", "b", same=False)
    assert await standing(bench) == []


async def test_a_feed_that_spoke_before_its_records_came_is_told_as_a_contradiction(
    tmp_path: Path,
) -> None:
    bench = await open_bench(tmp_path)
    await fill(bench, "ac")
    await rule(bench, "a", "c", same=False)
    await bench.merge("a", "b")
    await bench.merge("c", "b")
    assert await standing(bench) == []
    await fill(bench, "b")
    assert await bench.sets() == set(map(frozenset, ("a", "bc")))
    assert told(await standing(bench)) == [("a", "b", True, True)]
    await bench.store.close()


async def test_what_feeds_say_against_each_other_is_told(bench: Bench) -> None:
    await bench.merge("a", "b")
    await bench.merge("b", "c")
    await bench.unmerge("a", "c")
    assert told(await standing(bench)) == [("a", "b", True, True)]


async def test_a_person_may_overrule_feeds_and_sees_beforehand_which(bench: Bench) -> None:
    await bench.merge("a", "b")
    await bench.merge("b", "c")
    foreseen = await foresee(bench, "a", "c", same=False)
    assert told(list(foreseen.unheeded)) == [("a", "b", True, True)]
    await rule(bench, "a", "c", same=False)
    assert await bench.sets() == set(map(frozenset, ("a", "bc", "d")))
    assert told(await standing(bench)) == [("a", "b", True, True)]


def can_all_be_true(said: dict[tuple[str, str], bool]) -> bool:
    """Tell whether some division of the four obeys all: tried one by one."""
    for code in range(len(FOUR) ** len(FOUR)):
        group = {name: code // len(FOUR) ** at % len(FOUR) for at, name in enumerate(FOUR)}
        if all((group[one] == group[other]) == same for (one, other), same in said.items()):
            return True
    return False


async def said_in_turn(said: list[tuple[tuple[str, str], bool]], folder: Path) -> None:
    bench = await open_bench(folder)
    await fill(bench)
    stands: dict[tuple[str, str], bool] = {}
    for pair, same in said:
        if can_all_be_true(stands | {pair: same}):
            await rule(bench, *pair, same=same)
            stands[pair] = same
        else:
            with pytest.raises(ConflictError):
                await rule(bench, *pair, same=same)
        person = {record.local_id: record.person for record in await bench.people()}
        for (one, other), together in stands.items():
            assert (person[one] == person[other]) == together
        assert await standing(bench) == []
    await bench.store.close()


@given(SAID)
@settings(max_examples=10, deadline=None)
def test_a_decision_is_refused_exactly_where_no_division_obeys_all(
    said: list[tuple[tuple[str, str], bool]],
) -> None:
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        asyncio.run(said_in_turn(said, Path(folder)))
