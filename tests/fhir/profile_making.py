"""Small profiles, made for one test each."""

from typing import Any

from throughcare.fhir import profiles, validate
from throughcare.fhir.profiles import Compiler

Json = Any
CORE = "http://hl7.org/fhir/StructureDefinition/"
HERE = "https://example.org/StructureDefinition/"
NHS = "https://fhir.nhs.uk/Id/nhs-number"
LOCAL = "https://example.org/local"

PATIENT: Json = {
    "resourceType": "Patient",
    "identifier": [{"system": NHS, "value": "9990000018"}],
    "name": [{"family": "Khan", "given": ["Ada"]}],
    "gender": "female",
}
OBSERVATION: Json = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}], "text": "Pulse"},
    "subject": {"reference": "Patient/1"},
    "valueQuantity": {"value": 72, "unit": "/min"},
}


def profile(
    name: str, type_: str, *elements: Json, base: str = "", form: str = "differential"
) -> Json:
    """Return a profile whose elements are (id, rules)."""
    listed = [
        {"id": id_, "path": _path(id_), **({"sliceName": _slice(id_)} if _slice(id_) else {})}
        | rest
        for id_, rest in elements
    ]
    return {
        "resourceType": "StructureDefinition",
        "url": HERE + name,
        "type": type_,
        "kind": "resource",
        "baseDefinition": base or CORE + type_,
        form: {"element": listed},
    }


def _path(id_: str) -> str:
    return ".".join(step.partition(":")[0] for step in id_.split("."))


def _slice(id_: str) -> str:
    return id_.rpartition(".")[2].partition(":")[2]


def faults(resource: Json, *known: Json) -> list[tuple[str, str]]:
    """Return (place, code) of what the first of `known` finds."""
    compiler = Compiler(profiles.of(known))
    issues = validate(resource, known[0]["url"], compiler)
    return [(issue.expression, issue.code) for issue in issues]


def slices(rules: str, *parts: tuple[str, Json], **more: Json) -> tuple[tuple[str, Json], ...]:
    """Return identifiers that are sliced by their system."""
    by_system = {"discriminator": [{"type": "value", "path": "system"}], "rules": rules, **more}
    return (("Patient.identifier", {"slicing": by_system}), *parts)


NUMBER = (
    ("Patient.identifier:nhs", {"min": 1, "max": "1"}),
    ("Patient.identifier:nhs.system", {"fixedUri": NHS}),
    ("Patient.identifier:nhs.value", {"min": 1, "maxLength": 10}),
)
OWN = (
    ("Patient.identifier:local", {"max": "1"}),
    ("Patient.identifier:local.system", {"fixedUri": LOCAL}),
)


def identified(*systems: str) -> Json:
    return {**PATIENT, "identifier": [{"system": each, "value": "1"} for each in systems]}
