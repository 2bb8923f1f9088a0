"""Validation against FHIR R4: structure, cardinality, primitives, codes, references, invariants.

The structure definitions are compiled, type by type at first use, to tables of closures
(`throughcare.fhir.checks`). What is checked and what is not is said at `validate`.
"""

from collections.abc import Mapping
from typing import Any

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import checks, invariants, spec
from throughcare.fhir.outcome import Issue, Severity
from throughcare.kernel import BadInputError


def validate(data: bytes | Mapping[str, Any]) -> list[Issue]:
    """Return what is wrong or odd about a resource: JSON text, or what `bytes.parse` made of it.

    Checked: members, cardinality, choices, JSON types, primitive forms, required codes, the types
    that references name, contained resources, the XHTML of narratives, where the extensions of R4
    stand and what they hold, full urls and references within a Bundle, and the invariants that
    `unchecked_invariants` does not name. Not checked: bindings weaker than required, whether a
    reference leads anywhere outside. Never raises, whatever `data` holds. Texts are sentences
    without a value of the resource.

    >>> [issue.expression for issue in validate(b'{"resourceType":"Basic","colour":"red"}')]
    ['Basic.colour', 'Basic.code']
    >>> validate({"resourceType": "Basic", "code": {"text": "Referral"}})
    []
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
    faults = checks.resource(data)
    return [
        Issue(Severity(severity), code, name + path, text)
        for path, severity, code, text in faults or ()
    ]


def has_errors(issues: list[Issue]) -> bool:
    """Tell whether one of `issues` is more than a warning."""
    return any(issue.severity in {Severity.ERROR, Severity.FATAL} for issue in issues)


def unchecked_invariants() -> tuple[str, ...]:
    """Return the keys of the invariants that are not checked."""
    return invariants.unchecked()
