"""Dates as people read them, from FHIR's partial dates (``2026``, ``2026-05``, an instant)."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from throughcare.kernel import LONDON

_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_LONG: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SHAPE: Final = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d:\d\d).*)?)?)?")
_DAYS_AS_DAYS: Final = 28
_ADULT: Final = 18


@dataclass(frozen=True, slots=True, order=True)
class When:
    """A moment as precisely as its source gave it; sorts by time, vague ones before exact ones."""

    year: int
    month: int = 0
    """0 if the source gives no month."""
    day: int = 0
    time: str = ""
    """``HH:MM`` local time, or ""."""

    @property
    def earliest(self) -> date:
        """The first day that it may mean."""
        return date(self.year, self.month or 1, self.day or 1)


def parse(text: object) -> When | None:
    """Read a FHIR date, dateTime or instant, zoned times as UK local time; None if it is none."""
    return _parse(text) if isinstance(text, str) else None


@lru_cache(maxsize=8192)
def _parse(text: str) -> When | None:
    if not (shape := _SHAPE.fullmatch(text)):
        return None
    year, month, day, time = shape.groups()
    try:
        if time is not None:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is not None:
                moment = moment.astimezone(LONDON)
            return When(moment.year, moment.month, moment.day, f"{moment:%H:%M}")
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return When(int(year), int(month or 0), int(day or 0))


def of_date(day: date) -> When:
    """Return a calendar day as a `When`."""
    return When(day.year, day.month, day.day)


def short(when: When | None) -> str:
    """Write ``dd-Mmm-yyyy``, ``Mmm-yyyy`` or ``yyyy`` (Common User Interface); None is "".

    >>> short(When(2026, 5, 12))
    '12-May-2026'
    """
    if when is None:
        return ""
    if not when.month:
        return f"{when.year:04d}"
    month = _MONTHS[when.month - 1]
    return f"{when.day:02d}-{month}-{when.year:04d}" if when.day else f"{month}-{when.year:04d}"


def long(when: When | None) -> str:
    """Write ``12 May 2026``, the form for patients; None is "".

    >>> long(When(2026, 5))
    'May 2026'
    """
    if when is None:
        return ""
    if not when.month:
        return f"{when.year}"
    month = _LONG[when.month - 1]
    return f"{when.day} {month} {when.year}" if when.day else f"{month} {when.year}"


def moment(at: datetime) -> str:
    """Write an instant as ``24-Nov-2026 14:05``, UK local time."""
    local = at.astimezone(LONDON)
    return f"{short(When(local.year, local.month, local.day))} {local:%H:%M}"


def moment_in_full(at: datetime) -> str:
    """Write an instant as ``24 November 2026, 14:05``, UK local time: the form for patients."""
    local = at.astimezone(LONDON)
    return f"{long(When(local.year, local.month, local.day))}, {local:%H:%M}"


def month_year(when: When) -> str:
    """Write ``Jan 2026``, or the year alone."""
    return f"{_MONTHS[when.month - 1]} {when.year}" if when.month else str(when.year)


def _whole_months(start: date, end: date) -> int:
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - 1 if end.day < start.day else months


def age(born: date, on: date) -> str:
    """Return the age at `on` as the Common User Interface writes it: 20d, 7w 2d, 14m, 9y 2m, 85y.

    Somebody born after `on` is ``not yet born``.

    >>> age(date(1941, 4, 18), date(2026, 11, 24))
    '85y'
    """
    days = (on - born).days
    if days < 0:
        return "not yet born"
    if days < _DAYS_AS_DAYS:
        return f"{days}d"
    months = _whole_months(born, on)
    if months < 12:  # noqa: PLR2004 - months of a year
        return f"{days // 7}w {days % 7}d"
    if months < 24:  # noqa: PLR2004 - two years
        return f"{months}m"
    if months < _ADULT * 12:
        return f"{months // 12}y {months % 12}m"
    return f"{months // 12}y"


def ago(when: When, today: date) -> str:
    """Return how long ago in words: ``today``, ``3 days ago``, ``5 weeks ago``, ``2 years ago``."""
    days = (today - when.earliest).days
    months = _whole_months(when.earliest, today)
    if days < 0:
        return "dated in the future"
    if days == 0:
        return "today"
    if months >= 24:  # noqa: PLR2004 - two years
        return f"{months // 12} years ago"
    if months > 1:
        return f"{months} months ago"
    if days >= 14:  # noqa: PLR2004 - two weeks
        return f"{days // 7} weeks ago"
    return "yesterday" if days == 1 else f"{days} days ago"
