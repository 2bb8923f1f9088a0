"""What clients saw of one resource: the facts that `checker` and `naive` judge."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

NEVER: Final = float("inf")
"""The end of an operation that was not answered: it may take effect at any later time, or never."""


class Saw(StrEnum):
    """What an operation came to."""

    READ = "read"
    """200: this version, with this value."""
    GONE = "gone"
    """410: the newest version is a deletion."""
    ABSENT = "absent"
    """404: there never was a version."""
    WROTE = "wrote"
    """A PUT made this version."""
    REFUSED = "refused"
    """412: the newest version is not the one that If-Match names."""
    DELETED = "deleted"
    """A DELETE made this version, or found it: deleting what is deleted changes nothing."""
    PUT_LOST = "put lost"
    """A PUT was not answered."""
    DELETE_LOST = "delete lost"
    """A DELETE was not answered."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of one client on one resource; `start` and `end` order it among others."""

    saw: Saw
    start: float
    end: float
    value: int = 0
    """What was read, or put; each PUT puts another value."""
    version: int = 0
    """The FHIR version that the answer names."""
    expected: int | None = None
    """The version that If-Match named."""


Chain = tuple[int | None, ...]
"""The final history: the value of version 1, 2 and so on; None for a deletion."""
