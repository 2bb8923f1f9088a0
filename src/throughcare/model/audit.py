"""A line of the ledger: somebody did, or was refused, something."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

PARTED: Final = "parted"
"""Kind of the notices to the privacy officer: somebody read a record that was split since."""
TO_READER: Final = "reader"
"""Kind of the notices to whoever read it."""


class AuditEntry(msgspec.Struct, frozen=True):
    """One access, refusal or change (IHE BALP, FHIR AuditEvent). Holds no clinical content."""

    id: str
    at: datetime
    action: str
    """``read``, ``search``, ``summary``, ``create``, ``update``, ``load``, ``link``, ``merge``,
    ``unmerge``, ``consent``, ``sign-in``, ``break-glass``, ``explain``, ``looks`` ..."""
    outcome: str
    """``permit``, ``deny`` or ``error``."""
    user: str
    role: str
    organisation: str
    purpose: str
    persons: tuple[int, ...] = ()
    """Persons concerned; none for a search that touched nobody in particular."""
    what: str = ""
    """Resource ``Type/id``, or the type and names (never values) of search parameters."""
    rank: int = -1
    because: tuple[str, ...] = ()
    reason: str = ""
    policy_version: str = ""
    epoch: int = 0
    labels: tuple[str, ...] = ()
    """Labels of the service that looked, where a look itself is sensitive."""
    obligations: tuple[str, ...] = ()
    seen: int = 0
    """Number of entries disclosed."""

    def about(self, persons: tuple[int, ...], seen: int) -> "AuditEntry":
        """Return this line, said of `persons` and of so many entries."""
        return msgspec.structs.replace(self, persons=persons, seen=seen)


@dataclass(frozen=True, slots=True)
class Case:
    """A look that a privacy officer should review."""

    id: str
    person: int
    at: datetime
    user: str
    name: str
    """How the reader is called; the user's id where no name is known."""
    role: str
    organisation: str
    reasons: tuple[str, ...]
    """In words, the weightiest first."""
    weight: int
    said: str
    """The reason that the reader gave."""
    audit: str
    """Id of the line that it is about."""
    state: str
    """``open``, ``justified`` or ``follow-up``."""
