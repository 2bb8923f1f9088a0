"""What the FHIR interface stands on."""

from dataclasses import dataclass

from throughcare.admission import Admission
from throughcare.disclosure import Disclosure
from throughcare.disclosure.wholes import Wholes
from throughcare.fhir.profiles import Compiler


@dataclass(frozen=True, slots=True)
class Rooms:
    """Handed to the interface by `app`, once."""

    disclosure: Disclosure
    wholes: Wholes
    admission: Admission
    profiles: Compiler
