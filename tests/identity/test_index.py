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
from throughcare.identity.compare import Demographics
from throughcare.kernel import NotFoundError
from throughcare.model.person import QueueQuery, Review, State

ALL = QueueQuery(most=1_000)
TODAY = date(2026, 11, 24)
HOME = {"postcode": "LS12 4QT", "phone": "07700 900846"}


@pytest.fixture(params=each_kind)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """Open an empty index."""
    async for one in benches(request.param, tmp_path):
        yield one


async def reviews(bench: Bench) -> list[Review]:
    async with bench.store.snapshot() as reader:
        return list((await bench.index.reviews(reader, ALL, TODAY)).reviews)


async def waiting_pair(bench: Bench) -> str:
    """Place two John Smiths born the same day; return the id of their review."""
    await bench.place("gp", "NHS:1", who("John", "Smith", nhs=ANNE, postcode="LS12 4QT"))
    await bench.place("social", "LA:1", who("John", "Smith", postcode="YO1 9AA"))
    (review,) = await reviews(bench)
    return review.id


async def test_a_new_record_is_a_new_person(bench: Bench) -> None:
    placed = await bench.place("gp", "NHS:1", who(nhs=ANNE))
    assert placed.person
    assert (placed.state, placed.candidates, placed.moved) == (State.LINKED, (), ())


async def test_the_same_record_again_changes_nothing(bench: Bench) -> None:
    first = await bench.place("gp", "NHS:1", who(nhs=ANNE))
    assert await bench.place("gp", "NHS:1", who(nhs=ANNE)) == first


async def test_an_equal_number_joins_and_says_whose_record_changed(bench: Bench) -> None:
    first = await bench.place("gp", "NHS:1", who(nhs=ANNE))
    second = await bench.place("social", "LA:1", who("Annie", nhs=ANNE))
    assert second.person == first.person
    assert second.moved == (first.person,)


async def test_a_doubtful_record_is_a_person_of_its_own_with_candidates(bench: Bench) -> None:
    first = await bench.place("gp", "NHS:1", who("John", "Smith", nhs=ANNE, postcode="LS12 4QT"))
    second = await bench.place("social", "LA:1", who("John", "Smith", postcode="YO1 9AA"))
    assert second.person != first.person
    assert (second.state, second.candidates) == (State.REVIEW, (first.person,))


async def test_who_waits_does_not_depend_on_who_came_first(bench: Bench) -> None:
    await bench.place("social", "LA:1", who("John", "Smith", postcode="YO1 9AA"))
    await bench.place("gp", "NHS:1", who("John", "Smith", nhs=ANNE, postcode="LS12 4QT"))
    states = {record.source: record.state for record in await bench.people()}
    assert states == {"gp": State.LINKED, "social": State.REVIEW}


async def test_a_later_address_resolves_a_review(bench: Bench) -> None:
    await waiting_pair(bench)
    placed = await bench.place("social", "LA:1", who("John", "Smith", postcode="LS12 4QT"))
    assert placed.state is State.LINKED
    assert await bench.sets() == {frozenset({"NHS:1", "LA:1"})}
    assert not await reviews(bench)


async def test_who_waited_for_evidence_that_is_gone_waits_no_longer(bench: Bench) -> None:
    await bench.place("gp", "NHS:1", who("John", "Smith", nhs=ANNE, postcode="LS12 4QT"))
    await bench.place("social", "LA:1", who("John", "Smith", postcode="YO1 9AA"))
    await bench.place("gp", "NHS:1", who("Grace", "Hall", "1990-02-03", nhs=ANNE, sex="female"))
    there = (await reviews(bench), await bench.people())
    await bench.rebuild()
    assert (await reviews(bench), await bench.people()) == there


