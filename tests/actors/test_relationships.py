from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.actor_parts import START
from throughcare.actors.relationships import EVERYONE, Known, Relationships
from throughcare.actors.times import from_store, to_store
from throughcare.model.request import Actor, Permission, Relationship, Role
from throughcare.store.protocol import Store

NURSE = Actor("nurse-1", Role.NURSE, "RX7")
HOUR = timedelta(hours=1)
KNOWN = Relationships()


async def establish(store: Store, *known: Known) -> None:
    for one in known:
        await store.transact(lambda tx, one=one: KNOWN.establish(tx, one))


async def relationship(
    store: Store, *persons: int, after: timedelta = HOUR, actor: Actor = NURSE
) -> Relationship:
    async with store.snapshot() as reader:
        return await KNOWN.relationship(reader, actor, persons, START + after)


async def test_a_relationship_of_the_organisation_is_that_of_its_users(store: Store) -> None:
    await establish(store, Known(7, "RX7", EVERYONE, "admitted", START, None))
    assert await relationship(store, 7) is Relationship.YES
    assert await relationship(store, 8) is Relationship.NO
    assert await relationship(store, 8, 7) is Relationship.YES, "after a merge"
    elsewhere = Actor("nurse-1", Role.NURSE, "RX8")
    assert await relationship(store, 7, actor=elsewhere) is Relationship.NO


async def test_a_relationship_of_one_user_is_theirs_alone(store: Store) -> None:
    await establish(store, Known(7, "RX7", "nurse-2", "caseload", START, None))
    assert await relationship(store, 7) is Relationship.NO
    colleague = Actor("nurse-2", Role.NURSE, "RX7")
    assert await relationship(store, 7, actor=colleague) is Relationship.YES


async def test_a_relationship_holds_from_its_beginning_to_before_its_end(store: Store) -> None:
    await establish(store, Known(7, "RX7", EVERYONE, "admitted", START, START + HOUR))
    assert await relationship(store, 7, after=-HOUR) is Relationship.NO
    assert await relationship(store, 7, after=timedelta(0)) is Relationship.YES
    assert await relationship(store, 7, after=HOUR) is Relationship.NO


async def test_a_relationship_can_be_ended_and_stays_on_record(store: Store) -> None:
    await establish(store, Known(7, "RX7", EVERYONE, "admitted", START, None))
    ended = await store.transact(lambda tx: KNOWN.end(tx, 7, "RX7", START + HOUR))
    assert ended == 1
    assert await relationship(store, 7, after=2 * HOUR) is Relationship.NO
    async with store.snapshot() as reader:
        kept = await KNOWN.of_person(reader, [7])
    assert kept == [Known(7, "RX7", EVERYONE, "admitted", START, START + HOUR)]


async def test_nobody_without_an_organisation_has_a_relationship(store: Store) -> None:
    with pytest.raises(ValueError, match="organisation"):
        await establish(store, Known(7, "", EVERYONE, "", START, None))
    assert await relationship(store, 7, actor=Actor("x", Role.PATIENT, "")) is Relationship.NO


async def say(
    store: Store,
    said: Permission,
    after: timedelta = timedelta(0),
    *,
    person: int = 7,
    until: timedelta | None = None,
) -> None:
    end = None if until is None else START + until
    await store.transact(
        lambda tx: KNOWN.say(tx, person, "RX7", said, START + after, by="nurse-1", until=end)
    )


async def permission(store: Store, *persons: int, after: timedelta = 2 * HOUR) -> Permission:
    async with store.snapshot() as reader:
        return await KNOWN.permission(reader, "RX7", persons, START + after)


async def test_nothing_said_is_not_asked(store: Store) -> None:
    assert await permission(store, 7) is Permission.NOT_ASKED


async def test_what_was_said_last_counts_from_when_it_was_said(store: Store) -> None:
    await say(store, Permission.GIVEN)
    await say(store, Permission.REFUSED, HOUR)
    assert await permission(store, 7, after=timedelta(0)) is Permission.GIVEN
    assert await permission(store, 7) is Permission.REFUSED


async def test_what_has_lapsed_does_not_bring_back_what_was_said_before(store: Store) -> None:
    await say(store, Permission.GIVEN)
    await say(store, Permission.REFUSED, HOUR, until=2 * HOUR)
    assert await permission(store, 7, after=2 * HOUR) is Permission.NOT_ASKED


async def test_of_two_merged_records_that_say_otherwise_the_refusal_counts(store: Store) -> None:
    await say(store, Permission.GIVEN, person=7)
    await say(store, Permission.REFUSED, person=8)
    assert await permission(store, 7, 8) is Permission.REFUSED
    assert await permission(store, 7) is Permission.GIVEN


@given(st.datetimes(timezones=st.just(START.tzinfo)))
def test_times_are_kept_to_the_microsecond(at: datetime) -> None:
    assert from_store(to_store(at)) == at
