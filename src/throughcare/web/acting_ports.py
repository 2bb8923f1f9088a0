"""What the pages about acting for others ask of a node, and the frozen values that come back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from throughcare.model.request import Actor
from throughcare.summary.banner import Banner
from throughcare.web.ports import Session


@dataclass(frozen=True, slots=True)
class ActingFor:
    """Whose record a proxy looks at, in what right, and until when: the bar of every page."""

    actor: Actor
    """The proxy, bound to this person."""
    name: str
    right: str
    """In words: ``Parental responsibility``."""
    until: date | None
    limit: str
    """What is not shown in this right and why, in a sentence; never that there is a hold."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A person for whom the proxy may look, or might before their right was suspended."""

    person_id: str
    name: str
    """Empty where nothing is open to the proxy any more: the name may have changed since."""
    right: str
    until: date | None
    text: str
    """What is shown, or why nothing is."""
    is_open: bool


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who acts for a person, by one grant."""

    id: str
    """Id of the Consent."""
    name: str
    right: str
    until: date | None
    sees: tuple[str, ...]
    """In words: ``medicines``, ``letters``."""
    text: str
    """Why it opens nothing now; "" where it does."""
    own: bool
    """The person gave it and can take it back."""
    reviewable: bool
    """It waits for a review with the child."""


@dataclass(frozen=True, slots=True)
class AgentsView:
    """Who acts for a person."""

    person_id: str
    banner: Banner
    agents: tuple[Agent, ...]
    kinds: tuple[tuple[str, str], ...]
    """What can be chosen to be seen: key and words."""
    notices: tuple[str, ...] = ()
    held: bool = False
    """For staff who may set one: a safeguarding hold is in force."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom a person wants to act for them, as the form says it."""

    account: str
    kinds: frozenset[str]
    """Keys; none for everything but the sensitive set."""
    until: date | None


@dataclass(frozen=True, slots=True)
class WishView:
    """What a person is about to allow, before they confirm."""

    person_id: str
    banner: Banner
    wish: Wish
    name: str
    """What whoever has that account is called."""
    sees: tuple[str, ...]


class ActingNode(Protocol):
    """The part of a node that pages about acting for others use."""

    async def bar(self, session: Session, person_id: str) -> ActingFor:
        """Return in what right the proxy acts now.

        Raises NotFoundError without a right or under a hold, DeniedError where it is suspended.
        """
        ...

    async def charges(self, session: Session) -> Sequence[Charge]:
        """Return for whom the proxy acts."""
        ...

    async def told(self, session: Session) -> Sequence[str]:
        """Return what the node has told this proxy, newest first, in sentences."""
        ...

    async def agents(self, session: Session, person_id: str) -> AgentsView:
        """Return who acts for a person: to the person and to those who record it."""
        ...

    async def wish(self, session: Session, person_id: str, wish: Wish) -> WishView:
        """Return what it would come to. Raises BadInputError for nobody of that name."""
        ...

    async def allow(self, session: Session, person_id: str, wish: Wish) -> None:
        """Let them act: in force when this returns."""
        ...

    async def take_back(self, session: Session, person_id: str, consent: str) -> None:
        """End it: no look that begins later succeeds."""
        ...

    async def record(self, session: Session, person_id: str, form: "Record") -> None:
        """Record, as staff: a grant, its review or end, a finding of capacity, a hold."""
        ...


@dataclass(frozen=True, slots=True)
class Record:
    """What staff record on the page."""

    what: str
    """``grant``, ``review``, ``end``, ``lacking``, ``present``, ``hold`` or ``lift``."""
    account: str = ""
    right: str = ""
    consent: str = ""
    since: date | None = None
    until: date | None = None
