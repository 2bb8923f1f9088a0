"""The standard, compiled: FHIR R4 structures, search and JSON bytes, with no state of their own."""

from throughcare.fhir.answers import evaluate
from throughcare.fhir.outcome import Issue, Severity
from throughcare.fhir.search_values import SearchValue, search_values
from throughcare.fhir.tables import run_view
from throughcare.fhir.text import fold_text
from throughcare.fhir.validation import validate

__all__ = [
    "Issue",
    "SearchValue",
    "Severity",
    "evaluate",
    "fold_text",
    "run_view",
    "search_values",
    "validate",
]
