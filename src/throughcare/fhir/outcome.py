"""OperationOutcome: how every error and remark is said in FHIR."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from throughcare.kernel import ThroughcareError


class Severity(StrEnum):
    """``OperationOutcome.issue.severity``."""

    FATAL = "fatal"
    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault or remark about a resource."""

    severity: Severity
    code: str
    """Code of the value set issue-type: ``structure``, ``required``, ``value`` ..."""
    expression: str
    """FHIRPath of the place: ``Patient.contact[0].name``."""
    text: str
    """A sentence with the rule and, where it is not plain, the way out; no personal data."""


def outcome(cause: ThroughcareError | Sequence[Issue]) -> dict[str, Any]:
    """Return the OperationOutcome of an error, or of issues (none: "all ok").

    >>> outcome([])["issue"][0]["code"]
    'informational'
    """
    if isinstance(cause, ThroughcareError):
        place = _places(cause.place or "")
        issues = [_issue("error", cause.issue, cause.message, place)]
    elif cause:
        issues = [
            _issue(issue.severity.value, issue.code, issue.text, _places(issue.expression))
            for issue in cause
        ]
    else:
        issues = [_issue("information", "informational", "All in order.", [])]
    return {"resourceType": "OperationOutcome", "issue": issues}


def _places(expression: str) -> list[str]:
    return [expression] if expression else []


def _issue(severity: str, code: str, text: str, expression: list[str]) -> dict[str, Any]:
    issue: dict[str, Any] = {"severity": severity, "code": code, "diagnostics": text}
    if expression:
        issue["expression"] = expression
    return issue
