"""Functions over collections: existence, subsets, sets, and the tree below items."""

from collections.abc import Callable
from typing import Final

from throughcare.fhir.path import equality
from throughcare.fhir.path.evaluation import Evaluation, fail, integer, single, truth
from throughcare.fhir.path.nodes import Items, Node, TypeInfo

Function = Callable[..., Items]
"""(items, evaluation, items of each argument) -> items."""


def _booleans(items: Items, name: str) -> list[bool]:
    found = [single([item], name) for item in items]
    if any(each is not True and each is not False for each in found):
        fail(f"{name} takes booleans and met another type: compare first.")
    return found


def _negated(items: Items, _: Evaluation) -> Items:
    said = truth(items)
    return [] if said is None else [not said]


def _single(items: Items, _: Evaluation) -> Items:
    if len(items) > 1:
        fail("single() met several items: choose one, as first() does.")
    return items


def _skip(items: Items, _: Evaluation, number: Items) -> Items:
    count = integer(number, "skip()")
    return [] if count is None else items[max(count, 0) :]


def _take(items: Items, _: Evaluation, number: Items) -> Items:
    count = integer(number, "take()")
    return [] if count is None else items[: max(count, 0)]


def _is_subset(items: Items, evaluation: Evaluation, others: Items) -> Items:
    evaluation.spend(len(items) + len(others))
    known = {equality.key(other) for other in others}
    return [all(equality.key(item) in known for item in items)]


def _intersect(items: Items, evaluation: Evaluation, others: Items) -> Items:
    evaluation.spend(len(items) + len(others))
    known = {equality.key(other) for other in others}
    return [item for item in equality.distinct(items) if equality.key(item) in known]


def _exclude(items: Items, evaluation: Evaluation, others: Items) -> Items:
    evaluation.spend(len(items) + len(others))
    known = {equality.key(other) for other in others}
    return [item for item in items if equality.key(item) not in known]


def _combine(items: Items, evaluation: Evaluation, others: Items) -> Items:
    evaluation.spend(len(items) + len(others))
    return items + others


def _union(items: Items, evaluation: Evaluation, others: Items) -> Items:
    evaluation.spend(len(items) + len(others))
    return equality.distinct(items + others)


def _distinct(items: Items, evaluation: Evaluation) -> Items:
    evaluation.spend(len(items))
    return equality.distinct(items)


def _children(items: Items, evaluation: Evaluation) -> Items:
    found: Items = []
    for item in items:
        if type(item) is Node:
            item.add_all_children(found)
    evaluation.spend(len(found))
    return found


def _descendants(items: Items, evaluation: Evaluation) -> Items:
    found: Items = []
    below = _children(items, evaluation)
    while below:
        found += below
        below = _children(below, evaluation)
    return found


def _has_value(items: Items, _: Evaluation) -> Items:
    return [len(items) == 1 and _is_primitive(items[0])]


def _is_primitive(item: object) -> bool:
    if type(item) is Node:
        return item.kind.is_primitive and item.value is not None
    return type(item) is not TypeInfo


def _value(items: Items, _: Evaluation) -> Items:
    if len(items) != 1 or not _is_primitive(items[0]):
        return []
    return [single(items, "getValue()")]


COLLECTIONS: Final[dict[str, tuple[int, int, Function]]] = {
    "empty": (0, 0, lambda items, _: [not items]),
    "not": (0, 0, _negated),
    "allTrue": (0, 0, lambda items, _: [all(_booleans(items, "allTrue()"))]),
    "anyTrue": (0, 0, lambda items, _: [any(_booleans(items, "anyTrue()"))]),
    "allFalse": (0, 0, lambda items, _: [not any(_booleans(items, "allFalse()"))]),
    "anyFalse": (0, 0, lambda items, _: [not all(_booleans(items, "anyFalse()"))]),
    "subsetOf": (1, 1, _is_subset),
    "supersetOf": (1, 1, lambda items, run, others: _is_subset(others, run, items)),
    "count": (0, 0, lambda items, _: [len(items)]),
    "distinct": (0, 0, _distinct),
    "isDistinct": (0, 0, lambda items, run: [len(_distinct(items, run)) == len(items)]),
    "single": (0, 0, _single),
    "first": (0, 0, lambda items, _: items[:1]),
    "last": (0, 0, lambda items, _: items[-1:]),
    "tail": (0, 0, lambda items, _: items[1:]),
    "skip": (1, 1, _skip),
    "take": (1, 1, _take),
    "intersect": (1, 1, _intersect),
    "exclude": (1, 1, _exclude),
    "union": (1, 1, _union),
    "combine": (1, 2, lambda items, run, others, *_: _combine(items, run, others)),
    "children": (0, 0, _children),
    "descendants": (0, 0, _descendants),
    "hasValue": (0, 0, _has_value),
    "getValue": (0, 0, _value),
}
"""Name -> (fewest arguments, most, function)."""
