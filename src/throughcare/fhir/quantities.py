"""Quantities as search rows: as they were stated, by their unit's name, and in canonical units.

A row is (suffix of the parameter, (low, high, system, code)). What is stated is exact: what its
digits leave open belongs to the number that is searched for (R4, 3.1.1.4.6). A comparator, a Range
or sampled data make a range.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from throughcare.fhir import ranges, ucum

CANONICAL = ":canonical"
"""Suffix of the parameter under which a quantity stands in canonical units of UCUM."""
UCUM = "http://unitsofmeasure.org"
CURRENCIES = "urn:iso:std:iso:4217"

End = Decimal | float | None
"""End of a range; None where it is open."""
Row = tuple[float, float, str, str]
_BELOW = frozenset({"<", "<="})
_ABOVE = frozenset({">", ">="})
_INFINITE = float("inf")


def rows(value: Mapping[str, Any], type_: str) -> Sequence[tuple[str, Row]]:
    """Return the rows of a value of FHIR type `type_`; none if it says no amount.

    >>> rows({"value": 72, "unit": "/min"}, "Quantity")
    (('', (72.0, 72.0, '', '/min')),)
    """
    if type_ == "Range":
        return _of_range(value)
    if type_ == "SampledData":
        return _of_samples(value)
    if "currency" in value:
        amount = value.get("value")
        if amount is None:
            return ()
        return (("", (*ranges.number(amount), CURRENCIES, value["currency"])),)
    amount = value.get("value")
    if amount is None:
        return ()
    comparator = value.get("comparator")
    low = None if comparator in _BELOW else amount
    high = None if comparator in _ABOVE else amount
    return _with_units(low, high, value.get("code"), value.get("unit"), value.get("system", ""))


@lru_cache(maxsize=65536)
def _with_units(
    low: End, high: End, code: str | None, unit: str | None, system: str
) -> tuple[tuple[str, Row], ...]:
    """Return a range under its unit's code, under its name if that is another, and canonical."""
    start = -_INFINITE if low is None else ranges.exact(low)
    end = _INFINITE if high is None else ranges.exact(high)
    if code is None:
        return (("", (start, end, "", unit or "")),)
    found = [("", (start, end, system, code))]
    if unit is not None and unit != code:
        found.append(("", (start, end, "", unit)))
    if system == UCUM:
        base = canonical(low, high, code)
        if base is not None:
            found.append((CANONICAL, (base[0], base[1], "", base[2])))
    return tuple(found)


@lru_cache(maxsize=65536)
def canonical(low: End, high: End, code: str) -> tuple[float, float, str] | None:
    """Return a range in base units, and their code; None for a code that can't be brought there.

    pH can't: it falls where what it measures rises.

    >>> canonical(Decimal("5"), None, "mg")
    (0.005, inf, 'g')
    """
    try:
        if ucum.parsed(code).function == "pH":
            return None
        ends = [
            None if end is None else ucum.canonical(Decimal(str(end)), code) for end in (low, high)
        ]
    except ucum.UnknownUnitError:
        return None
    start, end = ends
    return (
        -_INFINITE if start is None else float(start[0]),
        _INFINITE if end is None else float(end[0]),
        next(base for _, base in filter(None, ends)),
    )


def _of_range(value: Mapping[str, Any]) -> Sequence[tuple[str, Row]]:
    low, high = value.get("low", {}), value.get("high", {})
    if "value" not in low and "value" not in high:
        return ()
    return _of_unit(low if "value" in low else high, low.get("value"), high.get("value"))


def _of_unit(quantity: Mapping[str, Any], low: End, high: End) -> Sequence[tuple[str, Row]]:
    """Return a range in the unit of a quantity."""
    unit, system = quantity.get("unit"), quantity.get("system", "")
    return _with_units(low, high, quantity.get("code"), unit, system)


def _of_samples(value: Mapping[str, Any]) -> Sequence[tuple[str, Row]]:
    """Return the bounds of sampled data: its numbers times its factor, from its origin."""
    origin = value.get("origin", {})
    start, factor = Decimal(str(origin.get("value", 0))), Decimal(str(value.get("factor", 1)))
    limits = {"L": value.get("lowerLimit"), "U": value.get("upperLimit")}
    found = []
    for text in value.get("data", "").split():
        number = limits.get(text, None if text == "E" else text)
        if number is not None:
            found.append(start + factor * Decimal(str(number)))
    return _of_unit(origin, min(found), max(found)) if found else ()
