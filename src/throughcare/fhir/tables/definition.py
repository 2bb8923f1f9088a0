"""ViewDefinitions of SQL on FHIR v2, read and compiled.

Whatever is wrong with a view is said here, with its place, before a resource is looked at.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from throughcare.fhir.path import ExpressionError, kinds
from throughcare.fhir.path.compiler import compiled_part
from throughcare.fhir.path.evaluation import Run
from throughcare.fhir.path.nodes import Items, Node
from throughcare.fhir.path.part import Kinds, Part
from throughcare.kernel.errors import BadInputError

Json = Any
ROW_INDEX: Final = "rowIndex"
"""Variable that counts the items of an iteration."""
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_ITERATIONS: Final = ("forEach", "forEachOrNull", "repeat")
DEEPEST: Final = 32
"""Selects within selects."""


class ViewError(BadInputError):
    """A ViewDefinition that is none; its place is the path in the definition."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table."""

    name: str
    run: Run
    is_collection: bool
    type: str = ""
    """Name of its type: what the view says, else what its path leads to; "" if it is not known."""


@dataclass(frozen=True, slots=True)
class Select:
    """Columns of each item of an iteration, with those of nested selects."""

    columns: tuple[Column, ...]
    nested: tuple["Select", ...]
    union: tuple["Select", ...]
    for_each: Run | None = None
    repeat: tuple[Run, ...] = ()
    or_null: bool = False
    """A row, all of nothing, where there is no item."""

    def names(self) -> tuple[str, ...]:
        """Return the names of all columns, in their order."""
        return tuple(column.name for column in self.all_columns())

    def all_columns(self) -> tuple[Column, ...]:
        """Return all columns, in their order; of a union, those of its first branch."""
        inner = tuple(column for select in self.nested for column in select.all_columns())
        return self.columns + inner + (self.union[0].all_columns() if self.union else ())


@dataclass(frozen=True, slots=True)
class View:
    """A compiled view."""

    resource: str
    constants: Mapping[str, Items]
    where: tuple[Run, ...]
    select: Select
    """The selects of the view, nested in one that iterates over nothing."""


def view_of(definition: Mapping[str, Json]) -> View:
    """Return a view compiled; raises ViewError for what is none."""
    if not isinstance(definition, Mapping):
        _fail("", "a view must be an object")
    resource = definition.get("resource")
    if type(resource) is not str or not _NAME.fullmatch(resource):
        _fail("resource", "the type of the resources must be named")
    constants = dict(_constants(_list(definition, "constant", "")))
    reader = _Reader(frozenset(constants) | {ROW_INDEX})
    focus = frozenset({kinds.of(resource)}) if kinds.is_known(resource) else None
    where = [
        reader.part(_text(rule, "path", f"where[{place}]"), focus, f"where[{place}].path").run
        for place, rule in enumerate(_list(definition, "where", ""))
    ]
    selects = _list(definition, "select", "")
    if not selects:
        _fail("select", "at least one must stand")
    nested = [reader.select(each, focus, f"select[{at}]", 0) for at, each in enumerate(selects)]
    select = Select((), tuple(nested), ())
    _check_names(select)
    return View(resource, constants, tuple(where), select)


def _fail(place: str, rule: str) -> NoReturn:
    message = f"The view is wrong at {place or 'its root'}: {rule}."
    raise ViewError(message, place=place)


def _list(holder: Mapping[str, Json], name: str, place: str) -> list[Json]:
    """Return a member that is a list of objects; none if it is missing."""
    found = holder.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        _fail(f"{place}.{name}".lstrip("."), "a list of objects must stand there")
    return found


def _text(holder: Mapping[str, Json], name: str, place: str) -> str:
    found = holder.get(name)
    if type(found) is not str or not found:
        _fail(f"{place}.{name}", "a text must stand there")
    return found


