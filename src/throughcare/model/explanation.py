"""Decisions in words, for those whom they concern."""

from dataclasses import dataclass
from typing import Literal

Audience = Literal["staff", "person", "privacy-officer"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision as one kind of reader is told of it."""

    audience: Audience
    permitted: bool
    rank: int
    code: str
    """As `throughcare.model.decision.Decision.code`; "" where the reader is not told."""
    rules: tuple[str, ...]
    """Ids of what decided, as far as the reader may know them."""
    policy_version: str
    epoch: int | None
    """Consent epoch of the person that it stands on, to the privacy officer. None to all others,
    whom it would tell that something was said or set, and when."""
    text: str
    choices: tuple[str, ...] = ()
    """What the person's own rules among `rules` say, each a sentence; none to staff."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What readers of one kind see in some ways of looking, the same in all of them."""

    when: tuple[str, ...]
    """The ways, in plain words."""
    sees: tuple[str, ...]
    """Kinds of entry: ``letters``, or ``letters (2 of 5)`` where it is not all of them."""
    not_sees: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What one kind of reader would see."""

    reader: str
    sights: tuple[Sight, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What would become of one kind of reader in one way of looking."""

    reader: str
    when: tuple[str, ...]
    opens: tuple[str, ...]
    closes: tuple[str, ...]
