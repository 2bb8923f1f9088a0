"""Parts of the review queue: each pair once, in one order, whatever else is decided meanwhile."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.fixtures_index import Bench, benches, open_bench
from identity.people_made import ANNE, who
from in_memory import memory
from store.engines import each_kind
from throughcare.kernel import BadInputError
from throughcare.model.person import Queued, QueueQuery, Review, Standing
from throughcare.store.protocol import Transaction

TODAY = date(2026, 11, 24)
MANY = 8
"""Records, of which each but the first is a question about the first."""


@pytest.fixture(params=each_kind)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """Open an index in which pairs wait, several of them equally likely."""
    async for one in benches(request.param, tmp_path):
        await fill(one)
        yield one


async def fill(bench: Bench) -> None:
    """Place namesakes of one birth date in places that differ."""
    await bench.place("gp", "NHS:1", who("John", "Smith", nhs=ANNE, postcode="LS12 4QT"))
    for at in range(MANY - 1):
        sex = "male" if at % 2 else ""
        home = f"YO{at + 1} 9AA"
        await bench.place(f"social{at}", f"LA:{at}", who("John", "Smith", sex=sex, postcode=home))


async def ask(bench: Bench, today: date = TODAY, **asked: str | int | bool) -> Queued:
    async with bench.store.snapshot() as reader:
        return await bench.index.reviews(reader, QueueQuery(**asked), today)  # type: ignore[arg-type]


def ids(found: Queued) -> list[str]:
    return [each.id for each in found.reviews]


async def whole(bench: Bench, *, put_off: bool = False) -> list[Review]:
    return list((await ask(bench, most=1_000, put_off=put_off)).reviews)


async def postpone(bench: Bench, review: str, until: date) -> None:
    async def work(tx: Transaction) -> None:
        await bench.index.decisions.postpone(tx, review, until=until, note="", who="somebody")

    await bench.store.transact(work)


async def test_parts_are_the_queue_forwards_and_backwards(bench: Bench) -> None:
    wanted = [each.id for each in await whole(bench)]
    assert len(wanted) == len(set(wanted)) > MANY
    for most in (1, 3, len(wanted) - 1, len(wanted)):
        parts = [await ask(bench, most=most)]
        assert not parts[0].previous
        while parts[-1].next:
            parts.append(await ask(bench, most=most, after=parts[-1].next))
        assert [id_ for part in parts for id_ in ids(part)] == wanted
        assert {(part.waiting, part.later) for part in parts} == {(len(wanted), 0)}
        back = parts[-1]
        for part in parts[-2::-1]:
            back = await ask(bench, most=most, before=back.previous)
            assert back == part


async def test_a_place_outlasts_its_pair(bench: Bench) -> None:
    wanted = [each.id for each in await whole(bench)]
    first = await ask(bench, most=3)
    await bench.decide(ids(first)[-1], same=False)
    left = {each.id for each in await whole(bench)}
    second = await ask(bench, most=3, after=first.next)
    assert ids(second) == [id_ for id_ in wanted[3:] if id_ in left][:3]
    assert second.waiting == len(left)
    back = await ask(bench, most=3, before=second.previous)
    # One of the three is gone, so the first part is filled up from behind: nothing is left out.
    assert ids(back) == [id_ for id_ in wanted if id_ in left][:3]
    assert not back.previous


async def test_what_is_put_off_has_an_order_and_a_count_of_its_own(bench: Bench) -> None:
    wanted = [each.id for each in await whole(bench)]
    for id_ in wanted[1:6]:
        await postpone(bench, id_, TODAY + timedelta(days=2))
    parts = [await ask(bench, most=2, put_off=True)]
    while parts[-1].next:
        parts.append(await ask(bench, most=2, put_off=True, after=parts[-1].next))
    assert [id_ for part in parts for id_ in ids(part)] == wanted[1:6]
    assert ids(await ask(bench, most=2, put_off=True, before=parts[1].previous)) == ids(parts[0])
    assert {(part.waiting, part.later) for part in parts} == {(len(wanted) - 5, 5)}
    assert [each.id for each in await whole(bench)] == [wanted[0], *wanted[6:]]
    on_the_day = await ask(bench, TODAY + timedelta(days=2), most=1_000)
    assert (ids(on_the_day), on_the_day.later) == (wanted, 0)


async def test_a_pair_that_was_put_off_waits_from_its_day(bench: Bench) -> None:
    first = (await whole(bench))[0]
    ends = first.left.subject, first.right.subject
    day = TODAY + timedelta(days=2)
    await postpone(bench, first.id, day)
    async with bench.store.snapshot() as reader:
        for today, standing in (
            (day - timedelta(days=1), Standing.LATER),
            (day, Standing.WAITING),
        ):
            assert (await bench.index.pair(reader, *ends, today)).standing is standing


async def test_figures_count_by_age(bench: Bench) -> None:
    waiting = await whole(bench)
    raised = sorted(each.raised for each in waiting)
    now = raised[0] + timedelta(days=1)
    async with bench.store.snapshot() as reader:
        found = await bench.index.queue_figures(reader, now)
    younger = sum(now - each < timedelta(days=1) for each in raised)
    assert 0 < younger < len(raised)
    assert dict(found.ages) == {
        "a day": younger,
        "a week": len(raised) - younger,
        "a month": 0,
        "longer": 0,
    }
    assert found.oldest == raised[0]


@pytest.mark.parametrize("wrong", ["2", "nan_1-2", "1_2", "1_2-", "1.5_2-3 ", "1__2-3"])
async def test_what_is_no_place_is_refused(bench: Bench, wrong: str) -> None:
    for name in ("after", "before"):
        with pytest.raises(BadInputError) as caught:
            await ask(bench, **{name: wrong})
        assert caught.value.place == name


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 200), max_size=6), st.integers(1, 4))
def test_who_goes_on_meets_each_pair_that_was_neither_decided_nor_added(
    decided: list[int], most: int
) -> None:
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        asyncio.run(walked(Path(folder), decided, most))


async def walked(folder: Path, decided: list[int], most: int) -> None:
    """Read part after part while pairs anywhere in the queue are decided."""
    bench = await open_bench(folder)
    await fill(bench)
    before = {each.id for each in await whole(bench)}
    seen, part, gone = [], await ask(bench, most=most), iter(decided)
    while True:
        seen += ids(part)
        at = next(gone, None)
        left = await whole(bench)
        if at is not None and left:
            await bench.decide(left[at % len(left)].id, same=False)
        if not part.next:
            break
        part = await ask(bench, most=most, after=part.next)
    stayed = before & {each.id for each in await whole(bench)}
    await bench.store.close()
    assert len(seen) == len(set(seen))
    assert stayed <= set(seen)
