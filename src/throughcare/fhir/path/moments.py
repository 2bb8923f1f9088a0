"""Dates, dates with times, and times, each as precise as it was written.

A moment covers a span: 2020 is all of that year. Two moments compare where their spans lie apart,
or where they are equally precise; else nothing is known. Seconds and their fractions are one
precision, as FHIRPath has it.
"""

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Final

_PATTERN = re.compile(
    r"(?:(\d{4})(?:-(\d\d)(?:-(\d\d))?)?)?"
    r"(?:(T)(?:(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,12})\d*)?)?)?(Z|[+-]\d\d:\d\d)?)?)?",
    re.ASCII,
)
_TICKS: Final = 10**12
"""Ticks in a second: a fraction may have twelve digits."""
_DAY: Final = 86_400 * _TICKS
_EARLIEST_ZONE: Final = 14 * 3600 * _TICKS
_LATEST_ZONE: Final = 12 * 3600 * _TICKS
"""Local time is at most so far before and behind UTC."""
YEAR, MONTH, DAY, HOUR, MINUTE, SECOND = range(1, 7)
"""Precisions: how many parts stand."""
_UNITS: Final = {"minute": 60 * _TICKS, "hour": 3600 * _TICKS, "second": _TICKS}
_LAST_YEAR: Final = 9999


@dataclass(frozen=True, slots=True)
class Moment:
    """A date (``Date``), a date that may have a time (``DateTime``), or a time (``Time``)."""

    kind: str
    parts: tuple[int, ...]
    """Year, month, day, hour, minute, second, as far as they stand; of a time, 0, 1, 1 first."""
    ticks: int = 0
    """Fraction of the second."""
    digits: int = 0
    """Digits of the fraction as written."""
    zone: int | None = None
    """Minutes before UTC's clock."""

    @property
    def precision(self) -> int:
        """Return `YEAR` to `SECOND`."""
        return len(self.parts)

    @property
    def text(self) -> str:
        """Return the moment as JSON has it; a time without its T."""
        day = "-".join((f"{part:04}", f"{part:02}")[place > 0] for place, part in self._day())
        time = ":".join(f"{part:02}" for part in self.parts[DAY:])
        if self.digits:
            time += f".{self.ticks:012}"[: self.digits + 1]
        if self.kind == "Time":
            return time
        return f"{day}T{time}{_zone_text(self.zone)}" if time else day

    def _day(self) -> list[tuple[int, int]]:
        return list(enumerate(self.parts[:DAY]))

    def span(self) -> tuple[int, int]:
        """Return the first and the last tick covered, in local time where no zone stands."""
        year, month, day, hour, minute, second = (
            *self.parts,
            *(1, 1, 1, 0, 0, 0)[self.precision :],
        )
        start = date(year or 1, month, day).toordinal() * _DAY
        start += ((hour * 60 + minute) * 60 + second) * _TICKS + self.ticks
        start -= (self.zone or 0) * 60 * _TICKS
        return start, start + self._length(year, month) - 1

    def _length(self, year: int, month: int) -> int:
        if self.precision == SECOND:
            return 1
        if self.precision == YEAR:
            return (365 + (monthrange(year, 2)[1] == 29)) * _DAY  # noqa: PLR2004 - a leap day
        if self.precision == MONTH:
            return monthrange(year, month)[1] * _DAY
        return {DAY: _DAY, HOUR: _UNITS["hour"], MINUTE: _UNITS["minute"]}[self.precision]


def _zone_text(zone: int | None) -> str:
    if zone is None:
        return ""
    if zone == 0:
        return "Z"
    hours, minutes = divmod(abs(zone), 60)
    return f"{'-' if zone < 0 else '+'}{hours:02}:{minutes:02}"


@lru_cache(maxsize=16384)
def moment(text: str, kind: str = "") -> Moment | None:
    """Return the moment that a text says; None if it says none of that kind.

    `kind` is Date, DateTime, Time or "" (told from the text: one with a T and nothing before it is
    a time). A time may stand with and without its T.

    >>> moment("2015-02", "DateTime").precision, moment("T14:30").text
    (2, '14:30')
    """
    if kind == "Time" and not text.startswith("T"):
        text = f"T{text}"
    match = _PATTERN.fullmatch(text)
    if match is None or not text:
        return None
    year, month, day, mark, hour, minute, second, fraction, zone = match.groups()
    found = ("DateTime" if mark else "Date") if year else "Time"
    if kind and found != kind and (kind, found) != ("DateTime", "Date"):
        return None
    if (hour and year and not day) or (not year and (zone or not hour)):
        return None
    stated = (year or "0", month, day) if year else ("0", "1", "1")
    parts = tuple(int(part) for part in (*stated, hour, minute, second) if part is not None)
    ticks = int((fraction or "").ljust(12, "0"))
    made = Moment(kind or found, parts, ticks, len(fraction or ""), _zone_minutes(zone))
    return made if _is_real(made) else None


