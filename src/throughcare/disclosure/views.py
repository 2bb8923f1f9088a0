"""What people are handed: summaries, timelines and looks, with the decision that let them out."""

from dataclasses import dataclass
from datetime import date

from throughcare.model.audit import AuditEntry
from throughcare.model.decision import Decision
from throughcare.model.person import Foreseen, Pair, SourceRecord
from throughcare.summary.banner import Banner
from throughcare.summary.emergency import EmergencySummary
from throughcare.summary.timeline import Line, TimelinePage


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why a record is not shown, in words for the reader."""

    rank: int
    code: str
    """As `Decision.code`."""
    text: str
    break_glass: bool
    """True if this reader may go on by break-glass, with a reason."""
    decision: str = "deny"
    basis: str = ""
    """Rank, rules and version, as far as staff may know them."""


@dataclass(frozen=True, slots=True)
class Emergency:
    """The emergency summary of one person, as far as this reader may see it."""

    person_id: str
    decision: Decision
    withheld: Withheld | None
    summary: EmergencySummary
    warning: str
    """The locality's sentence about withheld content, alike for everybody; "" if it has none."""
    unsure: int = 0
    """Number of records that may also be this person's (identity.md: a count only)."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Dated lines of a record that this reader may see: a page of them."""

    person_id: str
    banner: Banner
    withheld: Withheld | None
    page: TimelinePage[Line]
    warning: str


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A person that a search found; only what the asker needs to tell them from another."""

    person_id: str
    banner: Banner


@dataclass(frozen=True, slots=True)
class FoundPeople:
    """Whom a search found, the likeliest first, and what it left out."""

    people: tuple[FoundPerson, ...]
    total: int
    """How many match, of those who were compared; more than `people` if not all are shown."""
    is_whole: bool
    """False where so many share the name or the birth date that not all were compared."""


@dataclass(frozen=True, slots=True)
class Looks:
    """Every line of the ledger about a person, newest first."""

    person_id: str
    lines: tuple[AuditEntry, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert to the privacy officer, or a notice to the person."""

    id: str
    kind: str
    person_id: str
    at: str
    who: str
    text: str
    state: str
    """``open``, ``justified`` or ``follow-up``."""


@dataclass(frozen=True, slots=True)
class PairSeen:
    """Two records side by side, and what deciding otherwise than it stands would do."""

    pair: Pair
    ahead: Foreseen


@dataclass(frozen=True, slots=True)
class FoundRecords:
    """A person that a match reviewer found, with the source records that are theirs now."""

    person: FoundPerson
    records: tuple[SourceRecord, ...]


@dataclass(frozen=True, slots=True)
class OptOutState:
    """How the cache of the national data opt-out stands: counts and times, nobody's number."""

    asked: str
    """When it was last asked; "" never."""
    numbers: int
    """How many numbers were asked about then."""
    answered: str
    """When that was answered; "" not yet."""
    cleared: int
    """How many people's numbers are kept as not opted out."""
    until: date | None
    """Last day on which they are relied on; None where none are kept."""
