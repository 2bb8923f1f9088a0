"""Resources with one thing wrong, drawn from resources that are in order."""

from fhir.mutants import meaning, pointing, structure, values
from fhir.mutants.drawing import KINDS, mutants

__all__ = ["KINDS", "meaning", "mutants", "pointing", "structure", "values"]
