"""The answer of a consent decision, and its compiled form that goes into the query."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import msgspec

from throughcare.kernel import Word


class DateWithin(msgspec.Struct, frozen=True):
    """True of an entry whose clinical date overlaps [low, high], both inclusive; None is open."""

    low: date | None
    high: date | None


class AuthorIs(msgspec.Struct, frozen=True):
    """True of an entry written by this author (a FHIR reference or an organisation's ODS code)."""

    author: str


class EntryIs(msgspec.Struct, frozen=True):
    """True of the one entry ``Type/id``."""

    reference: str


class EntryAmong(msgspec.Struct, frozen=True):
    """True of the entries ``Type/id`` named here."""

    references: frozenset[str]


Atom = DateWithin | AuthorIs | EntryIs | EntryAmong


class Clause(msgspec.Struct, frozen=True):
    """Entries of these classes for which every atom of `holds` is true and of `fails` false."""

    classes: frozenset[int]
    holds: tuple[Atom, ...] = ()
    fails: tuple[Atom, ...] = ()


class Residual(msgspec.Struct, frozen=True):
    """The visible part of one person's record: the union of its clauses; none means nothing.

    INVARIANT: for each entry, "some clause holds" is the same answer as deciding rule by rule.
    An entry without a clinical date is within no period but the wholly open one.
    """

    clauses: tuple[Clause, ...] = ()
    masked: frozenset[int] = frozenset()
    """Classes shown with encounter, author and note taken out (see `EntryClass.episode`)."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Gate:
    """What a query may see: `residuals` by subject; a subject in none of them sees `others`.

    Subject 0 (directory entries) is looked up like any other subject. One gate is equal to itself
    alone: what is worked out of it can be kept beside it.
    """

    residuals: Mapping[int, Residual] = field(default_factory=dict)
    others: Residual = field(default_factory=Residual)


class Obligation(Word):
    """What the door must do with a permit."""

    ALERT = "alert"
    """Tell the privacy officer at once."""
    NOTIFY = "notify"
    """Tell the person."""
    TIME_BOX = "time-box"
    """End access when the break-glass window of the profile closes."""
    WARN = "warn"
    """Add the locality's sentence about withheld content."""
    TASK = "task"
    """Somebody has to act on this denial: a review that is due, a hold that was tried."""


class Decision(msgspec.Struct, frozen=True):
    """A decision about one person's record for one request.

    `permitted` and `rank` speak of an ordinary entry (a condition without labels) of the person;
    what is seen is `residual`, exactly.
    """

    permitted: bool
    rank: int
    because: tuple[str, ...]
    """Ids of the rules that decided: a directive's ``Consent/id#path``, or a rule of the profile
    such as ``profile:opt-out``, ``profile:permission-not-asked``, ``break-glass``."""
    policy_version: str
    epoch: int
    """Consent epoch of the person that this decision stands on."""
    residual: Residual
    obligations: frozenset[Obligation] = frozenset()
    alert_on: frozenset[int] = frozenset()
    """Classes whose disclosure calls for ALERT, also where `obligations` hold none."""
    break_glass: bool = False
    """True if this actor could see more by break-glass with a reason."""
    code: str = ""
    """A stable word for the outcome, by which the texts are chosen: ``permit``, ``ask``,
    ``use-etreat``, ``refused``, ``no-relationship``, ``reason-needed``, ``directive``, ``role``,
    ``opt-in``, ``not-own-record``, ``purpose``, ``unreadable-consent``, ``stale-consent``,
    ``law``, ``source-only``, ``sensitive``, ``location``, ``hold``, ``no-grant``, ``review``,
    ``suspended``, ``capacity``, ``limited``, ``scope``, ``not-for-patient``, ``expired`` or
    ``cap``."""
