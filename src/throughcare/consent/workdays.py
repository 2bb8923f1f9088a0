"""Working days in England: by when somebody is to look at what can't wait."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

DAY: Final = timedelta(days=1)
SATURDAY: Final = 5


def next_working_day(after: date) -> date:
    """Return the first working day after `after`.

    Weekends and the yearly bank holidays of England are none (Banking and Financial Dealings Act
    1971); a holiday of one year alone, such as a coronation, is not known here and counts as one.

    >>> next_working_day(date(2026, 12, 24))
    datetime.date(2026, 12, 29)
    """
    day = after + DAY
    while day.weekday() >= SATURDAY or day in bank_holidays(day.year):
        day += DAY
    return day


@lru_cache(maxsize=8)
def bank_holidays(year: int) -> frozenset[date]:
    """Return the bank holidays of England in `year`, each moved off a weekend."""
    found: set[date] = set()
    for day in _holidays(year):
        moved = day
        while moved.weekday() >= SATURDAY or moved in found:
            moved += DAY
        found.add(moved)
    return frozenset(found)


def _holidays(year: int) -> Iterator[date]:
    sunday = easter(year)
    yield date(year, 1, 1)
    yield sunday - 2 * DAY
    yield sunday + DAY
    yield _monday(date(year, 5, 1))
    yield _monday(date(year, 5, 25))
    yield _monday(date(year, 8, 25))
    yield date(year, 12, 25)
    yield date(year, 12, 26)


def _monday(first: date) -> date:
    """Return the Monday on or after `first`."""
    return first + (-first.weekday() % 7) * DAY


def easter(year: int) -> date:
    """Return Easter Sunday, by the Gregorian rule: the Sunday after the paschal full moon."""
    golden, century = year % 19, year // 100
    correction = century - century // 4 - (8 * century + 13) // 25
    epact = (19 * golden + correction + 15) % 30
    epact -= epact // 28 * (1 - 29 // (epact + 1) * ((21 - golden) // 11))
    weekday = (year + year // 4 + epact + 2 - century + century // 4) % 7
    offset = epact - weekday
    month = 3 + (offset + 40) // 44
    return date(year, month, offset + 28 - 31 * (month // 4))
