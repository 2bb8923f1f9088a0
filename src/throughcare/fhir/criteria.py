"""One search value each: tokens, references, strings, dates, numbers, quantities and uris."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import NoReturn

from throughcare.fhir import implied, quantities, ranges, spec
from throughcare.fhir.codes import STANDARD, Codes, Terminology
from throughcare.fhir.terms import (
    AnyOf,
    Chain,
    Criterion,
    DateIs,
    Has,
    IdentifierIs,
    IdIs,
    InRecordOf,
    Match,
    NumberIs,
    Prefix,
    QuantityIs,
    RefersTo,
    StringIs,
    TextIs,
    TokenIs,
    UpdatedIs,
    UriIs,
)
from throughcare.kernel import BadInputError

MAXIMUM_LEVELS = 8
"""Steps up or down that ``:above`` and ``:below`` go in a hierarchy of resources."""
ALWAYS = frozenset({"_id", "_lastUpdated"})
"""Parameters that no resource is without."""

_UNESCAPED_COMMA = re.compile(r"((?:[^\\,]|\\.)*)(?:,|$)", re.DOTALL)
_UNESCAPED_DOLLAR = re.compile(r"(?:^|(?<=\$))((?:[^\\$]|\\.)*)(?:\$|$)", re.DOTALL)
_ESCAPE = re.compile(r"\\([\\,$|])")
_PREFIX = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[\d.+-])")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_TYPED = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_OF_A_PERSON = frozenset({"patient", "subject"})
"""Reference parameters that mean the whole person when they name a Patient."""
Amount = tuple[Prefix, float, float, str | None, str | None]
"""As in `QuantityIs.values`."""

_PARENTS = {
    "Location": "partof",
    "Organization": "partof",
    "ResearchStudy": "partof",
    "CarePlan": "part-of",
    "Encounter": "part-of",
    "Procedure": "part-of",
    "Task": "part-of",
}
"""By which parameter a resource of a type refers to what it is a part of."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One parameter of a search, before its values are read."""

    type: str
    parameter: spec.Parameter
    name: str
    """As the user wrote it, for errors."""
    modifier: str
    values: tuple[str, ...]
    """Alternatives, still escaped."""
    terminology: Terminology = STANDARD

    @property
    def code(self) -> str:
        """Return the parameter's code."""
        return self.parameter.code

    def only(self, *allowed: str) -> None:
        """Raise BadInputError for a modifier that is none of `allowed`."""
        if self.modifier and self.modifier not in allowed:
            known = " ".join(f":{word}" for word in (*allowed, "missing"))
            self.refuse(f"modifier not supported here; use {known} or none.")

    def refuse(self, message: str) -> NoReturn:
        """Raise BadInputError with this message."""
        msg = f"{self.name}: {message}"
        raise BadInputError(msg, place=self.name)


def read(asked: Asked) -> Criterion:
    """Return the criterion of one parameter.

    Raises BadInputError for a modifier that the parameter does not take or a value that it can't
    read.
    """
    if asked.code == "_id":
        return _ids(asked)
    return _READERS[asked.parameter.type](asked)


def split(value: str) -> list[str]:
    r"""Return the alternatives of a value, still escaped: commas part them, ``\\,`` does not.

    >>> split(r"a\\,b,c") == [r"a\\", "b", "c"], split(r"a\,b,c") == [r"a\,b", "c"]
    (True, True)
    """
    parts = [match[1] for match in _UNESCAPED_COMMA.finditer(value)]
    return [part for part in parts if part]


def components(value: str) -> list[str]:
    r"""Return the parts of a composite value, still escaped: ``$`` parts them, ``\$`` does not.

    >>> components("8480-6$gt140")
    ['8480-6', 'gt140']
    """
    return [match[1] for match in _UNESCAPED_DOLLAR.finditer(value)]


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


def is_id(text: str) -> bool:
    """Tell whether a text can be a logical id."""
    return _ID.fullmatch(text) is not None


def _ids(asked: Asked) -> Criterion:
    if asked.modifier:
        asked.refuse("takes no modifier; leave it out.")
    if not all(map(is_id, asked.values)):
        asked.refuse("ids are 1 to 64 letters, digits, hyphens and dots; correct the value.")
    return IdIs(asked.values)


def _token(asked: Asked) -> Criterion:
    asked.only("not", "text", "of-type", "in", "not-in", "above", "below")
    if asked.modifier == "text":
        return TextIs(asked.code, tuple(map(unescaped, asked.values)))
    if asked.modifier == "of-type":
        found = tuple(_typed_identifier(asked, value) for value in asked.values)
        return TokenIs(f"{asked.code}:of-type", found)
    if asked.modifier in {"in", "not-in"}:
        codes = [_members(asked, unescaped(value)) for value in asked.values]
    elif asked.modifier in {"above", "below"}:
        codes = [_subsumed(asked, value) for value in asked.values]
    else:
        values = [_token_value(asked, value) for value in asked.values]
        pairs = tuple(implied.value(asked.type, asked.parameter, *value) for value in values)
        return TokenIs(asked.code, pairs, asked.modifier == "not")
    found_codes = frozenset[tuple[str, str]]().union(*codes)
    known = tuple(sorted(implied.codes(asked.type, asked.parameter, found_codes)))
    return TokenIs(asked.code, known, asked.modifier == "not-in")


