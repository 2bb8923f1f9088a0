"""Checks of primitive values: JSON type, form, and what no pattern can say (30 February)."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from throughcare.fhir import ranges, spec

Wrong = TypeVar("Wrong")
Check = Callable[[Any], Wrong | None]
"""Returns None for a JSON value of a primitive type, else what is wrong with it."""

LONGEST_STRING = 1024 * 1024
"""Characters: FHIR R4, data type string."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_BASE64 = re.compile(r"[0-9A-Za-z+/=\s]*", re.ASCII)
_SPACES = re.compile(r"\s+", re.ASCII)
_INTEGERS = {
    "integer": (-(2**31), 2**31 - 1),
    "unsignedInt": (0, 2**31 - 1),
    "positiveInt": (1, 2**31 - 1),
}
_FORMS = {"code": r"[^\s]+( [^\s]+)*"}
"""Where the text of the standard asks for more than its pattern: single spaces, nothing else."""
_TEXTS = frozenset({"string", "markdown", "xhtml"})
_DATES = frozenset({"date", "dateTime", "instant"})
_UNIQUE = frozenset({"id", "uuid", "oid"})
"""Types whose values hardly ever come again."""
REMEMBERED = 16_384
"""Right values that each check remembers."""
_SHORT = 200
"""Characters of a value that is worth remembering."""
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def is_uuid_urn(text: str) -> bool:
    """Tell whether a ``urn:uuid:`` key holds a UUID."""
    return _UUID.fullmatch(text) is not None


def check(name: str, wrong: Wrong) -> Check[Wrong]:
    """Return the check of a primitive type, which says `wrong`; KeyError for an unknown type."""
    if name in _TEXTS:
        return _text(LONGEST_STRING if name != "xhtml" else None, wrong)
    if name in _BY_HAND:
        is_right = _BY_HAND[name]
        return lambda value: None if is_right(value) else wrong
    if name in _INTEGERS:
        low, high = _INTEGERS[name]
        return lambda value: None if type(value) is int and low <= value <= high else wrong
    pattern = re.compile(_FORMS.get(name, spec.primitives()[name]), re.ASCII).fullmatch
    if name in _DATES:
        return _remembered(lambda text: pattern(text) is not None and _is_real_date(text), wrong)
    if name in _UNIQUE:
        return lambda value: None if type(value) is str and value and pattern(value) else wrong
    return _remembered(
        lambda text: pattern(text) is not None and text != "" and _CONTROL.search(text) is None,
        wrong,
    )


def _text(longest: int | None, wrong: Wrong) -> Check[Wrong]:
    def checked(value: Any) -> Wrong | None:  # noqa: ANN401 - a JSON value
        if type(value) is not str or not value or (longest and len(value) > longest):
            return wrong
        return None if value.isprintable() or _CONTROL.search(value) is None else wrong

    return checked


def _remembered(is_right: Callable[[str], bool], wrong: Wrong) -> Check[Wrong]:
    """Return a check that looks once at what comes again and again: codes, systems, dates."""
    known: set[str] = set()

    def checked(value: Any) -> Wrong | None:  # noqa: ANN401 - a JSON value
        if type(value) is not str:
            return wrong
        if value in known:
            return None
        if not is_right(value):
            return wrong
        if len(known) < REMEMBERED and len(value) <= _SHORT:
            known.add(value)
        return None

    return checked


def _is_decimal(value: Any) -> bool:  # noqa: ANN401 - a JSON value
    return type(value) in {int, float, Decimal}


def _is_base64(value: Any) -> bool:  # noqa: ANN401 - a JSON value
    """FHIR's own pattern takes exponential time on a wrong text; this one is linear."""
    if type(value) is not str or not value or _BASE64.fullmatch(value) is None:
        return False
    return len(_SPACES.sub("", value)) % 4 == 0


def _is_real_date(text: str) -> bool:
    try:
        ranges.date_range(text)
    except ValueError:
        return False
    return True


_BY_HAND: dict[str, Callable[[Any], bool]] = {
    "boolean": lambda value: value is True or value is False,
    "decimal": _is_decimal,
    "base64Binary": _is_base64,
}
