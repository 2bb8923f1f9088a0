"""What the pages about health links ask of a node, and the frozen values that come back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from throughcare.summary.banner import Banner
from throughcare.web.ports import Session

LIFETIMES: Final[Mapping[str, timedelta]] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}
"""How long a link can work, by key."""


@dataclass(frozen=True, slots=True)
class LinkWish:
    """The link that somebody wants, as the form says it."""

    label: str
    kinds: frozenset[str]
    lifetime: str
    """A key of `LIFETIMES`."""
    passcode: str
    direct: bool


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One link."""

    account: str
    label: str
    sees: tuple[str, ...]
    """In words: ``medicines, letters``."""
    state: str
    """``open``, ``paused``, ``locked``, ``expired`` or ``ended``."""
    expires: datetime
    protected: bool
    attempts: int
    """How many wrong passcodes are left; all of them where none is asked for."""


@dataclass(frozen=True, slots=True)
class LinksView:
    """A person's links, newest first."""

    person_id: str
    banner: Banner
    links: tuple[LinkLine, ...]
    kinds: tuple[tuple[str, str], ...]
    """What can be chosen to be seen: key and words."""


@dataclass(frozen=True, slots=True)
class LinkView:
    """One link, to hand out."""

    person_id: str
    banner: Banner
    link: LinkLine
    text: str
    """The link with the viewer before it; "" where it opens nothing any more."""


@dataclass(frozen=True, slots=True)
class ViewedSection:
    """A section of what a link opens."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Viewed:
    """What a link of this node opens, for a browser without scripts."""

    label: str
    who: str
    """Name and birth date."""
    made: datetime
    sections: tuple[ViewedSection, ...]


class LinkedNode(Protocol):
    """The part of a node that these pages use. `origin` is its address as the browser sees it."""

    async def links(self, session: Session, person_id: str) -> LinksView:
        """Return the person's links, to them alone."""
        ...

    async def link(self, session: Session, person_id: str, account: str, origin: str) -> LinkView:
        """Return one. Raises NotFoundError for none of theirs."""
        ...

    async def make_link(self, session: Session, person_id: str, wish: LinkWish) -> str:
        """Make one and return its account. Raises BadInputError for what no link can be."""
        ...

    async def pause_link(
        self, session: Session, person_id: str, account: str, *, paused: bool
    ) -> None:
        """Let it open nothing for a while, or again."""
        ...

    async def end_link(self, session: Session, person_id: str, account: str) -> None:
        """End it for ever: in force before this returns."""
        ...

    async def view(self, text: str, recipient: str, passcode: str, origin: str) -> Viewed:
        """Return what a link of this node opens now.

        Raises BadInputError for a link of another place or none, NotFoundError and
        WrongPasscodeError as the door does.
        """
        ...
