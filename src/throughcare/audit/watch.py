"""Which lines a privacy officer looks through. Pure."""

from enum import StrEnum

from throughcare.audit.line import Gist
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


def watches(entry: AuditEntry | Gist) -> list[Watch]:
    """Return the kinds that a line is of."""
    kinds = []
    if entry.purpose == Purpose.BTG or entry.action == "break-glass":
        kinds.append(Watch.BREAK_GLASS)
    if Obligation.ALERT in entry.obligations:
        kinds.append(Watch.ALERT)
    if entry.outcome == "deny":
        kinds.append(Watch.REFUSAL)
    if "self-claimed" in " ".join(entry.because):
        kinds.append(Watch.SELF_CLAIMED)
    return kinds
