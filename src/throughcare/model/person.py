"""A person of the index, and where a source record was placed."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import msgspec


class State(StrEnum):
    """How a source record came to its person."""

    LINKED = "linked"
    """Placed without a human, also when it is alone."""
    REVIEW = "review"
    """A provisional person of its own, waiting for somebody to decide."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the person index put a source record."""

    subject: int
    """Number of the source record; never changes."""
    person: int
    """Number of the person that it belongs to now; 0 while an attachment waits for its person."""
    state: State
    candidates: tuple[int, ...] = ()
    """Persons that it may also belong to, best first (state review)."""
    moved: tuple[int, ...] = ()
    """Persons whose records this placement changed (merged, split or joined)."""
    regroups: bool = False
    """Whether records that were there before are together, or apart, otherwise now."""


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A row of ``throughcare people``."""

    source: str
    local_id: str
    subject: int
    person: int
    person_id: str
    """Opaque public id of the person, as in ``/people/{id}``."""
    state: State


@dataclass(frozen=True, slots=True)
class Decisions:
    """What one match reviewer decided, and stands."""

    who: str
    same: bool
    count: int
    latest: datetime


@dataclass(frozen=True, slots=True)
class DayOfDecisions:
    """What match reviewers decided on one day, and stands."""

    day: date
    same: int
    apart: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often people decided as the score leaned, in the middle between its two thresholds."""

    decided: int
    """How many decisions were looked at: the newest."""
    agreed: int


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """How the review queue stands."""

    waiting: int
    later: int
    """Put off, and not back yet."""
    oldest: datetime | None
    """Since when the pair waits that has waited longest; put off or not."""
    ages: tuple[tuple[str, int], ...]
    """How many have waited for how long: ``a day``, ``a week``, ``a month``, ``longer``."""
    decided: tuple[Decisions, ...]
    """Of the last 30 days, by who decided what."""
    days: tuple[DayOfDecisions, ...]
    """The same by day, without days on which nothing was decided, oldest first."""
    undone: int
    """Decisions of those 30 days that were taken back."""
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Held:
    """The records of one person at some moment, each by source and local id."""

    person_id: str
    """The id that it had then; a merged one leads to the survivor."""
    records: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """One change of who is whom, with the record sets before and after."""

    number: int
    """Rises with each change; ask for those after the last one that was read."""
    at: datetime
    kind: str
    """``link``, ``merge``, ``unmerge``, ``decide``, ``undo``, ``attach`` or ``rebuild``."""
    who: str
    why: str
    before: tuple[Held, ...]
    after: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Ruled:
    """What somebody, or a source, said of two records, and has not taken back."""

    id: str
    """By which it is taken back."""
    left: SourceRecord
    right: SourceRecord
    same: bool
    """True if the two are said to be one person's."""
    who: str
    why: str
    at: datetime
    by_source: bool
    """A feed said it of its own numbers (HL7 A40, A37)."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a decision would make of the persons that it touches: the records of each."""

    before: tuple[tuple[SourceRecord, ...], ...]
    after: tuple[tuple[SourceRecord, ...], ...]
    unheeded: tuple[Ruled, ...] = ()
    """What was said before and could not hold beside it. Where people said it, it is refused."""

    @property
    def changes(self) -> bool:
        """True if some record would come to other records, or leave some."""
        return _sets(self.before) != _sets(self.after)


def _sets(groups: tuple[tuple[SourceRecord, ...], ...]) -> set[frozenset[int]]:
    return {frozenset(record.subject for record in group) for group in groups}


@dataclass(frozen=True, slots=True)
class PersonQuery:
    """A search for a person: an NHS number, or name and date of birth with optional narrowing."""

    nhs_number: str = ""
    family: str = ""
    given: str = ""
    born: date | None = None
    postcode: str = ""
    sex: str = ""


@dataclass(frozen=True, slots=True)
class PersonsFound:
    """Whom a search found, the likeliest first; what was left out is said, never silently."""

    persons: tuple[int, ...]
    total: int
    """How many match, of those who were compared."""
    is_whole: bool
    """False where so many share the name or the birth date that not all were compared."""


class Comparison(msgspec.Struct, frozen=True):
    """One field of a comparison of two records, for people to read.

    A Struct, since eight of them are made for each pair that is compared at all, which is five
    times as quick as with a frozen dataclass.
    """

    field: str
    left: str
    right: str
    level: str
    """The comparison level in words: ``exact``, ``nickname``, ``day and month swapped``."""
    weight: float


@dataclass(frozen=True, slots=True)
class Later:
    """A pair was put off by somebody who looked at it."""

    until: date
    """The first day on which it waits again."""
    note: str
    who: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which scores on somebody is asked, and two records are linked."""

    review: float
    link: float


@dataclass(frozen=True, slots=True)
class Review:
    """A pair that waits for a decision by a human."""

    id: str
    left: SourceRecord
    right: SourceRecord
    score: float
    """What the weights of `comparisons` add up to."""
    reasons: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    thresholds: Thresholds
    raised: datetime
    later: Later | None = None

    def waits(self, day: date) -> bool:
        """Tell whether somebody is to look at it on `day`: it was not put off, or is back."""
        return self.later is None or self.later.until <= day


@dataclass(frozen=True, slots=True)
class QueueQuery:
    """Which part of the review queue is asked for: `most` pairs, likeliest first."""

    put_off: bool = False
    """True for those that were put off, False for those that wait."""
    after: str = ""
    """Place behind which the part begins, of `Queued`; "" for the likeliest."""
    before: str = ""
    """Place before which it ends. The first part of the queue where too few are before it."""
    most: int = 25


@dataclass(frozen=True, slots=True)
class Queued:
    """A part of the review queue.

    Its places are those of pairs, whether or not these wait there any more: whoever goes on meets
    every pair that neither came nor changed meanwhile, once.
    """

    reviews: tuple[Review, ...]
    waiting: int
    """How many wait in all, on any part."""
    later: int
    """How many are put off in all."""
    previous: str
    """Place that the part before this one ends at (`QueueQuery.before`); "" if there is none."""
    next: str
    """Place that the part behind this one begins at (`QueueQuery.after`); "" if there is none."""


class Standing(StrEnum):
    """How two records stand to each other."""

    WAITING = "waiting"
    LATER = "later"
    """Somebody put the question off."""
    LINKED = "linked"
    """One person's: somebody, or their source, said so."""
    APART = "apart"
    """Two people's: somebody, or their source, said so."""
    ONE = "one"
    """One person's by evidence alone."""
    TWO = "two"
    """Two people's, and nobody was asked."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records side by side, whether or not anybody was asked about them."""

    review: Review
    standing: Standing
    ruled: Ruled | None
    """What is in force about these two; None where evidence alone decides."""
    sides: tuple[tuple[SourceRecord, ...], tuple[SourceRecord, ...]]
    """All records of the person of each: what a decision takes along."""
    cautions: tuple[str, ...]
    """What somebody should know before the two are linked, each a sentence."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A pair that a human decided; the decision is in force and can be taken back."""

    review: Review
    same: bool
    """True if the two are one person."""
    who: str
    at: datetime
