from typing import Any

import pytest

from throughcare.fhir import composites, query, spec
from throughcare.fhir.index import extract
from throughcare.fhir.terms import (
    AllOf,
    AnyOf,
    Composite,
    CompositeIs,
    Criterion,
    Missing,
    Not,
    NumberIs,
    Prefix,
    QuantityIs,
    RefersTo,
    TokenIs,
)
from throughcare.kernel import BadInputError

UCUM = "http://unitsofmeasure.org"


def asked(type_: str, name: str, value: str) -> Criterion:
    (found,) = query.parse(type_, [(name, value)]).where
    return found


def concept(code: str) -> dict[str, Any]:
    return {"coding": [{"system": "s", "code": code}]}


def test_every_composite_of_r4_can_be_asked_for() -> None:
    sample = {"token": "s|c", "reference": "DocumentReference/1", "quantity": "gt5",
              "number": "5", "date": "2020", "string": "x"}  # fmt: skip
    count = 0
    for type_ in spec.resource_types():
        known = spec.parameters(type_)
        for parameter in known.values():
            if parameter.type == "composite":
                kinds = [known[code].type for code, _ in parameter.components]
                assert asked(type_, parameter.code, "$".join(sample[kind] for kind in kinds))
                count += 1
    assert count > 60


def test_of_an_element_that_stands_once_the_components_are_asked_for() -> None:
    whole = asked("Observation", "code-value-quantity", "s|c$gt5||mg")
    parts = (asked("Observation", "code", "s|c"), asked("Observation", "value-quantity", "gt5||mg"))
    assert whole == AllOf(parts)


def test_a_combination_is_of_one_element() -> None:
    observation = {
        "resourceType": "Observation",
        "component": [
            {"code": concept("a"), "valueQuantity": {"value": 1, "unit": "x"}},
            {"code": concept("b"), "valueCodeableConcept": concept("v")},
            {"code": concept("c"), "valueString": "not asked for"},
        ],
    }
    assert set(extract(observation).composites) == {
        Composite("component-code-value-concept", ("s", "b"), ("s", "v")),
        Composite("component-code-value-quantity", ("s", "a"), quantity=(1, 1, "", "x")),
    }


def test_a_quantity_is_compared_in_base_units() -> None:
    found = asked("Observation", "component-code-value-quantity", f"s|c$gt5|{UCUM}|mg")
    amount = (Prefix.GT, 0.005, 0.005, None, "g")
    name = "component-code-value-quantity:canonical"
    first = TokenIs("component-code", (("s", "c"),))
    rest = (QuantityIs("component-value-quantity:canonical", (amount,)),)
    assert found == CompositeIs(name, first, rest)


def test_a_combo_is_the_whole_resource_or_a_component() -> None:
    found = asked("Observation", "combo-code-value-concept", "s|c$s|d")
    assert found == AnyOf(
        (
            asked("Observation", "code-value-concept", "s|c$s|d"),
            asked("Observation", "component-code-value-concept", "s|c$s|d"),
        )
    )


def test_a_component_may_stand_in_the_resource_itself() -> None:
    sequence = {
        "resourceType": "MolecularSequence",
        "referenceSeq": {"chromosome": concept("1")},
        "variant": [{"start": 10, "end": 11}, {"start": 20, "end": 21}],
    }
    name = "chromosome-variant-coordinate"
    assert extract(sequence).composites == (
        Composite(name, ("s", "1"), numbers=(10, 11)),
        Composite(name, ("s", "1"), numbers=(20, 21)),
    )
    found = asked("MolecularSequence", name, "1$gt5$lt12")
    assert isinstance(found, CompositeIs)
    assert found.rest == (
        NumberIs("variant-start", ((Prefix.GT, 5, 5),)),
        NumberIs("variant-end", ((Prefix.LT, 12, 12),)),
    )


def test_the_document_that_another_relates_to_comes_before_how() -> None:
    document = {
        "resourceType": "DocumentReference",
        "relatesTo": [{"code": "replaces", "target": {"reference": "DocumentReference/1"}}],
    }
    (found,) = extract(document).composites
    assert found == Composite("relationship", ("", "DocumentReference/1"), ("", "replaces"))
    criterion = asked("DocumentReference", "relationship", "DocumentReference/1$replaces")
    assert isinstance(criterion, CompositeIs)
    assert criterion.first == RefersTo("relatesto", ("DocumentReference/1",))


def test_missing_is_asked_of_combinations() -> None:
    name = "component-code-value-quantity"
    assert asked("Observation", f"{name}:missing", "true") == Missing(name, missing=True)
    parts = tuple(Missing(code, missing=False) for code in ("code", "value-quantity"))
    assert asked("Observation", "code-value-quantity:missing", "true") == Not(AllOf(parts))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("component-code-value-quantity", "x"),
        ("component-code-value-quantity", "x$"),
        ("component-code-value-quantity", "x$5$6"),
        ("component-code-value-quantity", "s|$5"),
        ("component-code-value-quantity", "x$y"),
        ("component-code-value-quantity:exact", "x$5"),
    ],
)
def test_a_combination_with_a_part_too_few_or_many_is_refused(name: str, value: str) -> None:
    with pytest.raises(BadInputError, match="component-code-value-quantity"):
        query.parse("Observation", [(name, value)])


def test_combinations_are_extracted_where_elements_repeat_alone() -> None:
    repeating = composites.repeating("Observation")
    assert set(repeating) == {"component-code-value-quantity", "component-code-value-concept"}
