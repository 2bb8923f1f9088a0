"""Changes of who is whom, for what follows them: which records were split, and which joined."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Final

from throughcare.identity import PersonIndex
from throughcare.store.protocol import Reader

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
class Meant:
    """Whom something names that speaks of a person by number."""

    person: int
    at: datetime | None
    """When somebody said that it is this person; None: not known."""
    subjects: frozenset[int]
    """Those of the records that were of this person at some time."""


async def is_certain(
    persons: PersonIndex, reader: Reader, meant: Meant, person: int, split: Split
) -> bool:
    """Tell whether only whom it leads to now can be meant, since `person` was split.

    What names the person who was split was said before two of the parts were one, and then the
    number stays where it was; what names somebody who had been merged leads to all that was theirs.
    """
    if meant.person == person:
        joined = min(split.joined(*pair) for pair in combinations(split.parts, 2))
        return meant.at is not None and meant.at < joined
    survivor = await persons.survivor(reader, meant.person)
    return set(await persons.persons_of(reader, sorted(meant.subjects))) == {survivor}


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


def _groups(text: object) -> tuple[tuple[int, frozenset[int]], ...]:
    return tuple((int(person), frozenset(subjects)) for person, subjects in json.loads(str(text)))


def _moment(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND
