import copy
import itertools
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import checks, invariants, narrative, spec, validation
from throughcare.fhir.outcome import Severity
from throughcare.fhir.path import kinds
from throughcare.fhir.path.conditions import full_condition

Json = Any
Texts = Callable[..., Iterator[bytes]]

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
    "name": [{"family": "Khan", "given": ["Ada", "Mary"]}],
    "gender": "female",
    "birthDate": "1940-02-29",
    "contact": [{"name": {"text": "Sam Khan"}}],
    "generalPractitioner": [{"reference": "Organization/gp"}],
}
OBSERVATION = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
    "subject": {"reference": "Patient/p1"},
    "valueQuantity": {"value": Decimal("72.0"), "unit": "/min"},
}


def places(resource: Json) -> list[tuple[str, str]]:
    return [
        (issue.expression, issue.code)
        for issue in validation.validate(resource)
        if issue.severity is Severity.ERROR
    ]


def test_whole_resources_are_in_order() -> None:
    assert validation.validate(PATIENT) == []
    assert validation.validate(OBSERVATION) == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"colour": "red"}, ("Patient.colour", "structure")),
        ({"name": {"family": "Khan"}}, ("Patient.name", "structure")),
        ({"name": []}, ("Patient.name", "structure")),
        ({"name": [{}]}, ("Patient.name[0]", "structure")),
        ({"name": ["Ada"]}, ("Patient.name[0]", "structure")),
        ({"name": [{"given": "Ada"}]}, ("Patient.name[0].given", "structure")),
        ({"name": [{"given": ["Ada", 5]}]}, ("Patient.name[0].given[1]", "value")),
        ({"name": [{"family": "Kh\0an"}]}, ("Patient.name[0].family", "value")),
        ({"identifier": [{"system": "urn:a\0b"}]}, ("Patient.identifier[0].system", "value")),
        ({"gender": "unicorn"}, ("Patient.gender", "code-invalid")),
        ({"gender": 5}, ("Patient.gender", "value")),
        ({"gender": None}, ("Patient.gender", "value")),
        ({"birthDate": "1940-02-30"}, ("Patient.birthDate", "value")),
        ({"birthDate": "29/02/1940"}, ("Patient.birthDate", "value")),
        ({"birthDate": ""}, ("Patient.birthDate", "value")),
        ({"id": "a b"}, ("Patient.id", "value")),
        ({"id": "a" * 65}, ("Patient.id", "value")),
        ({"active": "true"}, ("Patient.active", "value")),
        ({"active": 1}, ("Patient.active", "value")),
        ({"multipleBirthInteger": True}, ("Patient.multipleBirthInteger", "value")),
        ({"multipleBirthInteger": 2**31}, ("Patient.multipleBirthInteger", "value")),
        (
            {"deceasedBoolean": True, "deceasedDateTime": "2020"},
            ("Patient.deceased[x]", "structure"),
        ),
        ({"contact": [{"gender": "male"}]}, ("Patient.contact[0]", "invariant")),
        ({"link": [{"type": "seealso"}]}, ("Patient.link[0].other", "required")),
        (
            {"generalPractitioner": [{"reference": "Patient/x"}]},
            ("Patient.generalPractitioner[0].reference", "value"),
        ),
        (
            {"managingOrganization": {"reference": "#gone"}},
            ("Patient.managingOrganization.reference", "value"),
        ),
        ({"photo": [{"data": "QUJ"}]}, ("Patient.photo[0].data", "value")),
        ({"contained": [{"resourceType": "Dragon"}]}, ("Patient.contained[0]", "structure")),
        ({"contained": [{"resourceType": "Basic"}]}, ("Patient.contained[0].code", "required")),
        ({"extension": [{"url": "urn:x"}]}, ("Patient.extension[0]", "invariant")),
        ({"extension": [{"valueString": "x"}]}, ("Patient.extension[0].url", "required")),
        ({"_gender": "x"}, ("Patient._gender", "structure")),
        ({"name": [{"text": "a\u0000b"}]}, ("Patient.name[0].text", "value")),
    ],
)
def test_a_fault_is_found_at_its_place(change: dict[str, Json], place: tuple[str, str]) -> None:
    assert place in places({**PATIENT, **change})


def test_what_is_required_is_missed() -> None:
    for member in ("status", "code"):
        without = {key: value for key, value in OBSERVATION.items() if key != member}
        assert (f"Observation.{member}", "required") in places(without)


def test_an_extension_may_stand_for_a_value() -> None:
    absent = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason"}
    unknown = {"extension": [{**absent, "valueCode": "unknown"}]}
    without = {key: value for key, value in OBSERVATION.items() if key != "status"}
    assert validation.validate({**without, "_status": unknown}) == []
    name = {"given": ["Ada", None], "_given": [None, unknown]}
    assert validation.validate({**PATIENT, "name": [name]}) == []


