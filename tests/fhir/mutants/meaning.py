"""Mutants that break narrative, extensions, invariants or a Bundle."""

import copy
from random import Random  # noqa: TID251 - seeded by whoever draws

from fhir.mutants.drawing import EXTENSION, Json, elements, kind, objects
from throughcare.fhir import spec

# Narrative


def _narrate(resource: Json, div: str, status: str = "generated") -> bool:
    if spec.structure(resource["resourceType"]).base != "DomainResource":
        return False
    resource["text"] = {"status": status, "div": div}
    return True


def _div(inside: str) -> str:
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{inside}</div>'


@kind
def narrative_with_a_forbidden_element(resource: Json, chance: Random) -> bool:
    name = chance.choice(["script", "iframe", "form", "object", "video", "body", "font", "svg"])
    return _narrate(resource, _div(f"<p>a</p><{name}>b</{name}>"))


@kind
def narrative_with_a_forbidden_attribute(resource: Json, chance: Random) -> bool:
    name = chance.choice(["onclick", "onload", "onmouseover", "target", "ping", "srcset"])
    return _narrate(resource, _div(f'<p {name}="x()">a</p>'))


@kind
def narrative_that_is_not_well_formed(resource: Json, chance: Random) -> bool:
    inside = chance.choice(["<p>a", "a & b", "<p>a</b>", "&nbsp;", "<br>", "<p class=x>a</p>"])
    return _narrate(resource, _div(inside))


@kind
def narrative_that_says_nothing(resource: Json, chance: Random) -> bool:
    return _narrate(resource, _div(chance.choice(["", " ", "<p/>", "\n<p> </p>"])))


@kind
def narrative_of_another_root(resource: Json, chance: Random) -> bool:
    return _narrate(
        resource, chance.choice(["<p>a</p>", "<div>a</div>", "a", '<div xmlns="urn:x">a</div>'])
    )


@kind
def narrative_with_a_doctype(resource: Json, chance: Random) -> bool:
    del chance
    return _narrate(resource, "<!DOCTYPE div [<!ENTITY a 'b'>]>" + _div("&a;"))


@kind
def narrative_of_no_status(resource: Json, chance: Random) -> bool:
    return _narrate(resource, _div("a"), chance.choice(["done", "Generated", "full"]))


# Extensions


def _extend(resource: Json, extension: Json) -> bool:
    if resource["resourceType"] in {"Bundle", "Parameters", "Binary"}:
        return False
    resource["extension"] = [*resource.get("extension", ()), extension]
    return True


@kind
def extension_without_a_url(resource: Json, chance: Random) -> bool:
    del chance
    return _extend(resource, {"valueString": "x"})


@kind
def extension_that_says_nothing(resource: Json, chance: Random) -> bool:
    del chance
    return _extend(resource, {"url": "urn:x"})


@kind
def extension_with_value_and_parts(resource: Json, chance: Random) -> bool:
    del chance
    part = {"url": "y", "valueString": "x"}
    return _extend(resource, {"url": "urn:x", "valueString": "x", "extension": [part]})


@kind
def extension_in_a_wrong_place(resource: Json, chance: Random) -> bool:
    wrong = {"url": EXTENSION + "humanname-own-prefix", "valueString": "van"}
    if resource["resourceType"] in {
        "OperationDefinition",
        "StructureDefinition",
        "ValueSet",
        "CodeSystem",
    }:
        return False  # a warning there
    inside = [each for each in objects(resource) if each is not resource and "coding" in each]
    if inside and chance.random() < 0.5:
        chance.choice(inside)["extension"] = [wrong]
        return True
    return _extend(resource, wrong)


@kind
def extension_of_a_wrong_type(resource: Json, chance: Random) -> bool:
    value = chance.choice([{"valueString": "unknown"}, {"valueBoolean": True}])
    if resource["resourceType"] in {"Bundle", "Parameters", "Binary"}:
        return False
    resource["_language"] = {"extension": [{"url": EXTENSION + "data-absent-reason", **value}]}
    return True


