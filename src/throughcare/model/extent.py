"""Which part of a whole record is asked for."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Extent:
    """All of a record by default; each member narrows it."""

    types: tuple[str, ...] | None = None
    """Resource types; None is any."""
    since: datetime | None = None
    """Last updated after this moment."""
    until: datetime | None = None
    """Last updated at this moment or before."""
    low: int | None = None
    high: int | None = None
    """Clinical date within these microseconds since 1970, UTC, both inclusive; an entry without a
    date is always within."""
    count: int = 0
    """Entries of a page; 0 asks for all at once."""
    after: str = ""
    """Opaque place where the page begins, from the page before."""
