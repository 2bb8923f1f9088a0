"""What a line of the ledger has the person and the privacy officer told. Pure.

A look that calls for notices is in the store with them before its answer leaves. Where the store
can't take them, because the disk is full, the look is not refused: somebody may be lying in the
road. Its line then says that they are owed, and `Journal.settle` writes them as soon as it can.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import msgspec

from throughcare.model.audit import AuditEntry
from throughcare.model.decision import Obligation

WINDOW_HOURS: Final = 4
"""Looks of one reader at one person for one reason within these hours give one notice."""

OWED: Final = "owed"
"""Among the obligations of a line: its notices are still to be written."""

KINDS: Final = {Obligation.ALERT: "alert", Obligation.NOTIFY: "notice"}


def notices(
    entry: AuditEntry, person: int, obligations: Iterable[str]
) -> Iterator[dict[str, str | int]]:
    """Yield the notices about `person` that `obligations` call for, as add_notice takes them."""
    for obligation, kind in KINDS.items():
        if obligation in obligations:
            yield {
                "notice": _key(entry, kind, person),
                "kind": kind,
                "person": person,
                "at": entry.at.isoformat(),
                "audit": entry.id,
                "who": f"{entry.user} {entry.organisation}".strip(),
                "text": f"{entry.role} looked for {entry.purpose}: "
                f"{entry.reason or 'no reason stated'}",
            }


def owing(entry: AuditEntry) -> AuditEntry:
    """Return the line of a look whose notices are still to be written."""
    return msgspec.structs.replace(entry, obligations=(*entry.obligations, OWED))


def owed(entry: AuditEntry) -> Iterator[dict[str, str | int]]:
    """Yield the notices that a line owes: to each person that it concerns."""
    if OWED in entry.obligations:
        for person in entry.persons:
            yield from notices(entry, person, entry.obligations)


def _key(entry: AuditEntry, kind: str, person: int) -> str:
    window = _window(entry.at)
    parts = (kind, str(person), entry.user, entry.organisation, entry.purpose, window)
    return hashlib.sha256("\n".join((*parts, entry.reason)).encode()).hexdigest()[:32]


def _window(at: datetime) -> str:
    return f"{at:%Y-%m-%d} {at.hour // WINDOW_HOURS}"
