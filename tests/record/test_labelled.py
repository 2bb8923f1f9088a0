"""What of a record has labels is what a naive look at all of it finds, however many classes."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from record.rooms import HIDDEN, Room, condition, encounter
from store.engines import TickingClock, on_every_engine, opened
from throughcare.model.entry import EntryClass
from throughcare.record import NewEntry, Records
from throughcare.record.labelled import MOST
from throughcare.store.protocol import Transaction

PEOPLE = {1: frozenset({1, 2}), 3: frozenset({3}), 4: frozenset({4, 5})}
"""Their subjects. Of the third none is listed."""
LISTED = (2, 3)


@pytest.fixture(params=on_every_engine)
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async for store in opened(request.param, tmp_path):

        async def work(tx: Transaction) -> None:
            for person, subjects in PEOPLE.items():
                for subject in subjects:
                    sql = "INSERT INTO person_link (subject, person, since) VALUES (?, ?, 0)"
                    await tx.query(sql, (subject, person))
            for subject in LISTED:
                await tx.query("INSERT INTO labelling_subject (subject) VALUES (?)", (subject,))

        await store.transact(work)
        yield Room(store)


def is_sealed(cls: EntryClass) -> bool:
    """Tell whether an entry is one that is looked for."""
    return bool(cls.labels)


def kept_by(entry: NewEntry, custodian: str) -> NewEntry:
    """Return an entry that somebody else keeps."""
    return replace(entry, cls=replace(entry.cls, custodian=custodian))


async def check(room: Room, records: Records, *more: NewEntry) -> int:
    """Compare what has labels, straight after `more` is written, with a look at everything."""

    async def work(tx: Transaction) -> int:
        await records.put(tx, more)
        found = await records.labelled(tx, [1, 2, 3, 4], is_sealed)
        assert found.keys() == {1, 3}
        for person, record in found.items():
            assert record.subjects == PEOPLE[person]
            every = await records.unfiltered(tx, sorted(PEOPLE[person]))
            sealed = [entry for entry in every if is_sealed(entry.cls)]
            assert await record.opened() == sealed
            assert len(record.packed) == len(sealed)
        return sum(len(record.packed) for record in found.values())

    return await room.store.transact(work)


async def test_what_has_labels_is_what_a_look_at_everything_finds(room: Room) -> None:
    hidden = [room.entry(condition(f"h{at}"), at, labels=HIDDEN) for at in (1, 2, 4)]
    shown = [room.entry(condition(f"s{at}"), at) for at in (1, 2, 3, 5)]
    assert await check(room, room.records) == 0
    # The class is new with what is written, and then known.
    assert await check(room, room.records, *hidden, *shown) == 2
    assert await check(room, room.records, room.entry(encounter("e"), 3, labels=HIDDEN)) == 3
    # Nobody of another process knows of it.
    other = Records(room.store, TickingClock())
    assert await check(room, other) == 3
    assert await check(room, other, room.entry(condition("s1"), 1, labels=HIDDEN)) == 4


async def test_of_many_classes_it_is_the_same(room: Room) -> None:
    many = [
        kept_by(room.entry(condition(f"h{at}"), 1 + at % 5, labels=HIDDEN), f"R{at}")
        for at in range(MOST + 20)
    ]
    shown = [room.entry(condition(f"s{at}"), at) for at in (1, 2, 3)]
    await room.put(*many, *shown)
    expected = sum(entry.subject in {1, 2, 3} for entry in many)
    assert await check(room, room.records) == expected
    late = kept_by(room.entry(condition("late"), 2, labels=HIDDEN), "LATE")
    assert await check(room, room.records, late) == expected + 1
