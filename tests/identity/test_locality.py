"""The bars of the first person index, on one locality's five feeds."""

import csv
import random  # noqa: TID251 - a seeded order
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path

import pytest

from identity.fixtures_index import Bench, benches, open_bench, sets_of
from identity.locality_feeds import Fact, facts
from shared_data import shared
from store.engines import on_every_engine
from throughcare.identity.compare import demographics_of
from throughcare.model.person import QueueQuery, SourceRecord, State
from throughcare.store.protocol import Transaction


async def load(bench: Bench, all_facts: Sequence[Fact]) -> None:
    """Place and merge everything in this order, as one load."""

    async def work(tx: Transaction) -> None:
        for fact in all_facts:
            if fact.retired:
                await bench.index.decisions.merge(
                    tx, fact.source, fact.local_id, fact.retired, "feed", "A40"
                )
            else:
                known = demographics_of(fact.patient)
                await bench.index.place(tx, fact.source, fact.local_id, "record", known)
        await bench.index.rebuild(tx)

    await bench.store.transact(work)


@pytest.fixture(params=on_every_engine)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """Open an index with the whole locality loaded."""
    records = facts(shared("one-locality"))  # first: a skip would leave the store open
    async for one in benches(request.param, tmp_path):
        await load(one, records)
        yield one


def truth() -> dict[tuple[str, str], str]:
    """Return the true person of each (source, local id)."""
    with shared("one-locality", "truth.csv").open(encoding="utf-8", newline="") as file:
        return {(row["source"], row["local_id"]): row["person"] for row in csv.DictReader(file)}


def by_person(people: Sequence[SourceRecord]) -> dict[int, list[SourceRecord]]:
    """Return the records of each person."""
    found: dict[int, list[SourceRecord]] = {}
    for record in people:
        found.setdefault(record.person, []).append(record)
    return found


async def test_every_source_record_has_its_row(bench: Bench) -> None:
    people = await bench.people()
    assert {(record.source, record.local_id) for record in people} == set(truth())


async def test_no_link_is_wrong(bench: Bench) -> None:
    person = truth()
    for records in by_person(await bench.people()).values():
        assert len({person[record.source, record.local_id] for record in records}) == 1


async def test_no_pair_that_must_not_link_is_joined(bench: Bench) -> None:
    people = {record.local_id: record.person for record in await bench.people()}
    with shared("one-locality", "pairs.csv").open(encoding="utf-8", newline="") as file:
        pairs = [(row["nhs_a"], row["nhs_b"]) for row in csv.DictReader(file)]
    assert pairs
    for one, other in pairs:
        assert people[f"NHS:{one}"] != people[f"NHS:{other}"]


async def test_985_of_1000_records_link_to_their_gp_record_and_the_rest_wait(bench: Bench) -> None:
    people = await bench.people()
    person = truth()
    gp = {person["gp", record.local_id]: record for record in people if record.source == "gp"}
    others = [record for record in people if record.source != "gp"]
    linked = [
        record
        for record in others
        if record.person == gp[person[record.source, record.local_id]].person
        and record.state is State.LINKED
    ]
    assert len(linked) / len(others) >= 0.985
    assert {record.state for record in others if record not in linked} <= {State.REVIEW}


async def test_gp_records_never_wait(bench: Bench) -> None:
    states = {record.state for record in await bench.people() if record.source == "gp"}
    assert states == {State.LINKED}


async def test_numbers_merged_by_the_hospital_are_one_person(bench: Bench) -> None:
    people = {record.local_id: record.person for record in await bench.people()}
    merges = [fact for fact in facts(shared("one-locality")) if fact.retired]
    assert len(merges) == 6
    for fact in merges:
        assert people[fact.local_id] == people[fact.retired]


async def test_what_waits_has_a_review_with_its_reasons(bench: Bench) -> None:
    waiting = {record.person for record in await bench.people() if record.state is State.REVIEW}
    async with bench.store.snapshot() as reader:
        asked = QueueQuery(most=10_000)
        reviews = (await bench.index.reviews(reader, asked, date(2026, 11, 24))).reviews
    assert waiting <= {review.left.person for review in reviews}
    for review in reviews:
        assert review.reasons
        assert sum(row.weight for row in review.comparisons) == pytest.approx(review.score, abs=13)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_any_order_of_loading_gives_the_same_people(
    bench: Bench, tmp_path: Path, seed: int
) -> None:
    shuffled = facts(shared("one-locality"))
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - a seeded order, no secret
    folder = tmp_path / "shuffled"
    folder.mkdir()
    other = await open_bench(folder)
    await load(other, shuffled)
    people = await bench.people()
    again = await other.people()
    await other.store.close()
    assert sets_of(again) == sets_of(people)
    states = {(record.source, record.local_id, record.state) for record in people}
    assert {(record.source, record.local_id, record.state) for record in again} == states


async def test_loading_twice_changes_nothing(bench: Bench) -> None:
    before = await bench.people()
    await load(bench, facts(shared("one-locality")))
    assert await bench.people() == before
