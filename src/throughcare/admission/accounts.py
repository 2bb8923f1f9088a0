"""When a record is split, accounts of people that may have become somebody else's end.

An account names a person, and whose it is was checked by an NHS number. Where the record was two
people's at that time, nobody knows which of them signs in by it: it opens nothing until somebody
has checked again.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from throughcare.actors.directory import Directory
from throughcare.actors.times import from_store
from throughcare.admission.rooms import Rooms
from throughcare.admission.splits import Meant, Split, is_certain
from throughcare.admission.tasks import Kind, Tasks
from throughcare.store.protocol import Transaction

WHOSE: Final = (
    "This account was ended: it was made while two people's records were one, and may be either's. "
    "Check who they are. 'throughcare account' lets them sign in again, under another name where "
    "it says that this one is somebody else's."
)


@dataclass(frozen=True, slots=True)
class Accounts:
    """Looks at accounts within the transaction that splits a record."""

    rooms: Rooms
    tx: Transaction
    now: datetime

    async def part(self, person: int, split: Split) -> None:
        """End the accounts that a split of `person` leaves in doubt, and what readers stated."""
        await self.tx.run("actors.unstate_about", person=person)
        for user, account in (await self._of(split)).items():
            if not await is_certain(self.rooms.persons, self.tx, account, person, split):
                await Directory().retire(self.tx, user)
                tasks = Tasks(self.tx, self.now)
                await tasks.call_for(Kind.ACCOUNT_IN_DOUBT, user, min(account.subjects), WHOSE)

    async def _of(self, split: Split) -> Mapping[str, Meant]:
        subjects = sorted(frozenset().union(*split.parts))
        listed = json.dumps(subjects)
        known: dict[str, tuple[int, datetime | None]] = {}
        of: defaultdict[str, set[int]] = defaultdict(set)
        for row in await self.tx.rows("actors.accounts_of_subjects", subjects=listed):
            user, person, entered, subject = row
            at = None if entered is None else from_store(int(str(entered)))
            known[str(user)] = int(str(person)), at
            of[str(user)].add(int(str(subject)))
        return {user: Meant(*found, frozenset(of[user])) for user, found in known.items()}
