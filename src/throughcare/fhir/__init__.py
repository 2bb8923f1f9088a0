"""The standard, compiled: FHIR R4 structures, search and JSON bytes, with no state of their own."""

from throughcare.fhir.text import fold_text

__all__ = ["fold_text"]
