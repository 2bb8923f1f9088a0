"""What is against FHIR R4 in a resource, as the one error that its sender is answered with."""

from collections.abc import Mapping
from typing import Any

from throughcare.fhir import validation
from throughcare.kernel import UnprocessableError


def invalid(resource: Mapping[str, Any], at: str = "") -> UnprocessableError | None:
    """Return the first fault of a resource, which stands at `at`, or None where it is valid."""
    errors = [issue for issue in validation.validate(resource) if issue.severity == "error"]
    if not errors:
        return None
    first = errors[0]
    message = f"{first.text} (at {first.expression}; FHIR R4, {len(errors)} faults in all)"
    return UnprocessableError(message, place=_below(at, first.expression))


def _below(at: str, path: str) -> str:
    """Return where a fault is: in an entry of a Bundle, below the entry's resource."""
    if not at.startswith("Bundle.entry["):
        return path
    return f"{at}.resource{path[len(path.partition('.')[0]) :]}"
