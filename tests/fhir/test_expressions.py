"""The expressions of search parameters, read into steps."""

from typing import Any

import pytest

from throughcare.fhir import expressions
from throughcare.fhir.expressions import As, At, Equals, Field, HasExtension

Json = Any


@pytest.mark.parametrize(
    ("expression", "steps"),
    [
        ("(Observation.value as Quantity)", (Field("value"), As("Quantity"))),
        ("Observation.value.ofType(Quantity)", (Field("value"), As("Quantity"))),
        ("Bundle.entry[0].resource", (Field("entry"), At(0), Field("resource"))),
        (
            "Patient.telecom.where(system='email')",
            (Field("telecom"), Equals("system", "email")),
        ),
        (
            "Q.item.where(hasExtension('u')).answer",
            (Field("item"), HasExtension("u"), Field("answer")),
        ),
        (
            "Patient.extension('u')",
            (Field("extension"), Equals("url", "u"), Field("value")),
        ),
    ],
)
def test_search_expressions_are_read_into_steps(expression: str, steps: Json) -> None:
    ((_, *found),) = expressions.paths(expression)
    assert tuple(found) == steps


def test_a_union_distributes_over_what_follows() -> None:
    first, second = expressions.paths("(A.b | C.d).e")
    assert first == (Field("A"), Field("b"), Field("e"))
    assert second == (Field("C"), Field("d"), Field("e"))


@pytest.mark.parametrize(
    "expression", ["", "A.b.first()", "A.where(b > 5)", "A.b)", "A.b ! c", "A ."]
)
def test_an_unknown_search_expression_is_refused(expression: str) -> None:
    with pytest.raises(expressions.UnsupportedError):
        expressions.paths(expression)
