"""The standard, compiled: FHIR R4 structures, search and JSON bytes, with no state of their own."""

from throughcare.fhir.answers import evaluate
from throughcare.fhir.outcome import Issue, Severity
from throughcare.fhir.tables import run_view
from throughcare.fhir.text import fold_text
from throughcare.fhir.validation import validate

__all__ = ["Issue", "Severity", "evaluate", "fold_text", "run_view", "validate"]