def _zone_minutes(text: str | None) -> int | None:
    if text is None:
        return None
    if text == "Z":
        return 0
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return -minutes if text[0] == "-" else minutes


def _is_real(made: Moment) -> bool:
    if made.zone is not None and abs(made.zone) > 14 * 60:
        return False
    year, month, day, hour, minute, second = (*made.parts, *(1, 1, 1, 0, 0, 0)[made.precision :])
    try:
        datetime(year if made.kind != "Time" else 1, month, day, hour, minute, second)  # noqa: DTZ001 - only asked whether it exists
    except ValueError:
        return False
    return True


def of_datetime(now: datetime) -> Moment:
    """Return a time of the clock with milliseconds and its zone."""
    offset = now.utcoffset()
    zone = None if offset is None else int(offset.total_seconds() // 60)
    parts = (now.year, now.month, now.day, now.hour, now.minute, now.second)
    return Moment("DateTime", parts, now.microsecond // 1000 * 10**9, 3, zone)


def date_of(made: Moment) -> Moment:
    """Return the day of a date with a time."""
    return Moment("Date", made.parts[:DAY])


def are_of_one_kind(one: Moment, other: Moment) -> bool:
    """Tell whether two moments can be compared: times only with times."""
    return (one.kind == "Time") == (other.kind == "Time")


def _spans(one: Moment, other: Moment) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return what two moments cover; the one without a zone is anywhere on earth."""
    first, second = one.span(), other.span()
    if (one.zone is None) == (other.zone is None):
        return first, second
    if one.zone is None:
        return (first[0] - _EARLIEST_ZONE, first[1] + _LATEST_ZONE), second
    return first, (second[0] - _EARLIEST_ZONE, second[1] + _LATEST_ZONE)


def compared(one: Moment, other: Moment) -> int | None:
    """Return -1, 0 or 1 as `one` is before, at or after `other`; None where nothing is known."""
    (low, high), (other_low, other_high) = _spans(one, other)
    if high < other_low:
        return -1
    if low > other_high:
        return 1
    return (
        0 if one.precision == other.precision and (low, high) == (other_low, other_high) else None
    )


def key(made: Moment) -> tuple[object, ...]:
    """Return what is the same for equal moments, and only for those."""
    return (made.kind == "Time", made.precision, made.zone is None, made.span()[0])


def added(made: Moment, amount: int, unit: str) -> Moment | None:
    """Return a moment so many calendar units later; None if the calendar ends before.

    `unit` is year, month, day, hour, minute, second or tick. What is finer than the moment itself
    is first brought to its precision: 2016 + 365 days is 2017.
    """
    if made.kind == "Time" and unit in {"year", "month", "day"}:
        return None
    precision = made.precision
    if unit in {"year", "month"} or precision <= MONTH:
        return _months_added(made, _as_months(amount, unit, precision))
    ticks = amount * {"day": _DAY, "tick": 1, **_UNITS}[unit]
    finest = {DAY: _DAY, HOUR: _UNITS["hour"], MINUTE: _UNITS["minute"], SECOND: 1}[precision]
    return _ticks_added(made, int(ticks / finest) * finest if finest > 1 else ticks)


def _as_months(amount: int, unit: str, precision: int) -> int:
    """Return an amount in months, whole years for a year: of 30 days, twelve in 365 days."""
    if unit == "year":
        return amount * 12
    if unit == "month":
        return _towards_zero(amount, 12) * 12 if precision == YEAR else amount
    ticks = amount * {"day": _DAY, "tick": 1, **_UNITS}[unit]
    days = _towards_zero(ticks, _DAY)
    return _towards_zero(days, 365) * 12 if precision == YEAR else _towards_zero(days, 30)


def _towards_zero(amount: int, by: int) -> int:
    return amount // by if amount >= 0 else -(-amount // by)


def _months_added(made: Moment, months: int) -> Moment | None:
    total = made.parts[0] * 12 + (made.parts[1] - 1 if made.precision > YEAR else 0) + months
    year, month = divmod(total, 12)
    if not 1 <= year <= _LAST_YEAR:
        return None
    rest = made.parts[MONTH:]
    if rest:
        rest = (min(rest[0], monthrange(year, month + 1)[1]), *rest[1:])
    return replace(made, parts=(year, *((month + 1,) if made.precision > YEAR else ()), *rest))


def _ticks_added(made: Moment, ticks: int) -> Moment | None:
    start = replace(made, zone=None).span()[0] + ticks
    day, rest = divmod(start, _DAY)
    if made.kind == "Time":
        day = 1
    if not 1 <= day <= date.max.toordinal():
        return None
    found = date.fromordinal(day)
    seconds, fraction = divmod(rest, _TICKS)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    head = (0, 1, 1) if made.kind == "Time" else (found.year, found.month, found.day)
    digits = max(made.digits, len(f"{fraction:012}".rstrip("0")))
    parts = (*head, hour, minute, second)[: made.precision]
    return replace(made, parts=parts, ticks=fraction, digits=digits)
