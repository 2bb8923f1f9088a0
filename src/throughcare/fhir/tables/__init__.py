"""Tables made of resources: SQL on FHIR v2 (ViewDefinition), run in Python."""

from throughcare.fhir.tables.definition import View, ViewError, view_of
from throughcare.fhir.tables.rows import run_view
from throughcare.fhir.tables.sheet import Form, Sheet

__all__ = ["Form", "Sheet", "View", "ViewError", "run_view", "view_of"]
