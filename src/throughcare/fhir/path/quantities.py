"""Quantities: a number with a unit of UCUM, or with a word of the calendar."""

from dataclasses import dataclass
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import Any, Final

from throughcare.fhir import ucum

UCUM: Final = "http://unitsofmeasure.org"
ARITHMETIC: Final = Context(
    prec=34, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[InvalidOperation, DivisionByZero, Overflow]
)
"""34 digits: those of a decimal128."""
_LONGEST: Final = 400
"""Digits before the point that are written out."""


def decimal_text(value: Decimal) -> str:
    """Return a decimal with all its digits; one that is beyond all sense with its exponent."""
    return f"{value:f}" if abs(value.adjusted()) < _LONGEST else str(value)


_CODES: Final = {
    "week": "wk",
    "day": "d",
    "hour": "h",
    "minute": "min",
    "second": "s",
    "millisecond": "ms",
    "year": "a",
    "month": "mo",
}
_VARYING: Final = frozenset({"year", "month"})
"""Calendar units that no definite time is equal to: UCUM's year has 365.25 days."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of units."""

    value: Decimal
    unit: str
    """A code of UCUM, or a calendar word (see `is_calendar`); "1" for none."""
    is_calendar: bool = False
    name: str = ""
    """The unit in words, as an element gave it."""

    @property
    def word(self) -> str:
        """Return the calendar word in the singular; "" for a unit of UCUM."""
        return self.unit.removesuffix("s") if self.is_calendar else ""

    @property
    def code(self) -> str:
        """Return a code of UCUM: that of a calendar word's unit, too."""
        return _CODES[self.word] if self.is_calendar else self.unit

    @property
    def text(self) -> str:
        """Return the quantity as an expression writes it."""
        unit = self.unit if self.is_calendar else f"'{self.unit}'"
        return f"{decimal_text(self.value)} {unit}"

    def as_json(self) -> dict[str, Any]:
        """Return the quantity as FHIR writes it."""
        return {
            "value": self.value,
            "unit": self.name or self.unit,
            "system": UCUM,
            "code": self.code,
        }


def from_element(value: Any) -> Quantity | None:  # noqa: ANN401 - a JSON value
    """Return a Quantity of FHIR as one of FHIRPath; None where they don't correspond."""
    if type(value) is not dict or "comparator" in value:
        return None
    number = value.get("value")
    if type(number) not in {int, float, Decimal}:
        return None
    exact = number if type(number) is Decimal else Decimal(repr(number))
    unit, code = value.get("unit", ""), value.get("code")
    if type(code) is str and value.get("system") == UCUM:
        return Quantity(exact, code, name=unit)
    if code is None and "system" not in value:
        return Quantity(exact, unit or "1", name=unit)
    return None


def _is_comparable(one: Quantity, other: Quantity) -> bool:
    """Tell whether both measure the same: a calendar year is not that of UCUM."""
    if one.unit == other.unit and one.is_calendar == other.is_calendar:
        return True
    if one.is_calendar != other.is_calendar and {one.word, other.word} & _VARYING:
        return False
    if one.is_calendar and other.is_calendar:
        return (one.word in _VARYING) == (other.word in _VARYING)
    return ucum.is_unit(one.code) and ucum.is_unit(other.code)


def pair(one: Quantity, other: Quantity) -> tuple[Decimal, Decimal] | None:
    """Return both numbers in one unit; None if their units have none in common."""
    if one.unit == other.unit and one.is_calendar == other.is_calendar:
        return one.value, other.value
    if one.word in _VARYING and other.word in _VARYING:
        return _months(one), _months(other)
    if not _is_comparable(one, other):
        return None
    (first, base), (second, other_base) = (
        ucum.canonical(each.value, each.code) for each in (one, other)
    )
    return (first, second) if base == other_base else None


def _months(quantity: Quantity) -> Decimal:
    return quantity.value * (12 if quantity.word == "year" else 1)


def in_unit_of(one: Quantity, other: Quantity) -> Decimal | None:
    """Return the number that `one` has in the unit of `other`; None if it has none."""
    if one.unit == other.unit:
        return one.value
    if not (ucum.is_unit(one.code) and ucum.is_unit(other.code)):
        return None
    source, target = ucum.parsed(one.code), ucum.parsed(other.code)
    if source.function or target.function or source.dimensions != target.dimensions:
        return None
    factor = source.factor / target.factor
    by, to = Decimal(factor.numerator), Decimal(factor.denominator)
    return ARITHMETIC.divide(ARITHMETIC.multiply(one.value, by), to)


def key(quantity: Quantity) -> tuple[object, ...]:
    """Return what is the same for equal quantities, and only for those."""
    if quantity.word in _VARYING:
        return ("calendar", _months(quantity))
    if not ucum.is_unit(quantity.code):
        return (quantity.unit, quantity.value)
    try:
        value, base = ucum.canonical(quantity.value, quantity.code)
    except ucum.UnknownUnitError:
        return (quantity.unit, quantity.value)
    return (base, value)


def total(one: Quantity, other: Quantity, sign: int) -> Quantity | None:
    """Return the sum, or the difference where `sign` is -1, in the unit of `one`."""
    value = in_unit_of(other, one)
    if value is None or (one.is_calendar != other.is_calendar and one.code != other.code):
        return None
    operate = ARITHMETIC.add if sign > 0 else ARITHMETIC.subtract
    return Quantity(operate(one.value, value), one.unit, one.is_calendar)


def product(one: Quantity, other: Quantity, sign: int) -> Quantity | None:
    """Return the product, or the quotient where `sign` is -1; None if its unit is none of UCUM.

    >>> product(Quantity(Decimal("4"), "g"), Quantity(Decimal("2"), "L"), -1).text
    "2 'g/L'"
    """
    operate = ARITHMETIC.multiply if sign > 0 else ARITHMETIC.divide
    value = operate(one.value, other.value)
    if other.unit == "1":
        return Quantity(value, one.unit, one.is_calendar)
    if one.unit == "1" and sign > 0:
        return Quantity(value, other.unit, other.is_calendar)
    inside = f"({other.code})" if set(other.code) & set("./") else other.code
    code = ("" if one.unit == "1" else one.code) + ("." if sign > 0 else "/") + inside
    if not ucum.is_unit(code):
        return None
    unit = ucum.parsed(code)
    return Quantity(value, "1" if unit == ucum.parsed("1") else code)
