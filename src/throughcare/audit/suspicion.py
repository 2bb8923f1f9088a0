"""Why a privacy officer should look at a look: reasons, and how much each weighs. Pure.

A reason is no verdict. Most broken glass is good care, and people share a family name with many.
The queue only puts first what is likeliest to need a question.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from throughcare.kernel import LONDON
from throughcare.model.audit import AuditEntry
from throughcare.model.request import Purpose, Role

KEPT: Final = timedelta(days=30)
"""How far back looks without an alert are gone through."""
MOST_A_DAY: Final = 40
"""Persons that one reader looks at in a day before somebody should ask why."""
MOST_PERSONS: Final = 5
"""A line about more persons is a list, not a look at somebody."""
DAY_BEGINS, DAY_ENDS, SATURDAY = 7, 20, 5
BY_DAY: Final = frozenset(
    {Role.GP, Role.RECEPTIONIST, Role.SOCIAL_WORKER, Role.PHARMACIST, Role.RESEARCHER}
)
"""Roles that do not work at night and at weekends."""
NOT_STAFF: Final = frozenset({Role.PATIENT, Role.PROXY, Role.PRIVACY_OFFICER, Role.IT_LEAD})


class Why(StrEnum):
    """A reason; its words are those of the page."""

    ASKED = "the person asks"
    OWN_RECORD = "own record"
    BREAK_GLASS = "break-glass"
    SPLIT = "record of two people, split since"
    NO_RELATIONSHIP = "no care relationship"
    SAME_ADDRESS = "same address"
    SAME_NAME = "same family name"
    VOLUME = "many people in one day"
    OUT_OF_HOURS = "out of hours"
    EMERGENCY = "emergency look"


WEIGHTS: Final[Mapping[Why, int]] = {
    Why.ASKED: 120,
    Why.OWN_RECORD: 100,
    Why.BREAK_GLASS: 80,
    Why.SPLIT: 70,
    Why.NO_RELATIONSHIP: 60,
    Why.SAME_ADDRESS: 50,
    Why.SAME_NAME: 40,
    Why.VOLUME: 30,
    Why.OUT_OF_HOURS: 10,
    Why.EMERGENCY: 5,
}


@dataclass(frozen=True, slots=True)
class Looked:
    """All looks of one reader at one person on one day."""

    user: str
    role: str
    organisation: str
    person: int
    day: date
    """In UK local time."""
    at: datetime
    """Of the newest."""
    audit: str
    """Id of its line."""
    reasons: frozenset[Why]
    said: str = ""
    """The reason that the reader gave last, if any."""

    @property
    def id(self) -> str:
        """Return a name that is the same wherever it is worked out."""
        parts = (self.user, self.organisation, str(self.person), self.day.isoformat())
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a reader or of a person, to be compared."""

    family: str = ""
    full: str = ""
    address: str = ""
    person: int | None = None


def together(known: Iterable[Looked], lines: Iterable[AuditEntry]) -> dict[str, Looked]:
    """Return `known` with what further lines tell, by id; the newest look of a day counts."""
    found = {each.id: each for each in known}
    for line in lines:
        for look in _looks(line):
            before = found.get(look.id)
            found[look.id] = look if before is None else _joined(before, look)
    return found


def _joined(before: Looked, look: Looked) -> Looked:
    newer = look if look.at >= before.at else before
    reasons = before.reasons | look.reasons
    return replace(newer, reasons=reasons, said=look.said or before.said)


def judged(
    looks: Iterable[Looked], readers: Mapping[str, Known], people: Mapping[int, Known]
) -> list[Looked]:
    """Return the looks that have a reason, those of the greatest weight first, then the newest."""
    looks = list(looks)
    many = _many(looks)
    found = []
    for look in looks:
        reasons = look.reasons | _alike(
            readers.get(look.user, Known()), people.get(look.person, Known()), look.person
        )
        if look.id in many:
            reasons |= {Why.VOLUME}
        if reasons:
            found.append(replace(look, reasons=reasons))
    return sorted(found, key=lambda look: (-weight(look.reasons), -look.at.timestamp()))


def weight(reasons: Iterable[Why]) -> int:
    """Return how much reasons weigh together."""
    return sum(WEIGHTS[reason] for reason in reasons)


def _looks(line: AuditEntry) -> Iterator[Looked]:
    """Yield what a line is a look at; none where nothing was shown, or to who is not staff."""
    shown = line.outcome == "permit" and line.seen > 0 and len(line.persons) <= MOST_PERSONS
    if not shown or line.role in NOT_STAFF:
        return
    local = line.at.astimezone(LONDON)
    for person in line.persons:
        yield Looked(
            user=line.user,
            role=line.role,
            organisation=line.organisation,
            person=person,
            day=local.date(),
            at=line.at,
            audit=line.id,
            reasons=frozenset(_of_line(line, local)),
            said=line.reason,
        )


def _of_line(line: AuditEntry, local: datetime) -> Iterator[Why]:
    if line.purpose == Purpose.BTG:
        yield Why.BREAK_GLASS
    if any("self-claimed" in rule for rule in line.because):
        yield Why.NO_RELATIONSHIP
    if line.purpose == Purpose.ETREAT and "alert" in line.obligations:
        yield Why.EMERGENCY
    is_night = not DAY_BEGINS <= local.hour < DAY_ENDS or local.weekday() >= SATURDAY
    if is_night and line.role in BY_DAY and line.purpose not in {Purpose.BTG, Purpose.ETREAT}:
        yield Why.OUT_OF_HOURS


def _alike(reader: Known, person: Known, number: int) -> frozenset[Why]:
    """Return what reader and person have in common."""
    reasons = set()
    if reader.person == number or (reader.full and reader.full == person.full):
        reasons.add(Why.OWN_RECORD)
    elif reader.family and reader.family == person.family:
        reasons.add(Why.SAME_NAME)
    if reader.address and reader.address == person.address and Why.OWN_RECORD not in reasons:
        reasons.add(Why.SAME_ADDRESS)
    return frozenset(reasons)


def _many(looks: Iterable[Looked]) -> frozenset[str]:
    """Return the newest look of each reader's day with too many persons: that one stands for it."""
    days: dict[tuple[str, str, date], list[Looked]] = defaultdict(list)
    for look in looks:
        days[look.user, look.organisation, look.day].append(look)
    return frozenset(
        max(day, key=lambda look: look.at).id for day in days.values() if len(day) > MOST_A_DAY
    )