@pytest.mark.parametrize(
    ("resource", "key"),
    [
        ({**OBSERVATION, "dataAbsentReason": {"text": "x"}}, "obs-6"),
        ({**OBSERVATION, "valueQuantity": {"value": 5, "code": "mg"}}, "qty-3"),
        ({**OBSERVATION, "referenceRange": [{"appliesTo": [{"text": "x"}]}]}, "obs-3"),
        ({**OBSERVATION, "component": [{"code": OBSERVATION["code"]}]}, "obs-7"),
        ({**PATIENT, "telecom": [{"value": "0123"}]}, "cpt-2"),
        (
            {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}}
            | {"period": {"start": "2020-02", "end": "2020-01"}},
            "per-1",
        ),
        (
            {"resourceType": "Bundle", "type": "collection", "total": 5},
            "bdl-1",
        ),
        ({**PATIENT, "contained": [{**OBSERVATION, "id": "o"}]}, "dom-3"),
    ],
)
def test_an_invariant_is_named_when_it_is_broken(resource: Json, key: str) -> None:
    assert any(f"({key})" in issue.text for issue in validation.validate(resource))


MOMENTS = st.sampled_from(
    ("2020", "2021", "2020-01", "2020-01-31", "2020-01-31T10:00:00Z", "2020-01-31T09:30:00+01:00")
)
OBJECTS = st.fixed_dictionaries(
    {},
    optional={
        "start": MOMENTS,
        "end": MOMENTS,
        "_start": st.just({"id": "x"}),
        "code": st.just("mg"),
        "_code": st.just({"id": "x"}),
        "system": st.just("http://unitsofmeasure.org"),
        "_system": st.just({"id": "x"}),
        "valueString": st.just("x"),
        "dataAbsentReason": st.just({"text": "x"}),
        "component": st.just([{"code": {"coding": [{"code": "a"}]}}]),
        "data": st.just("AAAA"),
        "contentType": st.just("text/plain"),
    },
)


OWNERS = {"per-1": "Period", "qty-3": "Quantity", "att-1": "Attachment"} | dict.fromkeys(
    ("obs-6", "obs-7"), "Observation"
)


@given(OBJECTS, st.sampled_from(sorted(OWNERS)))
def test_invariants_of_nearly_every_resource_say_what_their_fhirpath_says(
    value: Json, key: str
) -> None:
    kind = kinds.of(OWNERS[key])
    short = invariants.compiled(key, kind)
    assert short is not None
    holds = full_condition(spec.constraint(key).expression, kind)(value, value)
    assert (short.is_settled(value.keys()) or short.holds(value, value)) == holds


@given(st.permutations(["same", "wrong", "listed", "same"]))
def test_what_was_right_before_does_not_cover_for_what_is_wrong(order: list[str]) -> None:
    codings: dict[str, Json] = {
        "same": {"system": "http://a", "userSelected": True, "code": "x"},
        "wrong": {"system": "http://a", "userSelected": 1, "code": "x"},
        "listed": {"system": "http://a", "userSelected": True, "code": ["x"]},
    }
    for name in order:
        resource = {**OBSERVATION, "code": {"coding": [codings[name]]}}
        assert bool(places(resource)) == (name != "same")


def test_shapes_beyond_the_limit_are_checked_as_well() -> None:
    members = (
        "text",
        "implicitRules",
        "language",
        "active",
        "gender",
        "birthDate",
        "deceasedBoolean",
    )
    for order in itertools.islice(itertools.permutations(members), checks.MOST_SHAPES + 50):
        values = {"language": "en", "implicitRules": "http://a", "active": True} | {
            "gender": "female",
            "birthDate": "1940",
            "deceasedBoolean": False,
            "text": {"status": "empty", "div": f"<div xmlns='{narrative.NAMESPACE}'>-</div>"},
        }
        resource = {"resourceType": "Patient"} | {name: values[name] for name in order}
        assert places(resource) == []
        assert places({**resource, "active": "yes"}) == [("Patient.active", "value")]
        assert places({**resource, "colour": "red"}) == [("Patient.colour", "structure")]


def test_the_invariants_that_are_not_checked_are_named() -> None:
    assert validation.unchecked_invariants() == (("cid-0", "dom-6"))


def test_a_contained_resource_that_is_used_is_in_order() -> None:
    organisation = {"resourceType": "Organization", "id": "o", "name": "Ward"}
    used = {"managingOrganization": {"reference": "#o"}, "contained": [organisation]}
    assert validation.validate({**PATIENT, **used}) == []


