"""Expressions that nobody would write: each is answered or refused, soon, and never breaks."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir.path.person import FORM, OBSERVATION, PERSON
from throughcare.fhir.answers import evaluate
from throughcare.fhir.path import EvaluationError, ExpressionError
from throughcare.fhir.path.functions import FUNCTIONS
from throughcare.fhir.path.iterations import BUILDERS

NAMES = sorted(FUNCTIONS | BUILDERS)
ATOMS = st.sampled_from(
    [
        atom
        for line in (
            "$this $index $total %resource %context {} true false 'a' 'a1b' '' 0 1 -7 2147483647",
            "1.50 0.0001 @2020 @2020-02-29 @2020-01-01T10:00:00.5Z @T10:30 4'mg' 3'Cel' 1year",
            "0.5day name given family telecom value code component item linkId birthDate active",
            "extension url contained descendants()",
        )
        for atom in line.split()
    ]
)
SIGNS = st.sampled_from(
    [
        sign
        for line in ("+ - * / div mod & | = != ~ !~ < <= > >=", "and or xor implies in contains")
        for sign in line.split()
    ]
)
TYPES = st.sampled_from(("string", "Quantity", "System.Integer", "HumanName", "DateTime"))


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return a strategy of expressions made of smaller ones."""
    arguments = st.lists(inner, max_size=2).map(", ".join)
    return st.one_of(
        st.tuples(inner, SIGNS, inner).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
        st.tuples(inner, st.sampled_from(NAMES), arguments).map(
            lambda parts: f"{parts[0]}.{parts[1]}({parts[2]})"
        ),
        st.tuples(inner, st.sampled_from(("is", "as")), TYPES).map(
            lambda parts: f"({' '.join(parts)})"
        ),
        st.tuples(inner, inner).map(lambda parts: f"{parts[0]}[{parts[1]}]"),
        inner.map(lambda part: f"-{part}"),
    )


@given(st.recursive(ATOMS, larger, max_leaves=8), st.sampled_from([PERSON, OBSERVATION, FORM, {}]))
def test_an_expression_of_any_pieces_is_answered_or_refused(expression: str, resource: Any) -> None:  # noqa: ANN401 - JSON
    with suppress(ExpressionError, EvaluationError):
        evaluate(expression, resource)


@given(st.text(max_size=30))
def test_a_text_of_any_signs_is_answered_or_refused(expression: str) -> None:
    with suppress(ExpressionError, EvaluationError):
        evaluate(expression, PERSON)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(("value", "name", "given", "_given", "code", "coding", "extension", "url")),
        inner, max_size=3,
    ),
    max_leaves=8,
)  # fmt: skip
PATHS = """descendants().count()
name.given.first() & 'x'
birthDate + 1 day
extension('u').value
name = name
name ~ name
descendants().distinct().count()
birthDate.lowBoundary()
telecom.sort(rank).value
managingOrganization.resolve()
extension.value > 1 'mg'"""
MEMBERS = "name birthDate _birthDate extension telecom contained managingOrganization id"


@given(
    st.sampled_from(PATHS.splitlines()),
    st.dictionaries(st.sampled_from(MEMBERS.split()), VALUES, max_size=4),
)
def test_a_resource_of_wrong_shapes_breaks_nothing(path: str, members: Any) -> None:  # noqa: ANN401 - JSON
    with suppress(ExpressionError, EvaluationError):
        evaluate(path, {"resourceType": "Patient", **members})


@pytest.mark.parametrize(
    "expression",
    [
        "'a'.matches('(a+)+$')",
        "('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' & '!').matches('^(a+)+$')",
        "'aaaa'.replaceMatches('(a*)*', '$1$1$1')",
        "10.power(1000000000)",
        "(1.1).power(1000000000)",
        "0.5.power(-100000000000000000000)",
        "1000000000.exp()",
        "@2020-01-01 + 99999999999999999999999999 seconds",
        "('x' | 'y').repeat($this & $this)",
        "9999999999999999999999999999999999999999999.0 * 99999999999999999999999999999999999999.0",
        "1 / 3 / 7 / 11 = 1",
        "'1e999999999'.toDecimal()",
    ],
)
def test_what_would_cost_much_elsewhere_costs_little(expression: str) -> None:
    with suppress(EvaluationError):
        evaluate(expression, PERSON)


HEAVY = """value > 1 'g'
value ~ 1 'g'
value + value
value * value / value
value.toString()
value.distinct()
-value
value.abs()
(value | value | 1 'g').count()
value.ofType(Quantity).value + 1
value.ofType(Quantity).value.toString()
value.ofType(Quantity).value.lowBoundary()
value.ofType(Quantity).value.round(2)
value.ofType(Quantity).value.abs() > 1
-value.ofType(Quantity).value
value.ofType(Quantity).value div 3
value.ofType(Quantity).value mod 3
value.ofType(Quantity).value.sqrt()
value.ofType(Quantity).value ~ 1.5
value.ofType(Quantity).value.precision()
@2020 + value"""


@pytest.mark.parametrize("expression", HEAVY.splitlines())
@pytest.mark.parametrize("number", ["1E+99999999", "-1E-99999999", "1E+999999999999999999"])
def test_a_huge_exponent_of_a_number_costs_nothing(expression: str, number: str) -> None:
    quantity = {**OBSERVATION["valueQuantity"], "value": Decimal(number)}
    with suppress(EvaluationError):
        assert len(str(evaluate(expression, {**OBSERVATION, "valueQuantity": quantity}))) < 2000


def test_a_resource_of_countless_levels_is_answered_or_refused() -> None:
    deep: Any = {"url": "u"}
    for _ in range(5_000):
        deep = {"url": "u", "extension": [deep]}
    patient = {"resourceType": "Patient", "extension": [deep]}
    assert evaluate("descendants().count() > 5000", patient) == [True]
    for expression in ("extension = extension", "extension ~ extension", "extension | extension"):
        with pytest.raises(EvaluationError):
            evaluate(expression, patient)


def test_the_longest_expression_is_answered() -> None:
    assert evaluate("1" + " + 1" * 238, PERSON) == [239]
    assert evaluate("name" + ".where(true)" * 230 + ".count()", PERSON) == [3]
    assert evaluate("(" * 60 + "1" + ")" * 60, PERSON) == [1]
