"""Functions that ask a terminology: value sets, and which code means more."""

from typing import Any, Final

from throughcare.fhir import spec
from throughcare.fhir.path.equality import Truth
from throughcare.fhir.path.evaluation import Evaluation, fail, said, text
from throughcare.fhir.path.functions.collections import Function
from throughcare.fhir.path.nodes import Items, Node, system

Code = tuple[str | None, str]
"""A system, if it is known, and a code."""


def _member_of(items: Items, evaluation: Evaluation, value_set: Items) -> Items:
    url = text(value_set, "memberOf()")
    if not items or url is None:
        return []
    item = items[0] if len(items) == 1 else fail("memberOf() takes a single code: choose one.")
    said = [_has_code(url, code, evaluation) for code in _codings(item)]
    if any(each is True for each in said):
        return [True]
    return [] if any(each is None for each in said) else [False]


def _codings(item: Any) -> list[tuple[str | None, str]]:  # noqa: ANN401 - an item
    if not (type(item) is Node and type(item.value) is dict):
        value = system(item)
        return [(None, value)] if type(value) is str else []
    codings = item.value.get("coding", [item.value])
    return [(each.get("system"), each["code"]) for each in codings if "code" in each]


def _has_code(url: str, code: tuple[str | None, str], evaluation: Evaluation) -> Truth:
    terminology = evaluation.environment.terminology
    if terminology is not None:
        return terminology.contains(url, *code)
    try:
        known = spec.value_set(url.partition("|")[0])
    except KeyError:
        return fail("No value set with the url that memberOf() names is known: load it.")
    if known is None:
        return None
    source, symbol = code
    if source is None:
        return any(symbol in codes for codes in known.values())
    return symbol in known.get(source, ())


def _subsumes(items: Items, evaluation: Evaluation, others: Items) -> Items:
    if not items or not others:
        return []
    if len(items) > 1 or len(others) > 1:
        fail("subsumes() takes single codes: choose one, as first() does.")
    pairs = [(one, other) for one in _codings(items[0]) for other in _codings(others[0])]
    answers = [_means_all(one, other, evaluation) for one, other in pairs]
    if any(each is True for each in answers):
        return [True]
    return said(None if any(each is None for each in answers) else False)


def _means_all(general: Code, special: Code, evaluation: Evaluation) -> Truth:
    if general == special:
        return True
    source = general[0]
    if source is None or source != special[0]:
        return False
    terminology = evaluation.environment.terminology
    return None if terminology is None else terminology.subsumes(source, general[1], special[1])


TERMINOLOGY: Final[dict[str, tuple[int, int, Function]]] = {
    "memberOf": (1, 1, _member_of),
    "subsumes": (1, 1, _subsumes),
    "subsumedBy": (1, 1, lambda items, run, others: _subsumes(others, run, items)),
}
"""Name -> (fewest arguments, most, function)."""
