"""Short ways: questions that need no types while they are asked, compiled to closures over JSON.

Most invariants only ask whether members stand there, and compare one with a text. Where all types
are known beforehand, such a question is compiled here; any other has no short way (None) and is
compiled in full. Both give the same answer: the tests compare them.
"""

import operator
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from throughcare.fhir.path import kinds, operators
from throughcare.fhir.path.equality import Truth
from throughcare.fhir.path.kinds import ANY, Form, Kind
from throughcare.fhir.path.quantities import UCUM
from throughcare.fhir.path.syntax import Binary, Call, Literal, Member, Tree, Variable

Json = Any
Ask: TypeAlias = Callable[[Json], Truth]
"""Answers a question about a JSON value."""
Collect: TypeAlias = Callable[[Json], list[Json]]
"""Returns JSON values; a primitive without a value as its extensions, which is an object."""

_ORDER: Final = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMBERS: Final = frozenset({"Integer", "Decimal"})


def question(tree: Tree, kind: Kind) -> Ask | None:  # noqa: PLR0911 - one a form of question
    """Return a boolean expression about values of one type; None if it has no short way."""
    if kind.is_primitive or kind is ANY:
        return None
    match tree:
        case Binary(sign=sign) if sign in operators.LOGIC:
            return _logic(sign, question(tree.left, kind), question(tree.right, kind))
        case Binary(sign="=" | "!=" as sign) if _are_questions(tree.left, tree.right):
            return _same(sign, question(tree.left, kind), question(tree.right, kind))
        case Binary(sign=sign) if sign in _ORDER:
            return _comparison(sign, tree.left, tree.right, kind)
        case Binary(sign="in"):
            return _membership(tree, kind)
        case Call(name="not", arguments=()):
            return _negation(None if tree.left is None else question(tree.left, kind))
        case Call(name="exists" | "empty", arguments=()):
            return _existence(tree, kind)
        case Call(name="exists" | "all", arguments=(criterion,)):
            return _of_each(tree, criterion, kind)
    return None


def _are_questions(*trees: Tree) -> bool:
    """Tell whether expressions give true or false and never nothing."""
    return all(isinstance(tree, Call) and tree.name in {"exists", "empty", "all"} for tree in trees)


def _logic(sign: str, left: Ask | None, right: Ask | None) -> Ask | None:
    if left is None or right is None:
        return None
    one, other = left, right
    if sign == "or":
        return lambda value: True if one(value) is True else _or(one(value), other(value))
    if sign == "and":
        return lambda value: False if one(value) is False else _and(one(value), other(value))
    decide = operators.LOGIC[sign]
    return lambda value: decide(one(value), lambda: other(value))


def _or(one: Truth, other: Truth) -> Truth:
    return True if other is True else None if one is None or other is None else False


def _and(one: Truth, other: Truth) -> Truth:
    return False if other is False else None if one is None or other is None else True


def _same(sign: str, left: Ask | None, right: Ask | None) -> Ask | None:
    if left is None or right is None:
        return None
    one, other = left, right
    if sign == "=":
        return lambda value: one(value) is other(value)
    return lambda value: one(value) is not other(value)


def _negation(inside: Ask | None) -> Ask | None:
    if inside is None:
        return None
    ask = inside

    def asked(value: Json) -> Truth:
        said = ask(value)
        return None if said is None else not said

    return asked


def _existence(tree: Call, kind: Kind) -> Ask | None:
    is_there = _presence(tree.left, kind)
    if is_there is None or tree.name == "exists":
        return is_there
    ask = is_there
    return lambda value: not ask(value)


def _presence(tree: Tree | None, kind: Kind) -> Ask | None:
    """Return whether anything stands at a path."""
    keys = _keys(tree, kind)
    if keys is not None and len(keys) == 1:
        only = keys[0]
        return lambda value: only in value
    if keys is not None:
        known = frozenset(keys)
        return lambda value: not known.isdisjoint(value)
    source = collection(tree, kind)
    if source is None:
        return None
    collect = source[0]
    return lambda value: bool(collect(value))


def _keys(tree: Tree | None, kind: Kind) -> tuple[str, ...] | None:
    """Return the names in JSON of a member of the value itself; None if it is none."""
    if not isinstance(tree, Member) or tree.left is not None or tree.name not in kind.steps:
        return None
    forms = kind.steps[tree.name].forms
    return tuple(key for form in forms for key in (form.key, form.sibling) if key)


def _of_each(tree: Call, criterion: Tree, kind: Kind) -> Ask | None:
    source = collection(tree.left, kind)
    ask = None if source is None else question(criterion, source[1])
    if source is None or ask is None:
        return None
    collect, asked = source[0], ask
    if tree.name == "all":
        return lambda value: all(asked(each) is True for each in collect(value))
    return lambda value: any(asked(each) is True for each in collect(value))


