"""``_filter``: a search written as one expression (R4, search_filter.html).

``and`` and ``or`` go from left to right, neither before the other; parentheses group. A filter in
brackets speaks of the resource that the parameter before it refers to. Texts are compared without
case. ``ne`` is true of what has no such value, as ``:not`` is; of dates, numbers and quantities it
is true of what has another one, as the prefix is.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, NoReturn

import orjson

from throughcare.fhir import criteria, spec
from throughcare.fhir.codes import Terminology
from throughcare.fhir.criteria import Asked
from throughcare.fhir.terms import AllOf, AnyOf, Criterion, Match, Missing, Not, StringIs
from throughcare.kernel import BadInputError

MAXIMUM_DEPTH = 20
"""Most levels of parentheses and brackets."""
MAXIMUM_STEPS = 8
"""Most steps of a path."""
MAXIMUM_LENGTH = 4_000
"""Most characters of a filter."""

_NAME = re.compile(r"[_A-Za-z][-_:A-Za-z0-9]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_BARE = re.compile(r"[^\s)\]]+")
_WORD = re.compile(r"(and|or|not)\b")
_COMPARED: Final = frozenset({"eq", "ne", "gt", "lt", "ge", "le", "ap", "sa", "eb"})
_WORDS: Final[Mapping[str, Match]] = {
    "eq": Match.SAME,
    "co": Match.CONTAINS,
    "sw": Match.STARTS,
    "ew": Match.ENDS,
}
_MODIFIERS: Final[Mapping[str, Mapping[str, str]]] = {
    "token": {"eq": "", "ne": "not", "in": "in", "ni": "not-in", "ss": "below", "sb": "above"},
    "uri": {"eq": "", "ss": "below", "sb": "above"},
    "reference": {"eq": "", "re": ""},
    "composite": {"eq": ""},
}
"""Operations that are a modifier of the parameter, by its type."""

Parameters = Callable[[str], Mapping[str, spec.Parameter]]
"""Returns the parameters of a resource type that can be searched, by code."""
Chained = Callable[[str, spec.Parameter, str, Callable[[str], Criterion]], Criterion]
"""Returns what holds of a resource if something holds of what its parameter refers to: told the
type, the parameter, the target type ("" for any) and what to ask of a type."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a filter is read with."""

    parameters: Parameters
    chained: Chained
    read: Callable[[Asked], Criterion]
    terminology: Terminology


def read(resource_type: str, text: str, grounds: Grounds) -> Criterion:
    """Return the criterion that a filter is.

    Raises BadInputError with the place, counted from 1, for a filter that can't be read.
    """
    if len(text) > MAXIMUM_LENGTH:
        message = f"_filter: longer than {MAXIMUM_LENGTH} characters; ask in several parameters."
        raise BadInputError(message, place="_filter")
    reader = _Reader(text, grounds)
    found = reader.filter()(resource_type)
    if reader.rest():
        reader.refuse("and, or or the end should stand here")
    return found


Reading = Callable[[str], Criterion]
"""Reads a piece of a filter for a resource type: what it means depends on that."""


