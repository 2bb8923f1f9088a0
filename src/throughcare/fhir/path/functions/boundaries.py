"""How precise a value is, and the lowest and highest that its precision leaves open."""

from calendar import monthrange
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

from throughcare.fhir.path import quantities
from throughcare.fhir.path.equality import is_number
from throughcare.fhir.path.evaluation import Evaluation, fail, integer, single
from throughcare.fhir.path.functions.collections import Function
from throughcare.fhir.path.moments import DAY, HOUR, MINUTE, MONTH, SECOND, YEAR, Moment
from throughcare.fhir.path.nodes import Items
from throughcare.fhir.path.quantities import ARITHMETIC, Quantity

_USUAL_DIGITS: Final = 8
_MOST_DIGITS: Final = 31
_DIGITS: Final = {YEAR: 4, MONTH: 6, DAY: 8, HOUR: 10, MINUTE: 12, SECOND: 14}
"""Precision of dates as FHIRPath counts it: digits."""
_MILLISECONDS: Final = 3
_WITH_MILLISECONDS: Final = 17
_ALL_OF_A_DAY: Final = 8
_TIME_STARTS: Final = 8
"""Digits of a date: a time counts from there."""


def _boundary(items: Items, digits: Items | None, *, is_high: bool) -> Items:
    value = single(items, "highBoundary()" if is_high else "lowBoundary()")
    places = None if digits is None else integer(digits, "The precision of a boundary")
    if value is None or (places is not None and not 0 <= places <= _MOST_DIGITS):
        return []
    if is_number(value):
        return [_of_number(Decimal(value), places, is_high=is_high)]
    if type(value) is Quantity:
        bound = _of_number(value.value, places, is_high=is_high)
        return [replace(value, value=bound)]
    if type(value) is Moment:
        found = _of_moment(value, places, is_high=is_high)
        return [] if found is None else [found]
    return fail("Only numbers, quantities, dates and times have boundaries: convert the text.")


def _of_number(value: Decimal, places: int | None, *, is_high: bool) -> Decimal:
    """Return a number half a unit of its last digit away, at so many digits.

    A number that is nothing at a precision that was asked for stays so: as HL7's tests have it.
    """
    unit = Decimal(1).scaleb(-(_USUAL_DIGITS if places is None else places))
    exponent = value.as_tuple().exponent
    half = Decimal((0, (5,), (exponent if isinstance(exponent, int) else 0) - 1))
    if places is not None and value and abs(value) < unit and exponent != 0:
        return Decimal(0).quantize(unit).copy_sign(value)
    bound = ARITHMETIC.add(value, half) if is_high else ARITHMETIC.subtract(value, half)
    rounding = ROUND_CEILING if is_high else ROUND_FLOOR
    return bound.quantize(unit, rounding=rounding, context=_roomy(bound))


def _roomy(value: Decimal) -> Any:  # noqa: ANN401 - a decimal context
    context = ARITHMETIC.copy()
    context.prec = min(max(value.adjusted(), 0), 1000) + _MOST_DIGITS + 40
    return context


def _of_moment(value: Moment, digits: int | None, *, is_high: bool) -> Moment | None:
    """Return the first or last moment that a partial one covers, at a precision in digits."""
    if value.kind == "Time":
        wanted = _TIME_STARTS + (9 if digits is None else digits)
    else:
        usual = _ALL_OF_A_DAY if value.kind == "Date" else _WITH_MILLISECONDS
        wanted = usual if digits is None else digits
    parts = _filled(value, is_high=is_high)
    if wanted == _WITH_MILLISECONDS:
        ticks = value.ticks if value.digits else (999 * 10**9 if is_high else 0)
        full = replace(value, kind=_timed(value), parts=parts, ticks=ticks, digits=_MILLISECONDS)
        return _zoned(full, is_high=is_high)
    precision = next((each for each, count in _DIGITS.items() if count == wanted), None)
    if precision is None:
        return None
    zone = value.zone if precision > DAY else None
    cut = Moment(value.kind, parts[:precision], zone=zone)
    return _zoned(cut, is_high=is_high) if precision > DAY else cut


def _timed(value: Moment) -> str:
    return "Time" if value.kind == "Time" else "DateTime"


def _zoned(value: Moment, *, is_high: bool) -> Moment:
    """Return a time with a zone: the one that makes it earliest, or latest, if it has none."""
    if value.kind == "Time" or value.zone is not None:
        return value
    return replace(value, kind="DateTime", zone=-12 * 60 if is_high else 14 * 60)


def _filled(value: Moment, *, is_high: bool) -> tuple[int, ...]:
    """Return all six parts, those missing at their first or last; an hour is one of 0 minutes.

    FHIR knows no time without minutes.
    """
    parts = (*value.parts, 0) if value.precision == HOUR and value.kind != "Time" else value.parts
    if not is_high:
        return parts + (1, 1, 1, 0, 0, 0)[len(parts) :]
    while len(parts) < SECOND:
        last = 59
        if len(parts) in {YEAR, MONTH, DAY}:
            days = monthrange(parts[0] or 1, parts[1])[1] if len(parts) == MONTH else 0
            last = {YEAR: 12, MONTH: days, DAY: 23}[len(parts)]
        parts = (*parts, last)
    return parts


def _precision(items: Items, _: Evaluation) -> Items:
    value = single(items, "precision()")
    if value is None:
        return []
    if is_number(value):
        exponent = Decimal(value).as_tuple().exponent
        return [max(-exponent, 0) if isinstance(exponent, int) else 0]
    if type(value) is not Moment:
        return fail("Only numbers, dates and times have a precision: convert the text.")
    digits = _DIGITS[value.precision] + (_MILLISECONDS if value.digits else 0)
    return [digits - (_TIME_STARTS if value.kind == "Time" else 0)]


def _comparable(items: Items, _: Evaluation, other: Items) -> Items:
    one, another = single(items, "comparable()"), single(other, "comparable()")
    if type(one) is not Quantity or type(another) is not Quantity:
        return []
    return [quantities.pair(one, another) is not None]


BOUNDARIES: Final[dict[str, tuple[int, int, Function]]] = {
    "lowBoundary": (
        0,
        1,
        lambda items, _, *digits: _boundary(items, *digits or (None,), is_high=False),
    ),
    "highBoundary": (
        0,
        1,
        lambda items, _, *digits: _boundary(items, *digits or (None,), is_high=True),
    ),
    "precision": (0, 0, _precision),
    "comparable": (1, 1, _comparable),
}
"""Name -> (fewest arguments, most, function)."""
