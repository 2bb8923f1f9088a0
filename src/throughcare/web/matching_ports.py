"""What the pages for match reviewers ask of a node, and the frozen values that come back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from throughcare.model.person import (
    Foreseen,
    Pair,
    PersonQuery,
    Queued,
    QueueFigures,
    QueueQuery,
    Review,
    Ruled,
    SourceRecord,
    Standing,
)
from throughcare.web.ports import FoundPerson, Remainder, Session


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A pair of records, waiting or decided."""

    review: Review
    standing: Standing
    """WAITING, LATER, LINKED or APART."""
    decided_by: str = ""
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the first pairs of the queue."""

    later: tuple[ReviewItem, ...]
    """The first of those that are put off, likeliest first."""
    decided: tuple[ReviewItem, ...]
    """Newest first."""
    contradictions: tuple[Ruled, ...]
    figures: QueueFigures


@dataclass(frozen=True, slots=True)
class PairView:
    """Two records side by side, and what deciding otherwise than it stands would do."""

    pair: Pair
    ahead: Foreseen


@dataclass(frozen=True, slots=True)
class FoundRecords:
    """A person that a search found, with the source records that are theirs now."""

    person: FoundPerson
    records: tuple[SourceRecord, ...]


class Verdict(StrEnum):
    """What somebody decides about a pair that waits."""

    LINK = "link"
    APART = "apart"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Said:
    """What goes with a verdict."""

    why: str = ""
    until: date | None = None
    """Until when a pair is put off; None for a week."""


class MatchingNode(Protocol):
    """The part of a node that these pages use.

    Every call raises DeniedError for roles that the locality names no match reviewers, and, where
    it takes a pair, NotFoundError for none.
    """

    async def queue(self, session: Session, asked: QueueQuery) -> Queued:
        """Return a part of the queue. Raises BadInputError for a place that is none."""
        ...

    async def beside(self, session: Session) -> Beside:
        """Return what was put off, decided and said otherwise, and how the queue stands."""
        ...

    async def pair(self, session: Session, review_id: str) -> PairView:
        """Return two records, whether or not anybody was asked about them."""
        ...

    async def find_records(
        self, session: Session, query: PersonQuery
    ) -> tuple[Sequence[FoundRecords], Remainder]:
        """Return whom a search finds. Raises DeniedError for roles that look nobody up."""
        ...

    async def decide(self, session: Session, review_id: str, verdict: Verdict, said: Said) -> None:
        """Answer a question of the index. Raises NotFoundError where it does not wait any more."""
        ...

    async def rule(self, session: Session, review_id: str, *, same: bool, why: str) -> None:
        """Link or part two records that nobody was asked about.

        Raises BadInputError without a reason, ConflictError where people decided otherwise.
        """
        ...

    async def undo(self, session: Session, review_id: str) -> None:
        """Take the newest decision about a pair back. Raises NotFoundError for none."""
        ...
