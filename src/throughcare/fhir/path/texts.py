"""Tests of a text that take another, which is written in the expression (see `shortcuts`)."""

from collections.abc import Callable
from typing import Final, TypeAlias

from throughcare.fhir.path.errors import EvaluationError
from throughcare.fhir.path.functions import texts

Test: TypeAlias = Callable[[str], bool]

REMEMBERED: Final = 4096
"""Texts that match which each pattern remembers: names and paths come again and again."""
_SHORT: Final = 200
"""Characters of a text that is worth remembering."""


def test(name: str, written: str) -> Test | None:
    """Return the test that a function makes of a text; None for what is no such function.

    ``matches`` asks of the whole text. None for a pattern that is none, too.
    """
    match name:
        case "startsWith":
            return lambda text: text.startswith(written)
        case "endsWith":
            return lambda text: text.endswith(written)
        case "contains":
            return lambda text: written in text
        case "matches":
            return _whole_match(written)
    return None


def _whole_match(expression: str) -> Test | None:
    try:
        match = texts.pattern(expression).fullmatch
    except EvaluationError:
        return None
    known: set[str] = set()

    def matches(text: str) -> bool:
        if text in known:
            return True
        found = match(text) is not None
        if found and len(known) < REMEMBERED and len(text) <= _SHORT:
            known.add(text)
        return found

    return matches
