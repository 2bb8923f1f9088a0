"""Short ways: questions that need no types while they are asked, compiled to closures over JSON.

Most invariants only ask whether members stand there, and compare one with a text. Where all types
are known beforehand, such a question is compiled here; any other has no short way (None) and is
compiled in full. Both give the same answer: the tests compare them.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from throughcare.fhir.path import combining, kinds, operators, scalars
from throughcare.fhir.path.combining import Ask, Json
from throughcare.fhir.path.equality import Truth, json_key
from throughcare.fhir.path.kinds import ANY, Form, Kind
from throughcare.fhir.path.scalars import Nothing, Scalar
from throughcare.fhir.path.syntax import Binary, Call, Literal, Member, Tree, Variable

Collect: TypeAlias = Callable[[Json], list[Json]]
"""Returns JSON values; a primitive without a value as its extensions, which is an object."""

_OF_TEXTS: Final = frozenset({"matches", "startsWith", "endsWith", "contains"})


def question(  # noqa: PLR0911 - one a form of question
    tree: Tree, kind: Kind
) -> Ask | None:
    """Return a boolean expression about values of one type; None if it has no short way."""
    match tree:
        case _ if kind is ANY:
            return None
        case Binary():
            return _of_both(tree, kind)
        case Member(left=None):
            return scalars.said(_scalar(tree, kind))
        case Call(arguments=(Literal(kind="text", text=text),)) if tree.name in _OF_TEXTS:
            return scalars.text_test(tree.name, _scalar(tree.left, kind), text)
        case Call(arguments=(criterion,)):
            return _of_each(tree, criterion, kind) if tree.name in {"exists", "all"} else None
        case Call(arguments=()):
            return _plain_call(tree, kind)
    return None


def _of_both(tree: Binary, kind: Kind) -> Ask | None:
    sign = tree.sign
    if sign in operators.LOGIC:
        return combining.logic(sign, question(tree.left, kind), question(tree.right, kind))
    if sign in {"=", "!="} and _are_questions(tree.left, tree.right):
        return combining.same(sign, question(tree.left, kind), question(tree.right, kind))
    if sign in scalars.ORDER:
        return scalars.comparison(sign, _scalar(tree.left, kind), tree.right)
    return scalars.membership(_scalar(tree.left, kind), tree.right) if sign == "in" else None


def _plain_call(tree: Call, kind: Kind) -> Ask | None:
    match tree:
        case Call(name="isDistinct"):
            return _distinctness(tree.left, kind)
        case Call(name="not", left=left):
            return combining.negation(None if left is None else question(left, kind))
        case Call(name="exists", left=Call(name="select") as selected):
            return _answers(selected, kind) or _existence(tree, kind)
        case Call(name="exists" | "empty"):
            return _existence(tree, kind)
    return None


def _distinctness(tree: Tree | None, kind: Kind) -> Ask | None:
    """Return whether no text stands twice in a collection."""
    source = None if tree is None or _unites(tree) else collection(tree, kind)
    if source is None or source[1].system != "String":
        return None
    collect = source[0]

    def asked(value: Json) -> Truth:
        found = [each if type(each) is str else json_key(each) for each in collect(value)]
        return len(set(found)) == len(found)

    return asked


def _answers(tree: Call, kind: Kind) -> Ask | None:
    """Return whether a question about each item is answered at all, with yes or no."""
    source = None if len(tree.arguments) != 1 else collection(tree.left, kind)
    ask = None if source is None else question(tree.arguments[0], source[1])
    if source is None or ask is None or isinstance(tree.arguments[0], Member):
        return None
    collect, asked = source[0], ask
    return lambda value: any(asked(each) is not None for each in collect(value))


def _unites(tree: Tree | None) -> bool:
    """Tell whether a path unites collections: here items that are equal are not made one."""
    if isinstance(tree, Binary):
        return True
    return isinstance(tree, Call | Member) and _unites(tree.left)


def _are_questions(*trees: Tree) -> bool:
    """Tell whether expressions give true or false and never nothing."""
    return all(isinstance(tree, Call) and tree.name in {"exists", "empty", "all"} for tree in trees)


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
        return _choice_below(tree, kind)
    collect = source[0]
    return lambda value: bool(collect(value))


def _choice_below(tree: Tree | None, kind: Kind) -> Ask | None:
    """Return whether one of a choice stands below a path."""
    if not isinstance(tree, Member):
        return None
    source = collection(tree.left, kind)
    keys = None if source is None else _keys(Member(tree.place, None, tree.name), source[1])
    if source is None or keys is None:
        return None
    collect, known = source[0], frozenset(keys)
    return lambda value: not all(known.isdisjoint(each) for each in collect(value))


def _keys(tree: Tree | None, kind: Kind) -> tuple[str, ...] | None:
    """Return the names in JSON of a member of the value itself; None if it is none."""
    if not isinstance(tree, Member) or tree.left is not None or tree.name not in kind.steps:
        return None
    if kind.is_primitive:
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


def collection(  # noqa: PLR0911 - one a form of path
    tree: Tree | None, kind: Kind
) -> tuple[Collect, Kind] | None:
    """Return a path of members, with filters, and the one type it leads to; None if it is none."""
    match tree:
        case None:
            return (lambda value: [value]), kind
        case Member(left=Binary(sign="|") as both):
            return _united(both, tree.name, kind)
        case Member():
            return _member(tree, kind)
        case Call(name="trace", arguments=(Literal(),)):
            return collection(tree.left, kind)
        case Call(name="first" | "tail", arguments=()):
            return _part(tree, kind)
        case Call(name="select", arguments=(Member() as inside,)):
            return _selected(tree, inside, kind)
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


def _united(both: Binary, name: str, kind: Kind) -> tuple[Collect, Kind] | None:
    """Return the members `name` of two collections, which may be of two types."""
    left = collection(Member(both.place, both.left, name), kind)
    right = collection(Member(both.place, both.right, name), kind)
    if left is None or right is None or left[1] is not right[1]:
        return None
    one, other = left[0], right[0]
    return (lambda value: [*one(value), *other(value)]), left[1]


def _part(tree: Call, kind: Kind) -> tuple[Collect, Kind] | None:
    source = None if _unites(tree.left) else collection(tree.left, kind)
    if source is None:
        return None
    collect, place = source[0], slice(1) if tree.name == "first" else slice(1, None)
    return (lambda value: collect(value)[place]), source[1]


def _selected(tree: Call, inside: Member, kind: Kind) -> tuple[Collect, Kind] | None:
    source = collection(tree.left, kind)
    inner = None if source is None else collection(inside, source[1])
    if source is None or inner is None:
        return None
    outer, each_of = source[0], inner[0]
    return (lambda value: [one for each in outer(value) for one in each_of(each)]), inner[1]


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


def _scalar(  # noqa: PLR0911 - one a form of value
    tree: Tree | None, kind: Kind
) -> Scalar | None:
    """Return a member that stands once, a count, or a sum of counts, and the type of its values.

    The value is None where nothing stands.
    """
    match tree:
        case None | Variable(name="$this") if kind.is_primitive:
            return Scalar(_itself, kind.system)
        case Member(left=Call(name="first")):
            return _of_first(tree, kind)
        case Member(left=None) if tree.name in kind.steps and not kind.is_primitive:
            step = kind.steps[tree.name]
            form = step.forms[0]
            if step.many or len(step.forms) > 1 or not form.kind.is_primitive:
                return None
            return Scalar(_value(form.key, form.sibling), form.kind.system)
        case Call(name="count", arguments=()):
            source = None if _unites(tree.left) else collection(tree.left, kind)
            if source is None:
                return None
            collect = source[0]
            return Scalar(lambda value: len(collect(value)), "Integer")
        case Binary(sign="+"):
            left, right = _scalar(tree.left, kind), _scalar(tree.right, kind)
            if left is None or right is None or not _is_count(tree):
                return None
            one, other = left.take, right.take
            return Scalar(lambda value: one(value) + other(value), "Integer")
    return None


def _of_first(tree: Member, kind: Kind) -> Scalar | None:
    """Return a member of the first item of a collection."""
    source = collection(tree.left, kind)
    inner = None if source is None else _scalar(Member(tree.place, None, tree.name), source[1])
    if source is None or inner is None:
        return None
    collect, take = source[0], inner.take
    return Scalar(lambda value: next(map(take, collect(value)), None), inner.system)


def _is_count(tree: Tree) -> bool:
    """Tell whether an expression always gives a number: a count, or a sum of counts."""
    if isinstance(tree, Binary) and tree.sign == "+":
        return _is_count(tree.left) and _is_count(tree.right)
    return isinstance(tree, Call) and tree.name == "count"


def _itself(value: Json) -> Json:
    return Nothing if type(value) is dict else value


def _value(key: str, sibling: str) -> Callable[[Json], Json]:
    def found(value: Json) -> Json:
        said = value.get(key)
        return Nothing if said is None and sibling in value else said

    return found
