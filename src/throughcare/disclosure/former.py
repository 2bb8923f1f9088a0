"""What was said about a person under the numbers that their records have had.

A merge gives a record another person's number, and a split gives it back. Lines and notices about
that number are theirs for the time that they had it, and not those of the other before and after.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from throughcare.store.protocol import Reader, Row

_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_EVER: Final = datetime.fromisoformat("9999-01-01T00:00:00+00:00")

Span = tuple[datetime, datetime]
"""From, and before."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The person numbers under which somebody is known, each with the times that count."""

    spans: Mapping[int, Sequence[Span]]

    @property
    def all(self) -> list[int]:
        """Every number, rising."""
        return sorted(self.spans)

    @property
    def lasting(self) -> list[int]:
        """Those that nobody else has or had: the own one, and what was merged into it."""
        return sorted(number for number, spans in self.spans.items() if spans[-1][1] == _EVER)

    def covers(self, persons: Iterable[int], at: datetime) -> bool:
        """Tell whether something that was said of `persons` at a time was said of them."""
        return any(
            since <= at < until for person in persons for since, until in self.spans.get(person, ())
        )


async def numbers_of(reader: Reader, person: int) -> Numbers:
    """Return the numbers of a person: their own and merged ones for ever, others for a time."""
    spans: dict[int, list[Span]] = {person: [(_EPOCH, _EVER)]}
    rows = await reader.rows("disclosure.persons_ever", person=person)
    for number, since, until, is_merged in rows:
        former = int(str(number))
        if former == person or is_merged:
            spans[former] = [(_EPOCH, _EVER)]
        elif until is not None:
            spans.setdefault(former, []).append((_moment(since), _moment(until)))
    return Numbers(spans)


async def notices_of(reader: Reader, numbers: Numbers, kind: str) -> list[Row]:
    """Return the notices of `kind` that are about somebody, newest first."""
    asked = json.dumps(numbers.all)
    rows = await reader.rows("admission.notices_of_person", kind=kind, persons=asked)
    return [
        row
        for row in rows
        if numbers.covers([int(row[2] or 0)], datetime.fromisoformat(str(row[3])))
    ]


def _moment(micros: object) -> datetime:
    return _EPOCH + timedelta(microseconds=int(str(micros)))
