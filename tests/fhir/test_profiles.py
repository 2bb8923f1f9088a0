"""Profiles, one small one for each thing that a profile can ask."""

from typing import Any

import pytest

from fhir.profile_making import (
    CORE,
    HERE,
    LOCAL,
    NHS,
    NUMBER,
    OBSERVATION,
    OWN,
    PATIENT,
    faults,
    identified,
    profile,
    slices,
)
from throughcare.fhir import profiles, spec
from throughcare.fhir.profiles import Compiler, tree
from throughcare.kernel import BadInputError

Json = Any


def test_a_profile_that_asks_for_nothing_finds_nothing() -> None:
    assert faults(PATIENT, profile("p", "Patient")) == []


@pytest.mark.parametrize(
    ("element", "resource", "fault"),
    [
        (("Patient.birthDate", {"min": 1}), PATIENT, ("Patient.birthDate", "required")),
        (("Patient.name", {"min": 2}), PATIENT, ("Patient.name", "required")),
        (("Patient.gender", {"max": "0"}), PATIENT, ("Patient.gender", "structure")),
        (
            ("Patient.name", {"max": "1"}),
            {**PATIENT, "name": [{"text": "a"}, {"text": "b"}]},
            ("Patient.name", "structure"),
        ),
        (
            ("Patient.name.family", {"fixedString": "Kahn"}),
            PATIENT,
            ("Patient.name[0].family", "value"),
        ),
        (("Patient.name.prefix", {"min": 1}), PATIENT, ("Patient.name[0].prefix", "required")),
        (
            ("Patient.name.given", {"maxLength": 2}),
            PATIENT,
            ("Patient.name[0].given[0]", "too-long"),
        ),
        (
            ("Observation.code", {"patternCodeableConcept": {"coding": [{"code": "9279-1"}]}}),
            OBSERVATION,
            ("Observation.code", "value"),
        ),
        (
            ("Observation.value[x]", {"type": [{"code": "string"}]}),
            OBSERVATION,
            ("Observation.valueQuantity", "value"),
        ),
        (
            ("Observation.valueQuantity.code", {"min": 1}),
            OBSERVATION,
            ("Observation.valueQuantity.code", "required"),
        ),
        (
            ("Observation.value[x]:valueQuantity.code", {"min": 1}),
            OBSERVATION,
            ("Observation.valueQuantity.code", "required"),
        ),
        (
            (
                "Observation.subject",
                {"type": [{"code": "Reference", "targetProfile": [CORE + "Group"]}]},
            ),
            OBSERVATION,
            ("Observation.subject", "value"),
        ),
        (
            (
                "Patient",
                {
                    "constraint": [
                        {
                            "key": "own-1",
                            "severity": "error",
                            "human": "Has a date of birth",
                            "expression": "birthDate.exists()",
                        }
                    ]
                },
            ),
            PATIENT,
            ("Patient", "invariant"),
        ),
        (
            (
                "Patient.maritalStatus",
                {
                    "binding": {
                        "strength": "required",
                        "valueSet": "http://hl7.org/fhir/ValueSet/administrative-gender",
                    }
                },
            ),
            {**PATIENT, "maritalStatus": {"coding": [{"system": "urn:x", "code": "M"}]}},
            ("Patient.maritalStatus", "code-invalid"),
        ),
    ],
)
@pytest.mark.parametrize("form", ["differential", "snapshot"])
def test_what_a_profile_asks_is_missed_at_its_place(
    element: tuple[str, Json], resource: Json, fault: tuple[str, str], form: str
) -> None:
    asked = profile("p", resource["resourceType"], element, form=form)
    assert faults(resource, asked) == [fault]


def test_what_a_profile_asks_and_finds_is_in_order() -> None:
    asked = profile(
        "p",
        "Observation",
        ("Observation.code", {"patternCodeableConcept": {"coding": [{"code": "8867-4"}]}}),
        ("Observation.value[x]", {"min": 1, "type": [{"code": "Quantity"}]}),
        ("Observation.value[x].unit", {"fixedString": "/min", "mustSupport": True}),
        ("Observation.status", {"fixedCode": "final"}),
    )
    assert faults(OBSERVATION, asked) == []