async def test_new_evidence_joins_two_persons(bench: Bench) -> None:
    await bench.place("social", "LA:1", who(postcode="LS12 4QT", phone="07700 900111"))
    await bench.place("ambulance", "CAD1", who("Anne", "Smith", phone="07700 900846"))
    both = replace(
        who(postcode="LS12 4QT", phone="07700 900846"),
        names=(*who("Anne", "Okafor").names, *who("Anne", "Smith").names),
    )
    assert len(await bench.sets()) == 2
    placed = await bench.place("hospital", "MRN:1", both)
    assert len(placed.moved) == 2
    assert len(await bench.sets()) == 1


async def test_a_merge_takes_effect_whatever_comes_first(bench: Bench) -> None:
    await bench.merge("MRN:1", "MRN:2")
    await bench.place("hospital", "MRN:2", who("Grace", "Hall", "1990-02-03"))
    await bench.place("hospital", "MRN:1", who())
    assert await bench.sets() == {frozenset({"MRN:1", "MRN:2"})}


async def test_a_merged_id_redirects_and_an_unmerge_gives_it_back(bench: Bench) -> None:
    await bench.place("hospital", "MRN:1", who())
    await bench.place("hospital", "MRN:2", who("Grace", "Hall", "1990-02-03"))
    before = await bench.ids()
    await bench.merge("MRN:2", "MRN:1")
    async with bench.store.snapshot() as reader:
        old = await bench.index.by_public_id(reader, before["MRN:2"])
        assert old == await bench.index.by_public_id(reader, before["MRN:1"])
        assert await bench.index.by_public_id(reader, "nobody") is None
    await bench.unmerge("MRN:2", "MRN:1")
    assert await bench.ids() == before


async def test_a_merge_said_twice_is_one_merge(bench: Bench) -> None:
    await bench.place("hospital", "MRN:1", who())
    await bench.place("hospital", "MRN:2", who("Grace", "Hall", "1990-02-03"))
    assert await bench.merge("MRN:1", "MRN:2")
    assert await bench.merge("MRN:1", "MRN:2") == ()


async def test_an_unmerge_holds_against_the_score(bench: Bench) -> None:
    await bench.place("hospital", "MRN:1", who(nhs=ANNE))
    await bench.place("hospital", "MRN:2", who(nhs=ANNE))
    await bench.unmerge("MRN:1", "MRN:2")
    await bench.rebuild()
    assert await bench.sets() == {frozenset({"MRN:1"}), frozenset({"MRN:2"})}


async def test_a_decision_links_and_can_be_undone(bench: Bench) -> None:
    review = await waiting_pair(bench)
    before = await bench.people()
    await bench.decide(review, same=True)
    assert len(await bench.sets()) == 1
    assert not await reviews(bench)
    await bench.undo(review)
    assert await bench.people() == before
    assert [found.id for found in await reviews(bench)] == [review]


async def test_a_decision_of_different_closes_the_review(bench: Bench) -> None:
    review = await waiting_pair(bench)
    await bench.decide(review, same=False)
    assert not await reviews(bench)
    assert {record.state for record in await bench.people()} == {State.LINKED}
    with pytest.raises(NotFoundError):
        await bench.decide(review, same=True)


async def test_no_update_undoes_a_human_decision(bench: Bench) -> None:
    review = await waiting_pair(bench)
    await bench.decide(review, same=False)
    known = who("John", "Smith", nhs=ANNE, postcode="LS12 4QT")
    await bench.place("social", "LA:1", known)
    await bench.rebuild()
    assert len(await bench.sets()) == 2


async def test_what_was_never_decided_can_not_be_undone(bench: Bench) -> None:
    review = await waiting_pair(bench)
    for unknown in (review, "7-8", "nonsense"):
        with pytest.raises(NotFoundError):
            await bench.undo(unknown)


async def test_a_consent_waits_for_its_person_and_is_there_when_they_come(bench: Bench) -> None:
    waits = await bench.place("consents", "row 1", who("", "", "", nhs=ANNE), "attachment")
    assert (waits.person, waits.state) == (0, State.REVIEW)
    placed = await bench.place("gp", "NHS:1", who(nhs=ANNE))
    async with bench.store.snapshot() as reader:
        assert await bench.index.subjects_of(reader, placed.person) == (
            waits.subject,
            placed.subject,
        )
        assert await bench.index.persons_of(reader, [waits.subject]) == (placed.person,)
        assert await bench.index.waiting(reader) == []
    assert [record.source for record in await bench.people()] == ["gp"]


