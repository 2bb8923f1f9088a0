"""Statements and their values as PostgreSQL takes them: ``$1``, arrays and conditions; pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import orjson

from throughcare.store import dialect
from throughcare.store.dialect import Order, Parameter, Piece, Point
from throughcare.store.postgres.expression import condition, numbers
from throughcare.store.protocol import Value

PLACES = 24
"""Bits of an entry number that tell its place within its subject, as in the layout."""
Argument = Value | list[int] | list[str]
Named = Mapping[str, Value]
Convert = Callable[[Value], Argument]
_Source = tuple[str | int | None, Convert]


def as_is(value: Value) -> Argument:
    """Return a value as the driver takes it."""
    return value


def as_list(value: Value) -> Argument:
    """Return a JSON list as the driver takes it."""
    return cast("list[int] | list[str]", orjson.loads(cast("str", value)))


def _terms(value: Value) -> Argument:
    return numbers(cast("str", value))


def planned(point: Point) -> str:
    """Return what makes PostgreSQL find few rows first, whose number it can't know.

    Otherwise it may walk a whole table in the order of its key, hoping that a page is full early.
    A number that is computed has no index; what stands before OFFSET is done on its own.
    """
    words = cast("str", point.inner[0])
    if point.kind == "computed":
        return f"({words} + 0)"
    if point.kind == "sought":
        named, _, found = words.partition(" ON ")
        alias = named.split()[1]
        rows = f"SELECT {alias}.* FROM {named} WHERE {found} OFFSET 0"  # noqa: S608 - names of our own
        return f"LATERAL ({rows}) {alias} ON TRUE"
    table, alias, subject = words.split()
    low, high = f"{subject}.value << {PLACES}", f"({subject}.value + 1) << {PLACES}"
    rows = f"SELECT * FROM {table} WHERE rowid > {low} AND rowid < {high} OFFSET 0"  # noqa: S608 - names of our own
    return f"LATERAL ({rows}) {alias}"


def worded(point: Point, inner: str) -> str:
    """Return a point of which `inner` says what stands in it: alias, mark or byte."""
    if point.kind == "byte":
        return inner
    return looked_up(point, inner) if point.kind == "alias" else marked(point, inner)


def looked_up(point: Point, inner: str) -> str:
    """Return what makes PostgreSQL look each id up by the whole key; `inner` says row and type.

    Otherwise, where it takes the table for a small one, it walks all entries of the type instead.
    """
    row, type_ = inner.split()
    found = f"SELECT * FROM alias WHERE type = {type_} AND id = {row}.value OFFSET 0"  # noqa: S608 - names of our own
    return f"LATERAL ({found}) {point.alias} ON TRUE"


def marked(point: Point, marks: str) -> str:
    """Return the mark at the place that a column says in the bytes of parameter `marks`.

    It is -1 beyond their end, where PostgreSQL refuses to look.
    """
    inside = f"get_byte({marks}::bytea, {point.alias}::integer)"
    return f"(CASE WHEN {point.alias} < octet_length({marks}::bytea) THEN {inside} ELSE -1 END)"


@dataclass(frozen=True, slots=True)
class Template:
    """A statement read once; `text` is empty if it depends on the values."""

    pieces: tuple[Piece, ...]
    text: str
    sources: tuple[_Source, ...]


class _Rendering:
    """Numbers the parameters of one statement as it is written out."""

    def __init__(self, values: Named | Sequence[Value] | None) -> None:
        self._values = values
        self._places = 0
        self._numbers: dict[tuple[str | int, str], int] = {}
        self.sources: list[_Source] = []
        self.fixed = True

    def text(self, pieces: Sequence[Piece]) -> str:
        return "".join(map(self._piece, pieces))

    def _piece(self, piece: Piece) -> str:
        if isinstance(piece, str):
            return piece
        if isinstance(piece, Order):
            return "JOIN"
        if isinstance(piece, Parameter):
            return f"${self._number(self._key(piece), as_is)}"
        return self._point(piece)

    def _point(self, point: Point) -> str:
        if point.kind in {"match", "meets"}:
            return self._condition(point)
        if point.kind == "has":
            return f"{point.alias}.terms @> ARRAY[term({self.text(point.inner)})]"
        if point.kind in {"computed", "within", "sought"}:
            return planned(point)
        if point.kind in {"alias", "mark", "byte"}:
            return worded(point, self.text(point.inner))
        key = self._key(cast("Parameter", point.inner[0]))
        if point.kind == "terms":
            return f"${self._number(key, _terms)}::bigint[]"
        kind = "bigint" if point.kind == "numbers" else "text"
        return f"(SELECT unnest(${self._number(key, as_list)}::{kind}[]) AS value)"

    def _condition(self, point: Point) -> str:
        self.fixed = False
        key = self._key(cast("Parameter", point.inner[0]))
        if self._values is None:
            return "TRUE"
        value = self._values[key]  # type: ignore[index]  # a name, or a place: as the values are
        # Rows that are found otherwise are looked at one by one: an expression has no index.
        column = "terms" if point.kind == "match" else "terms || '{}'::bigint[]"
        column = f"{point.alias}.{column}" if point.kind == "match" else f"({point.alias}.{column})"
        return condition(cast("str", value), column, self._constant)

    def _constant(self, terms: list[int]) -> str:
        self.sources.append((None, lambda _: terms))
        return f"${len(self.sources)}::bigint[]"

    def _key(self, parameter: Parameter) -> str | int:
        if parameter.name:
            return parameter.name
        self._places += 1
        return self._places - 1

    def _number(self, key: str | int, convert: Convert) -> int:
        known = self._numbers.get((key, convert.__name__))
        if known is None:
            self.sources.append((key, convert))
            known = self._numbers[key, convert.__name__] = len(self.sources)
        return known


@lru_cache(maxsize=4_096)
def template(sql: str) -> Template:
    """Read a statement."""
    pieces = dialect.parse(sql)
    rendering = _Rendering(None)
    text = rendering.text(pieces)
    sources = tuple(rendering.sources)
    return Template(pieces, text if rendering.fixed else "", sources)


def bound(sql: str, values: Named | Sequence[Value]) -> tuple[str, list[Argument]]:
    """Return the text and arguments of `sql` with `values`, by name or by place."""
    read = template(sql)
    text, sources = read.text, read.sources
    if not text:
        rendering = _Rendering(values)
        text, sources = rendering.text(read.pieces), tuple(rendering.sources)
    # Constants are known already; all others stand in the values, by name or by place.
    return text, [
        convert(None if key is None else values[key])  # type: ignore[index]  # as the values are
        for key, convert in sources
    ]
