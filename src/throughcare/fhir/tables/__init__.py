"""Tables made of resources: SQL on FHIR v2 (ViewDefinition), run in Python."""

from throughcare.fhir.tables.definition import ViewError
from throughcare.fhir.tables.rows import run_view

__all__ = ["ViewError", "run_view"]
