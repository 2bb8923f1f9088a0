"""Parameters of an operation: those of its address, and those of a Parameters body."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from throughcare.api.call import Call
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import ranges
from throughcare.fhir.spec import is_resource_type
from throughcare.kernel import BadInputError
from throughcare.model.extent import Extent

Pairs = tuple[tuple[str, str], ...]

OF_THE_REPLY: Final = frozenset({"_format", "_pretty", "_summary", "_elements"})
"""Parameters that say how an answer is written, not what is asked."""
LARGEST_PAGE: Final = 1000


def parts(body: bytes) -> list[Mapping[str, Any]]:
    """Return the parameters of a Parameters resource; of no body none.

    Raises BadInputError for another resource.
    """
    if not body:
        return []
    found = fhir_bytes.parse(body)
    listed = found.get("parameter", [])
    named = isinstance(listed, list) and all(
        isinstance(each, dict) and isinstance(each.get("name"), str) for each in listed
    )
    if found.get("resourceType") != "Parameters" or not named:
        message = "An operation takes a Parameters resource, each parameter with its name."
        raise BadInputError(message, place="Parameters")
    return list(listed)


def given(call: Call) -> Pairs:
    """Return all simple parameters of `call` by name, those of the address first.

    A reference counts as its ``Type/id``, an identifier as ``system|value``.
    """
    inside = ((str(each["name"]), _simple(each)) for each in parts(call.body))
    return (*call.params, *((name, text) for name, text in inside if text is not None))


def _simple(parameter: Mapping[str, Any]) -> str | None:
    """Return the value of a parameter as an address would have it; None if it has no simple one."""
    value = next((v for name, v in parameter.items() if name.startswith("value")), None)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        if "reference" in value:
            return str(value["reference"])
        return f"{value.get('system', '')}|{value['value']}" if "value" in value else None
    return None if value is None or isinstance(value, list) else str(value)


def known(pairs: Pairs, *names: str) -> Pairs:
    """Return `pairs` without those of the reply.

    Raises BadInputError for one that is not among `names`: what narrows an answer and is passed
    over would show too much.
    """
    kept = tuple(pair for pair in pairs if pair[0] not in OF_THE_REPLY)
    for name, _ in kept:
        if name not in names:
            takes = f"It takes {', '.join(names)}." if names else "It takes none."
            message = f"{name} is no parameter of this operation. {takes}"
            raise BadInputError(message, place=name)
    return kept


def one(pairs: Pairs, name: str, default: str = "") -> str:
    """Return the value of a parameter that may be given once. Raises BadInputError for several."""
    found = [value for key, value in pairs if key == name and value]
    if len(found) > 1:
        message = f"{name} is given more than once. Give it once."
        raise BadInputError(message, place=name)
    return found[0] if found else default


def whole(pairs: Pairs, name: str, *, most: int, default: int = 0) -> int:
    """Return a whole number of 1 or more, at most `most`. Raises BadInputError for what is none."""
    text = one(pairs, name)
    if not text:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or int(text) < 1:  # noqa: PLR2004 - digits
        message = f"{name} must be a whole number of 1 or more; correct it."
        raise BadInputError(message, place=name)
    return min(int(text), most)


def yes(pairs: Pairs, name: str) -> bool:
    """Return a boolean, false if absent. Raises BadInputError for what is none."""
    text = one(pairs, name, "false")
    if text not in {"true", "false"}:
        message = f"{name} must be true or false; correct it."
        raise BadInputError(message, place=name)
    return text == "true"


def types(pairs: Pairs, name: str = "_type") -> tuple[str, ...] | None:
    """Return the resource types that are asked for; None for any.

    Raises BadInputError for a name that is none.
    """
    found = tuple(part for key, value in pairs if key == name for part in value.split(",") if part)
    if not all(map(is_resource_type, found)):
        message = f"{name} names no resource type of FHIR R4. GET metadata for the types."
        raise BadInputError(message, place=name)
    return found or None


def instant(pairs: Pairs, name: str) -> datetime | None:
    """Return a moment, which has a time zone. Raises BadInputError for what is none."""
    text = one(pairs, name).replace(" ", "+")
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise _no_instant(name) from error
    if found.tzinfo is None:
        raise _no_instant(name)
    return found


def _no_instant(name: str) -> BadInputError:
    message = f"{name} must be a moment with its time zone, such as 2026-11-24T12:00:00Z."
    return BadInputError(message, place=name)


def days(pairs: Pairs, name: str) -> tuple[int, int] | None:
    """Return the microseconds that a date covers. Raises BadInputError for what is none."""
    text = one(pairs, name).replace(" ", "+")
    if not text:
        return None
    try:
        return ranges.date_range(text)
    except ValueError as error:
        message = f"{name} must read YYYY, YYYY-MM or YYYY-MM-DD, or with time and zone."
        raise BadInputError(message, place=name) from error


def extent(pairs: Pairs) -> Extent:
    """Return which part of a record ``start``, ``end``, ``_since``, ``_type`` and the page mean."""
    start, end = days(pairs, "start"), days(pairs, "end")
    return Extent(
        types=types(pairs),
        since=instant(pairs, "_since"),
        low=start[0] if start else None,
        high=end[1] if end else None,
        count=whole(pairs, "_count", most=LARGEST_PAGE),
        after=one(pairs, "_after"),
    )


def without(pairs: Iterable[tuple[str, str]], *names: str) -> Sequence[tuple[str, str]]:
    """Return `pairs` but for those of these names."""
    return [pair for pair in pairs if pair[0] not in names]
