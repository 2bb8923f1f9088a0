"""The operators of FHIRPath over collections."""

from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Any, Final, TypeAlias

from throughcare.fhir.path import equality, moments, quantities
from throughcare.fhir.path.equality import Truth, is_number
from throughcare.fhir.path.evaluation import bounded, fail, said, single, text
from throughcare.fhir.path.moments import Moment
from throughcare.fhir.path.nodes import Items
from throughcare.fhir.path.quantities import ARITHMETIC, Quantity

_HIGHEST: Final = 2**31 - 1
_LOWEST: Final = -(2**31)
_DEFINITE: Final = {
    "wk": "week",
    "d": "day",
    "h": "hour",
    "min": "minute",
    "s": "second",
    "ms": "millisecond",
}
"""UCUM's units of definite length that are added to dates."""
_TICKS: Final = 10**12
_STEPS: Final = {
    "week": ("day", 7),
    "second": ("tick", _TICKS),
    "millisecond": ("tick", _TICKS // 1000),
    **{word: (word, 1) for word in ("year", "month", "day", "hour", "minute")},
}
"""What each unit is to a date. Its fractions count in calendar seconds alone."""
_LARGEST_AMOUNT: Final = 10**12


def number(value: Any) -> Items:  # noqa: ANN401 - an int or Decimal
    """Return a number as a collection: nothing where an integer has more than 32 bits."""
    if type(value) is int and not _LOWEST <= value <= _HIGHEST:
        return []
    return [value]


def _calculated(operate: Callable[[Decimal, Decimal], Decimal], one: Any, other: Any) -> Items:  # noqa: ANN401 - numbers
    try:
        return [operate(Decimal(one), Decimal(other))]
    except DecimalException:
        return []


def _values(left: Items, right: Items, sign: str) -> tuple[Any, Any] | None:
    """Return both single values; None if one is missing."""
    one, other = single(left, f"The operator {sign}"), single(right, f"The operator {sign}")
    return None if one is None or other is None else (one, other)


def _refuse(sign: str) -> Items:
    return fail(f"The operator {sign} does not go with items of these types: convert one of them.")


def add(left: Items, right: Items) -> Items:
    """Return a sum: of numbers, texts, quantities, or a moment and a quantity."""
    values = _values(left, right, "+")
    if values is None:
        return []
    one, other = values
    if type(one) is str and type(other) is str:
        return [bounded(one + other)]
    return _sum(one, other, 1, "+")


def subtract(left: Items, right: Items) -> Items:
    """Return a difference."""
    values = _values(left, right, "-")
    return [] if values is None else _sum(*values, -1, "-")


def _sum(one: Any, other: Any, sign: int, name: str) -> Items:  # noqa: ANN401 - values
    if type(one) is int and type(other) is int:
        return number(one + sign * other)
    if is_number(one) and is_number(other):
        return _calculated(ARITHMETIC.add if sign > 0 else ARITHMETIC.subtract, one, other)
    if type(one) is Moment and type(other) is Quantity:
        found = _moved(one, other, sign)
        return [] if found is None else [found]
    first, second = equality.as_quantity(one), equality.as_quantity(other)
    if first is None or second is None:
        return _refuse(name)
    total = quantities.total(first, second, sign)
    return [] if total is None else [total]


def _moved(made: Moment, quantity: Quantity, sign: int) -> Moment | None:
    """Return a moment so much later: definite units of UCUM, or words of the calendar."""
    word = quantity.word or quantity.unit.removesuffix("s")
    if abs(quantity.value) > _LARGEST_AMOUNT:
        return None
    whole = int(quantity.value) * sign
    if not quantity.is_calendar:
        word = _DEFINITE.get(quantity.unit, word)
    if quantity.word == "second":
        return moments.added(made, int(quantity.value * _TICKS) * sign, "tick")
    if word not in _STEPS:
        fail("Only durations of definite length, or words as 1 month, are added to dates.")
    unit, size = _STEPS[word]
    return moments.added(made, whole * size, unit)


def multiply(left: Items, right: Items) -> Items:
    """Return a product of numbers or quantities."""
    values = _values(left, right, "*")
    if values is None:
        return []
    one, other = values
    if type(one) is int and type(other) is int:
        return number(one * other)
    if is_number(one) and is_number(other):
        return _calculated(ARITHMETIC.multiply, one, other)
    return _product(one, other, 1, "*")


def divide(left: Items, right: Items) -> Items:
    """Return a quotient as a decimal or quantity; nothing for a division by zero."""
    values = _values(left, right, "/")
    if values is None:
        return []
    one, other = values
    if is_number(one) and is_number(other):
        return _calculated(ARITHMETIC.divide, one, other)
    return _product(one, other, -1, "/")


def _product(one: Any, other: Any, sign: int, name: str) -> Items:  # noqa: ANN401 - values
    first, second = equality.as_quantity(one), equality.as_quantity(other)
    if first is None or second is None:
        return _refuse(name)
    try:
        found = quantities.product(first, second, sign)
    except DecimalException:
        return []
    return [] if found is None else [found]


def divide_whole(left: Items, right: Items) -> Items:
    """Return a quotient without its fraction (``div``)."""
    values = _values(left, right, "div")
    if values is None:
        return []
    if not (is_number(values[0]) and is_number(values[1])):
        return _refuse("div")
    found = _calculated(ARITHMETIC.divide_int, *values)
    return number(int(found[0])) if found and abs(found[0]) <= _HIGHEST else []


def remainder(left: Items, right: Items) -> Items:
    """Return what is left of such a quotient (``mod``); it has the sign of the first number."""
    values = _values(left, right, "mod")
    if values is None:
        return []
    if not (is_number(values[0]) and is_number(values[1])):
        return _refuse("mod")
    found = _calculated(ARITHMETIC.remainder, *values)
    return [int(found[0])] if found and all(type(each) is int for each in values) else found


def join(left: Items, right: Items) -> Items:
    """Return two texts as one (``&``); nothing counts as an empty one."""
    return [bounded((text(left, "The operator &") or "") + (text(right, "The operator &") or ""))]


def negated(items: Items) -> Items:
    """Return a number or quantity with the other sign."""
    value = single(items, "The sign -")
    if value is None:
        return []
    if type(value) is Quantity:
        return [Quantity(value.value.copy_negate(), value.unit, value.is_calendar)]
    if type(value) is Decimal:
        return [value.copy_negate() if value else value]
    return number(-value) if type(value) is int else _refuse("-")


def unsigned(items: Items) -> Items:
    """Return a number or quantity as it is."""
    value = single(items, "The sign +")
    if value is None:
        return []
    return [value] if is_number(value) or type(value) is Quantity else _refuse("+")


def unite(left: Items, right: Items) -> Items:
    """Return the items of both, each once."""
    return equality.distinct(left + right)


def contains(left: Items, right: Items) -> Items:
    """Return whether a collection has an item."""
    if not right:
        return []
    if len(right) > 1:
        fail("in and contains ask for a single item and met several: choose one, as first() does.")
    return [any(equality.same(item, right[0]) is True for item in left)]


def _equal(left: Items, right: Items) -> Items:
    return said(equality.equal(left, right))


def _not_equal(left: Items, right: Items) -> Items:
    found = equality.equal(left, right)
    return [] if found is None else [not found]


def _order(holds: Callable[[int], bool]) -> Callable[[Items, Items], Items]:
    def compared(left: Items, right: Items) -> Items:
        order = equality.order(left, right)
        return [] if order is None else [holds(order)]

    return compared


OPERATORS: Final[dict[str, Callable[[Items, Items], Items]]] = {
    "=": _equal,
    "!=": _not_equal,
    "~": lambda left, right: [equality.equivalent(left, right)],
    "!~": lambda left, right: [not equality.equivalent(left, right)],
    "<": _order(lambda order: order < 0),
    "<=": _order(lambda order: order <= 0),
    ">": _order(lambda order: order > 0),
    ">=": _order(lambda order: order >= 0),
    "|": unite,
    "in": lambda left, right: contains(right, left),
    "contains": contains,
    "+": add,
    "-": subtract,
    "&": join,
    "*": multiply,
    "/": divide,
    "div": divide_whole,
    "mod": remainder,
}
"""Operators that look at both sides."""


def conjunction(left: Truth, right: Callable[[], Truth]) -> Truth:
    """Return ``and`` in three-valued logic."""
    if left is False:
        return False
    other = right()
    if other is False:
        return False
    return None if left is None or other is None else True


def disjunction(left: Truth, right: Callable[[], Truth]) -> Truth:
    """Return ``or``."""
    if left is True:
        return True
    other = right()
    if other is True:
        return True
    return None if left is None or other is None else False


def exclusion(left: Truth, right: Callable[[], Truth]) -> Truth:
    """Return ``xor``."""
    other = right()
    return None if left is None or other is None else left is not other


def implication(left: Truth, right: Callable[[], Truth]) -> Truth:
    """Return ``implies``."""
    if left is False:
        return True
    other = right()
    if other is True:
        return True
    return other if left is True else None


Logic: TypeAlias = Callable[[Truth, Callable[[], Truth]], Truth]
"""(left side, what asks the right side) -> what they say together."""

LOGIC: Final[dict[str, Logic]] = {
    "and": conjunction,
    "or": disjunction,
    "xor": exclusion,
    "implies": implication,
}
"""Operators that look at the right side only where the left does not settle it."""
