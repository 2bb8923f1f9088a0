"""Which lines a privacy officer looks through. Pure."""

from enum import StrEnum

from throughcare.model.audit import AuditEntry
from throughcare.model.decision import Obligation
from throughcare.model.request import Purpose


class Watch(StrEnum):
    """A kind of line worth a second look."""

    BREAK_GLASS = "break-glass"
    ALERT = "alert"
    REFUSAL = "refusal"
    SELF_CLAIMED = "self-claimed"
    """The reader claimed a relationship that nobody had recorded."""


def watches(entry: AuditEntry) -> frozenset[Watch]:
    """Return the kinds that a line is of."""
    tests = {
        Watch.BREAK_GLASS: entry.purpose == Purpose.BTG or entry.action == "break-glass",
        Watch.ALERT: Obligation.ALERT in entry.obligations,
        Watch.REFUSAL: entry.outcome == "deny",
        Watch.SELF_CLAIMED: any("self-claimed" in rule for rule in entry.because),
    }
    return frozenset(kind for kind, holds in tests.items() if holds)
