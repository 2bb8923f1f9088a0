"""Units of measure (UCUM), brought to base units.

Base units are metre, second, gram, radian, kelvin, coulomb, candela, and each arbitrary unit by
itself. The table is UCUM's own (version 2.2), built by ``tools/build_units.py``. Codes are read
with their case, as FHIR has them.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from fractions import Fraction
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

import orjson
import zstandard

LONGEST_CODE: Final = 256
"""Characters of a code; the longest in use have about forty."""
_DEEPEST: Final = 16
"""Brackets within brackets."""
_HIGHEST_POWER: Final = 99
_EXACT: Final = Context(prec=34, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
"""34 digits, those of a decimal128: what has fewer stays exact."""

_PART = re.compile(
    r"(?P<open>\()|(?P<close>\))|(?P<operator>[./])|(?P<note>\{[!-z|~]*\})"
    r"|(?P<symbol>(?:\[[!-Z\\^-~]*\]|[!-'*-\-0-Z\\^-z|~])+)"
)
_POWER = re.compile(r"(?P<atom>.*?[^0-9+-])(?P<power>[+-]?[0-9]{1,2})")


class UnknownUnitError(ValueError):
    """A code that is no unit of UCUM, or one that can't be brought to base units."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as so many times a product of base units."""

    factor: Fraction
    dimensions: tuple[tuple[str, int], ...] = ()
    """(base unit, power), sorted; no power is 0."""
    function: str = ""
    """Name of the function that a special unit (pH, Cel) takes its value through; "" for most."""
    scale: Fraction = Fraction(1)
    """What the value is multiplied by before that: the prefix of a special unit (dB)."""

    @property
    def base(self) -> str:
        """Return the code of the product of base units."""
        powers = (code if power == 1 else f"{code}{power}" for code, power in self.dimensions)
        return ".".join(powers) or "1"


_ONE = Unit(Fraction(1))


def _power_of(base: int, share: str = "1") -> Callable[[Decimal], Decimal]:
    """Return the function that takes a level or potency back to the ratio that it tells."""
    by = Decimal(share)
    return lambda value: _EXACT.power(Decimal(base), _EXACT.multiply(value, by))


def _slope(value: Decimal) -> Decimal:
    return Decimal(math.atan(value / 100))


_FUNCTIONS: Final[Mapping[str, Callable[[Decimal], Decimal]]] = {
    "Cel": lambda value: _EXACT.add(value, Decimal("273.15")),
    "degF": lambda value: _EXACT.add(value, Decimal("459.67")),
    "degRe": lambda value: _EXACT.add(value, Decimal("218.52")),
    "pH": _power_of(10, "-1"),
    "lg": _power_of(10),
    "lgTimes2": _power_of(10, "0.5"),
    "ld": _power_of(2),
    "ln": _EXACT.exp,
    "hpX": _power_of(10, "-1"),
    "hpC": _power_of(100, "-1"),
    "hpM": _power_of(1000, "-1"),
    "hpQ": _power_of(50_000, "-1"),
    "sqrt": lambda value: _EXACT.multiply(value, value),
    "tanTimes100": _slope,
    "100tan": lambda value: Decimal(math.degrees(_slope(value))),
}
"""From the value of a special unit to the number of the proper units that it stands for."""


def canonical(value: Decimal, code: str) -> tuple[Decimal, str]:
    """Return a quantity in base units; exact where it has at most 34 digits.

    Raises UnknownUnitError for a code that is no unit of UCUM.

    >>> canonical(Decimal("185"), "[lb_av]")
    (Decimal('83914.58845'), 'g')
    >>> canonical(Decimal("37"), "Cel"), canonical(Decimal("120"), "mm[Hg]")
    ((Decimal('310.15'), 'K'), (Decimal('15998640'), 'g.m-1.s-2'))
    """
    unit = parsed(code)
    if unit.function:
        value = _FUNCTIONS[unit.function](_scaled(value, unit.scale))
    found = _scaled(value, unit.factor)
    if not found.is_finite():
        message = f"no number in base units of {code!r}; correct the value"
        raise UnknownUnitError(message)
    return found, unit.base


def _scaled(value: Decimal, factor: Fraction) -> Decimal:
    by, to = Decimal(factor.numerator), Decimal(factor.denominator)
    scaled = _EXACT.multiply(value, by)
    return scaled if to == 1 else _EXACT.divide(scaled, to)


def are_comparable(one: str, other: str) -> bool:
    """Tell whether quantities in these two units measure the same kind of thing.

    >>> are_comparable("cm", "[in_i]"), are_comparable("cm", "s")
    (True, False)
    """
    return parsed(one).dimensions == parsed(other).dimensions


