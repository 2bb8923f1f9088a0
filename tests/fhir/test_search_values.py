from datetime import UTC, datetime
from decimal import Decimal

import pytest

from throughcare.fhir import SearchValue, index, search_values, spec
from throughcare.kernel import BadInputError

UCUM = "http://unitsofmeasure.org"


def test_a_resource_says_what_it_can_be_found_by() -> None:
    amount = {"value": Decimal("72.50"), "unit": "beats/min", "system": UCUM, "code": "/min"}
    found = search_values(
        {
            "resourceType": "Observation",
            "id": "a",
            "meta": {"lastUpdated": "2026-03-01T10:00:00Z", "profile": ["http://p"]},
            "status": "final",
            "code": {"coding": [{"system": "http://l", "code": "8867-4", "display": "Heart rate"}]},
            "subject": {"identifier": {"system": "n", "value": "9"}, "reference": "Patient/p"},
            "effectiveDateTime": "2026-03",
            "valueQuantity": amount,
            "component": [{"code": {"coding": [{"code": "c"}]}, "valueQuantity": amount}],
        }
    )
    for one in (
        SearchValue("_id", "token", "a"),
        SearchValue("_profile", "uri", "http://p"),
        SearchValue("status", "token", "final"),
        SearchValue("code", "token", "8867-4", "http://l"),
        SearchValue("code", "token", "Heart rate", modifier="text"),
        SearchValue("subject", "reference", "Patient/p"),
        SearchValue("subject", "reference", "9", "n", modifier="identifier"),
        SearchValue("value-quantity", "quantity", "/min", UCUM, 72.5, 72.5),
        SearchValue("value-quantity", "quantity", "beats/min", "", 72.5, 72.5),
    ):
        assert one in found
    (date,) = (one for one in found if one.parameter == "date")
    assert date.low == datetime(2026, 3, 1, tzinfo=UTC)
    assert date.high == datetime(2026, 3, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    (pair, *_) = (one for one in found if one.parameter == "component-code-value-quantity")
    assert pair.type == "composite"
    assert pair.parts == (
        SearchValue("component-code", "token", "c"),
        SearchValue("component-value-quantity", "quantity", "/min", UCUM, 72.5, 72.5),
    )


def test_values_are_those_of_the_index_that_searches_use() -> None:
    person = {"resourceType": "Patient", "name": [{"family": "Khan", "given": ["Ada"]}]}
    strings = {(one.parameter, one.value) for one in search_values(person) if one.type == "string"}
    assert strings == set(index.extract(person).strings)


def test_a_type_is_that_of_the_parameter() -> None:
    document = {
        "resourceType": "DocumentReference",
        "relatesTo": [{"code": "replaces", "target": {"reference": "DocumentReference/1"}}],
    }
    known = spec.parameters("DocumentReference")
    for one in search_values(document):
        assert one.type == known[one.parameter].type
        assert [known[part.parameter].type for part in one.parts] == [p.type for p in one.parts]


def test_what_is_no_resource_of_r4_is_refused() -> None:
    with pytest.raises(BadInputError, match="no resource type"):
        search_values({"resourceType": "Dragon"})
