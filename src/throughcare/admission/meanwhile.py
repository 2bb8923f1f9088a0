"""When a record is split, what opened it by the number of its person ends where it is in doubt.

A legal permit and a care relationship name a person, like an account. Where the record was two
people's when they were entered, nobody knows which of them was meant.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from throughcare.actors.relationships import Relationships
from throughcare.admission.registering import Registering
from throughcare.admission.rooms import Rooms
from throughcare.admission.splits import Meant, Split, is_certain
from throughcare.admission.tasks import Kind, Tasks
from throughcare.consent import register
from throughcare.store.protocol import Transaction

WHOM: Final = (
    "This legal permit was ended: it names somebody whose record was two people's when it was "
    "entered, and may mean the other. Check whom it means, and enter it anew: 'throughcare permit "
    "list' shows what it said."
)
BY: Final = "the split of a record"


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Looks at permits and relationships within the transaction that splits a record."""

    rooms: Rooms
    tx: Transaction
    now: datetime

    async def part(self, person: int, split: Split) -> None:
        """End the legal permits and the care relationships that a split of `person` leaves so.

        A permit that names others too ends for all of them, with a task; whoever has no
        relationship any more says at the next look that they care for the person.
        """
        subjects = json.dumps(sorted(frozenset().union(*split.parts)))
        of: defaultdict[int, set[int]] = defaultdict(set)
        numbers: dict[str, int] = {}
        for row in await self.tx.rows("admission.persons_ever", subjects=subjects):
            number, public_id, subject = int(str(row[0])), str(row[1]), int(str(row[2]))
            of[number].add(subject)
            numbers[public_id] = number
        known = {number: frozenset(found) for number, found in of.items()}
        await self._end_permits(person, split, known, numbers)
        await self._end_relationships(person, split, known)

    async def _end_permits(
        self,
        person: int,
        split: Split,
        known: Mapping[int, frozenset[int]],
        numbers: Mapping[str, int],
    ) -> None:
        for permit in map(register.entry, await self.tx.rows("admission.permits")):
            if permit.ended:
                continue
            added = datetime.fromisoformat(permit.added)
            for number in [numbers[one] for one in permit.items.persons or () if one in numbers]:
                meant = Meant(number, added, known[number])
                if not await is_certain(self.rooms.persons, self.tx, meant, person, split):
                    await Registering(self.tx, self.now).end(permit.id, BY)
                    tasks = Tasks(self.tx, self.now)
                    await tasks.call_for(Kind.PERMIT_IN_DOUBT, permit.id, min(meant.subjects), WHOM)
                    break

    async def _end_relationships(
        self, person: int, split: Split, known: Mapping[int, frozenset[int]]
    ) -> None:
        relationships = Relationships()
        for care in await relationships.of_person(self.tx, known):
            meant = Meant(care.person, care.since, known[care.person])
            is_over = care.until is not None and care.until <= self.now
            if is_over or await is_certain(self.rooms.persons, self.tx, meant, person, split):
                continue
            await relationships.establish(self.tx, replace(care, until=self.now))
