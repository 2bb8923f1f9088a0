"""What a person's own pages ask of a node, and the frozen values that come back."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from throughcare.summary.banner import Banner
from throughcare.summary.own import OwnRecord
from throughcare.summary.timeline import Line
from throughcare.web.ports import LookLine, Session, Withheld


@dataclass(frozen=True, slots=True)
class OwnView:
    """A record as its person, or who acts for them, reads it."""

    person_id: str
    banner: Banner
    withheld: Withheld | None
    record: OwnRecord
    told: tuple[str, ...] = ()
    """What the person is to be told of, each a sentence; to themselves alone."""


@dataclass(frozen=True, slots=True)
class AboutMeView:
    """What a person is about to write anew."""

    person_id: str
    banner: Banner
    about_me: tuple[tuple[str, str], ...]
    """Heading and text, as they wrote them last."""


@dataclass(frozen=True, slots=True)
class WrongView:
    """What the person is about to call wrong."""

    person_id: str
    banner: Banner
    line: Line | None
    """The entry; None for the record as a whole."""


@dataclass(frozen=True, slots=True)
class LookView:
    """One look that the person asks about."""

    person_id: str
    banner: Banner
    look: LookLine


class OwningNode(Protocol):
    """The part of a node that a person's own pages use: everything is theirs alone to say."""

    async def own_record(self, session: Session, person_id: str, *, paper: bool = False) -> OwnView:
        """Return the record, to the person and to who acts for them; `paper` is to take away."""
        ...

    async def about_me(self, session: Session, person_id: str) -> AboutMeView:
        """Return what they wrote about themselves last."""
        ...

    async def download(self, session: Session, person_id: str) -> bytes:
        """Return everything that the person may see, as one FHIR Bundle in JSON."""
        ...

    async def add_reading(
        self, session: Session, person_id: str, kind: str, values: Mapping[str, Decimal]
    ) -> None:
        """Store what they measured. Raises BadInputError for what can't be."""
        ...

    async def write_about_me(
        self, session: Session, person_id: str, texts: Mapping[str, str]
    ) -> None:
        """Store About Me, in the person's own words."""
        ...

    async def wrong(self, session: Session, person_id: str, entry: str) -> WrongView:
        """Return the entry ``Type/id`` that is to be called wrong; "" is the whole record.

        Raises NotFoundError for one that the person does not see.
        """
        ...

    async def call_wrong(self, session: Session, person_id: str, entry: str, said: str) -> None:
        """Ask the organisation that the entry comes from to look at it."""
        ...

    async def look(self, session: Session, person_id: str, look_id: str) -> LookView:
        """Return one look. Raises NotFoundError for none of this person's."""
        ...

    async def ask_about(self, session: Session, person_id: str, look_id: str, said: str) -> None:
        """Put the look in the privacy officer's queue, with what the person asks."""
        ...
