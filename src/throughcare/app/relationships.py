"""Care relationships that a locality records, and what they make of a reader.

Where none was ever recorded for a person, nobody can be told apart: each reader is taken to care
for them, which their organisation has to see to. From the first that is recorded on, a reader
without one has to say that they care for the person, and the privacy officer is told.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from throughcare.actors.relationships import EVERYONE, Known, Relationships
from throughcare.app.node import Node
from throughcare.disclosure.former import numbers_of
from throughcare.model.audit import AuditEntry, permitted
from throughcare.model.request import Actor, Purpose, Relationship, Request
from throughcare.store.protocol import Reader, Transaction

KEPT: Final = Relationships()


@dataclass(frozen=True, slots=True)
class Care:
    """That an organisation, or one user there, cares for a person."""

    person: int
    organisation: str
    user: str = EVERYONE
    ground: str = "caseload"
    """Why: ``registered``, ``referral``, ``admitted``, ``on-call`` ..."""
    until: datetime | None = None


async def relationship(node: Node, reader: Reader, actor: Actor, person: int) -> Relationship:
    """Return the relationship of a reader to a person now."""
    if not actor.organisation:
        return Relationship.YES
    numbers = await _numbers(reader, person)
    if not await KEPT.of_person(reader, numbers):
        return Relationship.YES
    return await KEPT.relationship(reader, actor, numbers, node.clock.now())


async def begin(node: Node, care: Care, by: Actor) -> None:
    """Record that it begins now, with its line in the ledger."""
    now = node.clock.now()
    known = Known(care.person, care.organisation, care.user, care.ground, now, care.until)

    async def work(tx: Transaction) -> None:
        await KEPT.establish(tx, known)
        await node.journal.record(tx, _line(node, by, care.person, f"{care.ground} begins"))

    await node.store.transact(work)


async def end(node: Node, care: Care, by: Actor) -> int:
    """End what is in force, and return how many relationships that were."""

    async def work(tx: Transaction) -> int:
        now = node.clock.now()
        ended = 0
        for number in await _numbers(tx, care.person):
            ended += await KEPT.end(tx, number, care.organisation, now, user=care.user)
        await node.journal.record(tx, _line(node, by, care.person, "ends"))
        return ended

    return await node.store.transact(work)


async def _numbers(reader: Reader, person: int) -> list[int]:
    """Return a person's number and those that were merged into it: merges carry nothing over."""
    return (await numbers_of(reader, person)).lasting


def _line(node: Node, by: Actor, person: int, what: str) -> AuditEntry:
    request = Request(by, Purpose.HOPERAT, node.clock.now())
    return permitted(node.ids.new(), request, "relationship", "", what).about((person,), 0)
