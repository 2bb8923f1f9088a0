"""Conditions in headers: versions that a client has, or insists on (R4, 3.1.0.1.3)."""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from throughcare.fhir import etags
from throughcare.kernel import BadInputError
from throughcare.model.entry import Stored


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


def has_it_already(headers: Mapping[str, str], stored: Stored) -> bool:
    """Return whether the client's copy, by If-None-Match or If-Modified-Since, is current."""
    tags = headers.get("if-none-match")
    if tags is not None:
        return any(etags.version(tag) == stored.version for tag in tags.split(","))
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
