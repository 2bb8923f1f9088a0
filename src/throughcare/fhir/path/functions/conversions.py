"""Conversions: ``toX()`` and ``convertsToX()`` for each type of FHIRPath itself."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from throughcare.fhir.path.equality import is_number
from throughcare.fhir.path.evaluation import Evaluation, single
from throughcare.fhir.path.functions.collections import Function
from throughcare.fhir.path.moments import DAY, Moment, date_of, moment
from throughcare.fhir.path.nodes import Items, Node, TypeInfo
from throughcare.fhir.path.quantities import Quantity, decimal_text
from throughcare.fhir.path.syntax import CALENDAR

_BOOLEANS: Final = {
    word: value
    for value, words in {
        True: ("true", "t", "yes", "y", "1", "1.0"),
        False: ("false", "f", "no", "n", "0", "0.0"),
    }.items()
    for word in words
}
_INTEGER = re.compile(r"[+-]?\d{1,10}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,64}(?:\.\d{1,64})?", re.ASCII)
_QUANTITY = re.compile(
    r"(?P<value>[+-]?\d{1,64}(?:\.\d{1,64})?)(?:\s+(?:'(?P<unit>[^']+)'|(?P<word>[a-z]+)))?",
    re.ASCII,
)
Convert = Callable[[Any], Any]
"""A value to a value of another type; None where it can't be converted."""


def _boolean(value: Any) -> bool | None:  # noqa: ANN401 - a value
    if type(value) is bool:
        return value
    if type(value) is str:
        return _BOOLEANS.get(value.lower())
    if is_number(value) and value in {0, 1}:
        return bool(value)
    return None


def _integer(value: Any) -> int | None:  # noqa: ANN401 - a value
    if type(value) is bool or type(value) is int:
        return int(value)
    if type(value) is str and _INTEGER.fullmatch(value):
        number = int(value)
        return number if -(2**31) <= number < 2**31 else None
    return None


def _decimal(value: Any) -> Decimal | None:  # noqa: ANN401 - a value
    if type(value) in {bool, int}:
        return Decimal(int(value))
    if type(value) is Decimal:
        return value
    return Decimal(value) if type(value) is str and _DECIMAL.fullmatch(value) else None


def as_text(value: Any) -> str | None:  # noqa: ANN401 - a value
    """Return a value as a text; None for what has none."""
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is Decimal:
        return decimal_text(value)
    if type(value) is int:
        return str(value)
    return value.text if type(value) in {Moment, Quantity} else None


def _moment(kind: str) -> Convert:
    def convert(value: Any) -> Moment | None:  # noqa: ANN401 - a value
        if type(value) is str:
            return moment(value, kind)
        if type(value) is not Moment:
            return None
        if value.kind == kind:
            return value
        if kind == "DateTime" and value.kind == "Date":
            return moment(value.text, "DateTime")
        if kind == "Date" and value.kind == "DateTime":
            return date_of(value) if value.precision >= DAY else moment(value.text, "Date")
        return None

    return convert


def _quantity(value: Any) -> Quantity | None:  # noqa: ANN401 - a value
    if type(value) is Quantity:
        return value
    if type(value) is not str:
        number = _decimal(value)
        return None if number is None else Quantity(number, "1")
    match = _QUANTITY.fullmatch(value)
    if match is None:
        return None
    number, word = Decimal(match["value"]), match["word"]
    if word is None:
        return Quantity(number, match["unit"] or "1")
    return Quantity(number, word, is_calendar=True) if word in CALENDAR else None


_CONVERSIONS: Final[dict[str, Convert]] = {
    "Boolean": _boolean,
    "Integer": _integer,
    "Decimal": _decimal,
    "String": as_text,
    "Date": _moment("Date"),
    "DateTime": _moment("DateTime"),
    "Time": _moment("Time"),
}


def _value(items: Items, name: str) -> Any:  # noqa: ANN401 - a value, or a node that is none
    value = single(items, name)
    return None if type(value) in {Node, TypeInfo} else value


def _to(name: str, convert: Convert) -> Function:
    def called(items: Items, _: Evaluation) -> Items:
        value = _value(items, f"to{name}()")
        found = None if value is None else convert(value)
        return [] if found is None else [found]

    return called


def _converts(name: str, convert: Convert) -> Function:
    def called(items: Items, _: Evaluation) -> Items:
        if not items:
            return []
        value = _value(items, f"convertsTo{name}()")
        return [value is not None and convert(value) is not None]

    return called


def _in_unit(items: Items, evaluation: Evaluation, unit: Items | None = None) -> Items:
    """Return a quantity; nothing if it is not of the unit asked for."""
    found = _to("Quantity", _quantity)(items, evaluation)
    wanted = None if unit is None else single(unit, "toQuantity()")
    if wanted is None or not found:
        return found
    return found if found[0].unit == wanted or found[0].code == wanted else []


CONVERSIONS: Final[dict[str, tuple[int, int, Function]]] = {
    **{f"to{name}": (0, 0, _to(name, convert)) for name, convert in _CONVERSIONS.items()},
    **{
        f"convertsTo{name}": (0, 0, _converts(name, convert))
        for name, convert in _CONVERSIONS.items()
    },
    "toQuantity": (0, 1, _in_unit),
    "convertsToQuantity": (
        0,
        1,
        lambda items, run, *unit: [bool(_in_unit(items, run, *unit))] if items else [],
    ),
}
"""Name -> (fewest arguments, most, function)."""
