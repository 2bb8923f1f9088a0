"""The columns that resources of one type fill, as the draft Parquet on FHIR has them.

Types are those of R4: a decimal is a text with its digits, dates are texts. Only members that are
there have a column, so that two files of one type may have different ones; readers join them by
name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.path import kinds
from throughcare.fhir.path.kinds import ANY, Form, Kind
from throughcare.fhir.tables.definition import Column as TableColumn
from throughcare.kernel import UnprocessableError

Json = Any
MOST_COLUMNS: Final = 5_000
"""Columns of a file, those within others counted."""
_SQL: Final = {"boolean": "BOOLEAN", "integer": "INTEGER"} | dict.fromkeys(
    ("positiveInt", "unsignedInt"), "UINTEGER"
)
_RANGES: Final = {
    "INTEGER": range(-(2**31), 2**31),
    "UINTEGER": range(2**32),
    "BIGINT": range(-(2**63), 2**63),
}
_TEXT: Final = "VARCHAR"


@dataclass(slots=True)
class Leaf:
    """A column of values of one type."""

    sql: str = _TEXT


@dataclass(slots=True)
class AsJson:
    """A column of JSON text: what R4 gives no columns, or what stands otherwise than R4 says."""


@dataclass(slots=True)
class Struct:
    """A column with columns within."""

    members: dict[str, "Column"] = field(default_factory=dict)


@dataclass(slots=True)
class Many:
    """A column of lists."""

    of: "Column"


Column: TypeAlias = Leaf | AsJson | Struct | Many


class _OtherFormError(Exception):
    """A value does not have the form that its column has."""


def columns_of(resources: Iterable[Mapping[str, Json]]) -> Struct:
    """Return the columns that resources of one type need together.

    Raises UnprocessableError where they need more than `MOST_COLUMNS`.
    """
    whole = Struct({"resourceType": Leaf()})
    for resource in resources:
        _add(whole, resource, kinds.of_resource(dict(resource)))
        _check(whole)
    return whole


def columns_of_rows(told: Sequence[TableColumn], rows: Iterable[Mapping[str, Json]]) -> Struct:
    """Return the columns of a table: of the types that its view names, if all values have them.

    Without a type, columns of booleans, or of integers, are such; all others are texts.
    """
    kept = list(rows)
    return Struct({each.name: _of_table(each, [row[each.name] for row in kept]) for each in told})


def _of_table(told: TableColumn, values: Sequence[Json]) -> Column:
    found = [value for value in values if value is not None]
    flat = [one for value in found for one in value] if told.is_collection else found
    kinds_found = {type(one) for one in flat}
    if told.type:
        leaf = Leaf(_SQL.get(told.type, _TEXT))
    else:
        leaf = Leaf("BOOLEAN" if kinds_found == {bool} else _TEXT)
        if kinds_found == {int}:
            leaf = Leaf("BIGINT")
    try:
        for one in flat:
            _leaf(one, leaf.sql)
    except _OtherFormError:
        return AsJson()
    return Many(leaf) if told.is_collection else leaf


def text_of(resource: Mapping[str, Json], whole: Struct) -> str:
    """Return a resource as JSON text with a value of its type for each column."""
    return fhir_bytes.dump(_fitted(resource, whole)).decode()


def structure_of(column: Column) -> Json:
    """Return columns as DuckDB's ``from_json`` names them.

    >>> structure_of(Struct({"id": Leaf(), "given": Many(Leaf())}))
    {'id': 'VARCHAR', 'given': ['VARCHAR']}
    """
    match column:
        case Struct(members=members):
            return {name: structure_of(each) for name, each in members.items()}
        case Many(of=inner):
            return [structure_of(inner)]
        case Leaf(sql=sql):
            return sql
    return _TEXT


def _check(whole: Struct) -> None:
    if _size(whole) > MOST_COLUMNS:
        message = (
            f"The resources of this file need more than {MOST_COLUMNS} columns. Ask for NDJSON."
        )
        raise UnprocessableError(message)


def _size(column: Column) -> int:
    match column:
        case Struct(members=members):
            return 1 + sum(_size(each) for each in members.values())
        case Many(of=inner):
            return _size(inner)
    return 1


def _add(struct: Struct, value: Mapping[str, Json], kind: Kind) -> None:
    """Widen a struct by what an object has."""
    for name, each in value.items():
        if name == "resourceType" or isinstance(struct.members.get(name), AsJson):
            continue
        form = kind.forms.get(name) if kind is not ANY else None
        try:
            struct.members[name] = _widened(struct.members.get(name), each, form, name)
        except _OtherFormError:
            struct.members[name] = AsJson()


def _widened(column: Column | None, value: Json, form: Form | None, name: str) -> Column:
    """Return a column that holds `value`, too. Raises _OtherFormError where there is none."""
    if form is None or form.kind.is_abstract or form.kind is ANY:
        raise _OtherFormError
    kind = form.kind if name == form.key else kinds.of("Element")
    if form.step.many is not isinstance(value, list):
        raise _OtherFormError
    if not isinstance(value, list):
        return _of_one(column, value, kind)
    inner = column.of if isinstance(column, Many) else None
    for each in value:
        if each is not None:
            inner = _of_one(inner, each, kind)
    return Many(inner or _empty(kind))


def _empty(kind: Kind) -> Column:
    return Leaf(_SQL.get(kind.name, _TEXT)) if kind.is_primitive else AsJson()


def _of_one(column: Column | None, value: Json, kind: Kind) -> Column:
    if kind.is_primitive:
        sql = _SQL.get(kind.name, _TEXT)
        _leaf(value, sql)
        return Leaf(sql)
    if not isinstance(value, Mapping) or not value:
        raise _OtherFormError
    struct = column if isinstance(column, Struct) else Struct()
    _add(struct, value, kind)
    return struct


def _leaf(value: Json, sql: str) -> Json:
    """Return a primitive value as its column has it. Raises _OtherFormError."""
    if sql == "BOOLEAN":
        if isinstance(value, bool):
            return value
    elif sql in _RANGES:
        if type(value) is int and value in _RANGES[sql]:
            return value
    elif isinstance(value, str):
        if "\0" not in value:
            return value
    elif not isinstance(value, bool | Mapping | list):
        return fhir_bytes.dump(value).decode()
    raise _OtherFormError


def _fitted(value: Json, column: Column) -> Json:
    """Return a value as its column has it."""
    if value is None:
        return None
    match column:
        case Struct(members=members):
            return {name: _fitted(each, members[name]) for name, each in value.items()}
        case Many(of=inner):
            return [_fitted(each, inner) for each in value]
        case Leaf(sql=sql):
            return _leaf(value, sql)
    return fhir_bytes.dump(value).decode()
