"""The parts of a summary: items with their sources, in sections with a state in words."""

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Section:
    """Items and what their number means."""

    state: State
    items: tuple[Item, ...] = ()
    title: str = ""
    """Heading whose wording carries the state: an allergy title, "No plan is held here. ..."."""
    note: str = ""
    """What stands under that heading where nothing is listed; "" to let the heading do."""
