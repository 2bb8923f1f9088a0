"""The standard, compiled: FHIR R4 structures, search and JSON bytes, with no state of their own."""
