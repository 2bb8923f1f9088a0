"""Whole records, their pages and their amounts, beside a naive reading of what was put in."""

from collections import Counter
from datetime import timedelta

import pytest

from record.rooms import HIDDEN, NOW, Room, condition
from throughcare.kernel import BadInputError
from throughcare.model.entry import Stored
from throughcare.model.extent import Extent

MONTH = "onsetDateTime"


@pytest.fixture
async def entries(room: Room) -> list[Stored]:
    """Store conditions of three subjects, one a second: some dated, some hidden."""
    made = []
    for number in range(12):
        dated = {MONTH: f"2026-{number + 1:02}-10"} if number % 3 else {}
        labels = HIDDEN if number % 4 == 3 else frozenset()
        entry = room.entry(condition(f"c{number}", **dated), 1 + number % 3, labels=labels)
        made += await room.put(entry)
    return made


def shown(found: list[Stored], *, hidden: bool = False) -> list[str]:
    """Return ids by subject, then as they came, of what a gate that hides labels shows."""
    kept = [each for each in found if hidden or not each.cls.labels]
    return [each.id for each in sorted(kept, key=lambda each: (each.subject, int(each.id[1:])))]


async def test_an_extent_is_what_a_naive_filter_keeps(room: Room, entries: list[Stored]) -> None:
    middle = entries[5].updated
    gate = await room.gate()
    async with room.store.snapshot() as reader:
        for extent, kept in (
            (Extent(), entries),
            (Extent(types=("Patient",)), []),
            (Extent(types=("Condition",)), entries),
            (Extent(since=middle), [each for each in entries if each.updated > middle]),
            (Extent(until=middle), [each for each in entries if each.updated <= middle]),
        ):
            found = await room.records.extent(reader, [1, 2, 3], gate, extent)
            assert [each.id for each in found] == shown(list(kept))
        alone = await room.records.extent(reader, [2], gate, Extent())
    assert [each.id for each in alone] == [i for i in shown(entries) if int(i[1:]) % 3 == 1]


async def test_dates_narrow_what_has_one_and_nothing_else(
    room: Room, entries: list[Stored]
) -> None:
    start = (NOW.replace(month=5, day=1, hour=0, minute=0) - NOW) // timedelta(microseconds=1)
    low = int(NOW.timestamp() * 1_000_000) + start
    gate = await room.gate(hide=False)
    async with room.store.snapshot() as reader:
        found = await room.records.extent(reader, [1, 2, 3], gate, Extent(low=low))
    undated = {each.id for each in entries if not int(each.id[1:]) % 3}
    later = {each.id for each in entries if int(each.id[1:]) >= 4}
    assert {each.id for each in found} == undated | later


async def test_pages_are_the_whole_in_its_order_under_writes(
    room: Room, entries: list[Stored]
) -> None:
    gate = await room.gate()
    met: list[str] = []
    extent, turns = Extent(count=2), 0
    while True:
        async with room.store.snapshot() as reader:
            page = await room.records.page(reader, [1, 2, 3], gate, extent)
        met += [each.id for each in page.entries]
        assert page.total is not None
        assert page.total >= len(shown(entries))
        turns += 1
        if turns == 2:
            await room.put(room.entry(condition("c99"), 3))
        if not page.next:
            break
        extent = Extent(count=2, after=page.next)
    assert turns > 3
    assert [each for each in met if each != "c99"] == shown(entries)
    assert met.count("c99") == 1


async def test_a_place_belongs_to_its_record_and_extent(room: Room, entries: list[Stored]) -> None:
    assert entries
    gate = await room.gate()
    async with room.store.snapshot() as reader:
        page = await room.records.page(reader, [1], gate, Extent(count=1))
        for subjects, extent in (
            ([2], Extent(count=1, after=page.next)),
            ([1], Extent(types=("Condition",), count=1, after=page.next)),
            ([1], Extent(count=1, after="made-up")),
        ):
            with pytest.raises(BadInputError):
                await room.records.page(reader, subjects, gate, extent)


async def test_amounts_are_the_counts_of_what_may_be_seen(
    room: Room, entries: list[Stored]
) -> None:
    gate = await room.gate()
    async with room.store.snapshot() as reader:
        found = await room.records.amounts(reader, [1, 2, 3], gate, Extent())
    naive = Counter((each.subject, each.type) for each in entries if not each.cls.labels)
    assert {(each.subject, each.type): each.count for each in found} == naive
    assert [each.subject for each in found] == [1, 2, 3]
    assert all(each.packed > 0 for each in found)


async def test_what_is_named_comes_once_if_it_may_be_seen(
    room: Room, entries: list[Stored]
) -> None:
    assert entries
    gate = await room.gate()
    names = ["Condition/c0", "Condition/c3", "Condition/c0", "Condition/none", "Patient/c1"]
    async with room.store.snapshot() as reader:
        found = await room.records.named(reader, names, gate)
    assert [each.id for each in found] == ["c0"]
