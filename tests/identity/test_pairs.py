"""Two records as people are shown them: the numbers add up, and what is warned of is so."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.fixtures_index import Bench, benches, open_bench
from identity.people_made import ANNE, BRIAN, who
from in_memory import memory
from store.engines import each_kind
from throughcare.identity import asking
from throughcare.identity.compare import Demographics
from throughcare.kernel import NotFoundError
from throughcare.model.person import Pair, QueueQuery, Review, Standing

HOME = {"postcode": "LS12 4QT", "phone": "07700 900846"}
RECORDS = [
    who(nhs=ANNE, sex="female", **HOME),
    who("Annie", sex="female", **HOME),
    who("John", "Smith", nhs=ANNE, postcode="LS12 4QT"),
    who("John", "Smith", postcode="YO1 9AA"),
    who("John", "Smith", nhs=BRIAN),
    who("Anne", "Hall", born="", postcode="YO1 9AA"),
]
TODAY = date(2026, 11, 24)
FEED = st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(RECORDS)), max_size=10)


@pytest.fixture(params=each_kind)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """Open an empty index."""
    async for one in benches(request.param, tmp_path):
        yield one


async def reviews(bench: Bench) -> list[Review]:
    async with bench.store.snapshot() as reader:
        asked = QueueQuery(most=1_000)
        return list((await bench.index.reviews(reader, asked, TODAY)).reviews)


async def pair(bench: Bench, one: str, other: str, today: date = TODAY) -> Pair:
    subject = {record.local_id: record.subject for record in await bench.people()}
    async with bench.store.snapshot() as reader:
        return await bench.index.pair(reader, subject[one], subject[other], today)


def adds_up(review: Review) -> bool:
    return sum(each.weight for each in review.comparisons) == pytest.approx(review.score)


async def held(feed: list[tuple[str, Demographics]], folder: Path) -> None:
    bench = await open_bench(folder)
    for name, known in feed:
        await bench.place("social", name, known)
    waiting = await reviews(bench)
    for review in waiting:
        assert adds_up(review)
        shown = await pair(bench, review.right.local_id, review.left.local_id)
        assert shown.review == review
        assert shown.standing is Standing.WAITING
    for review in waiting[::2]:
        await bench.decide(review.id, same=False)
    async with bench.store.snapshot() as reader:
        assert all(adds_up(each.review) for each in await bench.index.decided(reader))
    await bench.store.close()


@given(FEED)
@settings(max_examples=10, deadline=None)
def test_the_weights_of_a_pair_add_up_to_its_score(feed: list[tuple[str, Demographics]]) -> None:
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        asyncio.run(held(feed, Path(folder)))


async def test_the_number_of_another_record_is_part_of_the_score(bench: Bench) -> None:
    await bench.place("gp", "a", who("John", "Smith", nhs=ANNE, **HOME))
    await bench.place("hospital", "b", who("John", "Smith", **HOME))
    await bench.place("social", "c", who("John", "Smith", nhs=BRIAN, postcode="YO1 9AA"))
    shown = await pair(bench, "b", "c")
    assert "NHS number of other records" in {each.field for each in shown.review.comparisons}
    assert adds_up(shown.review)
    assert asking.NUMBERS in shown.cautions


async def test_where_a_restricted_person_is_stands_in_no_comparison(bench: Bench) -> None:
    await bench.place("gp", "a", who("John", "Smith", nhs=ANNE, **HOME))
    away = {"postcode": "YO1 9AA", "phone": "07700 900111"}
    await bench.place("social", "b", who("John", "Smith", **away))
    open_to_see = await pair(bench, "a", "b")
    restricted = who("John", "Smith", nhs=ANNE, restricted=True)
    await bench.place("hospital", "c", restricted)  # another record of the first says so
    (review,) = await reviews(bench)
    shown = await pair(bench, "a", "b")
    async with bench.store.snapshot() as reader:
        ends = shown.review.left.subject, shown.review.right.subject
        explained = await bench.index.explain(reader, *ends)
    for comparisons in (review.comparisons, shown.review.comparisons, explained.comparisons):
        text = repr(comparisons)
        assert not [each for each in ("LS124QT", "YO19AA", "07700", "447700") if each in text]
    assert asking.RESTRICTED in shown.cautions
    assert asking.RESTRICTED not in open_to_see.cautions
    assert "LS124QT" in repr(open_to_see.review.comparisons)
    assert adds_up(shown.review)


@pytest.mark.parametrize(
    ("left", "right", "cautions"),
    [
        (who(), who("Grace", "Hall"), []),
        (who(nhs=ANNE), who(nhs=BRIAN), [asking.NUMBERS]),
        (who(), who(born="1947-08-27"), [asking.BIRTH]),
        (who(sex="female"), who(sex="male"), [asking.SEX]),
        (who("Oluwaseun", **HOME), who("Anne", **HOME), [asking.TWINS]),
        (who("Oluwaseun", nhs=ANNE), who("Anne", nhs=ANNE), [asking.TWINS]),
        (who(born="1919-01-02", **HOME), who(**HOME), [asking.BIRTH, asking.NAMESAKES]),
        (replace(who(), deceased=True), who(), [asking.DEATH]),
        (replace(who(), deceased=True), replace(who(), deceased=True), []),
    ],
)
async def test_what_speaks_against_one_person_is_said(
    tmp_path: Path, left: Demographics, right: Demographics, cautions: list[str]
) -> None:
    bench = await open_bench(tmp_path)
    await bench.place("gp", "a", left)
    await bench.place("hospital", "b", right)
    assert list((await pair(bench, "a", "b")).cautions) == cautions
    await bench.store.close()


async def test_how_two_records_stand_is_told(bench: Bench) -> None:
    await bench.place("gp", "a", who(nhs=ANNE))
    await bench.place("hospital", "b", who(nhs=ANNE))
    await bench.place("hospital", "c", who("Grace", "Hall", "1990-02-03"))
    assert (await pair(bench, "a", "b")).standing is Standing.ONE
    two = await pair(bench, "b", "c")
    assert two.standing is Standing.TWO
    assert asking.ONE_SOURCE in two.cautions
    assert [[end.local_id for end in side] for side in two.sides] == [["a", "b"], ["c"]]
    await bench.merge("b", "c")
    linked = await pair(bench, "b", "c")
    assert (linked.standing, linked.sides[0]) == (Standing.LINKED, linked.sides[1])
    assert linked.ruled
    assert linked.ruled.by_source
    await bench.unmerge("b", "c")
    assert (await pair(bench, "b", "c")).standing is Standing.APART
    with pytest.raises(NotFoundError):
        async with bench.store.snapshot() as reader:
            await bench.index.pair(reader, 1, 99, TODAY)


async def test_the_queue_counts_ages_days_decisions_and_how_they_agree(bench: Bench) -> None:
    for name in "abc":
        await bench.place("gp", name, who("John", "Smith", postcode=f"LS1{name} 4QT"))
    before = await reviews(bench)
    await bench.decide(before[0].id, same=True)
    await bench.undo(before[0].id)
    await bench.decide(before[0].id, same=False)
    async with bench.store.snapshot() as reader:
        figures = await bench.index.queue_figures(reader, bench.index.decisions.clock.now())
    assert figures.waiting == sum(dict(figures.ages).values()) == len(await reviews(bench))
    assert (figures.undone, figures.agreement.decided) == (1, 1)
    ((day, same, apart),) = [(each.day, each.same, each.apart) for each in figures.days]
    assert (day.isoformat(), same, apart) == ("2026-11-24", 0, 1)
    leaned = before[0].score >= (before[0].thresholds.review + before[0].thresholds.link) / 2
    assert figures.agreement.agreed == int(not leaned)
