"""What the functions and operators of FHIRPath do, over plain JSON."""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from throughcare.fhir import ranges, spec

Items = list[Any]
"""A FHIRPath collection."""
Truth = bool | None
"""True, false, or nothing known."""

_NUMBERS = (int, float, Decimal)


def truth(items: Items) -> Truth:
    """Return a collection as a boolean: none is unknown, one that is no boolean is true."""
    if not items:
        return None
    first = items[0]
    return first if first is True or first is False else True


def _said(value: Truth) -> Items:
    return [] if value is None else [value]


def member(items: Items, name: str) -> Items:
    """Return the members `name` of each item; a choice by any of its types' names."""
    found: Items = []
    for item in items:
        if type(item) is not dict:
            continue
        value = item.get(name)
        if value is None:
            value = item.get("_" + name)
        if value is None:
            value = _choice(item, name)
        if type(value) is list:
            found += [each for each in value if each is not None]
        elif value is not None:
            found.append(value)
    return found


def _choice(item: dict[str, Any], name: str) -> Any:  # noqa: ANN401 - a JSON value
    forms = spec.choices().get(name)
    if forms is None:
        return None
    return next((value for key, value in item.items() if key in forms), None)


def is_a(item: Any, kind: str) -> bool:  # noqa: ANN401 - a JSON value
    """Tell by JSON alone whether an item is of a type; false for types that it can't tell."""
    if kind in {"Boolean", "boolean"}:
        return item is True or item is False
    if kind in {"decimal", "integer", "Decimal", "Integer"}:
        return type(item) in _NUMBERS
    if kind in {"string", "String", "uri", "canonical", "url", "code"}:
        return type(item) is str
    return type(item) is dict and item.get("resourceType") == kind


def _key(item: Any) -> Any:  # noqa: ANN401 - a JSON value
    """Return an item as something that can be compared and hashed."""
    if type(item) is dict:
        return frozenset((name, _key(value)) for name, value in item.items())
    if type(item) is list:
        return tuple(_key(value) for value in item)
    if item is True or item is False:
        return ("boolean", item)
    return item


def _keys(items: Iterable[Any]) -> list[Any]:
    return [_key(item) for item in items]


def _equal(left: Items, right: Items) -> Items:
    if not left or not right:
        return []
    return [_keys(left) == _keys(right)]


def _not_equal(left: Items, right: Items) -> Items:
    return [not said for said in _equal(left, right)]


def ordered(left: Items, right: Items, order: Callable[[Any, Any], bool]) -> Items:
    """Compare two single values; dates by what their precision covers: it may be unknown."""
    if len(left) != 1 or len(right) != 1:
        return []
    one, other = left[0], right[0]
    if isinstance(one, _NUMBERS) and isinstance(other, _NUMBERS):
        return [order(one, other)]
    if type(one) is not str or type(other) is not str:
        return []
    try:
        (low, high), (other_low, other_high) = ranges.date_range(one), ranges.date_range(other)
    except ValueError:
        return [order(one, other)]
    by_low, by_high = order(low, other_high), order(high, other_low)
    return [by_low] if by_low == by_high else []


def _and(left: Truth, right: Callable[[], Truth]) -> Items:
    if left is False:
        return [False]
    other = right()
    if other is False:
        return [False]
    return [] if left is None or other is None else [True]


def _or(left: Truth, right: Callable[[], Truth]) -> Items:
    if left is True:
        return [True]
    other = right()
    if other is True:
        return [True]
    return [] if left is None or other is None else [False]


def _xor(left: Truth, right: Callable[[], Truth]) -> Items:
    other = right()
    return [] if left is None or other is None else [left is not other]


def _implies(left: Truth, right: Callable[[], Truth]) -> Items:
    if left is False:
        return [True]
    other = right()
    if other is True:
        return [True]
    return [other] if left is True and other is not None else []


def _joined(left: Items, right: Items) -> Items:
    return ["".join(str(part) for part in (*left[:1], *right[:1]))]


def _sum(left: Items, right: Items) -> Items:
    if not left or not right:
        return []
    return [left[0] + right[0]]


def _traced(items: Items, *_: Items) -> Items:
    return items


def _union(left: Items, right: Items) -> Items:
    return list(dict(zip(_keys(left + right), left + right, strict=True)).values())


def _within(left: Items, right: Items) -> Items:
    return [_key(left[0]) in _keys(right)] if left else []


def _children(items: Items) -> Items:
    found: Items = []
    for item in items:
        if type(item) is dict:
            for name, value in item.items():
                if name != "resourceType":
                    found += value if type(value) is list else [value]
    return found


def descendants(items: Items) -> Items:
    """Return all values below the items, at any depth."""
    found: Items = []
    below = _children(items)
    while below:
        found += below
        below = _children(below)
    return found


def _texts(function: Callable[[str], Items]) -> Callable[[Items], Items]:
    return lambda items: function(items[0]) if items and type(items[0]) is str else []


def _has_value(items: Items) -> Items:
    return [len(items) == 1 and type(items[0]) is not dict]


def _to_integer(items: Items) -> Items:
    text = str(items[0]) if items else ""
    return [int(text)] if re.fullmatch(r"[+-]?\d+", text) else []


LOGIC: dict[str, Callable[[Truth, Callable[[], Truth]], Items]] = {
    "and": _and,
    "or": _or,
    "xor": _xor,
    "implies": _implies,
}
OPERATORS: dict[str, Callable[[Items, Items], Items]] = {
    "=": _equal,
    "!=": _not_equal,
    "|": _union,
    "&": _joined,
    "+": _sum,
    "in": _within,
}
PLAIN: dict[str, Callable[[Items], Items]] = {
    "exists": lambda items: [bool(items)],
    "empty": lambda items: [not items],
    "not": lambda items: [not said for said in _said(truth(items))],
    "count": lambda items: [len(items)],
    "isDistinct": lambda items: [len(set(_keys(items))) == len(items)],
    "first": lambda items: items[:1],
    "tail": lambda items: items[1:],
    "hasValue": _has_value,
    "children": _children,
    "descendants": descendants,
    "toInteger": _to_integer,
    "toString": lambda items: [str(items[0])] if items else [],
}
WITH_CRITERION: dict[str, Callable[[Items, list[Items]], Items]] = {
    "where": lambda items, said: [
        item for item, each in zip(items, said, strict=True) if truth(each) is True
    ],
    "exists": lambda _, said: [any(truth(each) is True for each in said)],
    "all": lambda _, said: [all(truth(each) is not False for each in said)],
    "select": lambda _, said: [item for each in said for item in each],
}
WITH_VALUES: dict[str, Callable[..., Items]] = {
    "trace": _traced,
    "matches": lambda items, pattern: _texts(
        lambda text: [re.fullmatch(pattern[0], text) is not None]
    )(items),
    "startsWith": lambda items, start: _texts(lambda text: [text.startswith(start[0])])(items),
    "contains": lambda items, part: _texts(lambda text: [part[0] in text])(items),
    "substring": lambda items, start: _texts(lambda text: [text[start[0] :]])(items),
    "replaceMatches": lambda items, pattern, new: _texts(
        lambda text: [re.sub(pattern[0], new[0], text)]
    )(items),
    "combine": lambda items, other: items + other,
    "intersect": lambda items, other: [item for item in items if _key(item) in _keys(other)],
}
