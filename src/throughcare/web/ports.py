"""What the pages ask of a node, and the frozen values that come back.

The pages decide nothing: whoever implements `Node` passes each call through the doors, so that it
is decided and written in the ledger before anything comes back. Identifiers of people are opaque
ones. Errors are those of `throughcare.kernel`; every call may raise DeniedError (rank 0: this
role may not ask this at all) and, where it takes a `person_id`, NotFoundError.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from throughcare.model.explanation import Change, Preview
from throughcare.model.person import PersonQuery
from throughcare.model.request import Actor, Permission, Purpose, Reason
from throughcare.summary.banner import Banner
from throughcare.summary.emergency import EmergencySummary
from throughcare.summary.timeline import Chosen, Line, TimelinePage


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in."""

    actor: Actor
    name: str
    """How the page addresses them: ``Sam Reid``; the role is the actor's."""
    csrf: str
    """Secret of the session that every form carries."""
    asks_permission: bool
    """True if this role asks the person before it looks (permission to view)."""
    person_id: str = ""
    """Public id of the person that a patient is; else ""."""
    cookie: str = field(default="", repr=False)
    """Secret of the cookie that the session was found by; the node needs it, no page shows it."""
    posts: int = 1
    """How many posts they have to choose from: `throughcare.web.post_ports`."""
    matches: bool = False
    """True if the locality lets this role decide which records are one person's."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session, and the secret that its cookie holds."""

    cookie: str
    session: Session


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A person that a search found: what tells them from another, nothing clinical."""

    person_id: str
    banner: Banner


@dataclass(frozen=True, slots=True)
class Remainder:
    """What a search left out of what it shows."""

    total: int
    """How many match, of those who were compared."""
    is_whole: bool
    """False where so many share the name or the birth date that not all were compared."""


class Warned(NamedTuple):
    """Something that a reader is told of a record that they read."""

    at: datetime
    text: str
    person_id: str


@dataclass(frozen=True, slots=True)
class Ground:
    """On what ground the reader looks."""

    purpose: Purpose
    permission: Permission
    until: datetime | None = None
    """End of a break-glass window; None without one."""
    reason: str = ""
    """Why the reader looks, in their own words."""
    claimed: bool = False
    """True where nobody but the reader says that they care for the person."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why a record is not shown, in words for this reader that name no hidden content."""

    rank: int
    code: str
    """As `throughcare.model.decision.Decision.code`: ``ask``, ``refused``, ``directive`` ..."""
    text: str
    break_glass: bool
    """True if this reader may go on with a reason."""
    basis: str = ""
    """Rank, rules and version that decided, as far as this reader may know them."""


class Summary(StrEnum):
    """As what somebody takes the emergency summary: the ledger tells them apart."""

    SCREEN = "summary"
    PAPER = "summary-paper"
    DEVICE = "summary-device"


@dataclass(frozen=True, slots=True)
class EmergencyView:
    """The emergency page of one person, as far as this reader may see it."""

    person_id: str
    summary: EmergencySummary
    """Holds no more than name, birth date and gender where the record is withheld."""
    withheld: Withheld | None
    ground: Ground
    made: datetime
    warning: str = ""
    """The locality's sentence about withheld content, the same for everybody; "" if it has none."""
    unsure: int = 0
    """Number of records that may also be this person's, where the reader may see them all."""
    told: tuple[str, ...] = ()
    """What the person is to be told of, each a sentence; to themselves alone."""
    keeps: bool = False
    """True where this reader may keep it on their device for a while."""


@dataclass(frozen=True, slots=True)
class TimelineView:
    """One page of the timeline."""

    person_id: str
    banner: Banner
    withheld: Withheld | None
    page: TimelinePage[Line]
    warning: str = ""


@dataclass(frozen=True, slots=True)
class LookLine:
    """One line of the ledger, in words for the person."""

    at: datetime
    who: str
    """A name, ``You``, or the user's id where the node knows no name."""
    role: str
    """As `throughcare.model.request.Role`; "" where `who` says enough."""
    organisation: str
    action: str
    """In words: ``looked at the emergency summary``."""
    ground: str
    """In words: ``emergency, could not be asked``."""
    refused: bool
    reason: str = ""
    overridden: bool = False
    """True for break-glass."""
    why: str = ""
    """Why it was decided so: in plain words to the person, by rank and rules to the officer."""
    times: int = 1
    """How often it happened in a row, this being the last: deliveries, and what "You" did."""
    look: str = ""
    """Id by which its person may ask about it; "" where there is nothing to ask."""
    asked: str = ""
    """What became of their question, in a sentence; "" where they did not ask."""


@dataclass(frozen=True, slots=True)
class LooksView:
    """Who has looked, newest first."""

    person_id: str
    banner: Banner
    lines: tuple[LookLine, ...]
    next: str = ""
    """Opaque place of the next page; "" on the last."""
    own: int = 0
    """Number of lines, on all pages, of what the reader did themselves in their own record."""
    without_own: bool = False
    """True if these are left out."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One switch of the sharing page."""

    key: str
    """``all``, ``mental-health``, ``dementia``, ``sexual-health`` or an organisation's choice."""
    title: str
    shared: bool
    text: str
    """What the switch covers, in a sentence."""
    kept_back: bool = False
    """True if it is withheld from ordinary readers even while shared: part of the sensitive set."""


