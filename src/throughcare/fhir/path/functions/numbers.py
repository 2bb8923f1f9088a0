"""Mathematics: exact where ten digits and four rules are, else to 34 digits."""

import math
from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Any, Final

from throughcare.fhir.path.equality import is_number, round_to
from throughcare.fhir.path.evaluation import Evaluation, fail, integer, single
from throughcare.fhir.path.functions.collections import Function
from throughcare.fhir.path.nodes import Items
from throughcare.fhir.path.operators import number
from throughcare.fhir.path.quantities import ARITHMETIC, Quantity

_MOST_DIGITS: Final = 28


def _of_number(items: Items, name: str) -> Any:  # noqa: ANN401 - an int or Decimal
    """Return the only item as a number; None if there is none."""
    value = single(items, f"{name}()")
    if value is None or is_number(value):
        return value
    return fail(f"{name}() takes a number and met another type: convert it with toDecimal().")


def _rounded(name: str, function: Callable[[Any], int]) -> Function:
    """Return a function from a number to an integer."""

    def called(items: Items, _: Evaluation) -> Items:
        value = _of_number(items, name)
        if value is None or abs(value) > 2**32:
            return []
        return number(function(value))

    return called


def _decimal(name: str, function: Callable[..., Decimal]) -> Function:
    """Return a function from numbers to a decimal; nothing where it is not defined."""

    def called(items: Items, _: Evaluation, *arguments: Items) -> Items:
        values = [_of_number(each, name) for each in (items, *arguments)]
        if None in values:
            return []
        try:
            found = function(*(Decimal(value) for value in values))
        except (DecimalException, ValueError):
            return []
        return [found] if found.is_finite() else []

    return called


def _absolute(items: Items, _: Evaluation) -> Items:
    value = single(items, "abs()")
    if type(value) is Quantity:
        return [Quantity(value.value.copy_abs(), value.unit, value.is_calendar)]
    value = _of_number(items, "abs")
    if type(value) is Decimal:
        return [value.copy_abs()]
    return [] if value is None else number(abs(value))


def _round(items: Items, _: Evaluation, digits: Items | None = None) -> Items:
    value = _of_number(items, "round")
    places = 0 if digits is None else integer(digits, "round()")
    if value is None or places is None:
        return []
    if not 0 <= places <= _MOST_DIGITS:
        fail("round() takes 0 to 28 digits: correct the number.")
    return [round_to(Decimal(value), Decimal(1).scaleb(-places))]


def _power(items: Items, _: Evaluation, exponent: Items) -> Items:
    base, power = _of_number(items, "power"), _of_number(exponent, "power")
    if base is None or power is None:
        return []
    try:
        found = ARITHMETIC.power(Decimal(base), Decimal(power))
    except DecimalException:
        return []
    if type(base) is int and type(power) is int and power >= 0:
        return number(int(found)) if abs(found) <= 2**32 else []
    return [found] if found.is_finite() else []


def _logarithm(value: Decimal, base: Decimal) -> Decimal:
    quotient = ARITHMETIC.divide(ARITHMETIC.ln(value), ARITHMETIC.ln(base))
    whole = quotient.to_integral_value()
    if abs(whole) < 1000 and ARITHMETIC.power(base, whole) == value:  # noqa: PLR2004 - a cheap power
        return whole
    return quotient


NUMBERS: Final[dict[str, tuple[int, int, Function]]] = {
    "abs": (0, 0, _absolute),
    "ceiling": (0, 0, _rounded("ceiling", math.ceil)),
    "floor": (0, 0, _rounded("floor", math.floor)),
    "truncate": (0, 0, _rounded("truncate", math.trunc)),
    "round": (0, 1, _round),
    "exp": (0, 0, _decimal("exp", ARITHMETIC.exp)),
    "ln": (0, 0, _decimal("ln", ARITHMETIC.ln)),
    "log": (1, 1, _decimal("log", _logarithm)),
    "power": (1, 1, _power),
    "sqrt": (0, 0, _decimal("sqrt", ARITHMETIC.sqrt)),
}
"""Name -> (fewest arguments, most, function)."""
