"""Terminology: code systems, value sets and maps, as far as they are loaded.

`library` knows them, `codes` is one system, `filters` and `expanding` make value sets of them,
`answers` and `translating` say it in FHIR, `terms` answers profiles, FHIRPath and search.
"""

from throughcare.fhir.terminology.library import Library
from throughcare.fhir.terminology.terms import Terms

__all__ = ["Library", "Terms"]
