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
from itertools import combinations
from typing import Final

from throughcare.actors.directory import Directory
from throughcare.actors.times import from_store
from throughcare.admission.rooms import Rooms
from throughcare.admission.splits import Split
from throughcare.admission.tasks import Kind, Tasks
from throughcare.store.protocol import Transaction

WHOSE: Final = (
    "This account was ended: it was made while two people's records were one, and may be either's. "
    "Check who they are. 'throughcare account' lets them sign in again, under another name where "
    "it says that this one is somebody else's."
)


@dataclass(frozen=True, slots=True)
class _Account:
    """An account of one of the persons that some records were of."""

    person: int
    entered: datetime | None
    """When it was last checked whose it is; None: not known."""
    subjects: frozenset[int]
    """Those of the records that were of this person at some time."""


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
            if not await self._is_certain(account, person, split):
                await Directory().retire(self.tx, user)
                tasks = Tasks(self.tx, self.now)
                await tasks.call_for(Kind.ACCOUNT_IN_DOUBT, user, min(account.subjects), WHOSE)

    async def _of(self, split: Split) -> Mapping[str, _Account]:
        subjects = sorted(frozenset().union(*split.parts))
        listed = json.dumps(subjects)
        known: dict[str, tuple[int, datetime | None]] = {}
        of: defaultdict[str, set[int]] = defaultdict(set)
        for row in await self.tx.rows("actors.accounts_of_subjects", subjects=listed):
            user, person, entered, subject = row
            at = None if entered is None else from_store(int(str(entered)))
            known[str(user)] = int(str(person)), at
            of[str(user)].add(int(str(subject)))
        return {user: _Account(*found, frozenset(of[user])) for user, found in known.items()}

    async def _is_certain(self, account: _Account, person: int, split: Split) -> bool:
        """Tell whether an account can be only that of whom it leads to now.

        One of the person who was split was made before two of the parts were one, and then the
        number stays where it was; one of somebody who had been merged leads to all that was theirs.
        """
        if account.person == person:
            joined = min(split.joined(*pair) for pair in combinations(split.parts, 2))
            return account.entered is not None and account.entered < joined
        persons = self.rooms.persons
        survivor = await persons.survivor(self.tx, account.person)
        return set(await persons.persons_of(self.tx, sorted(account.subjects))) == {survivor}
