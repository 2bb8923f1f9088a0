"""FHIRPath Patch, by facts and by the laws of lists."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughcare.fhir.patching import PatchError, fhirpath_patch

Json = Any


def parameters(*operations: dict[str, Json]) -> Json:
    """Return a Parameters resource of operations, each given by its parts."""

    def part(name: str, value: Json) -> Json:
        if name == "value":
            return {"name": name, **value}
        kind = {"type": "valueCode", "path": "valueString", "name": "valueString"}
        return {"name": name, kind.get(name, "valueInteger"): value}

    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "operation", "part": [part(*each) for each in operation.items()]}
            for operation in operations
        ],
    }


PATIENT = {
    "resourceType": "Patient",
    "birthDate": "1920-01-01",
    "_birthDate": {"id": "d"},
    "deceasedBoolean": True,
    "name": [{"given": ["A", "B"], "_given": [None, {"id": "b"}]}, {"family": "C", "use": "old"}],
    "contact": [{"name": {"text": "x"}, "gender": "male"}],
}


@pytest.mark.parametrize(
    ("operation", "place", "value"),
    [
        (
            {"type": "replace", "path": "Patient.birthDate", "value": {"valueDate": "1930-01-01"}},
            ("birthDate",),
            "1930-01-01",
        ),
        (
            {"type": "replace", "path": "birthDate", "value": {"valueDate": "1930"}},
            ("_birthDate",),
            None,
        ),
        (
            {"type": "replace", "path": "Patient.deceased", "value": {"valueDateTime": "2020"}},
            ("deceasedDateTime",),
            "2020",
        ),
        (
            {"type": "replace", "path": "Patient.deceased", "value": {"valueDateTime": "2020"}},
            ("deceasedBoolean",),
            None,
        ),
        (
            {"type": "replace", "path": "name[0].given[1]", "value": {"valueString": "D"}},
            ("name", 0, "given"),
            ["A", "D"],
        ),
        (
            {"type": "replace", "path": "name[0].given[1]", "value": {"valueString": "D"}},
            ("name", 0, "_given"),
            None,
        ),
        (
            {
                "type": "replace",
                "path": "Patient.name[1]",
                "value": {"valueHumanName": {"text": "N"}},
            },
            ("name", 1),
            {"text": "N"},
        ),
        (
            {
                "type": "replace",
                "path": "contact[0]",
                "value": {
                    "part": [
                        {"name": "gender", "valueCode": "female"},
                        {"name": "telecom", "valueContactPoint": {"rank": 1}},
                        {"name": "telecom", "valueContactPoint": {"rank": 2}},
                    ]
                },
            },
            ("contact", 0),
            {"gender": "female", "telecom": [{"rank": 1}, {"rank": 2}]},
        ),
        ({"type": "delete", "path": "Patient.birthDate"}, ("birthDate",), None),
        ({"type": "delete", "path": "Patient.birthDate"}, ("_birthDate",), None),
        ({"type": "delete", "path": "name[0].given[0]"}, ("name", 0, "_given"), [{"id": "b"}]),
        ({"type": "delete", "path": "name.where(use = 'old')"}, ("name",), PATIENT["name"][:1]),
        ({"type": "delete", "path": "name.where(use = 'new')"}, ("name",), PATIENT["name"]),
        ({"type": "delete", "path": "contact.name.text"}, ("contact", 0), {"gender": "male"}),
        (
            {"type": "add", "path": "Patient", "name": "gender", "value": {"valueCode": "male"}},
            ("gender",),
            "male",
        ),
        (
            {
                "type": "add",
                "path": "Patient",
                "name": "gender",
                "value": {"valueCode": "male", "_valueCode": {"id": "g"}},
            },
            ("_gender",),
            {"id": "g"},
        ),
        (
            {
                "type": "add",
                "path": "Patient",
                "name": "multipleBirth",
                "value": {"valueInteger": 2},
            },
            ("multipleBirthInteger",),
            2,
        ),
        (
            {
                "type": "add",
                "path": "Patient",
                "name": "multipleBirth[x]",
                "value": {"valueInteger": 2},
            },
            ("multipleBirthInteger",),
            2,
        ),
        (
            {"type": "add", "path": "name[0]", "name": "given", "value": {"valueString": "E"}},
            ("name", 0),
            {"given": ["A", "B", "E"], "_given": [None, {"id": "b"}, None]},
        ),
        (
            {
                "type": "add",
                "path": "Patient",
                "name": "contained",
                "value": {"resource": {"resourceType": "Basic"}},
            },
            ("contained",),
            [{"resourceType": "Basic"}],
        ),
        (
            {
                "type": "add",
                "path": "birthDate",
                "name": "extension",
                "value": {"valueExtension": {"url": "u"}},
            },
            ("_birthDate",),
            {"id": "d", "extension": [{"url": "u"}]},
        ),
        (
            {
                "type": "add",
                "path": "name[0].given[0]",
                "name": "id",
                "value": {"valueString": "a"},
            },
            ("name", 0, "_given"),
            [{"id": "a"}, {"id": "b"}],
        ),
        (
            {
                "type": "add",
                "path": "contact[0]",
                "name": "period",
                "value": {"valuePeriod": {"start": "2020"}},
            },
            ("contact", 0, "period"),
            {"start": "2020"},
        ),
        (
            {
                "type": "insert",
                "path": "name",
                "index": 1,
                "value": {"valueHumanName": {"text": "N"}},
            },
            ("name", 1),
            {"text": "N"},
        ),
        (
            {"type": "insert", "path": "name[0].given", "index": 0, "value": {"valueString": "Z"}},
            ("name", 0, "_given"),
            [None, None, {"id": "b"}],
        ),
        (
            {
                "type": "insert",
                "path": "Patient.telecom",
                "index": 0,
                "value": {"valueContactPoint": {"rank": 1}},
            },
            ("telecom",),
            [{"rank": 1}],
        ),
        (
            {"type": "move", "path": "name[0].given", "source": 1, "destination": 0},
            ("name", 0),
            {"given": ["B", "A"], "_given": [{"id": "b"}, None]},
        ),
    ],
)
def test_a_fhirpath_patch_does_what_fhir_says(
    operation: Json, place: tuple[Any, ...], value: Json
) -> None:
    kept = copy.deepcopy(PATIENT)
    found: Json = fhirpath_patch(PATIENT, parameters(operation))
    for step in place[:-1]:
        found = found[step]
    last = place[-1]
    assert (found.get(last) if isinstance(found, dict) else found[last]) == value
    assert kept == PATIENT


@pytest.mark.parametrize(
    ("operation", "rule"),
    [
        (
            {"type": "replace", "path": "Patient.gender", "value": {"valueCode": "male"}},
            "no element",
        ),
        ({"type": "replace", "path": "Patient.name", "value": {"valueHumanName": {}}}, "several"),
        ({"type": "replace", "path": "Patient.birthDate"}, "no value"),
        ({"type": "replace", "path": "Patient.birthDate", "value": {}}, "no value"),
        ({"type": "replace", "path": "deceased", "value": {"valueString": "x"}}, "may not have"),
        ({"type": "replace", "path": "Patient", "value": {"valueString": "x"}}, "whole resource"),
        ({"type": "replace", "path": "name.count()", "value": {"valueInteger": 1}}, "no element"),
        ({"type": "delete", "path": "Patient.name"}, "several"),
        ({"type": "delete", "path": "Patient.nothere"}, "can't be followed"),
        ({"type": "delete", "path": "Patient..name"}, "can't be followed"),
        (
            {
                "type": "add",
                "path": "Patient.period",
                "name": "end",
                "value": {"valueDate": "2020"},
            },
            "followed",
        ),
        (
            {
                "type": "add",
                "path": "contact[0].period",
                "name": "end",
                "value": {"valueDate": "2020"},
            },
            "no element",
        ),
        (
            {"type": "add", "path": "Patient", "name": "nothere", "value": {"valueDate": "2020"}},
            "has not",
        ),
        (
            {"type": "add", "path": "Patient", "name": "birthDate", "value": {"valueDate": "2020"}},
            "already",
        ),
        (
            {
                "type": "add",
                "path": "Patient",
                "name": "deceased",
                "value": {"valueDateTime": "2020"},
            },
            "already",
        ),
        (
            {"type": "insert", "path": "name", "index": 3, "value": {"valueHumanName": {}}},
            "behind the end",
        ),
        ({"type": "insert", "path": "name", "value": {"valueHumanName": {}}}, "no index"),
        (
            {
                "type": "insert",
                "path": "name.where(use = 'old')",
                "index": 0,
                "value": {"valueHumanName": {}},
            },
            "whole list",
        ),
        (
            {"type": "insert", "path": "birthDate", "index": 0, "value": {"valueDate": "2020"}},
            "one list",
        ),
        (
            {"type": "insert", "path": "gender", "index": 0, "value": {"valueCode": "male"}},
            "no list",
        ),
        ({"type": "move", "path": "name", "source": 2, "destination": 0}, "list has not"),
        ({"type": "move", "path": "name", "source": 0, "destination": 2}, "list has not"),
        ({"type": "mend", "path": "name"}, "no type"),
        ({"type": "delete"}, "no path"),
    ],
)
def test_a_fhirpath_patch_that_does_not_fit_names_operation_path_and_rule(
    operation: Json, rule: str
) -> None:
    with pytest.raises(PatchError, match=rule) as caught:
        fhirpath_patch(PATIENT, parameters(operation))
    assert "Operation 0" in caught.value.message
    assert caught.value.place == operation.get("path", "")


def test_a_fhirpath_patch_holds_operations_alone() -> None:
    with pytest.raises(PatchError):
        fhirpath_patch(PATIENT, {"parameter": [{"name": "other"}]})
    assert fhirpath_patch(PATIENT, {"resourceType": "Parameters"}) == PATIENT


@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.data())
def test_moves_inserts_and_deletions_are_those_of_a_list(
    ranks: list[int], data: st.DataObject
) -> None:
    naive = list(ranks)
    patient: Json = {"resourceType": "Patient", "telecom": [{"rank": each} for each in ranks]}
    for kind in data.draw(st.lists(st.sampled_from(["move", "insert", "delete"]), max_size=4)):
        if not naive:
            break
        one, other = (data.draw(st.integers(0, len(naive) - 1)) for _ in range(2))
        if kind == "move":
            naive.insert(other, naive.pop(one))
            operation = {"type": "move", "path": "telecom", "source": one, "destination": other}
        elif kind == "insert":
            naive.insert(one, 7)
            value = {"valueContactPoint": {"rank": 7}}
            operation = {"type": "insert", "path": "telecom", "index": one, "value": value}
        else:
            del naive[one]
            operation = {"type": "delete", "path": f"telecom[{one}]"}
        patient = fhirpath_patch(patient, parameters(operation))
    assert [each["rank"] for each in patient.get("telecom", ())] == naive
