"""Values as ranges: what the precision of a date or the digits of a number leave open.

FHIR R4, 3.1.1.4.7 and 3.1.1.4.6: a search compares ranges, never points. Times are microseconds
since 1970 in UTC; a date or time without a zone is read as UTC.
"""

import math
import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

EARLIEST = -62_135_596_800_000_000
"""0001-01-01: the low end of a period without a start."""
LATEST = 253_402_300_799_999_999
"""9999-12-31: the high end of a period without an end."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?"
)

Range = tuple[int, int]


@lru_cache(maxsize=65536)
def date_range(text: str) -> Range:
    """Return the first and the last microsecond that a FHIR date, dateTime or instant covers.

    Raises ValueError for what is none. A leap second counts as the second before it.

    >>> date_range("1970")
    (0, 31535999999999)
    >>> date_range("1970-01-01T00:00:01.5Z")
    (1500000, 1599999)
    """
    match = _DATE.fullmatch(text)
    if match is None:
        message = "not a date"
        raise ValueError(message)
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if hour is None:
        return _whole_days(int(year), int(month or 0), int(day or 0))
    start = datetime(
        int(year),
        int(month),
        int(day),
        int(hour),
        int(minute),
        min(int(second or 0), 59),
        tzinfo=UTC,
    )
    low = (start - _EPOCH) // _MICROSECOND - _offset(zone)
    if second is None:
        return low, low + 59_999_999
    if fraction is None:
        return low, low + 999_999
    low += int(fraction[:6].ljust(6, "0"))
    return low, low + 10 ** (6 - min(len(fraction), 6)) - 1


def _whole_days(year: int, month: int, day: int) -> Range:
    first = datetime(year, month or 1, day or 1, tzinfo=UTC)
    last_month = month or 12
    last = datetime(year, last_month, day or monthrange(year, last_month)[1], tzinfo=UTC)
    low = (first - _EPOCH) // _MICROSECOND
    return low, (last - _EPOCH) // _MICROSECOND + 86_399_999_999


def _offset(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    return (-minutes if zone[0] == "-" else minutes) * 60_000_000


def period_range(period: Mapping[str, Any]) -> Range | None:
    """Return what a Period covers, open ends reaching to the end of time; None if it has none."""
    start, end = period.get("start"), period.get("end")
    if start is None and end is None:
        return None
    low = EARLIEST if start is None else date_range(start)[0]
    return low, LATEST if end is None else date_range(end)[1]


def timing_range(timing: Mapping[str, Any]) -> Range | None:
    """Return the span from a Timing's first event to its last, its bounds included."""
    spans = [date_range(event) for event in timing.get("event", ()) if event is not None]
    bounds = timing.get("repeat", {}).get("boundsPeriod")
    span = period_range(bounds) if bounds is not None else None
    if span is not None:
        spans.append(span)
    if not spans:
        return None
    return min(low for low, _ in spans), max(high for _, high in spans)


_ROOMY = Context(Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
"""Arithmetic that takes every exponent there is: what no float can hold becomes infinite or 0."""


def digit_range(text: str) -> tuple[Decimal, Decimal]:
    """Return the range that the digits of a number imply: half a unit of the last one.

    Raises ValueError for text that is no number. The upper end is not within.

    >>> digit_range("100"), digit_range("5.40")
    ((Decimal('99.5'), Decimal('100.5')), (Decimal('5.395'), Decimal('5.405')))
    """
    try:
        number = Decimal(text)
    except InvalidOperation as cause:
        message = "not a number"
        raise ValueError(message) from cause
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        message = "not a number"
        raise ValueError(message)  # noqa: TRY004 - NaN and Infinity are bad values, not types
    half = Decimal((0, (5,), max(exponent - 1, MIN_EMIN)))
    return _ROOMY.subtract(number, half), _ROOMY.add(number, half)


def exact(value: Decimal | float) -> float:
    """Return the float next to a number; what none can hold is infinite."""
    try:
        return float(value)
    except OverflowError:  # an integer of hundreds of digits
        return math.inf if value > 0 else -math.inf


def number(value: Decimal | float) -> tuple[float, float]:
    """Return a stated number as a range of its own: what is stated is exact."""
    point = exact(value)
    return point, point


def as_code(value: bool | str) -> str:  # noqa: FBT001 - a FHIR value
    """Return a code, or a boolean as the code that searches call it.

    >>> as_code(True), as_code("final")
    ('true', 'final')
    """
    if isinstance(value, str):
        return value
    return "true" if value else "false"