async def test_a_consent_is_there_when_its_person_is_told_the_number_later(bench: Bench) -> None:
    placed = await bench.place("gp", "NHS:1", who())
    waits = await bench.place("consents", "row 1", who("", "", "", nhs=ANNE), "attachment")
    assert waits.person == 0
    await bench.place("gp", "NHS:1", who(nhs=ANNE))
    async with bench.store.snapshot() as reader:
        assert await bench.index.persons_of(reader, [waits.subject]) == (placed.person,)


async def test_a_letter_with_another_birth_date_waits(bench: Bench) -> None:
    await bench.place("gp", "NHS:1", who(nhs=ANNE))
    letter = who("", "", "1990-02-03", nhs=ANNE)
    assert (await bench.place("letters", "a.txt", letter, "attachment")).person == 0
    async with bench.store.snapshot() as reader:
        assert await bench.index.waiting(reader) == [("letters", "a.txt")]


async def test_of_two_persons_with_its_number_an_attachment_keeps_to_its_own(bench: Bench) -> None:
    await bench.place("gp", "NHS:1", who(nhs=ANNE))
    consent = who("", "", "", nhs=ANNE)
    placed = await bench.place("consents", "row 1", consent, "attachment")
    assert placed.person
    await bench.place("hospital", "MRN:1", who("Oluwaseun", "Hall", "1990-02-03", nhs=ANNE))
    async with bench.store.snapshot() as reader:
        assert await bench.index.persons_of(reader, [placed.subject]) == (placed.person,)
    (review,) = await reviews(bench)
    await bench.decide(review.id, same=False)
    async with bench.store.snapshot() as reader:
        assert await bench.index.persons_of(reader, [placed.subject]) == (placed.person,)
    later = await bench.place("consents", "row 2", consent, "attachment")
    assert later.person == 0


async def test_attachments_follow_a_merge_and_its_undoing(bench: Bench) -> None:
    await bench.place("hospital", "MRN:1", who())
    anne = await bench.place("hospital", "MRN:2", who("Grace", "Hall", "1990-02-03", nhs=ANNE))
    consent = await bench.place("consents", "row 1", who("", "", "", nhs=ANNE), "attachment")
    await bench.merge("MRN:1", "MRN:2")
    async with bench.store.snapshot() as reader:
        merged = await bench.index.persons_of(reader, [consent.subject])
        assert merged == await bench.index.persons_of(reader, [anne.subject])
    await bench.unmerge("MRN:1", "MRN:2")
    async with bench.store.snapshot() as reader:
        assert await bench.index.persons_of(reader, [consent.subject]) == (anne.person,)


async def test_two_records_are_explained_field_by_field(bench: Bench) -> None:
    left = await bench.place("gp", "NHS:1", who(nhs=ANNE))
    right = await bench.place("social", "LA:1", who("Annie", nhs=ANNE))
    async with bench.store.snapshot() as reader:
        score = await bench.index.explain(reader, left.subject, right.subject)
        with pytest.raises(NotFoundError):
            await bench.index.explain(reader, left.subject, 99)
        with pytest.raises(NotFoundError):
            await bench.index.public_id(reader, 99)
    assert [row.field for row in score.comparisons][:3] == ["given", "middle", "family"]


async def test_a_change_is_written_with_the_sets_before_and_after(bench: Bench) -> None:
    one = await bench.place("hospital", "MRN:1", who())
    two = await bench.place("hospital", "MRN:2", who("Grace", "Hall", "1990-02-03"))
    await bench.merge("MRN:1", "MRN:2")
    async with bench.store.snapshot() as reader:
        rows = await reader.rows("identity.events_of", person=two.person)
    assert [(row[1], row[2], row[3]) for row in rows] == [("merge", "feed", "A40")]
    assert rows[0][4] == f"[[{one.person}, [{one.subject}]], [{two.person}, [{two.subject}]]]"
    assert rows[0][5] == f"[[{one.person}, [{one.subject}, {two.subject}]]]"


