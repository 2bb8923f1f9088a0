"""Conditions in headers: versions that a client has, or insists on (R4, 3.1.0.1.3)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

from throughcare.fhir import etags
from throughcare.kernel import BadInputError
from throughcare.model.entry import Stored

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


@lru_cache(maxsize=4096)
def http_date(at: datetime) -> str:
    """Return `at`, which is in UTC, as HTTP writes dates (RFC 9110, 5.6.7)."""
    day = f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04}"
    return f"{day} {at.hour:02}:{at.minute:02}:{at.second:02} GMT"


def version_in(headers: Mapping[str, str]) -> int | None:
    """Return the version that If-Match asks for, if any. Raises BadInputError if unreadable."""
    value = headers.get("if-match")
    if value is None:
        return None
    version = etags.version(value)
    if version is None:
        message = 'If-Match holds no version. Send it as W/"3".'
        raise BadInputError(message)
    return version


def only_new(headers: Mapping[str, str]) -> bool:
    """Return whether nothing may be there yet: ``If-None-Match: *``."""
    return headers.get("if-none-match", "").strip() == "*"


def has_it_already(headers: Mapping[str, str], stored: Stored) -> bool:
    """Return whether the client's copy, by If-None-Match or If-Modified-Since, is current."""
    tags = headers.get("if-none-match")
    if tags is not None:
        return any(
            tag.strip() == "*" or etags.version(tag) == stored.version for tag in tags.split(",")
        )
    since = headers.get("if-modified-since")
    if since is None:
        return False
    try:
        moment = parsedate_to_datetime(since)
    except (ValueError, OverflowError) as error:
        message = "If-Modified-Since is no date. Send it as 'Tue, 24 Nov 2026 12:00:00 GMT'."
        raise BadInputError(message) from error
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return stored.updated.replace(microsecond=0) <= known
