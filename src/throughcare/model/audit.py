"""A line of the ledger: somebody did, or was refused, something."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from throughcare.model.request import Actor, Purpose, Request, Role

PARTED: Final = "parted"
"""Kind of the notices to the privacy officer: somebody read a record that was split since."""
TO_READER: Final = "reader"
"""Kind of the notices to whoever read it."""
JOIN: Final = "join:"
"""How the name of such a notice begins that is of records that were joined, after its kind."""
LISTS: Final = frozenset({"find", "match", "export"})
"""Actions that show who somebody is, or many at once: no reading of one record."""
NODE: Final = "node"
"""The user in the line of what nobody asked for."""


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


def permitted(id_: str, request: Request, action: str, version: str, what: str = "") -> AuditEntry:
    """Return the line of what somebody asked for and did, under the profile of `version`."""
    return AuditEntry(
        id=id_,
        at=request.at,
        action=action,
        outcome="permit",
        user=request.actor.user,
        role=request.actor.role.value,
        organisation=request.actor.organisation,
        purpose=request.purpose.value,
        what=what,
        policy_version=version,
    )


def told(id_: str, at: datetime, version: str, because: str) -> AuditEntry:
    """Return the line of what the node tells by itself, `because` of what."""
    unasked = Request(Actor(NODE, Role.IT_LEAD, ""), Purpose.HOPERAT, at)
    line = permitted(id_, unasked, "told", version)
    return msgspec.structs.replace(line, because=(because,))


def reads_one(line: AuditEntry) -> bool:
    """Tell whether a line is of a look that showed something of one record."""
    return line.outcome == "permit" and bool(line.seen) and line.action not in LISTS


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