@kind
def extension_without_a_part(resource: Json, chance: Random) -> bool:
    if resource["resourceType"] != "Patient":
        return False
    part = chance.choice([{"url": "code", "valueCodeableConcept": {"text": "x"}}, None])
    extension = {"url": EXTENSION + "patient-nationality", "extension": [part, part]}
    proficiency = {"url": EXTENSION + "patient-proficiency", "valueString": "x"}
    return _extend(resource, extension if part else proficiency)


# Invariants


def _at(resource: Json, type_: str) -> list[dict[str, Json]]:
    return [
        here for structure, path, here in elements(resource) if (structure, path) == (type_, "")
    ]


@kind
def period_that_ends_before_it_starts(resource: Json, chance: Random) -> bool:
    periods = _at(resource, "Period")
    if not periods:
        return False
    period = chance.choice(periods)
    period.update(start="2021-02-02", end=chance.choice(["2021-02-01", "2020", "2021-01"]))
    return True


@kind
def unit_code_without_its_system(resource: Json, chance: Random) -> bool:
    quantities = _at(resource, "Quantity")
    if not quantities:
        return False
    quantity = chance.choice(quantities)
    quantity.pop("system", None)
    quantity["code"] = "mg"
    return True


@kind
def telecom_without_its_system(resource: Json, chance: Random) -> bool:
    telecoms = [each for each in _at(resource, "ContactPoint") if "value" in each]
    if not telecoms:
        return False
    chance.choice(telecoms).pop("system", None)
    return True


@kind
def value_and_why_it_is_absent(resource: Json, chance: Random) -> bool:
    del chance
    if resource["resourceType"] != "Observation" or not any(
        k.startswith("value") for k in resource
    ):
        return False
    resource["dataAbsentReason"] = {"text": "x"}
    return True


@kind
def concept_broken_by_its_type_invariant(resource: Json, chance: Random) -> bool:
    if resource["resourceType"] != "Patient":
        return False
    resource["contact"] = [{"gender": chance.choice(["male", "female"])}]
    return True


# Bundles


def _bundle(resource: Json, bundle: Json) -> bool:
    resource.clear()
    resource.update(bundle)
    return True


@kind
def bundle_with_one_url_twice(resource: Json, chance: Random) -> bool:
    entry = {"fullUrl": f"urn:uuid:{_uuid(chance)}", "resource": copy.deepcopy(resource)}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [entry, dict(entry)]}
    return _bundle(resource, bundle)


@kind
def bundle_with_a_reference_to_nothing(resource: Json, chance: Random) -> bool:
    inside = {
        "resourceType": "Condition",
        "subject": {"reference": f"urn:uuid:{_uuid(chance)}"},
    }
    entries = [
        {"fullUrl": f"urn:uuid:{_uuid(chance)}", "resource": each}
        for each in (inside, copy.deepcopy(resource))
    ]
    return _bundle(resource, {"resourceType": "Bundle", "type": "collection", "entry": entries})


@kind
def transaction_without_a_request(resource: Json, chance: Random) -> bool:
    entry = {"fullUrl": f"urn:uuid:{_uuid(chance)}", "resource": copy.deepcopy(resource)}
    kind_ = chance.choice(["transaction", "batch"])
    return _bundle(resource, {"resourceType": "Bundle", "type": kind_, "entry": [entry]})


@kind
def bundle_with_a_total_that_is_none(resource: Json, chance: Random) -> bool:
    entry = {"fullUrl": f"urn:uuid:{_uuid(chance)}", "resource": copy.deepcopy(resource)}
    bundle = {"resourceType": "Bundle", "type": "collection", "total": 1, "entry": [entry]}
    return _bundle(resource, bundle)


@kind
def document_without_a_composition(resource: Json, chance: Random) -> bool:
    if resource["resourceType"] == "Composition":
        return False
    entry = {"fullUrl": f"urn:uuid:{_uuid(chance)}", "resource": copy.deepcopy(resource)}
    document = {"resourceType": "Bundle", "type": "document", "entry": [entry]}
    named = {"identifier": {"system": "urn:x", "value": "1"}, "timestamp": "2021-02-01T10:00:00Z"}
    return _bundle(resource, {**document, **named})


def _uuid(chance: Random) -> str:
    text = f"{chance.getrandbits(128):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