def _constants(told: list[Json]) -> Iterator[tuple[str, Items]]:
    """Yield constants as variables: a primitive value, of the type that its member names."""
    for place, each in enumerate(told):
        name = _text(each, "name", f"constant[{place}]")
        keys = [key for key in each if key.startswith("value")]
        if not _NAME.fullmatch(name) or len(keys) != 1:
            _fail(f"constant[{place}]", "a constant has a name and one value[x]")
        kind = keys[0].removeprefix("value")
        kind = kind[:1].lower() + kind[1:]
        if not kinds.is_known(kind) or not kinds.of(kind).is_primitive:
            _fail(f"constant[{place}].{keys[0]}", "a constant is of a primitive type")
        yield name, [Node(each[keys[0]], kinds.of(kind))]


def _check_names(select: Select) -> None:
    names = select.names()
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        _fail("select", f"the column {min(doubled)[:40]} stands more than once")


class _Reader:
    """Reads selects, of which the paths may name these variables."""

    def __init__(self, variables: frozenset[str]) -> None:
        self._variables = variables

    def part(self, expression: str, focus: Kinds, place: str) -> Part:
        """Return a compiled path."""
        try:
            return compiled_part(expression, focus, self._variables)
        except ExpressionError as cause:
            message = f"The view is wrong at {place}: {cause.message}"
            raise ViewError(message, place=place) from cause

    def select(self, told: Mapping[str, Json], focus: Kinds, place: str, depth: int) -> Select:
        if depth > DEEPEST:
            _fail(place, f"selects are nested deeper than {DEEPEST}")
        iterations = [name for name in _ITERATIONS if name in told]
        if len(iterations) > 1:
            _fail(place, "only one of forEach, forEachOrNull and repeat may stand")
        for_each, inner = None, focus
        repeat: tuple[Run, ...] = ()
        if "repeat" in told:
            repeat, inner = self.repeated(told["repeat"], f"{place}.repeat"), None
        elif iterations:
            name = iterations[0]
            part = self.part(_text(told, name, place), focus, f"{place}.{name}")
            for_each, inner = part.run, part.kinds
        columns = tuple(
            self.column(each, inner, f"{place}.column[{at}]")
            for at, each in enumerate(_list(told, "column", place))
        )
        nested = self.selects(told, "select", inner, place, depth)
        union = self.selects(told, "unionAll", inner, place, depth)
        if not (columns or nested or union):
            _fail(place, "a select has columns, selects or a unionAll")
        if len({branch.names() for branch in union}) > 1:
            _fail(f"{place}.unionAll", "all branches must have the same columns in the same order")
        return Select(columns, nested, union, for_each, repeat, "forEachOrNull" in told)

    def selects(
        self, told: Mapping[str, Json], name: str, focus: Kinds, place: str, depth: int
    ) -> tuple[Select, ...]:
        return tuple(
            self.select(each, focus, f"{place}.{name}[{at}]", depth + 1)
            for at, each in enumerate(_list(told, name, place))
        )

    def repeated(self, told: Json, place: str) -> tuple[Run, ...]:
        """Return the paths that are followed again and again."""
        if not isinstance(told, list) or not told or not all(type(each) is str for each in told):
            _fail(place, "a list of paths must stand there")
        return tuple(self.part(each, None, place).run for each in told)

    def column(self, told: Mapping[str, Json], focus: Kinds, place: str) -> Column:
        name = _text(told, "name", place)
        if not _NAME.fullmatch(name):
            _fail(f"{place}.name", "a column's name has letters, digits and _ alone")
        part = self.part(_text(told, "path", place), focus, f"{place}.path")
        is_collection = told.get("collection", False)
        if type(is_collection) is not bool:
            _fail(f"{place}.collection", "true or false must stand there")
        type_ = told.get("type", "")
        if type(type_) is not str:
            _fail(f"{place}.type", "the name of a type must stand there")
        return Column(name, part.run, is_collection, type_.rpartition("/")[2] or _type_of(part))


def _type_of(part: Part) -> str:
    found = {kind.name for kind in part.kinds or ()}
    return found.pop() if len(found) == 1 else ""
