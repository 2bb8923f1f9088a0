"""Filters of value sets: which concepts of a code system an include keeps."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import re2

from throughcare.fhir.terminology.codes import CodeTable, Concept
from throughcare.kernel import BadInputError

Json = Any
Keeps = Callable[[Concept], bool]

_TREE: Final = frozenset({"concept", "code"})
MOST_VALUES: Final = 100_000
"""Codes that ``in`` may list."""


def keeps(table: CodeTable, rule: Mapping[str, Json]) -> Keeps:
    """Return what tells whether a concept passes a filter.

    Raises BadInputError for an operator that FHIR R4 does not have and for a pattern that is none.
    """
    operator, name, value = rule.get("op"), str(rule.get("property")), str(rule.get("value"))
    make = _OPERATORS.get(str(operator))
    if make is None:
        message = "The value set has a filter operator that is not known here: correct it."
        raise BadInputError(message, place=f"filter.op {operator}")
    return make(table, name, value)


def _texts(concept: Concept, table: CodeTable, name: str) -> list[str]:
    """Return the values of a property as texts; some are what every system has."""
    if name in _TREE:
        return [concept.code]
    if name == "display":
        return [concept.display]
    if name == "parent":
        return list(concept.parents)
    if name == "child":
        return table.children(concept.code)
    if name in {"inactive", "notSelectable"} and not concept.values(name):
        said = not concept.is_active if name == "inactive" else concept.is_abstract
        return ["true" if said else "false"]
    return [_text(value) for value in concept.values(name)]


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return str(value.get("code", ""))
    return str(value)


def _equals(table: CodeTable, name: str, value: str) -> Keeps:
    return lambda concept: value in _texts(concept, table, name)


def _is_a(table: CodeTable, _: str, value: str) -> Keeps:
    below = table.below(value) | {value}
    return lambda concept: concept.code in below


def _descendent_of(table: CodeTable, _: str, value: str) -> Keeps:
    below = table.below(value)
    return lambda concept: concept.code in below


def _is_not_a(table: CodeTable, _: str, value: str) -> Keeps:
    below = table.below(value) | {value}
    return lambda concept: concept.code not in below


def _generalizes(table: CodeTable, _: str, value: str) -> Keeps:
    above = table.above(value) | {value}
    return lambda concept: concept.code in above


def _in(table: CodeTable, name: str, value: str) -> Keeps:
    wanted = frozenset(part.strip() for part in value.split(",", MOST_VALUES))
    return lambda concept: not wanted.isdisjoint(_texts(concept, table, name))


def _not_in(table: CodeTable, name: str, value: str) -> Keeps:
    is_in = _in(table, name, value)
    return lambda concept: not is_in(concept)


def _exists(table: CodeTable, name: str, value: str) -> Keeps:
    return lambda concept: bool(_texts(concept, table, name)) == (value == "true")


def _regex(table: CodeTable, name: str, value: str) -> Keeps:
    try:
        pattern = re2.compile(value)
    except re2.error as cause:
        message = "The value set has a filter whose pattern is no regular expression: correct it."
        raise BadInputError(message, place="filter.value") from cause
    return lambda concept: any(pattern.fullmatch(text) for text in _texts(concept, table, name))


_OPERATORS: Final[Mapping[str, Callable[[CodeTable, str, str], Keeps]]] = {
    "=": _equals,
    "is-a": _is_a,
    "descendent-of": _descendent_of,
    "is-not-a": _is_not_a,
    "generalizes": _generalizes,
    "in": _in,
    "not-in": _not_in,
    "exists": _exists,
    "regex": _regex,
}