@dataclass(frozen=True, slots=True)
class Ended:
    """An earlier choice that a newer one ended."""

    consent: str
    """``Consent/id``, to keep it by."""
    text: str


@dataclass(frozen=True, slots=True)
class SharingView:
    """Who can see the record, as the switches stand."""

    person_id: str
    banner: Banner
    choices: tuple[Choice, ...]
    previews: tuple[Preview, ...]
    directives: tuple[str, ...] = ()
    """Everything recorded that a switch does not show, each a plain sentence."""
    contact: str = ""
    """The locality's data protection officer or helpline, in words."""
    ended: tuple[Ended, ...] = ()
    """Earlier exceptions that a newer choice ended."""
    unopened: tuple[str, ...] = ()
    """Earlier refusals that stay under a newer and wider yes, each a sentence."""


@dataclass(frozen=True, slots=True)
class EntrySharing:
    """Who could see one entry."""

    person_id: str
    banner: Banner
    previews: tuple[Preview, ...]


@dataclass(frozen=True, slots=True)
class SharingChange:
    """What would change: shown before the person confirms."""

    person_id: str
    banner: Banner
    choice: Choice
    """The switch as it stands now."""
    share: bool
    changes: tuple[Change, ...]
    """What it opens and closes of the record as it is; none where that is nothing."""
    exceptions: tuple[str, ...] = ()
    """Earlier choices that the change would end, each a sentence: "keep these?"."""


@dataclass(frozen=True, slots=True)
class AccessAlert:
    """A look that the privacy officer is told of."""

    id: str
    at: datetime
    reasons: tuple[str, ...]
    """Why to look at it, in words, the weightiest first: ``break-glass``, ``same address`` ..."""
    who: str
    role: str
    organisation: str
    person_id: str
    person: str
    reason: str
    state: str
    """``open``, ``justified`` or ``follow-up``."""


class Node(Protocol):
    """The node, as pages know it.

    Acting for others is `throughcare.web.acting_ports`, signing in `throughcare.web.post_ports`.
    """

    async def session(self, cookie: str) -> Session | None:
        """Return the session of a cookie; None if there is none or it has ended."""
        ...

    async def sign_out(self, cookie: str) -> None:
        """End a session; idempotent."""
        ...

    async def find_people(
        self, session: Session, query: PersonQuery
    ) -> tuple[Sequence[FoundPerson], Remainder]:
        """Return who matches; restricted people not at all if the query holds a postcode."""
        ...

    async def told(self, session: Session) -> Sequence[Warned]:
        """Return what the reader is to be told of records that they read, newest first."""
        ...

    async def permission(self, session: Session, person_id: str, answer: Permission) -> None:
        """Keep what the person said at this contact: GIVEN, UNABLE or REFUSED; audited.

        UNABLE makes later looks of this session at this person emergency ones (ETREAT, reason
        ``cannot-be-asked``).
        """
        ...

    async def break_glass(self, session: Session, person_id: str, reason: Reason) -> None:
        """Open the record by break-glass for the locality's time box; alerts and notifies.

        Raises DeniedError if this reader may not.
        """
        ...

    async def claim(self, session: Session, person_id: str, reason: Reason) -> None:
        """Keep that the reader says they care for the person, for the time box; alerts."""
        ...

    async def renew_glass(self, session: Session, person_id: str) -> None:
        """Break the glass again for the reason given in this session, also when its time is over.

        Raises ConflictError where it was not broken.
        """
        ...

    async def hand_over(self, session: Session, person_id: str) -> None:
        """End what was stated about this person: the next look is asked anew; audited."""
        ...

    async def emergency(
        self, session: Session, person_id: str, look: Summary = Summary.SCREEN
    ) -> EmergencyView:
        """Return the emergency page, on the ground that `permission` or `break_glass` left."""
        ...

    async def timeline(
        self, session: Session, person_id: str, chosen: Chosen, *, after: str
    ) -> TimelineView:
        """Return the page of the timeline after the line `after` ("" is the first)."""
        ...

    async def looks(
        self, session: Session, person_id: str, *, after: str, without_own: bool = False
    ) -> LooksView:
        """Return who has looked: for the person, their proxy and the privacy officer.

        The person can have what they did themselves left out.
        """
        ...

    async def sharing(self, session: Session, person_id: str) -> SharingView:
        """Return who can see the record."""
        ...

    async def sharing_change(
        self, session: Session, person_id: str, choice: str, *, share: bool
    ) -> SharingChange:
        """Return what the switch would change. Raises NotFoundError for an unknown choice."""
        ...

    async def share(
        self, session: Session, person_id: str, choice: str, *, share: bool, keep: bool
    ) -> None:
        """Record the choice: in force when this returns. `keep` re-dates the exceptions."""
        ...

    async def keep(self, session: Session, person_id: str, consent: str) -> None:
        """Say an earlier choice again, so that it holds beside the newer one that ended it."""
        ...

    async def entry_sharing(self, session: Session, person_id: str, entry: str) -> EntrySharing:
        """Return who could see the entry ``Type/id``: to the person alone."""
        ...

    async def access_alerts(self, session: Session) -> Sequence[AccessAlert]:
        """Return looks to review, open ones first, the weightiest first."""
        ...

    async def close_alert(self, session: Session, alert_id: str, *, justified: bool) -> None:
        """Decide about one: justified, or for follow-up. Raises NotFoundError."""
        ...
