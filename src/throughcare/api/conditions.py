"""Conditions in headers: versions that a client has, or insists on (R4, 3.1.0.1.3)."""

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from throughcare.kernel import BadInputError
from throughcare.model.entry import Stored

_TAG: Final = re.compile(r'(?:W/)?"?(\d{1,9})"?')


def version_in(headers: Mapping[str, str]) -> int | None:
    """Return the version that If-Match asks for, if any. Raises BadInputError if unreadable."""
    value = headers.get("if-match")
    if value is None:
        return None
    match = _TAG.fullmatch(value.strip())
    if match is None:
        message = 'If-Match holds no version. Send it as W/"3".'
        raise BadInputError(message)
    return int(match[1])


def has_it_already(headers: Mapping[str, str], stored: Stored) -> bool:
    """Return whether the client's copy, by If-None-Match or If-Modified-Since, is current."""
    tags = headers.get("if-none-match")
    if tags is not None:
        versions = (_TAG.fullmatch(tag.strip()) for tag in tags.split(","))
        return any(match and int(match[1]) == stored.version for match in versions)
    since = headers.get("if-modified-since")
    if since is None:
        return False
    try:
        moment = parsedate_to_datetime(since)
    except ValueError as error:
        message = "If-Modified-Since is no date. Send it as 'Tue, 24 Nov 2026 12:00:00 GMT'."
        raise BadInputError(message) from error
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return stored.updated.replace(microsecond=0) <= known
