"""One search value each: tokens, references, strings, dates, numbers, quantities and uris."""

import re
from collections.abc import Callable
from functools import cache
from typing import NoReturn

from throughcare.fhir import ranges, spec
from throughcare.fhir.terms import (
    AnyOf,
    Chain,
    Criterion,
    DateIs,
    IdIs,
    InRecordOf,
    Match,
    NumberIs,
    Prefix,
    QuantityIs,
    RefersTo,
    StringIs,
    TokenIs,
    UpdatedIs,
    UriIs,
)
from throughcare.kernel import BadInputError

_UNESCAPED_COMMA = re.compile(r"((?:[^\\,]|\\.)*)(?:,|$)", re.DOTALL)
_ESCAPE = re.compile(r"\\([\\,$|])")
_PREFIX = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[\d.+-])")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_TYPED = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_OF_A_PERSON = frozenset({"patient", "subject"})
"""Reference parameters that mean the whole person when they name a Patient."""


def read(
    resource_type: str, parameter: spec.Parameter, name: str, modifier: str, value: str
) -> Criterion:
    """Return the criterion of one parameter; `name` is how the user wrote it, for errors.

    Raises BadInputError for a modifier that the parameter does not take or a value that it can't
    read.
    """
    values = split(value)
    if parameter.code == "_id":
        return _ids(name, modifier, values)
    if parameter.type == "reference":
        return _reference(resource_type, parameter, name, modifier, values)
    return _READERS[parameter.type](parameter.code, name, modifier, values)


def split(value: str) -> list[str]:
    r"""Return the alternatives of a value, still escaped: commas part them, ``\\,`` does not.

    >>> split(r"a\\,b,c") == [r"a\\", "b", "c"], split(r"a\,b,c") == [r"a\,b", "c"]
    (True, True)
    """
    parts = [match[1] for match in _UNESCAPED_COMMA.finditer(value)]
    return [part for part in parts if part]


def unescaped(value: str) -> str:
    r"""Return a value without its escapes: ``\,`` ``\$`` ``\|`` ``\\``."""
    return _ESCAPE.sub(r"\1", value) if "\\" in value else value


@cache
def targets(resource_type: str, parameter: spec.Parameter) -> tuple[str, ...]:
    """Return the resource types that a reference parameter of a type may point to.

    The standard defines ``patient`` once for many types and lists Group among its targets; its
    expressions keep patients alone.
    """
    if parameter.code == "patient" and resource_type in spec.compartment("Patient"):
        return ("Patient",)
    if not parameter.targets or "Resource" in parameter.targets:
        return tuple(sorted(spec.resource_types()))
    return parameter.targets


def any_of(criteria: tuple[Chain, ...]) -> AnyOf:
    """Return the union of chains."""
    return AnyOf(criteria)


def _refuse(name: str, message: str) -> NoReturn:
    msg = f"{name}: {message}"
    raise BadInputError(msg, place=name)


def _only(name: str, modifier: str, *allowed: str) -> None:
    if modifier and modifier not in allowed:
        known = " ".join(f":{word}" for word in (*allowed, "missing"))
        _refuse(name, f"modifier not supported here; use {known} or none.")


def _ids(name: str, modifier: str, values: list[str]) -> Criterion:
    if modifier:
        _refuse(name, "takes no modifier; leave it out.")
    if not all(_ID.fullmatch(value) for value in values):
        _refuse(name, "ids are 1 to 64 letters, digits, hyphens and dots; correct the value.")
    return IdIs(tuple(values))


def _token(code: str, name: str, modifier: str, values: list[str]) -> Criterion:
    _only(name, modifier, "not")
    return TokenIs(code, tuple(_token_value(name, value) for value in values), modifier == "not")


def _token_value(name: str, value: str) -> tuple[str | None, str | None]:
    parts = re.split(r"(?<!\\)\|", value)
    if len(parts) == 1:
        return None, unescaped(value)
    if len(parts) > 2 or not any(parts):  # noqa: PLR2004 - system and code
        _refuse(name, "must read code, system|code, |code or system|; correct the value.")
    system, code = (unescaped(part) for part in parts)
    return system, code or None