def test_a_profile_builds_upon_another() -> None:
    base = profile(
        "base", "Patient", ("Patient.name", {"min": 1}), ("Patient.name.text", {"min": 1})
    )
    upon = profile("upon", "Patient", ("Patient.birthDate", {"min": 1}), base=HERE + "base")
    assert faults(PATIENT, upon, base) == [
        ("Patient.name[0].text", "required"),
        ("Patient.birthDate", "required"),
    ]


ETHNICITY = profile(
    "ethnicity",
    "Extension",
    ("Extension.url", {"fixedUri": HERE + "ethnicity"}),
    ("Extension.value[x]", {"min": 1, "type": [{"code": "CodeableConcept"}]}),
)
WITH_ETHNICITY = profile(
    "p",
    "Patient",
    (
        "Patient.extension",
        {"slicing": {"discriminator": [{"type": "value", "path": "url"}], "rules": "open"}},
    ),
    (
        "Patient.extension:ethnicity",
        {"min": 1, "type": [{"code": "Extension", "profile": [HERE + "ethnicity"]}]},
    ),
)


def test_extensions_are_held_against_their_definitions() -> None:
    def extended(**value: Json) -> Json:
        return {**PATIENT, "extension": [{"url": HERE + "ethnicity", **value}]}

    known = (WITH_ETHNICITY, ETHNICITY)
    assert faults(extended(valueCodeableConcept={"text": "A"}), *known) == []
    assert faults(PATIENT, *known) == [("Patient.extension:ethnicity", "required")]
    assert faults(extended(valueString="A"), *known) == [
        ("Patient.extension[0].valueString", "value")
    ]


def test_a_primitive_may_be_asked_for_its_value() -> None:
    asked = profile("p", "Patient", ("Patient.gender.value", {"min": 1}))
    absent = {"extension": [{"url": CORE + "data-absent-reason", "valueCode": "unknown"}]}
    without = {name: value for name, value in PATIENT.items() if name != "gender"}
    assert faults({**without, "_gender": absent}, asked) == [("Patient.gender", "required")]
    assert faults({**without, "_gender": absent}, profile("p", "Patient")) == []


def test_a_differential_without_ids_is_read_by_its_paths() -> None:
    with_ids = profile("p", "Patient", *slices("closed", *NUMBER, *OWN))
    rows = with_ids["differential"]["element"]
    without = {**with_ids, "differential": {"element": [_without_id(row) for row in rows]}}
    for systems in ((NHS,), (LOCAL,), (NHS, NHS), (NHS, "urn:x")):
        assert faults(identified(*systems), without) == faults(identified(*systems), with_ids)


def _without_id(row: Json) -> Json:
    return {key: value for key, value in row.items() if key != "id"}


def test_a_profile_may_name_itself() -> None:
    again = {"type": [{"code": "Resource", "profile": [HERE + "p"]}]}
    asked = profile("p", "Bundle", ("Bundle.entry.resource", again), ("Bundle.total", {"max": "0"}))
    inner = {"resourceType": "Bundle", "type": "searchset", "total": 1}
    outer = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": inner}]}
    assert faults(outer, asked) == [("Bundle.entry[0].resource.total", "structure")]


@pytest.mark.parametrize(
    ("known", "code"),
    [
        (profile("p", "Patient", base=HERE + "gone"), "not-supported"),
        (profile("p", "Patient", base=HERE + "p"), "not-supported"),
        (profile("p", "Patient", ("Patient.colour", {"min": 1})), "not-supported"),
        (profile("p", "Observation"), "invalid"),
    ],
)
def test_a_profile_that_can_not_be_read_is_an_issue(known: Json, code: str) -> None:
    assert faults(PATIENT, known) == [("Patient", code)]


def test_r4s_own_profiles_are_known() -> None:
    known = profiles.of(spec.profiles())
    compiler = Compiler(known)
    for url in known.structures:
        compiler.profile(url)
    assert len(known.structures) > 40
    with pytest.raises(BadInputError):
        tree.of_profile(HERE + "gone", known)