def _token_value(asked: Asked, value: str) -> tuple[str | None, str | None]:
    parts = re.split(r"(?<!\\)\|", value)
    if len(parts) == 1:
        return None, unescaped(value)
    if len(parts) > 2 or not any(parts):  # noqa: PLR2004 - system and code
        asked.refuse("must read code, system|code, |code or system|; correct the value.")
    system, code = (unescaped(part) for part in parts)
    return system, code or None


def _typed_identifier(asked: Asked, value: str) -> tuple[str, str]:
    parts = [unescaped(part) for part in re.split(r"(?<!\\)\|", value)]
    if len(parts) != 3 or not all(parts):  # noqa: PLR2004 - system, code and value
        asked.refuse("must read system|code|value, all three; correct the value.")
    return f"{parts[0]}|{parts[1]}", parts[2]


def _members(asked: Asked, value_set: str) -> Codes:
    found = asked.terminology.members(value_set)
    if found is None:
        asked.refuse("this node has no such value set, or can't list it; load it or name codes.")
    return found


def _subsumed(asked: Asked, value: str) -> Codes:
    system, code = _token_value(asked, value)
    if not system or code is None:
        asked.refuse(f"with :{asked.modifier} must read system|code; correct the value.")
    ask = asked.terminology.above if asked.modifier == "above" else asked.terminology.below
    found = ask(system, code)
    if found is None:
        asked.refuse("this node has no hierarchy of this code system; load it or name codes.")
    return found


def _string(asked: Asked) -> Criterion:
    asked.only("exact", "contains")
    match = Match(asked.modifier) if asked.modifier else Match.STARTS
    return StringIs(asked.code, tuple(map(unescaped, asked.values)), match)


def _uri(asked: Asked) -> Criterion:
    """Compare addresses; ``:above`` and ``:below`` go by their segments (R4, 3.1.1.4.10)."""
    asked.only("above", "below")
    values = tuple(map(unescaped, asked.values))
    if asked.modifier and any(value.startswith("urn:") for value in values):
        asked.refuse("a urn stands above and below nothing; leave the modifier out.")
    if asked.modifier == "above":
        return UriIs(asked.code, tuple(dict.fromkeys(up for v in values for up in segments(v))))
    return UriIs(asked.code, values, below=asked.modifier == "below")


def segments(uri: str) -> tuple[str, ...]:
    """Return an address and all that stand above it, each with and without a slash at its end.

    >>> segments("http://a/b")
    ('http://a/', 'http://a', 'http://a/b')
    """
    start = uri.find("://") + 3
    ends = [place for place in range(start, len(uri)) if uri[place] == "/"] if start > 2 else []  # noqa: PLR2004
    above = [text for place in ends for text in (uri[: place + 1], uri[:place])]
    return tuple(dict.fromkeys((*above, uri)))


def prefixed(value: str) -> tuple[Prefix, str]:
    """Return the prefix of a value, ``eq`` where none stands, and the rest."""
    match = _PREFIX.match(value)
    return (Prefix(match[1]), value[2:]) if match else (Prefix.EQ, value)


def _date(asked: Asked) -> Criterion:
    asked.only()
    found = []
    for value in asked.values:
        prefix, text = prefixed(value)
        try:
            low, high = ranges.date_range(text.replace(" ", "+"))
        except ValueError:
            asked.refuse("must read YYYY, YYYY-MM, YYYY-MM-DD or with time and zone; correct it.")
        found.append((prefix, low, high))
    if asked.code == "_lastUpdated":
        return UpdatedIs(tuple(found))
    return DateIs(asked.code, tuple(found))


def _bounds(asked: Asked, prefix: Prefix, text: str) -> tuple[Decimal, Decimal]:
    """Return what a number is compared with (R4, 3.1.1.4.6).

    Equal is what its digits imply, 99.5 up to but not including 100.5 for 100; more and less are
    seen from exactly 100; about 100 is a tenth of it up or down.
    """
    if _NUMBER.fullmatch(text) is None:
        asked.refuse("must be a number such as 5.4 or 1e2; correct it.")
    try:
        if prefix in {Prefix.EQ, Prefix.NE}:
            return ranges.digit_range(text)
        exact = Decimal(text)
        tenth = abs(exact) / 10 if prefix is Prefix.AP else 0
        return exact - tenth, exact + tenth
    except (ArithmeticError, ValueError):
        asked.refuse("is a number too big or too small to be compared; correct it.")


