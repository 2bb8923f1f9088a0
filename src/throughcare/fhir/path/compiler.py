"""Trees of FHIRPath compiled to closures.

While an expression is compiled, the types that it may meet are followed, as far as they are known:
a member that none of them has is an error at once, not an empty answer for ever.
"""

from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Final, NoReturn

from throughcare.fhir.path import iterations, kinds, operators, types
from throughcare.fhir.path.errors import ExpressionError
from throughcare.fhir.path.evaluation import Evaluation, Run, integer, said, truth
from throughcare.fhir.path.functions import FUNCTIONS
from throughcare.fhir.path.kinds import ANY, Kind
from throughcare.fhir.path.moments import moment
from throughcare.fhir.path.nodes import Items, Node, TypeInfo
from throughcare.fhir.path.part import Kinds, Part
from throughcare.fhir.path.quantities import Quantity
from throughcare.fhir.path.syntax import (
    Binary,
    Call,
    Index,
    Literal,
    Member,
    Sign,
    Tree,
    Typed,
    Variable,
    parsed,
)
from throughcare.fhir.ucum import UnknownUnitError

_SAME_KINDS: Final = frozenset(
    {"first", "last", "tail", "skip", "take", "single", "distinct", "intersect", "exclude"}
)
"""Functions whose items are of the types that they get."""
_ORDERED: Final = frozenset({"first", "last", "tail", "skip", "take"})
"""Functions that need an order."""
_UNORDERED: Final = frozenset({"children", "descendants"})
_BEYOND: Final = (DecimalException, UnknownUnitError)
"""Numbers beyond all bounds, in themselves or in base units: what is made of them is nothing."""
_SYSTEMS: Final = {
    "%ucum": "http://unitsofmeasure.org",
    "%sct": "http://snomed.info/sct",
    "%loinc": "http://loinc.org",
}
_URLS: Final = {
    "%vs-": "http://hl7.org/fhir/ValueSet/",
    "%ext-": "http://hl7.org/fhir/StructureDefinition/",
}


def compiled_part(
    expression: str,
    focus: Kinds,
    variables: frozenset[str] = frozenset(),
    *,
    tree: Tree | None = None,
    matches_whole: bool = False,
) -> Part:
    """Return an expression compiled, or the part `tree` of it, for items of these types.

    Raises ExpressionError for what is no FHIRPath, or names what the types have not.
    """
    compiler = Compiler(expression, variables, matches_whole=matches_whole)
    try:
        return compiler.part(parsed(expression) if tree is None else tree, focus)
    except RecursionError as cause:
        message = "The expression has too many steps in a row: split it."
        raise ExpressionError(message) from cause


