"""The compiled FHIRPath: of invariants (closures) and of search parameters (paths)."""

from decimal import Decimal
from typing import Any

import pytest

from throughcare.fhir import expressions, fhirpath
from throughcare.fhir.expressions import As, At, Equals, Field, HasExtension

Json = Any
RESOURCE = {
    "resourceType": "Observation",
    "code": {"coding": [{"system": "s", "code": "a"}, {"system": "s", "code": "b"}]},
    "valueQuantity": {"value": Decimal("5.0"), "code": "mg"},
    "status": "final",
    "note": [{"text": "x"}, {"text": "y"}],
    "period": {"start": "2020-01-05", "end": "2020-01"},
    "low": 1,
    "yes": True,
    "no": False,
    "_absent": {"extension": [{"url": "u"}]},
}


@pytest.mark.parametrize(
    "expression",
    [
        "status = 'final' and note.count() = 2",
        "status != 'draft' xor no",
        "no implies nothing.exists()",
        "yes implies status.exists()",
        "nothing.exists().not()",
        "value.exists() and value.value = 5",
        "value.value > 4 and value.value <= 5.0",
        "absent.exists() and absent.hasValue().not()",
        "note.text.isDistinct()",
        "note.all(text.exists())",
        "note.exists(text = 'y')",
        "note.where(text = 'x').count() = 1",
        "note.select(text).first() = 'x'",
        "note.tail().text = 'y'",
        "note[1].text = 'y'",
        "status in ('draft' | 'final')",
        "status.matches('[a-z]+') and status.startsWith('fin') and status.contains('na')",
        "status.substring(1) = 'inal'",
        "status.replaceMatches('^f', 'F') = 'Final'",
        "status & '!' = 'final!'",
        "'4'.toInteger() + low = 5",
        "low.toString() = '1'",
        "iif(yes, low = 1, no)",
        "iif(no, low = 2).empty()",
        "no is Boolean and low is decimal and status is string",
        "%resource.is(Observation) and %resource.is(Patient).not()",
        "(low as decimal) = 1",
        "code.coding.code.combine(note.text).count() = 4",
        "code.coding.intersect(%resource.code.coding).count() = 2",
        "code.coding.code.trace('codes').first() = 'a'",
        "%resource.descendants().code.count() > 2",
        "%resource.children().text.count() = 2",
        "period.start <= period.end",
        "{}.empty()",
        "'it\\'s' = 'it\\'s'",
        "nothing = 'x'",
        "nothing > 5",
        "low > status",
        "(no and nothing) = false",
        "(yes or nothing) = true",
        "nothing xor yes",
        "nothing or no",
        "nothing and yes",
        "`status` = 'final'",
        "'x'.toInteger().empty()",
        "nothing.toString().empty()",
        "nothing + 1",
        "(nothing in status).empty()",
    ],
)
def test_what_holds_or_is_unknown_is_no_fault(expression: str) -> None:
    assert fhirpath.compiled(expression)(RESOURCE, RESOURCE)


@pytest.mark.parametrize(
    "expression",
    [
        "status = 'draft'",
        "no",
        "yes and no",
        "nothing.exists()",
        "yes implies no",
        "note.all(text = 'x')",
        "code.coding.system.isDistinct()",
        "value.value < 5",
        "period.end < period.start and false",
        "'2021' < '2020'",
        "yes xor yes",
    ],
)
def test_what_is_surely_wrong_is_a_fault(expression: str) -> None:
    assert not fhirpath.compiled(expression)(RESOURCE, RESOURCE)


@pytest.mark.parametrize(
    "expression",
    [
        "a.resolve()",
        "%context.a",
        "a contains",
        "a.b(",
        "(a",
        "a[b]",
        "a..b",
        "#",
        "",
        "a b",
        "1 + ",
    ],
)
def test_what_is_not_compiled_is_refused(expression: str) -> None:
    with pytest.raises(fhirpath.UnsupportedError):
        fhirpath.compiled(expression)


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