def _closed(prefix: Prefix, low: float, high: float) -> tuple[Prefix, float, float]:
    """Return a range whose upper end, which equal does not include, is the number before it."""
    is_open = prefix in {Prefix.EQ, Prefix.NE}
    return prefix, low, math.nextafter(high, -math.inf) if is_open else high


def _number(asked: Asked) -> Criterion:
    asked.only()
    found = []
    for value in asked.values:
        prefix, text = prefixed(value)
        low, high = _bounds(asked, prefix, text)
        found.append(_closed(prefix, float(low), float(high)))
    return NumberIs(asked.code, tuple(found))


def _quantity(asked: Asked) -> Criterion:
    """Compare amounts; those in a unit of UCUM with all amounts that can be brought to it."""
    asked.only()
    stated: list[Amount] = []
    canonical: list[Amount] = []
    for value in asked.values:
        prefix, rest = prefixed(value)
        parts = [unescaped(part) for part in re.split(r"(?<!\\)\|", rest)]
        if len(parts) not in {1, 3}:
            asked.refuse("must read number or number|system|code; correct the value.")
        system, unit = parts[1:] if len(parts) > 1 else ("", "")
        low, high = _bounds(asked, prefix, parts[0])
        base = quantities.canonical(low, high, unit) if system == quantities.UCUM and unit else None
        if base is not None:
            canonical.append((*_closed(prefix, base[0], base[1]), None, base[2]))
        else:
            ends = _closed(prefix, float(low), float(high))
            stated.append((*ends, system or None, unit or None))
    found = []
    if stated:
        found.append(QuantityIs(asked.code, tuple(stated)))
    if canonical:
        found.append(QuantityIs(asked.code + quantities.CANONICAL, tuple(canonical)))
    return found[0] if len(found) == 1 else AnyOf(tuple(found))


def _reference(asked: Asked) -> Criterion:
    if asked.modifier == "identifier":
        tokens = tuple(_token_value(asked, value) for value in asked.values)
        return IdentifierIs(asked.code, tokens)
    types = targets(asked.type, asked.parameter)
    if asked.modifier in {"above", "below"}:
        return _in_hierarchy(asked, types)
    if asked.modifier:
        if asked.modifier not in types:
            asked.only("identifier", "above", "below", *types[:3])
        types = (asked.modifier,)
    patients: list[str] = []
    others: list[str] = []
    for value in asked.values:
        for target in _reference_targets(asked, unescaped(value), types):
            is_person = asked.code in _OF_A_PERSON and target.startswith("Patient/")
            (patients if is_person else others).append(target)
    whole = InRecordOf(tuple(patients), asked.code) if patients else None
    rest = RefersTo(asked.code, tuple(others)) if others else None
    if whole is not None and rest is not None:
        return AnyOf((whole, rest))
    if whole is not None:
        return whole
    return rest or RefersTo(asked.code, ())


def _reference_targets(asked: Asked, value: str, types: tuple[str, ...]) -> list[str]:
    typed = _TYPED.fullmatch(value)
    if typed is not None:
        if typed[1] not in types:
            few = ", ".join(types[:5])
            asked.refuse(f"does not refer to {typed[1]}; use {few} or leave the type out.")
        return [f"{typed[1]}/{typed[2]}"]
    if ":" in value:
        return [value]
    if not is_id(value):
        asked.refuse("must read id, Type/id or a url; correct the value.")
    return [f"{target}/{value}" for target in types]


def _in_hierarchy(asked: Asked, types: tuple[str, ...]) -> Criterion:
    """Return what refers to a resource or to one that is a part of it, or that it is a part of."""
    branches: list[Criterion] = []
    for value in asked.values:
        for target in _reference_targets(asked, unescaped(value), types):
            type_, _, id_ = target.partition("/")
            branches.append(RefersTo(asked.code, (target,)))
            if type_ in _PARENTS:
                reached = _levels(type_, id_, up=asked.modifier == "above")
                branches.append(Chain(asked.code, (type_,), reached))
    if not any(isinstance(branch, Chain) for branch in branches):
        asked.refuse("refers to nothing that is a part of another; leave the modifier out.")
    return AnyOf(tuple(branches))


def _levels(type_: str, id_: str, *, up: bool) -> Criterion:
    """Return: is a part of `id_` in so many steps, or (`up`) has `id_` as such a part."""
    parent = _PARENTS[type_]
    step: Criterion = IdIs((id_,)) if up else RefersTo(parent, (f"{type_}/{id_}",))
    found: list[Criterion] = []
    for _ in range(MAXIMUM_LEVELS):
        if up:
            step = Has(type_, parent, step)
            found.append(step)
        else:
            found.append(step)
            step = Chain(parent, (type_,), step)
    return AnyOf(tuple(found))


_READERS: dict[str, Callable[[Asked], Criterion]] = {
    "token": _token,
    "reference": _reference,
    "string": _string,
    "date": _date,
    "number": _number,
    "quantity": _quantity,
    "uri": _uri,
}
