"""How a node is: one list of checks, for a terminal, a page and a monitor. No personal data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

PATIENCE: Final = 1.25
"""A feed is late once it is silent for so many times the silence that is usual with it."""
_HOUR: Final = timedelta(hours=1)


class State(StrEnum):
    """How a thing that was looked at is."""

    FAULT = "fault"
    """Something is wrong now."""
    WARN = "warn"
    """Somebody should look soon; the node goes on."""
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Way:
    """The way out of what is amiss. It has a command, or words where no command can mend it."""

    otherwise: str
    """What happens if nobody does anything, in a sentence."""
    command: str = ""
    """For a shell of this node's machine, as it is to be typed."""
    words: str = ""
    """What else is to be done, in a sentence."""

    def __str__(self) -> str:
        """Return command and words on one line."""
        return ". ".join(part for part in (self.command, self.words) if part)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what was found, and the way out unless it is well."""

    name: str
    state: State
    found: str
    way: Way | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """How a feed delivers, judged by its own rhythm."""

    source: str
    last: datetime
    """When it last delivered anything that was taken."""
    usual: timedelta | None = None
    """The silence that is usual with it; None while it has delivered too seldom to know."""
    deliveries: int = 0
    """Submissions that were taken, ever."""

    def is_late(self, now: datetime) -> bool:
        """Tell whether it is silent for longer than is usual with it, and an hour at least."""
        if self.usual is None:
            return False
        return now - self.last > max(self.usual * PATIENCE, self.usual + _HOUR)


@dataclass(frozen=True, slots=True)
class Health:
    """All checks of a node, worst first."""

    checks: tuple[Check, ...]
    feeds: tuple[Feed, ...]
    examined: datetime | None
    """When what takes long was last looked at; None if it never was."""
    examining: bool = False
    """True while it is being looked at again."""
    entries: Mapping[str, int] = field(default_factory=dict, hash=False)
    """How many entries of each type were held then."""

    @property
    def is_well(self) -> bool:
        """True if nothing is at fault."""
        return all(check.state is not State.FAULT for check in self.checks)


def worst_first(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """Return checks by how they are, and in the order that they came in among equals."""
    order = list(State)
    return tuple(sorted(checks, key=lambda check: order.index(check.state)))
