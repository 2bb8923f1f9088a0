"""A view compiled to one SQL statement.

The rows of a resource are one list, put together as the selects nest: so they keep their order,
and no join can lose or double one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from throughcare.fhir.path import kinds
from throughcare.fhir.path.kinds import Kind
from throughcare.fhir.tables.definition import view_of
from throughcare.fhir.tables.sql.paths import Paths
from throughcare.fhir.tables.sql.pieces import Focus, NotInSqlError, Piece

MOST_ROWS: Final = 100_000
"""Rows that resources may become together where rows multiply: counted before they are made."""
NO_ROWS: Final = "[]::VARCHAR[][]"

Json = Any
Select = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Statement:
    """A view as SQL over a table ``resource(number BIGINT, body JSON)``."""

    resource: str
    columns: tuple[str, ...]
    sql: str
    """Yields (number, rows): a list of rows for each resource that the filters keep; a row is a
    list of JSON texts, NULL for nothing, one a column."""


def statement_of(definition: Mapping[str, Json]) -> Statement:
    """Return a view as SQL.

    Raises ViewError for what is no view, NotInSqlError for a view that only the Python way can
    answer.
    """
    view = view_of(definition)
    kind = kinds.of(view.resource) if kinds.is_known(view.resource) else None
    if kind is None:
        message = "The SQL way knows resources of FHIR R4 alone: name one at resource."
        raise NotInSqlError(message, place="resource")
    root = Focus("body", frozenset({kind}), "0")
    writing = _Writing(Paths(root, _constants(definition)))
    filters = [
        writing.filter(rule["path"], root, f"where[{at}].path")
        for at, rule in enumerate(definition.get("where", ()))
    ]
    top: Select = {"select": definition["select"]}
    rows = writing.of_item(top, root, "")
    count = f"sum({writing.count(top, root)}) OVER ()" if writing.has_products else "0"
    wanted = " AND ".join([f"(body->>'$.resourceType') = '{kind.name}'", *filters])
    # Filters are asked first, as the Python way does: rows may fail where they do not hold.
    kept = f"SELECT number, body FROM resource WHERE {wanted}"  # noqa: S608 - R4's names, quoted texts
    counted = f"SELECT number, body, {count} AS together FROM kept"  # noqa: S608 - the same
    bounded = f"CASE WHEN together > {MOST_ROWS} THEN error('too many rows') ELSE {rows} END"
    steps = f"WITH kept AS MATERIALIZED ({kept}), counted AS MATERIALIZED ({counted})"
    sql = f"{steps} SELECT number, {bounded} FROM counted ORDER BY number"  # noqa: S608 - the same
    return Statement(kind.name, view.select.names(), sql)


def _constants(definition: Mapping[str, Json]) -> dict[str, tuple[Json, Kind]]:
    """Return the constants of a view that was found right."""
    found = {}
    for each in definition.get("constant", ()):
        (key,) = (name for name in each if name.startswith("value"))
        kind = key.removeprefix("value")
        found[each["name"]] = (each[key], kinds.of(kind[:1].lower() + kind[1:]))
    return found


class _Writing:
    """Writes the selects of one view."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self.has_products = False
        """Whether iterations stand side by side, so that rows multiply."""

    def filter(self, path: str, focus: Focus, place: str) -> str:
        piece = self._paths.piece(path, focus, place)
        if piece.system != "Boolean":
            _refuse("filter that is no boolean", place)
        if piece.truth:
            return f"coalesce({piece.truth}, false)"
        said = f"(({piece.sql})[1]->>'$') = 'true'"
        several = f"len({piece.sql}) > 1 THEN error('several items in a filter')"
        return f"coalesce(CASE WHEN {several} ELSE {said} END, false)"

    def rows(self, select: Select, focus: Focus, place: str) -> str:
        """Return SQL of the rows of a select: a list of lists of texts."""
        items = self._items(select, focus, place)
        if items is None:
            return self.of_item(select, focus, place)
        sql, inner, index = items
        rows = self.of_item(select, inner, place)
        return f"flatten(list_transform({sql}, lambda {inner.item}, {index}: {rows}))"

    def of_item(self, select: Select, focus: Focus, place: str) -> str:
        """Return SQL of the rows of one item: its columns with every combination of those below."""
        cells = [
            self._cell(each, focus, f"{place}.column[{at}]".lstrip("."))
            for at, each in enumerate(select.get("column", ()))
        ]
        parts = [f"[[{', '.join(cells)}]]"] if cells else []
        nested = select.get("select", ())
        parts += [
            self.rows(each, focus, f"{place}.select[{at}]".lstrip("."))
            for at, each in enumerate(nested)
        ]
        branches = [
            self.rows(each, focus, f"{place}.unionAll[{at}]".lstrip("."))
            for at, each in enumerate(select.get("unionAll", ()))
        ]
        if branches:
            parts.append(f"list_concat({', '.join([NO_ROWS, *branches])})")
        self.has_products |= len(nested) + bool(branches) > 1
        made = parts[0]
        for part in parts[1:]:
            made = self._combined(made, part)
        return made

    def count(self, select: Select, focus: Focus, place: str = "") -> str:
        """Return SQL of how many rows `rows` has, without making them."""
        items = self._items(select, focus, place)
        inner = focus if items is None else items[1]
        parts = [f"({self.count(each, inner)})" for each in select.get("select", ())]
        branches = [f"({self.count(each, inner)})" for each in select.get("unionAll", ())]
        if branches:
            parts.append(f"({' + '.join(branches)})")
        own = " * ".join(["1::DOUBLE", *parts])
        if items is None:
            return own
        sql, _, index = items
        return f"coalesce(list_sum(list_transform({sql}, lambda {inner.item}, {index}: {own})), 0)"

    def _items(self, select: Select, focus: Focus, place: str) -> tuple[str, Focus, str] | None:
        """Return what a select iterates over: a list, an item of it, and its place from 1."""
        if "repeat" in select:
            _refuse("repeat", f"{place}.repeat")
        name = next((each for each in ("forEach", "forEachOrNull") if each in select), "")
        if not name:
            return None
        piece = self._paths.piece(select[name], focus, f"{place}.{name}")
        sql = piece.sql
        if name == "forEachOrNull":
            sql = f"(CASE WHEN len({sql}) = 0 THEN [NULL::JSON] ELSE {sql} END)"
        item, index = self._paths.variable(), self._paths.variable()
        return sql, Focus(item, piece.kinds, f"({index} - 1)"), index

    def _combined(self, left: str, right: str) -> str:
        one, other = self._paths.variable(), self._paths.variable()
        below = f"list_transform({right}, lambda {other}: list_concat({one}, {other}))"
        return f"flatten(list_transform({left}, lambda {one}: {below}))"

    def _cell(self, column: Select, focus: Focus, place: str) -> str:
        piece = self._paths.piece(column["path"], focus, f"{place}.path")
        if piece.system == "Decimal" and piece.kinds is None:
            _refuse("column of a decimal that stands in the view", f"{place}.path")
        if column.get("collection"):
            return f"CAST(to_json({piece.sql}) AS VARCHAR)"
        return _single(piece)


def _single(piece: Piece) -> str:
    several = f"len({piece.sql}) > 1 THEN error('several values in a column')"
    return f"CASE WHEN {several} ELSE CAST(({piece.sql})[1] AS VARCHAR) END"


def _refuse(what: str, place: str) -> None:
    message = (
        f"The SQL way has no {what}, asked for at {place}. "
        "Run the view in Python, which has it: leave out _engine."
    )
    raise NotInSqlError(message, place=place)