async def test_a_merge_takes_the_whole_person_along(bench: Bench) -> None:
    for number in range(3):
        await bench.place("hospital", f"MRN:{number}", who("Anne", "Okafor", **HOME))
    await bench.place("hospital", "MRN:3", who("John", "Smith", "1950-05-06", nhs=BRIAN))
    before = await bench.people()
    await bench.merge("MRN:3", "MRN:2")
    assert len(await bench.sets()) == 1
    await bench.unmerge("MRN:3", "MRN:2")
    assert await bench.people() == before


async def test_a_merge_against_a_number_gives_all_ids_back(bench: Bench) -> None:
    await bench.place("gp", "NHS:0", who("Anne", "Okafor", nhs=ANNE, **HOME))
    await bench.place("hospital", "MRN:2", who("Anne", "Okafor", **HOME))
    await bench.place("hospital", "MRN:3", who("John", "Smith", "1950-05-06", nhs=BRIAN))
    before = await bench.people()
    await bench.merge("MRN:3", "MRN:2")
    assert frozenset({"MRN:2", "MRN:3"}) in await bench.sets()
    await bench.unmerge("MRN:3", "MRN:2")
    assert await bench.people() == before


PEOPLE = [
    who(),
    who("Annie", nhs=ANNE, **HOME),
    who("John", "Smith", nhs=BRIAN, postcode="LS12 4QT"),
    who("John", "Smith", postcode="YO1 9AA"),
    who("Jon", "Smyth", phone="07700 900846"),
    who("Grace", "Hall", "1990-02-03", nhs=ANNE),
]
SOME = st.lists(st.sampled_from(PEOPLE), min_size=2, max_size=6)


async def merge_and_back(some: list[Demographics], pair: tuple[int, int], folder: Path) -> None:
    bench = await open_bench(folder)
    for number, known in enumerate(some):
        await bench.place("hospital", f"MRN:{number}", known)
    before = await bench.people()
    survivor, retired = (f"MRN:{number}" for number in pair)
    persons = {record.local_id: record.person for record in before}
    if persons[survivor] != persons[retired]:
        await bench.merge(survivor, retired)
        merged = {record.local_id: record.person for record in await bench.people()}
        assert merged[survivor] == merged[retired]
        await bench.unmerge(survivor, retired)
        after = await bench.people()
        assert [(r.local_id, r.person, r.person_id) for r in after] == [
            (r.local_id, r.person, r.person_id) for r in before
        ]
    await bench.store.close()


@given(SOME, st.data())
@settings(max_examples=12, deadline=None)
def test_unmerging_a_merge_gives_back_what_was(
    some: list[Demographics], data: st.DataObject
) -> None:
    numbers = st.integers(0, len(some) - 1)
    pair = data.draw(st.tuples(numbers, numbers))
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        asyncio.run(merge_and_back(some, pair, Path(folder)))


async def order_free(some: list[Demographics], order: list[int], folder: Path) -> None:
    found = []
    for name, sequence in (("a", range(len(some))), ("b", order)):
        (folder / name).mkdir()
        bench = await open_bench(folder / name)
        for number in sequence:
            await bench.place("hospital", f"MRN:{number}", some[number])
        await bench.rebuild()
        states = {(record.local_id, record.state) for record in await bench.people()}
        found.append((await bench.sets(), states))
        await bench.store.close()
    assert found[0] == found[1]


@given(SOME, st.data())
@settings(max_examples=12, deadline=None)
def test_after_a_rebuild_order_makes_no_difference(
    some: list[Demographics], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(some))))
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        asyncio.run(order_free(some, order, Path(folder)))
