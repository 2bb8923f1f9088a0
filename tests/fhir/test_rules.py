"""What R4 says in words, beyond structure and invariants."""

from typing import Any

import pytest

from throughcare.fhir import validation
from throughcare.fhir.outcome import Severity
from throughcare.fhir.xml import parsing
from throughcare.kernel import BadInputError

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
OWN_NAME = "http://hl7.org/fhir/StructureDefinition/humanname-own-name"

Json = Any

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "name": [{"family": "Khan", "given": ["Ada", "Mary"]}],
    "gender": "female",
}


def places(resource: Json) -> list[tuple[str, str]]:
    return [
        (issue.expression, issue.code)
        for issue in validation.validate(resource)
        if issue.severity is Severity.ERROR
    ]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"name": [{"id": "n"}]}, ("Patient.name[0]", "invariant")),
        ({"name": [{"given": [None]}]}, ("Patient.name[0].given[0]", "value")),
        (
            {"name": [{"given": ["Ada", None], "_given": [None, {"id": "x"}]}]},
            ("Patient.name[0].given[1]", "structure"),
        ),
        ({"_active": {"id": "x"}}, ("Patient._active", "invariant")),
        (
            {"name": [{"given": ["Ada"], "_given": [None, None]}]},
            ("Patient.name[0].given[1]", "structure"),
        ),
        ({"contained": [{"resourceType": "Basic"}]}, ("Patient.contained", "value")),
        (
            {"managingOrganization": {"reference": "Dragon/1"}},
            ("Patient.managingOrganization.reference", "value"),
        ),
        (
            {"managingOrganization": {"reference": "Organization/1", "type": "Patient"}},
            ("Patient.managingOrganization.type", "value"),
        ),
        (
            {"managingOrganization": {"reference": "#p"}}
            | {"contained": [{"resourceType": "Patient", "id": "p"}]},
            ("Patient.managingOrganization.reference", "value"),
        ),
        ({"text": {"status": "generated", "div": "<div>a</div>"}}, ("Patient.text.div", "value")),
        (
            {"extension": [{"url": OWN_NAME, "valueString": "van"}]},
            ("Patient.extension[0]", "extension"),
        ),
        (
            {"name": [{"_family": {"extension": [{"url": OWN_NAME, "valueBoolean": True}]}}]},
            ("Patient.name[0]._family.extension[0]", "extension"),
        ),
        (
            {"modifierExtension": [{"url": ABSENT, "valueCode": "unknown"}]},
            ("Patient.modifierExtension[0]", "extension"),
        ),
    ],
)
def test_rules_that_a_schema_can_not_say_hold(
    change: dict[str, Json], place: tuple[str, str]
) -> None:
    assert place in places({**PATIENT, **change})


def test_an_extension_of_r4_stands_where_r4_defines_it() -> None:
    name = {"family": "van Khan"} | {
        "_family": {"extension": [{"url": OWN_NAME, "valueString": "Khan"}]}
    }
    assert validation.validate({**PATIENT, "name": [name]}) == []


@pytest.mark.parametrize("bundle_type", ["transaction", "document", "message", "collection"])
def test_a_bundle_brings_what_its_urns_name(bundle_type: str) -> None:
    url = "urn:uuid:00000000-0000-4000-8000-000000000001"
    condition = {"resourceType": "Condition", "subject": {"reference": url}}
    bundle = {"resourceType": "Bundle", "type": bundle_type}
    entries = [{"fullUrl": url[:-1] + "2", "resource": condition}]
    found = validation.validate({**bundle, "entry": entries})
    place = ("Bundle.entry[0].resource.subject.reference", "not-found")
    has_entry = validation.validate(
        {**bundle, "entry": [*entries, {"fullUrl": url, "resource": PATIENT}]}
    )
    assert place not in [(issue.expression, issue.code) for issue in has_entry]
    if bundle_type == "collection":
        assert [(issue.expression, issue.code) for issue in found] == [place]


def test_an_invariant_of_an_inner_element_is_asked_with_the_resource() -> None:
    element = {"path": "Patient", "definition": "A person.", "id": "Patient"} | {
        "min": 0,
        "max": "*",
        "base": {"path": "Patient", "min": 0, "max": "*"},
    }
    wrong = {**element, "path": "Person.name", "id": "Person.name"}
    structure = {
        "resourceType": "StructureDefinition",
        "url": "https://example.org/p",
        "name": "P",
        "status": "draft",
        "kind": "resource",
        "abstract": False,
        "type": "Patient",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/DomainResource",
        "derivation": "specialization",
    }
    right = {**structure, "snapshot": {"element": [element, {**wrong, "path": "Patient.name"}]}}
    assert validation.validate(right) == []
    issues = validation.validate({**structure, "snapshot": {"element": [element, wrong]}})
    assert any("(sdf-8)" in issue.text for issue in issues)


def test_text_that_is_no_resource_is_one_fatal_issue() -> None:
    assert [issue.severity for issue in validation.validate(b"{")] == [Severity.FATAL]
    assert [issue.code for issue in validation.validate(b'{"id":"a","id":"b"}')] == ["invalid"]


def test_a_simple_quantity_has_no_comparator() -> None:
    order = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "Aspirin"},
        "subject": {"reference": "Patient/1"},
        "dispenseRequest": {"quantity": {"value": 28}},
    }
    assert validation.validate(order) == []
    wrong = {**order, "dispenseRequest": {"quantity": {"value": 28, "comparator": "<"}}}
    assert places(wrong) == [("MedicationRequest.dispenseRequest.quantity", "invariant")]


@pytest.mark.parametrize(
    "text",
    [
        "<a><b c='d'>e &amp; f</b>g</a>",
        "<a>\n<b/></a>",
        "<a><b></a>",
        "<!DOCTYPE a><a/>",
        "",
        "a\0b",
    ],
)
def test_a_glance_at_xml_sees_what_reading_sees(text: str) -> None:
    def seen(read: Any) -> list[Any]:  # noqa: ANN401 - either way
        found: list[Any] = []
        events = parsing.Events(
            lambda name, attributes, _: found.append((name, attributes)),
            lambda name, _: found.append(name),
            lambda data, _: found.append(data),
        )
        try:
            read(text.encode(), events)
        except BadInputError as error:
            found.append(error.message)
        return found

    assert seen(parsing.glance) == seen(parsing.parse)
