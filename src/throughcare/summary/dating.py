"""When an entry is dated, told from its stored bytes without reading the rest of them."""

from typing import Any, Final

import msgspec
from msgspec.structs import astuple

from throughcare.fhir import bytes as fhir_bytes
from throughcare.summary.concepts import DATE_MEMBERS, PERIOD_MEMBERS, when_of
from throughcare.summary.dates import When, parse


class _Period(msgspec.Struct, gc=False):
    start: str | None = None
    end: str | None = None


_Dates = msgspec.defstruct(
    "_Dates",
    [
        *((name, str | None, None) for name in DATE_MEMBERS),
        *((name, _Period | None, None) for name in PERIOD_MEMBERS),
    ],
    gc=False,
)
_DATES: Final = len(DATE_MEMBERS)
_read: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(_Dates)


def dated(body: bytes) -> When | None:
    """Return the clinical date of a stored resource as `when_of` does; None if it has none.

    A link that is masked takes no date with it: what can be read as a date names no entry.
    """
    try:
        found = _read.decode(body)
    except msgspec.DecodeError:  # of another shape than most
        return when_of(fhir_bytes.read_again(body))
    members = astuple(found)
    for text in members[:_DATES]:
        if text is not None and (when := parse(text)):
            return when
    for period in members[_DATES:]:
        if period is not None and (when := parse(period.start) or parse(period.end)):
            return when
    return None
