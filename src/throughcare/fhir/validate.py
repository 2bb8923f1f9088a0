"""Validation against FHIR R4: structure, cardinality, primitives, codes, references, invariants.

The structure definitions are compiled, type by type at first use, to tables of closures
(`throughcare.fhir.checks`). What is checked and what is not is said at `validate`.
"""

from collections.abc import Mapping
from typing import Any

from throughcare.fhir import checks, invariants, spec
from throughcare.fhir.outcome import Issue, Severity


def validate(resource: Mapping[str, Any]) -> tuple[Issue, ...]:
    """Return what is wrong or odd about a resource as `throughcare.fhir.bytes.parse` returns it.

    Checked: members, cardinality, choices, JSON types, primitive forms, required codes, the types
    that references name, contained resources, and the invariants that `unchecked_invariants` does
    not name. Not checked: profiles, bindings weaker than required, the XHTML of a narrative,
    whether a reference leads anywhere. Never raises, whatever `resource` holds.

    >>> [issue.path for issue in validate({"resourceType": "Basic", "colour": "red"})]
    ['Basic.colour', 'Basic.code']
    """
    name = resource.get("resourceType")
    if not isinstance(name, str) or not spec.is_resource_type(name):
        text = "resourceType is no resource type of FHIR R4: correct it."
        return (Issue(Severity.ERROR, "structure", "resourceType", text),)
    faults = checks.resource(resource)
    return tuple(
        Issue(Severity(severity), code, name + path, text)
        for path, severity, code, text in faults or ()
    )


def has_errors(issues: tuple[Issue, ...]) -> bool:
    """Tell whether one of `issues` is more than a warning."""
    return any(issue.severity in {Severity.ERROR, Severity.FATAL} for issue in issues)


def unchecked_invariants() -> tuple[str, ...]:
    """Return the keys of the invariants that are not checked."""
    return invariants.unchecked()
