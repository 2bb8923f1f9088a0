"""Units of measure in base units: facts of physics and medicine, and laws of arithmetic."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughcare.fhir import ucum

VALUES = st.decimals(min_value=-1000, max_value=1000, places=3)
LINEAR = (
    "mg",
    "g/L",
    "mmol/L",
    "10*3/uL",
    "/min",
    "mm[Hg]",
    "kg/m2",
    "[iU]/mL",
    "mL/min/{1.73_m2}",
)
BROKEN = (
    "",
    "foo",
    "mg/",
    "//m",
    "m)",
    "(m",
    "10*3*",
    "m-",
    "mg dL",
    "M",
    "0",
    "m100",
    "m²",
    "dmin",
)


@pytest.mark.parametrize(
    ("one", "code", "same", "as_code"),
    [
        ("1", "[in_i]", "2.54", "cm"),
        ("185", "[lb_av]", "83.91458845", "kg"),
        ("37", "Cel", "98.6", "[degF]"),
        ("0", "K", "-273.15", "Cel"),
        ("80", "[degRe]", "100", "Cel"),
        ("760", "mm[Hg]", "101.32472", "kPa"),
        ("1", "L", "1000", "cm3"),
        ("1", "h", "60", "min"),
        ("1", "wk", "168", "h"),
        ("5.5", "mmol/L", "5500", "umol/L"),
        ("1", "10*9/L", "1000", "/uL"),
        ("1", "10^9/L", "1000", "{cells}/uL"),
        ("50", "%", "0.5", "1"),
        ("1", "mg/dL", "10", "ug/mL"),
        ("1", "N", "1", "kg.m/s2"),
        ("1", "N", "1", "kg.m/(s.s)"),
        ("1", "J", "1", "W.s"),
        ("3", "[iU]/mL", "3000", "[iU]/L"),
        ("20", "dB[SPL]", "0.0002", "Pa"),
        ("4", "bit_s", "16", "1"),
        ("2", "[hp'_C]", "0.0001", "1"),
        ("45", "deg", "3", "[pi].rad/12"),
    ],
)
def test_equal_quantities_are_equal_in_base_units(
    one: str, code: str, same: str, as_code: str
) -> None:
    value, base = ucum.canonical(Decimal(one), code)
    other, other_base = ucum.canonical(Decimal(same), as_code)
    assert base == other_base
    assert value == pytest.approx(other, rel=Decimal("1e-24"))


@pytest.mark.parametrize(
    ("value", "code", "found", "base"),
    [
        ("7", "[pH]", "60221407600000000000", "m-3"),
        ("1", "Np", "2.718281828459045235360287471352662", "1"),
        ("100", "%[slope]", "0.7853981633974483", "rad"),
        ("100", "[p'diop]", "0.7853981633974483", "rad"),
        ("3", "[m/s2/Hz^(1/2)]", "9", "m2.s-3"),
    ],
)
def test_special_units_go_through_their_functions(
    value: str, code: str, found: str, base: str
) -> None:
    number, unit = ucum.canonical(Decimal(value), code)
    assert unit == base
    assert float(number) == pytest.approx(float(found), rel=1e-12)


@pytest.mark.parametrize("code", BROKEN)
def test_a_code_that_is_no_unit_is_refused(code: str) -> None:
    assert not ucum.is_unit(code)
    with pytest.raises(ucum.UnknownUnitError):
        ucum.canonical(Decimal(1), code)


@pytest.mark.parametrize("code", ["(" * 20 + "m" + ")" * 20, "m." * 200 + "m", "[pH]/L", "Cel2"])
def test_a_hostile_or_senseless_code_is_refused(code: str) -> None:
    assert not ucum.is_unit(code)


def test_a_value_out_of_all_bounds_is_refused() -> None:
    with pytest.raises(ucum.UnknownUnitError, match="correct the value"):
        ucum.canonical(Decimal("1E999999999999999999"), "km")


def test_arbitrary_units_compare_with_themselves_alone() -> None:
    assert ucum.are_comparable("[iU]/L", "k[iU]/mL")
    assert not ucum.are_comparable("[iU]", "[arb'U]")
    assert not ucum.are_comparable("[iU]", "g")


def test_digits_are_kept() -> None:
    assert ucum.canonical(Decimal("0.1"), "m") == (Decimal("0.1"), "m")
    assert ucum.canonical(Decimal("1.1"), "mg")[0] * 10 == Decimal("0.011")


@given(VALUES, VALUES, st.sampled_from(LINEAR))
def test_order_and_sums_are_kept(one: Decimal, other: Decimal, code: str) -> None:
    first, second, both = (ucum.canonical(value, code)[0] for value in (one, other, one + other))
    assert (first < second) == (one < other)
    assert first + second == pytest.approx(both, rel=Decimal("1e-26"), abs=Decimal("1e-26"))


@given(st.sampled_from(LINEAR), st.sampled_from(LINEAR), st.integers(1, 5))
def test_units_multiply_as_numbers_do(one: str, other: str, power: int) -> None:
    product = ucum.parsed(f"({one}).({other})")
    assert product.factor == ucum.parsed(one).factor * ucum.parsed(other).factor
    quotient = ucum.parsed(f"({one})/({one})")
    assert (quotient.factor, quotient.base) == (Fraction(1), "1")
    assert ucum.parsed(f"km{power}").factor == Fraction(1000) ** power


@given(st.text("mgkLs10*/.(){}[]^-'%_ µ", max_size=30))
def test_no_text_breaks_the_reader(text: str) -> None:
    if ucum.is_unit(text):
        assert ucum.parsed(text).factor > 0
