"""Parameters of a history: how many versions, since when, as of when (FHIR R4, 3.1.0.12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from throughcare.fhir.ranges import date_range
from throughcare.kernel import BadInputError

AFTER: Final = "_after"
"""Parameter of the page links that holds `Span.after`."""
MAXIMUM_COUNT: Final = 1000
"""Largest page; a larger ``_count`` is served with this."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """What part of a history is asked for."""

    count: int = 50
    after: str = ""
    """Opaque place of the page, from the previous one."""
    since: datetime | None = None
    """Only versions made at or after this."""
    at: tuple[datetime, datetime] | None = None
    """Only versions that were current at some moment of this period, both ends in it."""

    def holds(self, made: datetime, replaced: datetime | None) -> bool:
        """Tell whether a version is asked for that was `made` and then `replaced`, if it was."""
        if self.since is not None and made < self.since:
            return False
        if self.at is None:
            return True
        first, last = self.at
        return made <= last and (replaced is None or replaced > first)


def asked(params: Sequence[tuple[str, str]]) -> Span:
    """Return the span that parameters of a history ask for; others are not looked at.

    Raises BadInputError, naming the parameter, for a value that can't be read.

    >>> asked([("_count", "10")]).count
    10
    """
    given = dict(params)
    at = _period(given, "_at")
    since = _period(given, "_since")
    return Span(_count(given), given.get(AFTER, ""), since[0] if since else None, at)


def _count(given: dict[str, str]) -> int:
    text = given.get("_count", "") or "50"
    if not text.isascii() or not text.isdecimal() or len(text) > 9:  # noqa: PLR2004 - digits
        message = "_count must be a whole number of 0 or more; correct it."
        raise BadInputError(message, place="_count")
    return min(int(text), MAXIMUM_COUNT)


def _period(given: dict[str, str], name: str) -> tuple[datetime, datetime] | None:
    # A plus sign that was not encoded arrives as a space.
    text = given.get(name, "").replace(" ", "+")
    if not text:
        return None
    try:
        low, high = date_range(text)
        return _EPOCH + timedelta(microseconds=low), _EPOCH + timedelta(microseconds=high)
    except (ValueError, OverflowError) as cause:
        message = f"{name} must be a date or an instant, such as 2026-11-24T12:00:00Z; correct it."
        raise BadInputError(message, place=name) from cause
