"""Questions about a value that stands once (see `shortcuts`)."""

import operator
from collections.abc import Callable
from typing import Final, NamedTuple

from throughcare.fhir.path import texts
from throughcare.fhir.path.combining import Ask, Json
from throughcare.fhir.path.equality import Truth
from throughcare.fhir.path.quantities import UCUM
from throughcare.fhir.path.syntax import Binary, Literal, Tree, Variable

ORDER: Final = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMBERS: Final = frozenset({"Integer", "Decimal"})


class Scalar(NamedTuple):
    """A value that stands at most once."""

    take: Callable[[Json], Json]
    """Returns it; None where nothing stands."""
    system: str
    """The type of FHIRPath that it is of."""


class Nothing:
    """What a primitive is that has extensions and no value: equal to nothing."""


def text_test(name: str, scalar: Scalar | None, written: str) -> Ask | None:
    """Return a test of a text by a function that takes another, which is written there."""
    test = texts.test(name, written)
    if scalar is None or scalar.system != "String" or test is None:
        return None
    take, passes = scalar.take, test

    def asked(value: Json) -> Truth:
        text = take(value)
        return None if text is None or text is Nothing else passes(text)

    return asked


def said(scalar: Scalar | None) -> Ask | None:
    """Return what a boolean says; without a value it stands there and is true."""
    if scalar is None or scalar.system != "Boolean":
        return None
    take = scalar.take

    def asked(value: Json) -> Truth:
        said = take(value)
        return True if said is Nothing else said

    return asked


def comparison(sign: str, scalar: Scalar | None, right: Tree) -> Ask | None:
    """Return a comparison of a value with a text, an integer or a boolean that is written there."""
    if isinstance(right, Variable) and right.name == "%ucum":
        right = Literal(right.place, "text", UCUM)
    if not isinstance(right, Literal) or right.kind not in {"text", "number", "boolean"}:
        return None
    if scalar is None or "." in right.text * (right.kind == "number"):
        return None
    take = scalar.take
    if not _is_of(scalar.system, right.kind) or (
        right.kind == "boolean" and sign not in {"=", "!="}
    ):
        return None
    other = _written(right)
    compare = ORDER[sign]
    is_equality = sign in {"=", "!="}

    def asked(value: Json) -> Truth:
        one = take(value)
        if one is None or (one is Nothing and not is_equality):
            return None
        return bool(compare(one, other))

    return asked


def _is_of(system: str, kind: str) -> bool:
    if kind == "number":
        return system in _NUMBERS
    return system == {"text": "String", "boolean": "Boolean"}[kind]


def _written(tree: Literal) -> Json:
    if tree.kind == "number":
        return int(tree.text)
    return tree.text == "true" if tree.kind == "boolean" else tree.text


def membership(scalar: Scalar | None, right: Tree) -> Ask | None:
    """Return whether a text is one of those that are written there."""
    written = _texts(right)
    if scalar is None or written is None or scalar.system != "String":
        return None
    take, known = scalar.take, frozenset(written)

    def asked(value: Json) -> Truth:
        one = take(value)
        return None if one is None else one in known

    return asked


def _texts(tree: Tree) -> list[str] | None:
    if isinstance(tree, Literal):
        return [tree.text] if tree.kind == "text" else None
    if isinstance(tree, Binary) and tree.sign == "|":
        left, right = _texts(tree.left), _texts(tree.right)
        return None if left is None or right is None else left + right
    return None
