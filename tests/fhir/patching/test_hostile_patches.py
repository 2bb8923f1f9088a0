"""Patches that nobody would write: each is applied or refused, and never breaks."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from throughcare.fhir.patching import PatchError, fhirpath_patch, json_patch, merge_patch

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
