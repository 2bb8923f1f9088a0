"""One thing looked at."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it is."""

    OK = "ok"
    WARN = "warn"
    """Somebody should look soon; the node goes on."""
    FAULT = "fault"
    """Something is wrong now."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was found, and what to do about it."""

    name: str
    state: State
    found: str
    remedy: str = ""


def ok(name: str, found: str) -> Check:
    """Return a check that found nothing amiss."""
    return Check(name, State.OK, found)


def warn(name: str, found: str, remedy: str) -> Check:
    """Return a check that somebody should look at."""
    return Check(name, State.WARN, found, remedy)


def fault(name: str, found: str, remedy: str) -> Check:
    """Return a check that found something wrong."""
    return Check(name, State.FAULT, found, remedy)
