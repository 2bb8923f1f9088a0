"""Slices: which repeat of an element is which, and what follows."""

import pytest

from fhir.profile_making import (
    CORE,
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


@pytest.mark.parametrize(
    ("rules", "systems", "found"),
    [
        ("open", (NHS,), []),
        ("open", ("urn:x", NHS, LOCAL), []),
        ("open", (LOCAL,), [("Patient.identifier:nhs", "required")]),
        ("open", (NHS, NHS), [("Patient.identifier:nhs", "structure")]),
        ("closed", (NHS, LOCAL), []),
        ("closed", (NHS, "urn:x"), [("Patient.identifier[1]", "structure")]),
        ("openAtEnd", (NHS, LOCAL, "urn:x"), []),
        ("openAtEnd", (NHS, "urn:x", LOCAL), [("Patient.identifier", "structure")]),
    ],
)
def test_slices_are_told_apart_by_a_value(
    rules: str, systems: tuple[str, ...], found: list[tuple[str, str]]
) -> None:
    asked = profile("p", "Patient", *slices(rules, *NUMBER, *OWN))
    assert faults(identified(*systems), asked) == found


def test_slices_stand_in_their_order_where_a_profile_asks_for_it() -> None:
    asked = profile("p", "Patient", *slices("open", *NUMBER, *OWN, ordered=True))
    assert faults(identified(NHS, LOCAL), asked) == []
    assert faults(identified(LOCAL, NHS), asked) == [("Patient.identifier", "structure")]


def test_a_slice_is_held_against_its_own_rules() -> None:
    asked = profile("p", "Patient", *slices("open", *NUMBER))
    wrong = {**PATIENT, "identifier": [{"system": NHS}, {"system": LOCAL}]}
    assert faults(wrong, asked) == [("Patient.identifier[0].value", "required")]


def test_what_is_in_no_slice_is_held_against_the_default() -> None:
    default = ("Patient.identifier:@default.assigner", {"min": 1})
    asked = profile("p", "Patient", *slices("closed", *NUMBER, default))
    assert faults(identified(NHS, LOCAL), asked) == [("Patient.identifier[1].assigner", "required")]


def test_slices_are_told_apart_by_a_pattern() -> None:
    loinc = {"coding": [{"system": "http://loinc.org"}]}
    asked = profile(
        "p",
        "Observation",
        (
            "Observation.category",
            {"slicing": {"discriminator": [{"type": "pattern", "path": "$this"}], "rules": "open"}},
        ),
        ("Observation.category:coded", {"min": 1, "patternCodeableConcept": loinc}),
    )
    coded = {"coding": [{"system": "http://loinc.org", "code": "x"}]}
    assert faults({**OBSERVATION, "category": [coded, {"text": "x"}]}, asked) == []
    assert faults({**OBSERVATION, "category": [{"text": "x"}]}, asked) == [
        ("Observation.category:coded", "required")
    ]


def test_slices_are_told_apart_by_what_exists() -> None:
    asked = profile(
        "p",
        "Patient",
        (
            "Patient.name",
            {"slicing": {"discriminator": [{"type": "exists", "path": "period"}], "rules": "open"}},
        ),
        ("Patient.name:dated", {"max": "1"}),
        ("Patient.name:dated.period", {"min": 1}),
        ("Patient.name:plain", {"max": "1"}),
        ("Patient.name:plain.period", {"max": "0"}),
    )
    dated = {"text": "a", "period": {"start": "2020"}}
    assert faults({**PATIENT, "name": [dated, {"text": "b"}]}, asked) == []
    assert faults({**PATIENT, "name": [dated, dated]}, asked) == [
        ("Patient.name:dated", "structure")
    ]


def test_slices_are_told_apart_by_type() -> None:
    by_type = {"discriminator": [{"type": "type", "path": "$this"}], "rules": "closed"}
    asked = profile(
        "p",
        "Observation",
        ("Observation.value[x]", {"slicing": by_type}),
        ("Observation.value[x]:valueQuantity", {"min": 0}),
        ("Observation.value[x]:valueQuantity.system", {"min": 1}),
    )
    assert faults(OBSERVATION, asked) == [("Observation.valueQuantity.system", "required")]


def test_slices_are_told_apart_by_profile_and_where_references_lead() -> None:
    pulse = profile(
        "pulse",
        "Observation",
        ("Observation.code", {"patternCodeableConcept": {"coding": [{"code": "8867-4"}]}}),
    )
    by_profile = {"discriminator": [{"type": "profile", "path": "resource"}], "rules": "open"}
    document = profile(
        "document",
        "Bundle",
        ("Bundle.entry", {"slicing": by_profile}),
        ("Bundle.entry:pulse", {"min": 1}),
        (
            "Bundle.entry:pulse.resource",
            {"type": [{"code": "Resource", "profile": [pulse["url"]]}]},
        ),
    )
    bundle = {"resourceType": "Bundle", "type": "collection"}
    other = {**OBSERVATION, "code": {"coding": [{"system": "http://loinc.org", "code": "x"}]}}
    assert faults({**bundle, "entry": [{"resource": OBSERVATION}]}, document, pulse) == []
    assert faults({**bundle, "entry": [{"resource": PATIENT}]}, document, pulse) == [
        ("Bundle.entry:pulse", "required")
    ]
    assert ("Bundle.entry[0].resource.code", "value") in faults(
        {**bundle, "entry": [{"resource": other}]}, document, pulse
    )


def test_slices_are_told_apart_by_what_a_reference_resolves_to() -> None:
    resolved = {"discriminator": [{"type": "type", "path": "resolve()"}], "rules": "open"}
    asked = profile(
        "p",
        "Observation",
        ("Observation.performer", {"slicing": resolved}),
        (
            "Observation.performer:ward",
            {"min": 1, "type": [{"code": "Reference", "targetProfile": [CORE + "Organization"]}]},
        ),
    )
    ward = {"resourceType": "Organization", "id": "w", "name": "Ward"}
    inside = {**OBSERVATION, "contained": [ward], "performer": [{"reference": "#w"}]}
    assert faults(inside, asked) == []
    assert faults({**OBSERVATION, "performer": [{"reference": "Organization/1"}]}, asked) == []
    assert faults({**OBSERVATION, "performer": [{"reference": "Patient/1"}]}, asked) == [
        ("Observation.performer:ward", "required")
    ]
