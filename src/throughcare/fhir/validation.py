"""Validation against FHIR R4: structure, cardinality, primitives, codes, references, invariants.

The structure definitions are compiled, type by type at first use, to tables of closures
(`throughcare.fhir.checks`). What is checked and what is not is said at `validate`.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import checks, invariants, profiles, spec
from throughcare.fhir.faults import Faults
from throughcare.fhir.outcome import Issue, Severity
from throughcare.fhir.profiles import Compiler
from throughcare.fhir.profiles.values import Item, around
from throughcare.fhir.terminology import Library, Terms
from throughcare.kernel import BadInputError


def validate(
    data: bytes | Mapping[str, Any], profile: str | None = None, known: Compiler | None = None
) -> list[Issue]:
    """Return what is wrong or odd about a resource: JSON text, or what `bytes.parse` made of it.

    Checked: members, cardinality, choices, JSON types, primitive forms, required codes, the types
    that references name, contained resources, the XHTML of narratives, where the extensions of R4
    stand and what they hold, full urls and references within a Bundle, and the invariants that
    `unchecked_invariants` does not name. Not checked: bindings weaker than required, whether a
    reference leads anywhere outside. A resource that is in order by R4 is then held against
    `profile`, a canonical url of R4's own profiles or of `known` ones. Never raises, whatever
    `data` holds. Texts are sentences without a value of the resource.

    >>> [issue.expression for issue in validate(b'{"resourceType":"Basic","colour":"red"}')]
    ['Basic.colour', 'Basic.code']
    >>> weight = {"resourceType": "Observation", "status": "final", "code": {"text": "Weight"}}
    >>> validate(weight)
    []
    >>> vital_signs = "http://hl7.org/fhir/StructureDefinition/vitalsigns"
    >>> [issue.expression for issue in validate(weight, vital_signs)][:2]
    ['Observation', 'Observation.category']
    """
    if isinstance(data, bytes):
        try:
            data = fhir_bytes.parse(data)
        except BadInputError as error:
            return [Issue(Severity.FATAL, error.issue, error.place or "", error.message)]
    name = data.get("resourceType")
    if not isinstance(name, str) or not spec.is_resource_type(name):
        text = "resourceType is no resource type of FHIR R4: correct it."
        return [Issue(Severity.ERROR, "structure", "resourceType", text)]
    issues = _issues(name, checks.resource(data))
    if profile is None or has_errors(issues):
        return issues
    return issues + against(data, profile, _core() if known is None else known)


def _issues(name: str, faults: Faults) -> list[Issue]:
    return [
        Issue(Severity(severity), code, name + path, text)
        for path, severity, code, text in faults or ()
    ]


def against(data: Mapping[str, Any], profile: str, known: Compiler) -> list[Issue]:
    """Return what a profile finds in a resource in which `validate` finds no error by R4."""
    name = str(data["resourceType"])
    if known.type_of(profile) not in {name, "Resource", "DomainResource", ""}:
        text = "The profile is about another type: name a profile of this one."
        return [Issue(Severity.ERROR, "invalid", name, text)]
    try:
        check = known.profile(profile)
    except BadInputError as error:
        return [Issue(Severity.ERROR, "not-supported", name, error.message)]
    return _issues(name, check(Item("", data), around(data)))


@cache
def _core() -> Compiler:
    """Return the profiles of R4 itself."""
    return Compiler(profiles.of(spec.profiles(), Terms(Library()).member))


def has_errors(issues: list[Issue]) -> bool:
    """Tell whether one of `issues` is more than a warning."""
    return any(issue.severity in {Severity.ERROR, Severity.FATAL} for issue in issues)


def unchecked_invariants() -> tuple[str, ...]:
    """Return the keys of the invariants that are not checked."""
    return invariants.unchecked()
