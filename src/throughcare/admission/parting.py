"""When a record is split, what was said of it stays with its source record; the wider no holds.

What was recorded while two people were one record may be either's: a Consent, a safeguarding hold,
a finding of capacity. What closes binds both, and what opens opens neither, until somebody says
whose it is: a task asks for it.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import permutations
from typing import Final

from throughcare.admission.accounts import Accounts
from throughcare.admission.meanwhile import Meanwhile
from throughcare.admission.rooms import Rooms
from throughcare.admission.splits import changes, splits
from throughcare.admission.tasks import Kind, Tasks
from throughcare.consent import bearings
from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.entry import Stored
from throughcare.store.protocol import Transaction

FOLLOWER: Final = "consents"
WHOSE: Final = (
    "This was recorded while two people's records were one. Since they were parted what it closes "
    "binds both, and what it opens is open for neither. If it is not this record's, record it for "
    "the other person first and end it here; finish this task then: it counts for its own record "
    "alone."
)


@dataclass(frozen=True, slots=True)
class Parting:
    """Follows changes of persons within the transaction that makes them."""

    rooms: Rooms
    tx: Transaction
    now: datetime

    async def follow(self) -> None:
        """Bind what splits since the last call leave unassigned, and unbind what is one again."""
        accounts = Accounts(self.rooms, self.tx, self.now)
        meanwhile = Meanwhile(self.rooms, self.tx, self.now)
        _, found = await changes(self.tx, FOLLOWER)
        while found:
            for change in found:
                async for person, split in splits(self.tx, change):
                    await accounts.part(person, split)
                    await meanwhile.part(person, split)
                    for one, other in permutations(split.parts, 2):
                        await self._bind(one, min(other), split.joined(one, other))
            await self.tx.run("admission.follow", name=FOLLOWER, event=found[-1].number)
            _, found = await changes(self.tx, FOLLOWER)
        await self.tx.run("admission.unbind_reunited")

    async def _bind(self, part: frozenset[int], also: int, since: datetime) -> None:
        """Have what was said of `part` since then bind the subject `also` too."""
        types = ["Consent", "Flag"]
        for said in await self.rooms.records.unfiltered(self.tx, sorted(part), types=types):
            if not said.deleted and said.updated >= since and _binds(said):
                await self._bind_one(said, also)

    async def _bind_one(self, said: Stored, also: int) -> None:
        subject, name = said.subject, bearings.bound_name(said.type, said.id)
        await self.tx.run("admission.bind", consent=name, subject=subject, also=also)
        for each in (subject, also):
            await self.tx.run("admission.raise_epoch", subject=each)
        tasks = Tasks(self.tx, self.now)
        await tasks.call_for(Kind.UNASSIGNED_CONSENT, name, subject, WHOSE)


def _binds(said: Stored) -> bool:
    return said.type == "Consent" or bearings.bears(fhir_bytes.parse(said.body))
