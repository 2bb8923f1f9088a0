"""The versions of one resource that a client asked for; pure."""

from collections.abc import Sequence
from itertools import chain
from typing import Final

from throughcare.fhir.histories import Span
from throughcare.kernel import BadInputError
from throughcare.model.entry import Stored

LONGEST_PLACE: Final = 18
"""Digits of the place of a page: more than any number of versions has."""


def within(versions: Sequence[Stored], span: Span) -> list[Stored]:
    """Return those of `versions`, which stand newest first, that `span` holds."""
    replaced = chain((None,), (newer.updated for newer in versions))
    return [
        version
        for version, after in zip(versions, replaced, strict=False)
        if span.holds(version.updated, after)
    ]


def page(versions: Sequence[Stored], span: Span) -> tuple[list[Stored], str]:
    """Return the page of `versions` that `span` asks for, and where the next begins or "".

    A page begins behind a version. Raises BadInputError if `span` names none.
    """
    is_place = span.after.isascii() and span.after.isdecimal() and len(span.after) <= LONGEST_PLACE
    if span.after and not is_place:
        message = "This page link does not belong to this history. Follow links as they were given."
        raise BadInputError(message, place="page")
    rest = [
        version
        for version in within(versions, span)
        if not span.after or version.version < int(span.after)
    ]
    shown = rest[: span.count]
    return shown, str(shown[-1].version) if shown and len(rest) > len(shown) else ""
