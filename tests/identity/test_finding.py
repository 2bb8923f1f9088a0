"""Finding people: by number, or by name and date of birth; bounded, and said to be."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from identity.fixtures_index import Bench, benches
from identity.people_made import ANNE, BRIAN, who
from store.engines import each_kind
from throughcare.identity import finding
from throughcare.kernel import BadInputError
from throughcare.model.person import PersonQuery, QueueQuery

HOME = {"postcode": "LS12 4QT", "phone": "07700 900846"}


@pytest.fixture(params=each_kind)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """Open an empty index."""
    async for one in benches(request.param, tmp_path):
        yield one


async def find(bench: Bench, query: PersonQuery) -> list[int]:
    async with bench.store.snapshot() as reader:
        return list((await bench.index.find(reader, query)).persons)


async def test_people_are_found_by_number_and_by_name_forgivingly(bench: Bench) -> None:
    known = who("Siân", "O'Connor", "1947-08-26", nhs=ANNE, sex="female", **HOME)
    placed = await bench.place("gp", "NHS:1", known)
    born = date(1947, 8, 26)
    for query in (
        PersonQuery(nhs_number="999 000 0018"),
        PersonQuery(given="SIAN", family="o connor", born=born),
        PersonQuery(given="OConnor", family="Sian", born=born),
        PersonQuery(family="O'Connor", born=born),
        PersonQuery(given="Sian", family="OConnor", born=born, postcode="ls12 4qt", sex="female"),
    ):
        assert await find(bench, query) == [placed.person]
    for query in (
        PersonQuery(nhs_number=BRIAN),
        PersonQuery(given="Grace", family="O'Connor", born=born),
        PersonQuery(given="Sian", family="OConnor", born=date(1990, 1, 2)),
        PersonQuery(given="Sian", family="OConnor", born=born, postcode="YO1 9AA"),
        PersonQuery(given="Sian", family="OConnor", born=born, sex="male"),
    ):
        assert await find(bench, query) == []


async def test_a_number_is_its_owners_while_somebody_else_who_carries_it_waits(
    bench: Bench,
) -> None:
    twin = await bench.place("hospital", "MRN:2", who("Oluwaseun", nhs=ANNE))
    async with bench.store.snapshot() as reader:
        assert await bench.index.holders(reader, ANNE) == (twin.person,)
    owner = await bench.place("gp", "NHS:1", who("Anne", nhs=ANNE, **HOME))
    undated = await bench.place("hospital", "MRN:1", who("Anne", born="", nhs=ANNE))
    assert len({owner.person, undated.person, twin.person}) == 3
    async with bench.store.snapshot() as reader:
        assert await bench.index.holders(reader, "999 000 0018") == (owner.person,)
        assert await bench.index.holders(reader, BRIAN) == ()


async def test_restricted_people_are_never_found_by_postcode(bench: Bench) -> None:
    placed = await bench.place("gp", "NHS:1", who(nhs=ANNE, restricted=True, **HOME))
    await bench.place("hospital", "MRN:1", who(nhs=ANNE, **HOME))
    born = date(1947, 8, 26)
    by_name = PersonQuery(given="Anne", family="Okafor", born=born)
    assert await find(bench, by_name) == [placed.person]
    assert await find(bench, replace(by_name, postcode="LS12 4QT")) == []


async def crowd(bench: Bench, count: int) -> PersonQuery:
    """Place people of one name and day, each at a postcode of their own; return the search."""
    for at in range(count):
        home = f"LS{at + 1} 4QT"
        await bench.place("gp", f"NHS:{at}", who("John", "Smith", "1980-01-02", postcode=home))
    await bench.rebuild()
    return PersonQuery(given="John", family="Smith", born=date(1980, 1, 2))


async def test_a_search_shows_the_likeliest_and_says_how_many_there_are(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MOST_FOUND", 3)
    query = await crowd(bench, 5)
    # The day and month the other way round: may be meant, and comes after those who fit.
    await bench.place("gp", "swapped", who("John", "Smith", "1980-02-01"))
    persons = {record.local_id: record.person for record in await bench.people()}
    async with bench.store.snapshot() as reader:
        found = await bench.index.find(reader, query)
        one = await bench.index.find(reader, replace(query, postcode="LS5 4QT"))
    assert len(found.persons) == 3
    assert persons["swapped"] not in found.persons
    assert (found.total, found.is_whole) == (6, True)
    assert (one.persons, one.total) == ((persons["NHS:4"],), 1)


async def test_a_crowded_name_is_said_not_to_be_compared_whole_and_a_postcode_finds_who_is_meant(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = await crowd(bench, 5)
    persons = {record.local_id: record.person for record in await bench.people()}
    hidden = who("John", "Smith", "1980-01-02", restricted=True, postcode="LS9 4QT")
    await bench.place("gp", "hidden", hidden)
    monkeypatch.setattr(finding, "MOST_COMPARED", 4)
    async with bench.store.snapshot() as reader:
        crowded = await bench.index.find(reader, query)
        placed = await bench.index.find(reader, replace(query, postcode="LS4 4QT"))
        away = await bench.index.find(reader, replace(query, postcode="LS9 4QT"))
    assert (crowded.persons, crowded.is_whole) == ((), False)
    assert (placed.persons, placed.total) == ((persons["NHS:3"],), 1)
    assert (away.persons, away.total) == ((), 0)
    assert not placed.is_whole


async def test_of_a_number_that_too_many_carry_the_first_are_shown_and_said_not_to_be_all(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("Anne", "Brian", "Chipo", "Dewi", "Esther")
    placed = [
        (await bench.place("gp", name, who(name, name, f"19{at}0-01-02", nhs=ANNE))).person
        for at, name in enumerate(names, 4)
    ]
    query = PersonQuery(nhs_number=ANNE)
    async with bench.store.snapshot() as reader:
        whole = await bench.index.find(reader, query)
        monkeypatch.setattr(finding, "MOST_COMPARED", 3)
        some = await bench.index.find(reader, query)
    assert (whole.persons, whole.is_whole) == (tuple(sorted(placed)), True)
    assert (some.persons, some.is_whole) == (tuple(sorted(placed[:3])), False)


async def test_a_number_of_several_is_of_two_at_least_however_many_are_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at, name in enumerate(("Anne", "Brian", "Chipo"), 4):
        await bench.place("gp", name, who(name, name, f"19{at}0-01-02", nhs=ANNE))
    async with bench.store.snapshot() as reader:
        waiting = await bench.index.reviews(reader, QueueQuery(most=10), date(2026, 1, 2))
    for review in waiting.reviews:
        await bench.decide(review.id, same=False)
    monkeypatch.setattr(finding, "MOST_FOUND", 2)
    async with bench.store.snapshot() as reader:
        assert len(await bench.index.holders(reader, ANNE)) == 2


async def test_a_search_that_could_fish_is_refused(bench: Bench) -> None:
    for query in (
        PersonQuery(postcode="LS12 4QT"),
        PersonQuery(family="Smith"),
        PersonQuery(nhs_number="12"),
    ):
        with pytest.raises(BadInputError):
            await find(bench, query)