def _string(code: str, name: str, modifier: str, values: list[str]) -> Criterion:
    _only(name, modifier, "exact", "contains")
    match = Match(modifier) if modifier else Match.STARTS
    return StringIs(code, tuple(unescaped(value) for value in values), match)


def _uri(code: str, name: str, modifier: str, values: list[str]) -> Criterion:
    _only(name, modifier)
    return UriIs(code, tuple(unescaped(value) for value in values))


def _prefixed(value: str) -> tuple[Prefix, str]:
    match = _PREFIX.match(value)
    return (Prefix(match[1]), value[2:]) if match else (Prefix.EQ, value)


def _date(code: str, name: str, modifier: str, values: list[str]) -> Criterion:
    _only(name, modifier)
    found = []
    for value in values:
        prefix, text = _prefixed(value)
        try:
            low, high = ranges.date_range(text.replace(" ", "+"))
        except ValueError:
            _refuse(name, "must read YYYY, YYYY-MM, YYYY-MM-DD or with time and zone; correct it.")
        found.append((prefix, low, high))
    return UpdatedIs(tuple(found)) if code == "_lastUpdated" else DateIs(code, tuple(found))


def _number_range(name: str, text: str) -> tuple[float, float]:
    if _NUMBER.fullmatch(text) is None:
        _refuse(name, "must be a number such as 5.4 or 1e2; correct it.")
    return ranges.number_range(text)


def _number(code: str, name: str, modifier: str, values: list[str]) -> Criterion:
    _only(name, modifier)
    prefixed = (_prefixed(value) for value in values)
    return NumberIs(code, tuple((prefix, *_number_range(name, text)) for prefix, text in prefixed))


def _quantity(code: str, name: str, modifier: str, values: list[str]) -> Criterion:
    _only(name, modifier)
    found = []
    for value in values:
        prefix, rest = _prefixed(value)
        parts = [unescaped(part) for part in re.split(r"(?<!\\)\|", rest)]
        if len(parts) not in {1, 3}:
            _refuse(name, "must read number or number|system|code; correct the value.")
        system, unit = parts[1:] if len(parts) > 1 else ("", "")
        found.append((prefix, *_number_range(name, parts[0]), system or None, unit or None))
    return QuantityIs(code, tuple(found))


def _reference(
    resource_type: str, parameter: spec.Parameter, name: str, modifier: str, values: list[str]
) -> Criterion:
    if modifier == "identifier":
        tokens = tuple(_token_value(name, value) for value in values)
        return TokenIs(f"{parameter.code}:identifier", tokens)
    types = targets(resource_type, parameter)
    if modifier:
        if modifier not in types:
            _only(name, modifier, "identifier", *types[:3])
        types = (modifier,)
    patients: list[str] = []
    others: list[str] = []
    for value in values:
        for target in _reference_targets(name, unescaped(value), types):
            is_person = parameter.code in _OF_A_PERSON and target.startswith("Patient/")
            (patients if is_person else others).append(target)
    whole = InRecordOf(tuple(patients), parameter.code) if patients else None
    rest = RefersTo(parameter.code, tuple(others)) if others else None
    if whole is not None and rest is not None:
        return AnyOf((whole, rest))
    if whole is not None:
        return whole
    return rest or RefersTo(parameter.code, ())


def _reference_targets(name: str, value: str, types: tuple[str, ...]) -> list[str]:
    typed = _TYPED.fullmatch(value)
    if typed is not None:
        if typed[1] not in types:
            few = ", ".join(types[:5])
            _refuse(name, f"does not refer to {typed[1]}; use {few} or leave the type out.")
        return [f"{typed[1]}/{typed[2]}"]
    if ":" in value:
        return [value]
    if _ID.fullmatch(value) is None:
        _refuse(name, "must read id, Type/id or a url; correct the value.")
    return [f"{target}/{value}" for target in types]


_READERS: dict[str, Callable[[str, str, str, list[str]], Criterion]] = {
    "token": _token,
    "string": _string,
    "date": _date,
    "number": _number,
    "quantity": _quantity,
    "uri": _uri,
}