class _Reader:
    """A recursive descent over one filter."""

    def __init__(self, text: str, grounds: Grounds) -> None:
        self.text = text
        self.grounds = grounds
        self.at = 0
        self.depth = 0

    def refuse(self, message: str) -> NoReturn:
        text = f"_filter, character {self.at + 1}: {message}; correct it."
        raise BadInputError(text, place="_filter")

    def rest(self) -> str:
        """Return what is left, after white space."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.text[self.at :]

    def take(self, pattern: re.Pattern[str]) -> str:
        """Take what `pattern` matches here; "" if it does not."""
        self.rest()
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match[0]

    def sign(self, sign: str) -> bool:
        if self.rest().startswith(sign):
            self.at += 1
            return True
        return False

    def close(self, sign: str) -> None:
        if not self.sign(sign):
            self.refuse(f"{sign} is missing")
        self.depth -= 1

    def open(self, sign: str) -> bool:
        if not self.sign(sign):
            return False
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            self.refuse(f"more than {MAXIMUM_DEPTH} levels")
        return True

    def filter(self) -> Reading:
        found = self.term()
        while word := self.take(_WORD):
            if word == "not":
                self.refuse("and or or should stand before not")
            found = _joined(word, found, self.term())
        return found

    def term(self) -> Reading:
        if self.open("("):
            found = self.filter()
            self.close(")")
            return found
        before = self.at
        if self.take(_WORD) == "not" and self.open("("):
            inner = self.filter()
            self.close(")")
            return lambda type_: Not(inner(type_))
        self.at = before
        return self.expression()

    def expression(self, steps: int = 0) -> Reading:
        self.rest()
        start, name = self.at, self.take(_NAME)
        if not name:
            self.refuse("a parameter should stand here")
        if steps > MAXIMUM_STEPS:
            self.refuse(f"more than {MAXIMUM_STEPS} steps")
        if self.open("["):
            inner = self.filter()
            self.close("]")
            if not self.sign("."):
                self.refuse("a full stop should stand after ]")
            below = self.expression(steps + 1)
            return self.chain(start, name, _joined("and", inner, below))
        if self.sign("."):
            return self.chain(start, name, self.expression(steps + 1))
        operation, value = self.take(_NAME), self.value()
        place = self.at
        return lambda type_: self.compared(type_, name, operation, value, place)

    def value(self) -> str:
        quoted = self.take(_STRING)
        if quoted:
            try:
                return str(orjson.loads(quoted))
            except orjson.JSONDecodeError:
                self.refuse("the text before is no JSON string")
        bare = self.take(_BARE)
        if not bare:
            self.refuse("a value should stand here")
        return bare

    def chain(self, place: int, name: str, inner: Reading) -> Reading:
        """Return what holds of what the parameter `name`, at `place`, refers to."""
        code, _, target = name.partition(":")
        inner = cache(inner)

        def chained(type_: str) -> Criterion:
            parameter = self.parameter(type_, code, place)
            if parameter.type != "reference":
                self.at = place
                self.refuse(f"{code} is no reference and can't be followed")
            return self.grounds.chained(type_, parameter, target, inner)

        return chained

    def parameter(self, type_: str, code: str, place: int) -> spec.Parameter:
        found = self.grounds.parameters(type_).get(code)
        if found is None:
            self.at = place
            self.refuse(f"{type_} has no parameter {code} that can be searched")
        return found

    def compared(self, type_: str, name: str, operation: str, value: str, place: int) -> Criterion:
        """Return what one comparison asks of a type."""
        code, _, modifier = name.partition(":")
        parameter = self.parameter(type_, code, place)
        if operation == "pr" and value in {"true", "false"} and code not in criteria.ALWAYS:
            return Missing(code, value == "false")
        escaped = value.replace("\\", "\\\\")
        asked = Asked(
            type_, parameter, f"_filter {name}", modifier, (escaped,), self.grounds.terminology
        )
        found = self._read(asked, operation, value)
        if found is None:
            self.at = place
            self.refuse(f"{operation!r} can't be asked of {name}, a {parameter.type} parameter")
        return found

    def _read(self, asked: Asked, operation: str, value: str) -> Criterion | None:
        kind = asked.parameter.type
        if kind == "string" and operation in {*_WORDS, "ne"}:
            same = StringIs(asked.code, (value,), _WORDS.get(operation, Match.SAME))
            return Not(same) if operation == "ne" else same
        if kind in {"date", "number", "quantity"} and operation in {*_COMPARED, "po"}:
            if operation == "po" and kind != "date":
                return None
            prefix = "ap" if operation == "po" else operation
            return self.grounds.read(_with(asked, value=f"{prefix}{asked.values[0]}"))
        modifiers = _MODIFIERS.get(kind, {})
        if operation in modifiers:
            return self.grounds.read(_with(asked, modifier=modifiers[operation] or asked.modifier))
        if operation == "ne" and kind in {"uri", "reference", "composite"}:
            return Not(self.grounds.read(asked))
        return None


def _joined(word: str, left: Reading, right: Reading) -> Reading:
    kind = AllOf if word == "and" else AnyOf
    return lambda type_: kind((left(type_), right(type_)))


def _with(asked: Asked, *, value: str = "", modifier: str = "") -> Asked:
    values = (value,) if value else asked.values
    return Asked(
        asked.type,
        asked.parameter,
        asked.name,
        modifier or asked.modifier,
        values,
        asked.terminology,
    )
