"""When a record is split, a Consent stays with its source record, and the wider no is kept.

What was recorded while two people were one record may be either's. Its denials bind both, until
somebody says whose it is: a task asks for it.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import permutations
from typing import Final

from throughcare.admission.rooms import Rooms
from throughcare.admission.tasks import Kind, Tasks
from throughcare.model.entry import Stored
from throughcare.store.protocol import Reader, Transaction

FOLLOWER: Final = "consents"
WHOSE: Final = (
    "A Consent was recorded while two people's records were one, and binds both since they were "
    "parted. If it is not this record's, record it for the other person first and end it here; "
    "finish this task then: it binds its own record alone."
)
_MOST: Final = 500
_MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Split:
    """One record became several; the subjects of each part, and since when they had been one."""

    parts: tuple[frozenset[int], ...]
    since: Mapping[int, int]
    """By subject, in microseconds: when it came to the record that was split."""

    def joined(self, one: frozenset[int], other: frozenset[int]) -> datetime:
        """Return since when two of the parts had been one record."""
        since = max(
            min((self.since.get(subject, 0) for subject in part), default=0)
            for part in (one, other)
        )
        return _moment(since)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of persons: the subjects of each, before and after."""

    number: int
    at: datetime
    before: tuple[tuple[int, frozenset[int]], ...]
    after: tuple[tuple[int, frozenset[int]], ...]


async def changes(reader: Reader, follower: str) -> tuple[int, list[Change]]:
    """Return how far a follower has come, and what has changed since; some hundreds at most."""
    ((reached,),) = await reader.rows("admission.followed", name=follower)
    rows = await reader.rows("identity.events_after", after=reached, most=_MOST)
    found = [
        Change(int(str(row[0])), _moment(int(str(row[1]))), _groups(row[5]), _groups(row[6]))
        for row in rows
    ]
    return int(str(reached)), found


async def splits(reader: Reader, change: Change) -> AsyncIterator[tuple[int, Split]]:
    """Yield each person whose record a change split, with the parts."""
    for person, group in change.before:
        parts = tuple(part & group for _, part in change.after if part & group)
        if len(parts) > 1:
            rows = await reader.rows("admission.joined", subjects=json.dumps(sorted(group)))
            since = {int(str(subject)): int(str(at)) for subject, at in rows}
            yield person, Split(parts, since)


def joins(change: Change) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield each person whose record a change made of several people's, with those they were."""
    for person, group in change.after:
        were = tuple(former for former, records in change.before if records & group)
        if len(were) > 1:
            yield person, were


@dataclass(frozen=True, slots=True)
class Parting:
    """Follows changes of persons within the transaction that makes them."""

    rooms: Rooms
    tx: Transaction
    now: datetime

    async def follow(self) -> None:
        """Bind what splits since the last call leave unassigned, and unbind what is one again."""
        _, found = await changes(self.tx, FOLLOWER)
        while found:
            for change in found:
                async for _, split in splits(self.tx, change):
                    for one, other in permutations(split.parts, 2):
                        await self._bind(one, min(other), split.joined(one, other))
            await self.tx.run("admission.follow", name=FOLLOWER, event=found[-1].number)
            _, found = await changes(self.tx, FOLLOWER)
        await self.tx.run("admission.unbind_reunited")

    async def _bind(self, part: frozenset[int], also: int, since: datetime) -> None:
        """Have each Consent of `part` that was recorded since then bind the subject `also` too."""
        found = await self.rooms.records.unfiltered(self.tx, sorted(part), types=["Consent"])
        for consent in found:
            if not consent.deleted and consent.updated >= since:
                await self._bind_one(consent, also)

    async def _bind_one(self, consent: Stored, also: int) -> None:
        subject = consent.subject
        await self.tx.run("admission.bind", consent=consent.id, subject=subject, also=also)
        await self.tx.run("admission.raise_epoch", subject=also)
        tasks = Tasks(self.tx, self.now)
        await tasks.call_for(Kind.UNASSIGNED_CONSENT, consent.id, subject, WHOSE)


def _groups(text: object) -> tuple[tuple[int, frozenset[int]], ...]:
    return tuple((int(person), frozenset(subjects)) for person, subjects in json.loads(str(text)))


def _moment(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND
