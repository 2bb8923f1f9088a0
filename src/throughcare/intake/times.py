"""Dates and times of feeds, to FHIR text with the precision that they were given in."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from throughcare.kernel import LONDON

NO_DAY: Final = date(1, 1, 1)

_HL7: Final = re.compile(
    r"(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(\d{2})(?:(\d{2})(\.\d{1,6})?\d*)?)?)?)?([+-]\d{4})?"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time of a feed."""

    fhir: str
    """FHIR dateTime: year, month, day, or a time with its zone."""
    at: datetime
    """Its start, in UTC."""

    @property
    def day(self) -> str:
        """Return the date part: a FHIR date."""
        return self.fhir[:10]


def moment(value: datetime) -> Moment:
    """Return a time as a Moment; one without a zone is London time."""
    local = value if value.tzinfo else value.replace(tzinfo=LONDON)
    return Moment(local.isoformat(), local.astimezone(UTC))


def day(value: date) -> Moment:
    """Return a date as a Moment."""
    start = datetime(value.year, value.month, value.day, tzinfo=LONDON)
    return Moment(value.isoformat(), _utc(start))


def hl7(text: str) -> Moment | None:
    """Return an HL7 v2 timestamp (``YYYY[MM[DD[HHMM[SS[.S]]]]][+ZZZZ]``); None if it is none."""
    found = _HL7.fullmatch(text.strip())
    if not found:
        return None
    year, month, of_month, hour, minute, second, fraction, zone = found.groups()
    try:
        start = datetime(
            int(year),
            int(month or 1),
            int(of_month or 1),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int(float(fraction or 0) * 1_000_000),
            tzinfo=_zone(zone) if zone else LONDON,
        )
    except ValueError:
        return None
    if hour:
        return Moment(start.isoformat(), _utc(start))
    return Moment("-".join(part for part in (year, month, of_month) if part), _utc(start))


def _utc(start: datetime) -> datetime:
    """Return `start` in UTC, or as it stands where the calendar ends there."""
    try:
        return start.astimezone(UTC)
    except OverflowError:
        return start.replace(tzinfo=UTC)


def _zone(text: str) -> timezone:
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))
    return timezone(-offset if text[0] == "-" else offset)
