"""The parts of a summary: items with their sources, in sections with a state in words."""

from dataclasses import dataclass
from enum import StrEnum

from throughcare.kernel import BadInputError


class State(StrEnum):
    """What is known of a section. None known, not recorded and no answer are three states."""

    LISTED = "listed"
    NONE_KNOWN = "none-recorded-as-known"
    """A source says in so many words that there is none, and nothing contradicts it."""
    NOT_RECORDED = "not-recorded"
    """Nobody recorded anything: no statement about the person."""
    UNAVAILABLE = "unavailable"
    """An expected source did not answer, and nothing is listed."""
    MAY_BE_INCOMPLETE = "may-be-incomplete"
    """A filter or a missing source limits this reader, whether or not it hides anything."""
    WITHHELD = "withheld"
    """Kept back from this reader, or not for this role: nothing is said about what it holds."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One source's statement behind an item."""

    source: str
    """Name of the feed."""
    label: str
    """The feed in plain words: ``GP``, ``care home``."""
    on: str
    """Clinical date as ``dd-Mmm-yyyy``, ``Mmm-yyyy`` or ``yyyy``; "" if the source gives none."""
    reference: str
    """``Type/id`` of the entry."""
    wording: str = ""
    """What the source wrote, where it differs from the item's text."""


@dataclass(frozen=True, slots=True)
class Do:
    """What to do beside an alert. INVARIANT: it has an author and a source, or it is not made."""

    text: str
    author: str
    """Who wrote or approved it, for people to ask."""
    source: str
    """Where it stands, and until when it holds."""

    def __post_init__(self) -> None:
        """Refuse advice that is nobody's. Raises BadInputError."""
        if not (self.text.strip() and self.author.strip() and self.source.strip()):
            message = "A line of what to do has no author or source. Name both, or leave it out."
            raise BadInputError(message)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a section: a thing shown once, with everybody who says so."""

    text: str
    kind: str = ""
    """Alert or measurement kind such as ``dementia``, ``weight``; "" where the section has none."""
    group: str = ""
    """Alerts: ``time-critical``, ``communication``, ``falls`` or ``safety``."""
    detail: tuple[str, ...] = ()
    """Lines under the text, in the source's own words where they quote one."""
    sources: tuple[Seen, ...] = ()
    disagreement: str = ""
    """One sentence if sources contradict each other, else ""."""
    severe: bool = False
    printed: bool = True
    """False for what stays off paper and offline copies: safeguarding, violence, key safe."""
    phones: tuple[str, ...] = ()
    """Contacts: the numbers to call, as recorded."""
    do: Do | None = None
    """What to do about it, where somebody who is named says so."""


@dataclass(frozen=True, slots=True)
class Section:
    """Items and what their number means."""

    state: State
    items: tuple[Item, ...] = ()
    title: str = ""
    """Heading whose wording carries the state: an allergy title, "No plan is held here. ..."."""
    note: str = ""
    """What stands under that heading where nothing is listed; "" to let the heading do."""
    more: str = ""
    """On a copy that was shortened: how many lines it lacks and where they are; else ""."""
