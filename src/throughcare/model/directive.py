"""A person's directives: FHIR Consents, flattened to leaf rules (consent.md, rank 5)."""

from dataclasses import dataclass, field
from datetime import date, datetime

from throughcare.model.acting import CapacityFinding, Right
from throughcare.model.permit import LegalPermit


@dataclass(frozen=True, slots=True)
class Rule:
    """One leaf rule. An empty set or None means "any" in that dimension.

    A rule matches a request and an entry if every dimension does.
    """

    id: str
    """``Consent/{id}`` or ``Consent/{id}#provision.provision[0]``, for explanations."""
    permit: bool
    recorded: datetime
    """When the person said it: orders rules of comparable scope (recency)."""
    actors: frozenset[str] = frozenset()
    """ODS codes, user ids, ``role:psychiatrist``: one matching is enough. ``A&B`` needs both."""
    purposes: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    """Security labels, any one on the entry is enough. ``A&B`` needs both."""
    types: frozenset[str] = frozenset()
    """FHIR resource types."""
    codes: frozenset[str] = frozenset()
    """``system|code`` as in provision.code; matched through labels and categories only."""
    custodians: frozenset[str] = frozenset()
    """Organisations whose data the rule speaks of."""
    period: tuple[date | None, date | None] | None = None
    """When the rule is in force; both ends inclusive."""
    data_period: tuple[date | None, date | None] | None = None
    """Clinical dates of the data it speaks of."""
    authors: frozenset[str] = frozenset()
    instances: frozenset[str] = frozenset()
    """``Type/id`` of single entries."""
    system: bool = False
    """The node's own denial over what it could not read, not the person's word: never beyond
    break-glass, and an emergency still gets the critical set."""
    right: Right | None = None
    """The legal right in which the actors of a permit act for the person. Such a permit is a grant
    and not the person's word: no denial falls by it, and any denial wins over it."""
    reviewed: date | None = None
    """When a grant was last reviewed with the person."""
    lasting: tuple[datetime | None, datetime | None] | None = None
    """Moments from which, and up to which, it holds; None: as long as its Consent. A permit whose
    period says a time of day holds no longer; of what another node told, it ends by it too, and
    the denial of what is stale (a `system` rule) begins."""

    def lasts(self, at: datetime) -> bool:
        """Tell whether the rule holds at this moment, its `period` aside."""
        if self.lasting is None:
            return True
        since, until = self.lasting
        return (since is None or at >= since) and (until is None or at < until)


@dataclass(frozen=True, slots=True)
class Told:
    """Another node's snapshot, by which this node knows a directive (docs/consent/snapshots.md)."""

    node: str
    """Its id."""
    epoch: int
    since: datetime
    """When it was issued."""
    until: datetime
    """When it is stale: from then on its denials bind alone."""
    number: str = ""
    """NHS number that it speaks of."""
    text: str = field(default="", repr=False)
    """The signed text, for whoever asks whether its key is believed still."""


@dataclass(frozen=True, slots=True)
class Directive:
    """One Consent resource as it binds the decision."""

    id: str
    subject: int
    """Source record that the Consent came with: on a split it follows this."""
    version: int
    recorded: datetime
    active: bool
    rules: tuple[Rule, ...] = ()
    unreadable: tuple[str, ...] = ()
    """What could not be understood, each a sentence with its path. Not empty: the rules among
    `rules` include a system denial over all that the unreadable part might cover."""
    ended: bool = False
    """It is not in force any more: it was no draft, and no error."""
    told: Told | None = None
    """None: it is of this node's own record."""


@dataclass(frozen=True, slots=True)
class PersonContext:
    """All that a decision needs to know about the person."""

    person: int
    directives: tuple[Directive, ...] = ()
    born: date | None = None
    """The earliest birth date on record, known for people for whom a parent acts."""
    capacity: tuple[CapacityFinding, ...] = ()
    """Known for people for whom somebody acts."""
    restricted: bool = False
    """Patient.meta.security holds R or V: see uk.md, restricted people."""
    hold: bool = False
    """A safeguarding hold is in force."""
    permits: tuple[LegalPermit, ...] = ()
    """Legal permits that may bear on this person; those for others are passed over."""
    cleared_until: date | None = None
    """Last day on which the answer holds that this person has not opted out nationally. None: no
    such answer, which for a use that opt-outs bind is the same as an opt-out."""
    objected: frozenset[str] = frozenset()
    """Custodians (GP practices) with which the person registered a type 1 objection."""
    epoch: int = 0