def test_a_uuid_key_that_is_none_is_a_warning() -> None:
    (issue,) = validation.validate({**OBSERVATION, "subject": {"reference": "urn:uuid:p1"}})
    assert (issue.severity, issue.expression) == (Severity.WARNING, "Observation.subject.reference")
    assert not validation.has_errors([issue])


def test_a_bundle_is_checked_to_its_resources() -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": {**PATIENT, "gender": "x"}}],
    }
    assert places(bundle) == [("Bundle.entry[0].resource.gender", "code-invalid")]


@pytest.mark.parametrize(("folder", "bundles"), [("synthea-2019", 12), ("synthea-2021", 4)])
def test_synthea_is_in_order(folder: str, bundles: int, resource_texts: Texts) -> None:
    count = 0
    for text in resource_texts(folder, bundles=bundles):
        assert validation.validate(fhir_bytes.parse(text)) == []
        count += 1
    assert count > 2000


def objects(value: Json) -> Iterator[dict[str, Json]]:
    """Yield every object of a resource."""
    if isinstance(value, dict):
        yield value
        for child in value.values():
            yield from objects(child)
    elif isinstance(value, list):
        for child in value:
            yield from objects(child)


def mutants(resource: Json) -> Iterator[tuple[str, Json]]:
    """Yield (what is wrong, resource with one thing wrong), each object and member in turn."""
    count = sum(1 for _ in objects(resource))
    for place in range(count):
        names = list(list(objects(resource))[place])
        yield from _mutants_of_object(resource, place, names)


def _mutants_of_object(resource: Json, place: int, names: list[str]) -> Iterator[tuple[str, Json]]:
    def changed(what: Callable[[dict[str, Json]], None]) -> Json:
        mutant = copy.deepcopy(resource)
        what(list(objects(mutant))[place])
        return mutant

    yield "unknown member", changed(lambda here: here.update(colour="red"))
    for name in names:
        if name == "resourceType":
            continue
        yield f"{name} of a wrong type", changed(lambda here, name=name: here.update({name: [[]]}))
        yield f"{name} null", changed(lambda here, name=name: here.update({name: None}))
        value = list(objects(resource))[place][name]
        if isinstance(value, list):
            yield (
                f"{name} not in a list",
                changed(lambda here, name=name: here.update({name: here[name][0]})),
            )
            yield f"{name} empty", changed(lambda here, name=name: here.update({name: []}))
        else:
            yield (
                f"{name} in a list",
                changed(lambda here, name=name: here.update({name: [here[name]]})),
            )
        if name in {"id", "status", "gender", "intent", "use", "birthDate", "start"}:
            yield f"bad {name}", changed(lambda here, name=name: here.update({name: "no such"}))


@pytest.mark.parametrize("folder", ["synthea-2019", "synthea-2021"])
def test_every_mutant_is_caught(folder: str, resource_texts: Texts) -> None:
    samples: dict[str, Json] = {}
    for text in resource_texts(folder, bundles=3):
        resource = fhir_bytes.parse(text)
        if len(text) < 6000:
            samples.setdefault(resource["resourceType"], resource)
    count = 0
    for resource in samples.values():
        for what, mutant in mutants(resource):
            assert places(mutant), f"{resource['resourceType']}: {what}"
            count += 1
    assert count > 1500


def test_a_required_member_taken_away_is_missed(resource_texts: Texts) -> None:
    for text in resource_texts("synthea-2019", bundles=2):
        resource = fhir_bytes.parse(text)
        name = resource["resourceType"]
        for element in spec.structure(name).children(""):
            if element.min and not element.is_choice:
                without = {key: value for key, value in resource.items() if key != element.name}
                assert (f"{name}.{element.name}", "required") in places(without)


NAMES = ["resourceType", "id", "name", "reference", "extension", "contained", "url", "value"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "resourceType",
                    "id",
                    "name",
                    "reference",
                    "extension",
                    "contained",
                    "url",
                    "value",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(
    st.sampled_from(sorted(spec.resource_types())),
    st.data(),
)
def test_odd_input_never_raises(resource_type: str, data: st.DataObject) -> None:
    children = [element.members()[0][0] for element in spec.structure(resource_type).children("")]
    members = data.draw(st.dictionaries(st.sampled_from(children), json_values, max_size=5))
    validation.validate({"resourceType": resource_type, **members})
    validation.validate(members)


def test_the_texts_hold_no_value_of_the_resource() -> None:
    secret = "Zebedee-Xylophone"
    wrong = json.loads(json.dumps(PATIENT).replace("Khan", secret).replace("female", secret))
    issues = validation.validate({**wrong, "birthDate": secret, "id": f"{secret} !"})
    assert issues
    assert all(secret not in issue.text for issue in issues)