class Compiler:
    """Compiles one expression."""

    def __init__(
        self, text: str, variables: frozenset[str], *, matches_whole: bool = False
    ) -> None:
        """Compile `text`; `variables` are the names that its environment has.

        `matches_whole`: ``matches()`` asks of the whole text, as FHIRPath 1 had it.
        """
        self._text = text
        self._matches = "matchesFull" if matches_whole else "matches"
        self._given = variables
        self._defined: frozenset[str] = frozenset()

    def fail(self, tree: Tree, what: str) -> NoReturn:
        """Raise an error that names the place in the expression."""
        message = f"The expression is wrong at character {tree.place + 1}: {what}."
        raise ExpressionError(message, place=self._text[tree.place : tree.place + 40])

    def part(self, tree: Tree, focus: Kinds) -> Part:  # noqa: PLR0911 - one a form of tree
        """Return a tree compiled; `focus` are the types of the items in focus."""
        match tree:
            case Literal():
                return Part(_constant(self._literal(tree)))
            case Variable():
                return self._variable(tree, focus)
            case Member():
                return self._member(tree, focus)
            case Call():
                return self._call(tree, focus)
            case Index():
                return self._index(tree, focus)
            case Sign():
                return self._sign(tree, focus)
            case Typed():
                return self._typed(tree.left, tree.sign, tree.type, focus)
            case Binary():
                return self._binary(tree, focus)

    def apart(self, tree: Tree, focus: Kinds) -> Part:
        """Return a tree compiled whose own variables are not known outside of it."""
        before = self._defined
        part = self.part(tree, focus)
        self._defined = before
        return part

    def define(self, tree: Tree, name: str) -> None:
        """Make a variable known from here on."""
        if name in self._defined or name in self._given or f"%{name}" in _SYSTEMS | _WHOLES:
            self.fail(tree, f"the variable {name} is defined already; name it otherwise")
        self._defined |= {name}

    def _literal(self, tree: Literal) -> Items:
        match tree.kind:
            case "nothing":
                return []
            case "text":
                return [tree.text]
            case "boolean":
                return [tree.text == "true"]
            case "quantity":
                is_word = tree.unit[0] != "'"
                unit = tree.unit if is_word else tree.unit[1:-1]
                return [Quantity(Decimal(tree.text), unit, is_word)]
            case "moment":
                made = moment(tree.text)
                return self.fail(tree, "there is no such date or time") if made is None else [made]
        return [Decimal(tree.text)] if "." in tree.text else operators.number(int(tree.text))

    def _variable(self, tree: Variable, focus: Kinds) -> Part:
        name = tree.name
        if name[0] == "$":
            return Part(_focus, focus) if name == "$this" else Part(_ITERATION[name])
        if name[1:] in self._defined:
            return Part(lambda _, run: run.variables.get(name[1:], []))
        if name[1:] in self._given:
            return Part(lambda _, run: run.environment.variables[name[1:]])
        if name in _WHOLES:
            return Part(_WHOLES[name])
        url = _SYSTEMS.get(name) or _url(name)
        if url is None:
            self.fail(tree, f"there is no variable {name[:40]}; define it or pass it")
        return Part(_constant([url]))

    def _member(self, tree: Member, focus: Kinds) -> Part:
        left = Part(_focus, focus) if tree.left is None else self.part(tree.left, focus)
        name = tree.name
        if left.kinds is None:
            may_be_type = tree.left is None and name[:1].isupper()
            return Part(_typed_or_member(left.run, name) if may_be_type else _step(left.run, name))
        found = [kind.steps[name] for kind in left.kinds if name in kind.steps]
        if found:
            reached = frozenset(form.kind for step in found for form in step.forms)
            is_known = not any(kind.is_abstract or kind is ANY for kind in reached)
            return Part(_step(left.run, name), reached if is_known else None)
        if tree.left is None and any(kind.is_a(name) for kind in left.kinds):
            return left
        return self.fail(tree, f"{_names(left.kinds)} has no member {name[:40]}; correct it")

    def _index(self, tree: Index, focus: Kinds) -> Part:
        left, index = self.part(tree.left, focus), self.apart(tree.index, focus)
        if not left.is_ordered:
            self.fail(tree, "what stands left has no order; do without the index")
        collection, place = left.run, index.run

        def run(items: Items, evaluation: Evaluation) -> Items:
            at = integer(place(items, evaluation), "An index")
            found = collection(items, evaluation)
            return found[at : at + 1] if at is not None and at >= 0 else []

        return Part(run, left.kinds)

    def _sign(self, tree: Sign, focus: Kinds) -> Part:
        right = self.part(tree.right, focus).run
        change = operators.negated if tree.sign == "-" else operators.unsigned
        return Part(lambda items, evaluation: change(right(items, evaluation)))

    def _typed(self, left: Tree | None, sign: str, name: str, focus: Kinds) -> Part:
        """Return a test of a type (``is``), or the items of it (``as``, ``ofType``)."""
        source = Part(_focus, focus) if left is None else self.part(left, focus)
        passes = types.test(name, is_exact=sign != "is")
        if sign == "is":
            return Part(iterations.is_of(source.run, passes))
        kind = types.kind_named(name)
        only = None if kind is None or kind.is_abstract else frozenset({kind})
        run = iterations.of_type(source.run, passes, takes_one=sign == "as")
        return Part(run, only, source.is_ordered)

    def _binary(self, tree: Binary, focus: Kinds) -> Part:
        before = self._defined
        left = self.apart(tree.left, focus)
        right = self.apart(tree.right, focus)
        self._defined = before
        one, other, sign = left.run, right.run, tree.sign
        if sign in operators.LOGIC:
            decide = operators.LOGIC[sign]
            return Part(
                lambda items, run: said(
                    decide(truth(one(items, run)), lambda: truth(other(items, run)))
                )
            )
        operate = operators.OPERATORS[sign]
        both = left.kinds | right.kinds if sign == "|" and left.kinds and right.kinds else None
        return Part(_operated(operate, one, other), both)

    def _call(self, tree: Call, focus: Kinds) -> Part:
        if tree.name in {"is", "as", "ofType"}:
            if len(tree.arguments) != 1:
                self.fail(tree, f"{tree.name}() takes the name of a type")
            return self._typed(tree.left, tree.name, self._type(tree.arguments[0]), focus)
        if tree.name in iterations.BUILDERS:
            fewest, most, build = iterations.BUILDERS[tree.name]
            self._check_count(tree, fewest, most)
            source = Part(_focus, focus) if tree.left is None else self.part(tree.left, focus)
            return build(self, tree, source, focus)
        if tree.name not in FUNCTIONS:
            self.fail(tree, f"there is no function {tree.name[:40]}(); correct its name")
        name = self._matches if tree.name == "matches" else tree.name
        fewest, most, function = FUNCTIONS[name]
        self._check_count(tree, fewest, most)
        source = Part(_focus, focus) if tree.left is None else self.part(tree.left, focus)
        if tree.name in _ORDERED and not source.is_ordered:
            self.fail(tree, f"what stands left has no order; do without {tree.name}()")
        parts = [self.apart(argument, focus) for argument in _named(tree)]
        run = _called(function, source.run, [part.run for part in parts])
        return Part(run, _kinds_of(tree.name, source, parts), tree.name not in _UNORDERED)

    def _type(self, tree: Tree) -> str:
        match tree:
            case Member(left=None):
                return tree.name
            case Member(left=Member(left=None) as space):
                return f"{space.name}.{tree.name}"
        return self.fail(tree, "the name of a type is expected")

    def _check_count(self, tree: Call, fewest: int, most: int) -> None:
        if not fewest <= len(tree.arguments) <= most:
            takes = str(fewest) if fewest == most else f"{fewest} to {most}"
            self.fail(tree, f"{tree.name}() takes {takes} arguments, not {len(tree.arguments)}")


