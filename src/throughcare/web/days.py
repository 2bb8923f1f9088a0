"""Days as people write them into a form."""

import re
from datetime import date
from typing import Final

from throughcare.kernel import BadInputError

_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_WRITTEN: Final = re.compile(r"(\d{1,2})[ ./-]+(\d{1,2}|[A-Za-z]{3,9})[ ./-]+(\d{4})", re.ASCII)
_FULL_YEAR: Final = 1000


def day_of(text: str, place: str) -> date | None:
    """Return the day that somebody wrote, day first; None for nothing.

    Raises BadInputError, with its `place`, for what is no day.

    >>> [str(day_of(text, "until")) for text in ("1 4 2027", "01/04/2027", "1 April 2027")]
    ['2027-04-01', '2027-04-01', '2027-04-01']
    >>> str(day_of("2027-04-01", "until")), day_of(" ", "until")
    ('2027-04-01', None)
    """
    given = text.strip()
    if not given:
        return None
    written = _WRITTEN.fullmatch(given)
    try:
        if written is None:
            return date.fromisoformat(given)
        day, month, year = written.groups()
        return date(int(year), _month(month), int(day))
    except ValueError as error:
        message = "This is not a day of the calendar. Write day, month and year, such as 1 4 2027."
        raise BadInputError(message, place=place) from error


def _month(text: str) -> int:
    return int(text) if text.isdecimal() else _MONTHS.index(text[:3].lower()) + 1


def born_on(day: str, month: str, year: str, today: date) -> date | str:
    """Return the day of birth that three fields say, or what is wrong with them in a sentence.

    A year of two digits could be of either century, and is asked for in full.
    """
    if not (day.strip() and month.strip() and year.strip()):
        return "Enter the date of birth, for example 31 3 1941"
    try:
        parts = [int(part) for part in (year, month, day)]
    except ValueError:
        return "Enter the date of birth in numbers, for example 31 3 1941"
    if parts[0] < _FULL_YEAR:
        return "Enter the year of birth with all four digits, for example 1941"
    try:
        born = date(*parts)
    except ValueError:
        return "This day is not in the calendar. Check day, month and year of birth"
    return born if born <= today else "This date of birth is still to come. Check the year"
