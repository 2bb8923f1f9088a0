"""What the pages of care professionals ask of a node, and the frozen values that come back."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Generic, Protocol, TypeVar

from throughcare.summary.arrivals import Arrival
from throughcare.summary.banner import Banner
from throughcare.summary.facts import Item
from throughcare.summary.network import Network
from throughcare.summary.overview import Overview
from throughcare.summary.resident import Resident as Day
from throughcare.web.acting_ports import Agent
from throughcare.web.ports import Session, Withheld

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class View(Generic[T]):
    """A page about one person, as far as this reader may see it."""

    person_id: str
    banner: Banner
    withheld: Withheld | None
    content: T | None
    """None where the record is withheld."""
    made: datetime
    warning: str = ""
    """The locality's sentence about withheld content, the same for everybody; "" if it has none."""


@dataclass(frozen=True, slots=True)
class NetworkView:
    """Person and network, with who may decide for the person where this role is told."""

    view: View[Network]
    agents: Sequence[Agent] | None
    """None where this role is not told who acts for people."""


class Resident(Enum):
    """What a look at a resident's day is for."""

    TODAY = "today"
    PACK = "pack"
    """The pack for the hospital, on a screen."""
    PAPER = "paper"
    """The same as a file to print: copies that can't be called back."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What somebody at the bedside taps in."""

    kind: str
    """Key of `throughcare.intake.noting.KINDS`."""
    value: str
    """What was chosen, or written."""


class CareNode(Protocol):
    """The part of a node that pages of care professionals use."""

    async def overview(
        self, session: Session, person_id: str, first: int | None = None
    ) -> View[Overview]:
        """Return what a GP opens a consultation with.

        With `first` it has charts of every result, from the one at this place on.
        """
        ...

    async def network(self, session: Session, person_id: str) -> NetworkView:
        """Return how somebody lives, and who cares and decides."""
        ...

    async def resident(self, session: Session, person_id: str, look: Resident) -> View[Day]:
        """Return a resident's day; the ledger calls the look what it is for."""
        ...

    async def key_safe(self, session: Session, person_id: str) -> View[tuple[Item, ...]]:
        """Return what is recorded of key safes, in its own words; a look of its own."""
        ...

    async def arrivals(
        self, session: Session, shown: Sequence[Arrival] | None = None
    ) -> Sequence[Arrival]:
        """Return who has come to the reader's organisation and who is expected; each is a look.

        Where the board is open, `shown` is what stands on it: a look is then what is new there.
        It is not counted as use of the session. Raises UnauthenticatedError once that has ended.
        """
        ...

    async def newest(self) -> Hashable:
        """Return how new the record is: something else after each change of it or of consent."""
        ...

    async def note(self, session: Session, person_id: str, noted: Noted) -> None:
        """Add what somebody noted: on disk, and in the record, when this returns.

        Raises BadInputError for what can't be read.
        """
        ...

    async def since(self, newest: Hashable, board: Sequence[Arrival]) -> tuple[Hashable, bool]:
        """Return how new the record is, and whether what came after `newest` may be on `board`.

        May be on it, or may bring somebody to it or take them away.
        """
        ...
