"""The rooms that the way in works with."""

from dataclasses import dataclass, field

from throughcare.admission.code_lists import CodeLists
from throughcare.audit.journal import Journal
from throughcare.consent.locality import Locality
from throughcare.consent.profile import Profile
from throughcare.fhir.profiles import Compiler
from throughcare.identity import PersonIndex
from throughcare.record import Records
from throughcare.store.protocol import Store


@dataclass(frozen=True, slots=True)
class Rooms:
    """Handed to the door by `app`, once."""

    store: Store
    records: Records
    persons: PersonIndex
    journal: Journal
    rules: Locality
    profiles: Compiler
    node: str = ""
    """This node's own id, by which others address it."""
    lists: CodeLists = field(default_factory=CodeLists)

    @property
    def profile(self) -> Profile:
        """Return the newest profile that this process has seen."""
        return self.rules.now