def collection(tree: Tree | None, kind: Kind) -> tuple[Collect, Kind] | None:
    """Return a path of members, with filters, and the one type it leads to; None if it is none."""
    match tree:
        case None:
            return (lambda value: [value]), kind
        case Member():
            return _member(tree, kind)
        case Call(name="where", arguments=(criterion,)):
            source = collection(tree.left, kind)
            ask = None if source is None else question(criterion, source[1])
            if source is None or ask is None:
                return None
            collect, asked = source[0], ask
            return (lambda value: [each for each in collect(value) if asked(each) is True]), source[
                1
            ]
    return None


def _member(tree: Member, kind: Kind) -> tuple[Collect, Kind] | None:
    source = collection(tree.left, kind)
    if source is None or source[1].is_primitive or source[1] is ANY:
        return None
    step = source[1].steps.get(tree.name)
    if step is None or len(step.forms) != 1:
        return None
    form, collect = step.forms[0], source[0]
    reached = kinds.of("DomainResource") if form.kind.is_abstract else form.kind
    if step.many:
        if form.sibling:
            return None
        return _listed(form.key, collect, is_first=tree.left is None), reached
    return _single(form, collect), reached


def _listed(key: str, collect: Collect, *, is_first: bool) -> Collect:
    if is_first:
        return lambda value: value.get(key, ())
    return lambda value: [item for each in collect(value) for item in each.get(key, ())]


def _single(form: Form, collect: Collect) -> Collect:
    key, sibling = form.key, form.sibling

    def found(value: Json) -> list[Json]:
        return [
            each.get(key, each.get(sibling))
            for each in collect(value)
            if key in each or sibling in each
        ]

    return found


def _scalar(  # noqa: PLR0911 - three forms, each with what it may not be
    tree: Tree, kind: Kind
) -> tuple[Callable[[Json], Json], str] | None:
    """Return a member that stands once, a count, or a sum of counts, and the type of its values.

    The value is None where nothing stands.
    """
    match tree:
        case Member(left=None) if tree.name in kind.steps:
            step = kind.steps[tree.name]
            form = step.forms[0]
            if step.many or len(step.forms) > 1 or not form.kind.is_primitive:
                return None
            return _value(form.key, form.sibling), form.kind.system
        case Call(name="count", arguments=()):
            source = collection(tree.left, kind)
            if source is None:
                return None
            collect = source[0]
            return (lambda value: len(collect(value))), "Integer"
        case Binary(sign="+"):
            left, right = _scalar(tree.left, kind), _scalar(tree.right, kind)
            if left is None or right is None or not _is_count(tree):
                return None
            one, other = left[0], right[0]
            return (lambda value: one(value) + other(value)), "Integer"
    return None


def _is_count(tree: Tree) -> bool:
    """Tell whether an expression always gives a number: a count, or a sum of counts."""
    if isinstance(tree, Binary) and tree.sign == "+":
        return _is_count(tree.left) and _is_count(tree.right)
    return isinstance(tree, Call) and tree.name == "count"


class _Nothing:
    """What a primitive is that has extensions and no value: equal to nothing."""


def _value(key: str, sibling: str) -> Callable[[Json], Json]:
    def found(value: Json) -> Json:
        said = value.get(key)
        return _Nothing if said is None and sibling in value else said

    return found


def _comparison(sign: str, left: Tree, right: Tree, kind: Kind) -> Ask | None:
    """Return a comparison of a value with a text, an integer or a boolean that is written there."""
    if isinstance(right, Variable) and right.name == "%ucum":
        right = Literal(right.place, "text", UCUM)
    if not isinstance(right, Literal) or right.kind not in {"text", "number", "boolean"}:
        return None
    scalar = _scalar(left, kind)
    if scalar is None or "." in right.text * (right.kind == "number"):
        return None
    take, system = scalar
    if not _is_of(system, right.kind) or (right.kind == "boolean" and sign not in {"=", "!="}):
        return None
    other = _written(right)
    compare = _ORDER[sign]
    is_equality = sign in {"=", "!="}

    def asked(value: Json) -> Truth:
        one = take(value)
        if one is None or (one is _Nothing and not is_equality):
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


def _membership(tree: Binary, kind: Kind) -> Ask | None:
    """Return whether a text is one of those that are written there."""
    scalar, texts = _scalar(tree.left, kind), _texts(tree.right)
    if scalar is None or texts is None or scalar[1] != "String":
        return None
    take, known = scalar[0], frozenset(texts)

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
