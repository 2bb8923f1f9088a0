"""What the FHIR interface stands on."""

from dataclasses import dataclass

from throughcare.admission import Admission
from throughcare.disclosure import Disclosure
from throughcare.disclosure.operations import Operations
from throughcare.fhir.profiles import Compiler
from throughcare.fhir.terminology import Terms


@dataclass(frozen=True, slots=True)
class Rooms:
    """Handed to the interface by `app`, once."""

    disclosure: Disclosure
    operations: Operations
    admission: Admission
    profiles: Compiler
    terms: Terms
