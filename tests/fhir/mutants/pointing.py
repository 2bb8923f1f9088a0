"""Mutants whose references and contained resources lead nowhere."""

from random import Random  # noqa: TID251 - seeded by whoever draws

from fhir.mutants.drawing import Json, kind, members
from throughcare.fhir import spec

# References


def _references(resource: Json) -> list[tuple[dict[str, Json], spec.Element]]:
    return [
        (value, element)
        for here, element in members(resource, lambda element, _: "Reference" in element.types)
        for member, type_ in element.members()
        if type_ == "Reference"
        for value in (
            here.get(member) if isinstance(here.get(member), list) else [here.get(member)]
        )
        if isinstance(value, dict)
    ]


@kind
def reference_to_a_wrong_type(resource: Json, chance: Random) -> bool:
    closed = [
        (value, element)
        for value, element in _references(resource)
        if element.targets and "Resource" not in element.targets
    ]
    if not closed:
        return False
    value, element = chance.choice(closed)
    wrong = sorted(spec.resource_types() - set(element.targets))
    value.pop("type", None)
    start = chance.choice(["", "https://example.org/fhir/"])
    value["reference"] = f"{start}{chance.choice(wrong)}/1"
    return True


@kind
def reference_to_no_type(resource: Json, chance: Random) -> bool:
    references = _references(resource)
    if not references:
        return False
    value, _ = chance.choice(references)
    value["reference"] = chance.choice(["Dragon/1", "patient/1", "1", "Patient/a b", "Patient"])
    return True


@kind
def reference_that_states_another_type(resource: Json, chance: Random) -> bool:
    references = [each for each, element in _references(resource) if "Patient" in element.targets]
    if not references:
        return False
    chance.choice(references).update(reference="Patient/1", type="Device")
    return True


@kind
def reference_to_nothing_contained(resource: Json, chance: Random) -> bool:
    references = _references(resource)
    if not references:
        return False
    chance.choice(references)[0]["reference"] = "#gone"
    return True


@kind
def reference_that_is_empty(resource: Json, chance: Random) -> bool:
    references = _references(resource)
    if not references:
        return False
    value, _ = chance.choice(references)
    value.clear()
    value["type"] = 5
    return True


# Contained resources


def _contain(resource: Json, contained: Json) -> bool:
    if resource["resourceType"] in {"Bundle", "Parameters", "Binary"}:
        return False
    resource["contained"] = [*resource.get("contained", ()), contained]
    return True


@kind
def contained_and_never_used(resource: Json, chance: Random) -> bool:
    del chance
    return _contain(resource, {"resourceType": "Organization", "id": "unused", "name": "Ward"})


@kind
def contained_without_an_id(resource: Json, chance: Random) -> bool:
    del chance
    return _contain(resource, {"resourceType": "Organization", "name": "Ward"})


def _used(resource: Json, contained: Json) -> bool:
    if not _contain(resource, contained):
        return False
    reference = {"url": "urn:x", "valueReference": {"reference": "#used"}}
    resource["extension"] = [*resource.get("extension", ()), reference]
    return True


@kind
def contained_in_contained(resource: Json, chance: Random) -> bool:
    del chance
    inner = {"resourceType": "Organization", "id": "inner", "name": "Ward"}
    outer = {"resourceType": "Organization", "id": "used", "contained": [inner]}
    return _used(resource, {**outer, "partOf": {"reference": "#inner"}})


@kind
def contained_with_a_version(resource: Json, chance: Random) -> bool:
    meta = chance.choice([{"versionId": "1"}, {"lastUpdated": "2021-02-01T10:00:00Z"}])
    return _used(
        resource, {"resourceType": "Organization", "id": "used", "name": "Ward", "meta": meta}
    )


@kind
def contained_with_a_security_label(resource: Json, chance: Random) -> bool:
    meta = {"security": [{"code": chance.choice(["R", "V"])}]}
    return _used(
        resource, {"resourceType": "Organization", "id": "used", "name": "Ward", "meta": meta}
    )


@kind
def contained_twice_under_one_id(resource: Json, chance: Random) -> bool:
    del chance
    ward = {"resourceType": "Organization", "id": "used", "name": "Ward"}
    return _used(resource, ward) and _contain(resource, dict(ward))
