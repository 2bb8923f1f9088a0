"""From what is known of a region to persons in the store: what a change of records comes to."""

from collections.abc import Mapping

import msgspec

from throughcare.identity import attachments
from throughcare.identity.arriving import Arrival
from throughcare.identity.cluster import partition
from throughcare.identity.membership import (
    Cause,
    Membership,
    PersonChange,
    change_of,
    note,
    separate,
)
from throughcare.identity.region import Region
from throughcare.kernel import Ids
from throughcare.store.protocol import Transaction


class Settled(msgspec.Struct, frozen=True):
    """What was made so."""

    change: PersonChange | None
    """What is another record now, attachments included."""
    person: Mapping[int, int]
    """The person of each own record of the region."""
    waiting: frozenset[int]
    """Those of them that somebody must look at."""


async def settle(
    tx: Transaction, part: Region, ids: Ids, cause: Cause, new: Arrival | None = None
) -> Settled:
    """Cluster a region and make it so, attachments included; store what is `new` in it.

    What can be asked is asked before anything is written but new numbers: PostgreSQL then writes
    all rows at once, at the end.
    """
    found = partition(part.graph(), part.people, part.weights, part.cross)
    membership = Membership(tx, part, found, ids, cause)
    before = {record: person for record, person in part.person.items() if record in part.own}
    after = await membership.number()
    numbers = {part.demographics[record].number for record in part.own}
    concerned = (
        await attachments.concerned(tx, numbers, {*before.values(), *after.values()})
        if part.is_followed
        else ()
    )
    change = None if concerned else await _noted(tx, part, change_of(cause, before, after))
    if new is not None:
        await new.write(tx, part, cause.micros)
    await membership.write(after)
    if concerned:
        followed, follows = await attachments.settle(tx, concerned, cause.micros)
        change = await _noted(tx, part, change_of(cause, before | followed, after | follows))
    return Settled(change, after, membership.waiting(after))


async def _noted(tx: Transaction, part: Region, change: PersonChange | None) -> PersonChange | None:
    """Write a change down as events, and return it."""
    for event in separate(change) if change else ():
        await note(tx, event, part.next_event)
        part.next_event += 1
    return change