def _named(tree: Call) -> tuple[Tree, ...]:
    """Return a call's arguments; the name of a type, where one may stand, as a text."""
    match tree:
        case Call(name="getReferenceKey", arguments=(Member(left=None, name=name),)):
            return (Literal(tree.place, "text", name),)
    return tree.arguments


def _names(found: frozenset[Kind]) -> str:
    names = sorted(kind.path for kind in found)
    return " or ".join(names[:3]) + (" or others" if len(names) > 3 else "")  # noqa: PLR2004 - enough


def _kinds_of(name: str, source: Part, parts: list[Part]) -> Kinds:
    """Return the types of what a function returns, as far as they are known."""
    if name in _SAME_KINDS:
        return source.kinds
    if name in {"union", "combine"} and source.kinds is not None:
        other = parts[0].kinds
        return None if other is None else source.kinds | other
    return frozenset({kinds.of("Extension")}) if name == "extension" else None


def _url(name: str) -> str | None:
    """Return what a variable stands for that names a value set or an extension."""
    starts = (start for start in _URLS if name.startswith(start))
    return next((_URLS[start] + name.removeprefix(start) for start in starts), None)


def _focus(items: Items, _: Evaluation) -> Items:
    return items


def _constant(found: Items) -> Run:
    return lambda _, __: found


def _index_of_iteration(_: Items, evaluation: Evaluation) -> Items:
    return [] if evaluation.index is None else [evaluation.index]


def _total(_: Items, evaluation: Evaluation) -> Items:
    return evaluation.total


_ITERATION: Final[dict[str, Run]] = {"$index": _index_of_iteration, "$total": _total}
_WHOLES: Final[dict[str, Run]] = {
    "%resource": lambda _, run: run.resource,
    "%rootResource": lambda _, run: run.root,
    "%context": lambda _, run: run.context,
}


def _step(source: Run, name: str) -> Run:
    """Return a step to the members `name` of what `source` gives."""

    def run(items: Items, evaluation: Evaluation) -> Items:
        found: Items = []
        for item in source(items, evaluation):
            if type(item) is Node:
                item.add_children(name, found)
            else:
                _add_part(item, name, found)
        evaluation.spend(len(found) + 1)
        return found

    return run


def _add_part(item: object, name: str, found: Items) -> None:
    """Add a part of a value that is no element."""
    if type(item) is Quantity and name in {"value", "unit"}:
        found.append(item.value if name == "value" else item.unit)
    elif type(item) is TypeInfo and name in {"name", "namespace"}:
        found.append(item.name if name == "name" else item.namespace)


def _typed_or_member(source: Run, name: str) -> Run:
    """Return the first step of a path of which the types are not known: a type or a member."""
    step = _step(_focus, name)

    def run(items: Items, evaluation: Evaluation) -> Items:
        found: Items = []
        for item in source(items, evaluation):
            found += [item] if types.is_named(item, name) else step([item], evaluation)
        return found

    return run


def _operated(operate: Callable[[Items, Items], Items], one: Run, other: Run) -> Run:
    def run(items: Items, evaluation: Evaluation) -> Items:
        left, right = one(items, evaluation), other(items, evaluation)
        evaluation.spend(len(left) + len(right))
        try:
            return operate(left, right)
        except _BEYOND:
            return []

    return run


def _on_items(function: Callable[..., Items], source: Run) -> Run:
    def run(items: Items, evaluation: Evaluation) -> Items:
        try:
            return function(source(items, evaluation), evaluation)
        except _BEYOND:
            return []

    return run


def _called(function: Callable[..., Items], source: Run, arguments: list[Run]) -> Run:
    """Return a call whose arguments are about the items in focus, not about `source`."""
    if not arguments:
        return _on_items(function, source)

    def run(items: Items, evaluation: Evaluation) -> Items:
        found = source(items, evaluation)
        given = [argument(items, evaluation) for argument in arguments]
        try:
            return function(found, evaluation, *given)
        except _BEYOND:
            return []

    return run
