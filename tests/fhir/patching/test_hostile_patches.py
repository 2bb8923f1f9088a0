"""Patches that nobody would write: each is applied or refused, and never breaks."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughcare.fhir import path
from throughcare.fhir.patching import (
    PatchError,
    fhirpath,
    fhirpath_patch,
    json_patch,
    merge_patch,
    read_fhirpath_patch,
)
from throughcare.fhir.path import Budget, EvaluationError, items

Json = Any
WORDS = st.sampled_from(
    [
        word
        for line in (
            "add insert delete replace move copy test remove type path name value index source",
            "/name /name/0 /name/-1 / Patient Patient.name name[0] name.given birthDate deceased",
            "valueString valueCode valueInteger valueHumanName resource part parameter operation",
        )
        for word in line.split()
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
PATIENT: Json = {
    "resourceType": "Patient",
    "birthDate": "1920",
    "name": [{"given": ["A", "B"]}, {"family": "C"}],
    "deceasedBoolean": True,
}
PARTS = st.lists(
    st.one_of(
        st.tuples(st.just("type"), st.just("valueCode"), WORDS),
        st.tuples(st.just("path"), st.just("valueString"), WORDS),
        st.tuples(WORDS, WORDS, VALUES),
    ).map(lambda part: {"name": part[0], part[1]: part[2]}),
    max_size=5,
)


def is_json(value: Json) -> bool:
    json.dumps(value)
    return True


@given(st.lists(st.dictionaries(st.sampled_from(("op", "path", "from", "value")), VALUES)) | VALUES)
def test_a_json_patch_of_any_shape_is_applied_or_refused(patch: Json) -> None:
    with suppress(PatchError):
        assert is_json(json_patch(PATIENT, patch))


@given(VALUES)
def test_a_merge_patch_of_any_shape_is_applied_or_refused(patch: Json) -> None:
    with suppress(PatchError):
        assert is_json(merge_patch(PATIENT, patch))


OPERATIONS = st.lists(
    st.fixed_dictionaries({"name": st.just("operation"), "part": PARTS | VALUES}), max_size=3
)


@given(st.fixed_dictionaries({"parameter": OPERATIONS | VALUES}) | VALUES)
def test_a_fhirpath_patch_of_any_shape_is_applied_or_refused(parameters: Json) -> None:
    with suppress(PatchError):
        assert is_json(fhirpath_patch(PATIENT, parameters))


def deletions(path: str, times: int) -> Json:
    parts = [{"name": "type", "valueCode": "delete"}, {"name": "path", "valueString": path}]
    return {"parameter": [{"name": "operation", "part": parts}] * times}


def test_a_patch_has_a_thousand_operations_and_no_more() -> None:
    test = {"op": "test", "path": "/birthDate", "value": "1920"}
    whole = {"a": {str(number): number for number in range(999)}}
    assert json_patch(PATIENT, [test] * 1000) == PATIENT
    assert fhirpath_patch(PATIENT, deletions("Patient.photo", 1000)) == PATIENT
    assert merge_patch(PATIENT, whole) == PATIENT | whole
    for refused in (
        lambda: json_patch(PATIENT, [test] * 1001),
        lambda: fhirpath_patch(PATIENT, deletions("Patient.photo", 1001)),
        lambda: merge_patch(PATIENT, {"b": 1, **whole}),
    ):
        with pytest.raises(PatchError, match="at most 1,000"):
            refused()


TEN = "(1|2|3|4|5|6|7|8|9|10)"
DEAR = f"Patient.where({TEN}.select({TEN}.select({TEN}.count())).count() = 0).photo"


def test_all_paths_of_a_patch_share_their_steps() -> None:
    assert fhirpath_patch(PATIENT, deletions(DEAR, 1)) == PATIENT
    with pytest.raises(PatchError, match="more steps"):
        fhirpath_patch(PATIENT, deletions(DEAR, 1000))


def test_reading_a_path_costs_as_many_steps_as_it_has_characters() -> None:
    long = f"Patient.photo.where('{'x' * 1000}' = '')"
    with pytest.raises(PatchError, match="more steps"):
        fhirpath_patch(PATIENT, deletions(long, 200))


def test_evaluations_leave_each_other_what_they_do_not_take() -> None:
    once = Budget(1_000_000)
    items(DEAR, PATIENT, budget=once)
    cost = 1_000_000 - once.left
    assert cost > 100
    twice = Budget(2 * cost)
    for left in (cost, 0):
        items(DEAR, PATIENT, budget=twice)
        assert twice.left == left
    with pytest.raises(EvaluationError):
        items(DEAR, PATIENT, budget=twice)


def test_the_paths_of_a_patch_are_compiled_before_it_is_applied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patch = read_fhirpath_patch(deletions("Patient.birthDate", 3), "Patient")

    def never(*_: Json) -> Json:
        raise AssertionError

    monkeypatch.setattr(path, "compiled", never)
    monkeypatch.setattr(fhirpath, "compiled", never)
    assert patch(PATIENT) == {name: PATIENT[name] for name in PATIENT if name != "birthDate"}
    with pytest.raises(AssertionError):
        fhirpath_patch(PATIENT, deletions("Patient.birthDate", 1))
