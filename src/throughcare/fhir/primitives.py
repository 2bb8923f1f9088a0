"""Checks of primitive values: JSON type, form, and what no pattern can say (30 February)."""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from throughcare.fhir import ranges, spec

Check = Callable[[Any], bool]
"""Tells whether a JSON value is one of a primitive type."""

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
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def is_string(value: Any) -> bool:  # noqa: ANN401 - a JSON value
    """Tell whether `value` is text, not empty, not too long and without control characters."""
    return _is_text(value) and len(value) <= LONGEST_STRING


def _is_text(value: Any) -> bool:  # noqa: ANN401 - a JSON value
    if type(value) is not str or not value:
        return False
    return value.isprintable() or _CONTROL.search(value) is None


def is_uuid_urn(text: str) -> bool:
    """Tell whether a ``urn:uuid:`` key holds a UUID."""
    return _UUID.fullmatch(text) is not None


def check(name: str) -> Check:
    """Return the check of a primitive type; KeyError for an unknown one."""
    if name in _BY_HAND:
        return _BY_HAND[name]
    if name in _INTEGERS:
        low, high = _INTEGERS[name]
        return lambda value: type(value) is int and low <= value <= high
    pattern = re.compile(spec.primitives()[name], re.ASCII).fullmatch
    if name in {"date", "dateTime", "instant"}:
        return _dated(pattern)
    return lambda value: type(value) is str and value != "" and pattern(value) is not None


def _is_decimal(value: Any) -> bool:  # noqa: ANN401 - a JSON value
    return type(value) in {int, float, Decimal}


def _is_base64(value: Any) -> bool:  # noqa: ANN401 - a JSON value
    """FHIR's own pattern takes exponential time on a wrong text; this one is linear."""
    if type(value) is not str or not value or _BASE64.fullmatch(value) is None:
        return False
    return len(_SPACES.sub("", value)) % 4 == 0


def _dated(pattern: Callable[[str], re.Match[str] | None]) -> Check:
    @lru_cache(maxsize=16384)
    def is_real(text: str) -> bool:
        if pattern(text) is None:
            return False
        try:
            ranges.date_range(text)
        except ValueError:
            return False
        return True

    return lambda value: type(value) is str and is_real(value)


_BY_HAND: dict[str, Check] = {
    "string": is_string,
    "markdown": is_string,
    "xhtml": _is_text,
    "boolean": lambda value: value is True or value is False,
    "decimal": _is_decimal,
    "base64Binary": _is_base64,
}
