"""Invariants: what holds, what is broken, and the short ways beside the full language."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir.path.person import FORM, OBSERVATION, PERSON
from throughcare.fhir import spec
from throughcare.fhir.path import ExpressionError, kinds, shortcuts
from throughcare.fhir.path.conditions import Condition, condition, full_condition
from throughcare.fhir.path.kinds import Kind
from throughcare.fhir.path.nodes import Node, wrapped
from throughcare.fhir.path.syntax import parsed

Json = Any
Make = Callable[[str, Kind], Condition]
Texts = Callable[..., Iterator[bytes]]
FLAG = {"resourceType": "Flag", "meta": {"_versionId": {}}}
NESTED = {"resourceType": "Flag", "contained": [{}]}
PLAIN = {"resourceType": "Flag", "meta": {}}
WEIGHT: Json = {
    **OBSERVATION,
    "subject": {"reference": "Patient/1", "_display": {"id": "x"}},
    "note": [{"text": "x"}, {"text": "y"}],
    "referenceRange": [{"low": {"value": 5}}, {"high": {"value": Decimal("7.5")}}],
    "effectiveInstant": None,
}

HOLDING = """status = 'final' and note.count() = 2
status != 'draft' xor note.empty()
note.empty() implies status.empty()
subject.exists() implies status.exists()
bodySite.exists().not()
value.exists() and (value as Quantity).value = 83.5
referenceRange.low.value > 4 and referenceRange.low.value <= 5
subject.display.exists() and subject.display.hasValue().not()
note.text.isDistinct()
note.all(text.exists())
note.first().text = 'x' and note.tail().text = 'y'
note.first().text.startsWith('x') and note.tail().first().text.endsWith('y')
note.select(text).isDistinct() and note.select(text = 'z').exists()
(note | component).exists() and referenceRange.low.value.exists()
component.value.exists() implies note.text.contains('x') or true
note.exists(text = 'y')
note.where(text = 'x').count() = 1
note.count() + component.count() = 5
note.count() + component.count() + code.count() > 5
note.select(text).first() = 'x'
status in ('draft' | 'final')
status in 'final'
status.matches('[a-z]+') and status.startsWith('fin')
iif(note.exists(), true, false)
%resource.is(Observation) and %resource.is(Patient).not()
code.coding.code.intersect(%resource.code.coding.code).count() = 2
bodySite.text = 'x'
comment.empty() or true
referenceRange.low.value > status
bodySite.exists() and bodySite.text = 'x' or true
note.exists() = status.exists()
note.exists() != bodySite.exists()
status.exists(length() > 3)
(bodySite.text = 'x') or note.exists()
(bodySite.text = 'x') and note.exists()
(bodySite.text = 'x').not()"""
BROKEN = """status = 'draft'
note.empty()
note.exists() and bodySite.exists()
subject.exists() implies bodySite.exists()
note.all(text = 'x')
note.exists(text = 'z')
code.coding.system.isDistinct()
note.count() = 1
note.count() + code.count() > 3
referenceRange.where(low.exists()).empty()
note.exists() = bodySite.exists()
note.exists() != status.exists()
status in ('draft' | 'amended')
status.matches('ina')
note.exists().not()
status.exists() xor note.exists()
note.first().text = 'y'
note.tail().exists(text = 'x')
note.first().text.startsWith('y')
note.select(text = 'z').empty()
note.all(text.contains('x'))
(component | referenceRange).code.exists().not()
(component | note).exists() and bodySite.exists()"""
OF_OBSERVATION = kinds.of("Observation")


@pytest.mark.parametrize("make", [condition, full_condition])
@pytest.mark.parametrize("expression", HOLDING.splitlines())
def test_what_holds_or_is_unknown_is_not_broken(expression: str, make: Make) -> None:
    if "comment" in expression:
        with pytest.raises(ExpressionError):
            make(expression, OF_OBSERVATION)
        return
    assert make(expression, OF_OBSERVATION)(WEIGHT, WEIGHT)


@pytest.mark.parametrize("make", [condition, full_condition])
@pytest.mark.parametrize("expression", BROKEN.splitlines())
def test_what_is_surely_wrong_is_broken(expression: str, make: Make) -> None:
    assert not make(expression, OF_OBSERVATION)(WEIGHT, WEIGHT)


@pytest.mark.parametrize(
    ("expression", "type_name", "value", "holds"),
    [
        ("path.length() > 2", "ElementDefinition", {"path": "a"}, False),
        ("$this.length() > 2", "string", "abc", True),
        ("$this = 'x'", "code", "y", False),
        ("value.empty() or system = %ucum", "Quantity", {"value": 1, "system": "u"}, False),
        ("code = 'a'", "Coding", {"_code": {"id": "x"}}, False),
        ("code != 'a'", "Coding", {"_code": {"id": "x"}}, True),
        ("code in ('a' | 'b')", "Coding", {"_code": {"id": "x"}}, False),
        ("userSelected = true", "Coding", {"userSelected": True}, True),
        ("userSelected = true", "Coding", {"userSelected": False}, False),
        ("rank < 2", "ContactPoint", {"_rank": {"id": "x"}}, True),
        ("rank < 2", "ContactPoint", {"rank": 2}, False),
        ("contained.contained.empty()", "Patient", {"contained": [NESTED]}, False),
        ("contained.meta.versionId.empty()", "Patient", {"contained": [FLAG]}, False),
        ("contained.meta.versionId.empty()", "Patient", {"contained": [PLAIN]}, True),
    ],
)  # fmt: skip
def test_both_ways_agree_where_values_are_odd(
    expression: str, type_name: str, value: Json, holds: bool  # noqa: FBT001 - a column
) -> None:  # fmt: skip
    kind = kinds.of(type_name)
    assert condition(expression, kind)(value, value) == holds
    assert full_condition(expression, kind)(value, value) == holds


@cache
def invariants_of(kind: Kind) -> tuple[tuple[str, Condition, Condition], ...]:
    """Return the invariants of a type that have a short way, both ways."""
    owner, _, path = kind.path.partition(".")
    if kind.is_primitive or not owner:
        return ()
    found = []
    for key in spec.structure(owner).elements[path].constraints:
        expression = spec.constraint(key).expression
        if shortcuts.question(parsed(expression), kind) is not None:
            both = condition(expression, kind), full_condition(expression, kind)
            found.append((key, *both))
    return tuple(found)


def elements(resource: Json) -> Iterator[Node]:
    """Yield a resource and all complex elements in it."""
    front = [wrapped(resource)]
    while front:
        below: list[Any] = []
        for node in front:
            if not node.kind.is_primitive:
                yield node
                node.add_all_children(below)
        front = below


def disagreeing(resource: Json) -> list[str]:
    return [
        f"{key} of {node.kind.path}"
        for node in elements(resource)
        for key, short, full in invariants_of(node.kind)
        if short(node.value, resource) != full(node.value, resource)
    ]


def test_short_ways_are_many() -> None:
    shortened = {
        key
        for name in spec.complex_types()
        for key, *_ in invariants_of(kinds.of(name))
    }  # fmt: skip
    assert len(shortened) > 60


def test_short_ways_agree_with_the_language_on_real_resources(resource_texts: Texts) -> None:
    for folder in ("synthea-2021", "synthea-2019", "synthea-port-2026"):
        for text in resource_texts(folder, bundles=3):
            assert not disagreeing(orjson.loads(text))


def without(value: Json, places: list[int]) -> Json:
    """Return a JSON value with some members left out, chosen by numbers."""
    if isinstance(value, dict):
        kept = {}
        for name, each in value.items():
            if name != "resourceType" and places and places.pop() == 0:
                continue
            kept[name] = without(each, places)
        return kept
    return [without(each, places) for each in value] if isinstance(value, list) else value


@given(
    st.sampled_from([PERSON, WEIGHT, FORM]), st.lists(st.integers(0, 3), min_size=40, max_size=80)
)
def test_short_ways_agree_with_the_language_where_members_are_missing(
    resource: Json, places: list[int]
) -> None:
    assert not disagreeing(without(resource, places))