def is_unit(code: str) -> bool:
    """Tell whether a code is a unit of UCUM."""
    try:
        parsed(code)
    except UnknownUnitError:
        return False
    return True


@lru_cache(maxsize=4096)
def parsed(code: str) -> Unit:
    """Return the unit that a code names; raises UnknownUnitError."""
    if not code or len(code) > LONGEST_CODE:
        _refuse(code)
    return _Reader(code).whole()


def _refuse(code: str) -> None:
    message = f"not a unit of UCUM: {code[:40]!r}; correct the code"
    raise UnknownUnitError(message)


class _Reader:
    """Reads a code by UCUM's grammar: terms of components, from left to right."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.parts: list[tuple[str, str]] = []
        self.place = 0
        end = 0
        while end < len(code):
            match = _PART.match(code, end)
            if match is None or match.lastgroup is None:
                _refuse(code)
                return
            self.parts.append((match.lastgroup, match[0]))
            end = match.end()

    def take(self, kind: str, text: str = "") -> str:
        """Return the next part if it is of this kind (and has this text), and go on behind it."""
        if self.place < len(self.parts):
            found, part = self.parts[self.place]
            if found == kind and (not text or part == text):
                self.place += 1
                return part
        return ""

    def whole(self) -> Unit:
        unit = self.term(0)
        if self.place < len(self.parts):
            _refuse(self.code)
        return unit

    def term(self, depth: int) -> Unit:
        if depth > _DEEPEST:
            _refuse(self.code)
        if self.take("operator", "/"):
            unit = _times(_ONE, self.component(depth), -1)
        else:
            unit = self.component(depth)
        while sign := self.take("operator"):
            unit = _times(unit, self.component(depth), 1 if sign == "." else -1)
        return unit

    def component(self, depth: int) -> Unit:
        if self.take("open"):
            unit = self.term(depth + 1)
            if not self.take("close"):
                _refuse(self.code)
            return unit
        symbol = self.take("symbol")
        note = self.take("note")
        if not symbol and not note:
            _refuse(self.code)
        return _symbol(symbol) if symbol else _ONE


def _times(one: Unit, other: Unit, sign: int) -> Unit:
    """Return a product, or a quotient where `sign` is -1."""
    if one.function or other.function:
        message = "a unit that is no ratio (pH, Cel) can't be multiplied; use another"
        raise UnknownUnitError(message)
    powers = dict(one.dimensions)
    for code, power in other.dimensions:
        powers[code] = powers.get(code, 0) + sign * power
    return Unit(one.factor * other.factor**sign, _sorted(powers))


def _sorted(powers: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    if any(abs(power) > _HIGHEST_POWER for power in powers.values()):
        message = "a power above 99; correct the unit"
        raise UnknownUnitError(message)
    return tuple(sorted((code, power) for code, power in powers.items() if power))


def _symbol(text: str) -> Unit:
    """Return a number, or a unit with its prefix and power."""
    if text.isdecimal() and text.isascii():
        if not int(text):
            _refuse(text)
        return Unit(Fraction(int(text)))
    whole = _prefixed(text)
    if whole is not None:
        return whole
    match = _POWER.fullmatch(text)
    unit = _prefixed(match["atom"]) if match else None
    if match is None or unit is None or unit.function:
        _refuse(text)
        return _ONE
    power = int(match["power"])
    powers = {code: each * power for code, each in unit.dimensions}
    return Unit(unit.factor**power, _sorted(powers))


def _prefixed(text: str) -> Unit | None:
    """Return a unit with or without a prefix; None if there is none."""
    units = _table()["units"]
    if text in units:
        return _defined(text)
    for size in (2, 1):
        prefix = _table()["prefixes"].get(text[:size])
        if prefix is not None and units.get(text[size:], (False,))[0]:
            unit = _defined(text[size:])
            scale = Fraction(prefix)
            if unit.function:
                return Unit(unit.factor, unit.dimensions, unit.function, scale)
            return Unit(unit.factor * scale, unit.dimensions)
    return None


@cache
def _defined(code: str) -> Unit:
    """Return a unit of the table."""
    _, is_arbitrary, value, base, function = _table()["units"][code]
    if is_arbitrary or not base:
        return Unit(Fraction(1), ((code, 1),))
    unit = parsed(base)
    return Unit(unit.factor * Fraction(value), unit.dimensions, function)


@cache
def _table() -> dict[str, Any]:
    packed = files("throughcare.fhir").joinpath("specification/units.json.zst").read_bytes()
    table: dict[str, Any] = orjson.loads(zstandard.ZstdDecompressor().decompress(packed))
    return table
