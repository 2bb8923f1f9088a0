"""Days are those of the locality: London's, so that a day begins and ends at midnight there."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

LONDON: Final = ZoneInfo("Europe/London")


def day_of(at: datetime) -> date:
    """Return the day that it is in London at a moment with a time zone.

    >>> from datetime import UTC
    >>> day_of(datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    datetime.date(2026, 7, 1)
    """
    return at.astimezone(LONDON).date()
