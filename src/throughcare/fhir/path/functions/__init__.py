"""Functions of FHIRPath, by what they are about."""

from typing import Final

from throughcare.fhir.path.functions.boundaries import BOUNDARIES
from throughcare.fhir.path.functions.collections import COLLECTIONS, Function
from throughcare.fhir.path.functions.conversions import CONVERSIONS
from throughcare.fhir.path.functions.numbers import NUMBERS
from throughcare.fhir.path.functions.standard import STANDARD
from throughcare.fhir.path.functions.terminology import TERMINOLOGY
from throughcare.fhir.path.functions.texts import TEXTS

FUNCTIONS: Final[dict[str, tuple[int, int, Function]]] = (
    COLLECTIONS | TEXTS | NUMBERS | CONVERSIONS | BOUNDARIES | STANDARD | TERMINOLOGY
)
"""Name -> (fewest arguments, most, function) of all that take values."""
