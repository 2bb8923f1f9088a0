"""Resources as the SQL way holds them, and its cells as values.

A decimal goes as a marked text, for DuckDB would read it as a double. What SQL could not hold as
FHIRPath sees it has no line, and is left to the Python way.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from throughcare.fhir.path import kinds
from throughcare.fhir.path.kinds import ANY, Form, Kind
from throughcare.fhir.tables.sql.paths import is_bounded
from throughcare.fhir.tables.sql.pieces import MARK

Json = Any
_SYSTEMS: Final = {"Boolean": bool, "Integer": int}
_write: Final = msgspec.json.Encoder()
_read: Final = msgspec.json.Decoder()


class _IrregularError(Exception):
    """Something stands there that SQL would see otherwise than FHIRPath does."""


def line_of(resource: Mapping[str, Json]) -> str | None:
    """Return a resource as text for SQL; None for one that the Python way has to answer for.

    That is one with a member that R4 has not, a member of another form than R4 says, a primitive
    with extensions and no value, a number of more than 22 digits or 15 places, or a float.
    """
    try:
        kind = kinds.of_resource(dict(resource))
        return _write.encode(_object(resource, kind)).decode()
    except _IrregularError:
        return None


def value_of(cell: str | None) -> Json:
    r"""Return what a cell says, decimals with all their digits.

    >>> value_of(r'"\u001a1.10"')
    Decimal('1.10')
    """
    return None if cell is None else _restored(_read.decode(cell))


def _restored(value: Json) -> Json:
    if isinstance(value, str):
        return Decimal(value[1:]) if value.startswith(MARK) else value
    if isinstance(value, list):
        return [_restored(each) for each in value]
    if isinstance(value, dict):
        return {name: _restored(each) for name, each in value.items()}
    return value


def _object(value: Json, kind: Kind) -> Json:
    """Return an object with its decimals marked. Raises _IrregularError."""
    if kind is ANY or not isinstance(value, Mapping):
        raise _IrregularError
    made = {}
    for name, each in value.items():
        form = kind.forms.get(name)
        if name == "resourceType":
            made[name] = _text(each)
        elif form is None:
            raise _IrregularError
        elif name == form.key:
            made[name] = _member(each, form)
        elif form.key in value:
            made[name] = _beside(each)
        else:
            raise _IrregularError
    return made


def _member(value: Json, form: Form) -> Json:
    if isinstance(value, list) is not form.step.many:
        raise _IrregularError
    if isinstance(value, list):
        return [_one(each, form.kind) for each in value]
    return _one(value, form.kind)


def _one(value: Json, kind: Kind) -> Json:
    if not kind.is_primitive:
        if kind.is_abstract and isinstance(value, dict):
            kind = kinds.of_resource(value)
        return _object(value, kind)
    if kind.system == "Decimal":
        if type(value) is not int and type(value) is not Decimal:
            raise _IrregularError
        return _number(value)
    expected = _SYSTEMS.get(kind.system, str)
    if type(value) is not expected:
        raise _IrregularError
    return _text(value) if expected is str else _number(value)


def _number(value: Json) -> Json:
    if isinstance(value, bool):
        return value
    if not is_bounded(value):
        raise _IrregularError
    return value if isinstance(value, int) else f"{MARK}{value}"


def _text(value: Json) -> str:
    if not isinstance(value, str) or "\0" in value or value.startswith(MARK):
        raise _IrregularError
    return value


def _beside(value: Json) -> Json:
    """Return what stands beside primitives, of whatever form: no path of SQL goes there."""
    if isinstance(value, Mapping):
        return {name: _beside(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_beside(each) for each in value]
    if value is None or isinstance(value, bool):
        return value
    return _text(value) if isinstance(value, str) else _number(value)
