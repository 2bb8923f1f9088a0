"""Histories of types and of the node, on every engine, beside a list kept by hand."""

from datetime import timedelta

import pytest

from record.rooms import HIDDEN, NOW, Room, condition, encounter
from throughcare.fhir.histories import Span
from throughcare.kernel import BadInputError
from throughcare.model.decision import Gate
from throughcare.model.entry import Stored
from throughcare.record.feeding import seal


async def filled(room: Room) -> list[Stored]:
    """Store versions of several subjects, some hidden, deleted, moved; newest first."""
    made = [
        *await room.put(room.entry(condition("a", "1"), 1), room.entry(encounter("e"), 2)),
        *await room.put(room.entry(condition("h", "1"), 3, labels=HIDDEN)),
        *await room.put(room.entry(condition("a", "2"), 1)),
        *await room.put(room.entry(condition("b", "1"), 2)),
        *await room.put(room.entry(condition("b"), 2, deleted=True)),
        *await room.put(room.entry(condition("h", "2"), 3, labels=HIDDEN)),
        *await room.put(room.entry(encounter("e", "2"), 4)),  # now another's
        *await room.put(room.entry(condition("b", "2"), 2)),
    ]
    return made[::-1]


async def all_pages(room: Room, type_: str, gate: Gate, span: Span) -> list[Stored]:
    found: list[Stored] = []
    after = span.after
    while True:
        async with room.store.snapshot() as reader:
            asked = Span(span.count, after, span.since, span.at)
            page, after = await room.records.feed(reader, type_, asked, gate)
        assert len(page) <= span.count
        found += page
        if not after:
            return found


@pytest.mark.parametrize("count", [1, 3, 100])
@pytest.mark.parametrize("type_", ["", "Condition", "Encounter", "Patient"])
async def test_every_change_that_may_be_seen_stands_once_newest_first(
    room: Room, type_: str, count: int
) -> None:
    made = [each for each in await filled(room) if type_ in {"", each.type}]
    whole = await all_pages(room, type_, await room.gate(hide=False), Span(count))
    assert whole == made
    some = await all_pages(room, type_, await room.gate(), Span(count))
    assert some == [each for each in made if each.id != "h"]
    assert await all_pages(room, type_, Gate(), Span(count)) == []


async def test_one_of_whom_alone_something_may_be_seen_is_seen_alone(room: Room) -> None:
    made = await filled(room)
    everything = await room.gate(hide=False)
    bound = Gate({2: everything.others})
    found = await all_pages(room, "", bound, Span(2))
    assert found == [each for each in made if each.subject == 2 and each.type == "Condition"]


async def test_since_and_at_are_those_of_the_versions_themselves(room: Room) -> None:
    made = await filled(room)
    gate = await room.gate(hide=False)
    middle = NOW + timedelta(seconds=4)
    since = await all_pages(room, "", gate, Span(2, since=middle))
    assert since == [each for each in made if each.updated >= middle]
    then = await all_pages(room, "", gate, Span(2, at=(middle, middle)))
    current = {}
    for each in made[::-1]:
        if each.updated <= middle:
            current[each.type, each.id] = each
    assert {(each.type, each.id, each.version) for each in then} == {
        (each.type, each.id, each.version) for each in current.values()
    }


async def test_a_place_in_one_feed_is_none_in_another(room: Room) -> None:
    await filled(room)
    gate = await room.gate(hide=False)
    async with room.store.snapshot() as reader:
        _, after = await room.records.feed(reader, "", Span(1), gate)
        assert after
        assert len(after) == len(seal(bytes(64), "", 1)) == len(seal(bytes(64), "", 10**12))
        for wrong in (("Condition", after), ("", after[:-2]), ("", "odd")):
            with pytest.raises(BadInputError):
                await room.records.feed(reader, wrong[0], Span(1, wrong[1]), gate)
