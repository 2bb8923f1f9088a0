"""Ledger lines, switches, pairs and alerts in words for the pages."""

from datetime import datetime
from typing import Final

from throughcare.consent.choices import Switch
from throughcare.disclosure.sharing import Preview
from throughcare.disclosure.views import Notice
from throughcare.model.audit import AuditEntry
from throughcare.model.person import Decided, Review
from throughcare.summary.banner import Banner
from throughcare.web import ports

ACTIONS: Final = {
    "summary": "looked at the emergency summary",
    "timeline": "looked at the timeline",
    "find": "found you in a search",
    "read": "read an entry",
    "vread": "read an earlier version of an entry",
    "history": "read the history of an entry",
    "search": "searched the record",
    "everything": "read the whole record",
    "patients": "looked up your details",
    "looks": "looked at who has looked",
    "sharing": "looked at who can see",
    "consent": "changed who can see",
    "permission": "noted what you said",
    "break-glass": "broke the glass",
    "load": "added to the record",
    "write": "wrote to the record",
    "link": "linked records",
    "keep-apart": "kept records apart",
    "undo": "took a linking decision back",
    "refused": "was refused",
}

GROUNDS: Final = {
    "TREAT": "care",
    "ETREAT": "emergency care",
    "BTG": "break-glass",
    "CAREMGT": "social care",
    "PATRQT": "your own request",
    "FAMRQT": "a request for you",
    "HOPERAT": "running the service",
    "PUBHLTH": "public health",
    "HRESCH": "research",
    "": "not stated",
}


def look(line: AuditEntry) -> ports.LookLine:
    """Return a ledger line in words."""
    return ports.LookLine(
        at=line.at,
        who=line.user,
        role=line.role.replace("-", " "),
        organisation=line.organisation,
        action=ACTIONS.get(line.action, line.action),
        ground=GROUNDS.get(line.purpose, line.purpose),
        refused=line.outcome != "permit",
        reason=line.reason,
        overridden=line.purpose == "BTG",
    )


def choice(switch: Switch, *, shared: bool) -> ports.Choice:
    """Return a switch as it stands."""
    return ports.Choice(switch.key, switch.title, shared, switch.text)


def preview(found: Preview) -> ports.Preview:
    """Return what one kind of reader would see."""
    text = "" if found.sees else "Sees nothing of your record."
    return ports.Preview(found.reader, found.sees, found.not_sees, text)


def others(count: int) -> tuple[str, ...]:
    """Return a sentence about directives that no switch shows."""
    if not count:
        return ()
    noun = "decision is" if count == 1 else "decisions are"
    return (f"{count} other {noun} recorded, for single services or times; they are obeyed.",)


def review(found: Review) -> ports.ReviewItem:
    """Return a waiting pair."""
    return ports.ReviewItem(found, "waiting")


def decided(found: Decided) -> ports.ReviewItem:
    """Return a decided pair."""
    state = "linked" if found.same else "apart"
    return ports.ReviewItem(found.review, state, found.who, found.at)


def alert(notice: Notice, banner: Banner) -> ports.AccessAlert:
    """Return an alert with the name of the person it is about."""
    purpose, _, reason = notice.text.partition(": ")
    kind = "break-glass" if "BTG" in purpose else "emergency or claimed look"
    user, _, organisation = notice.who.partition(" ")
    return ports.AccessAlert(
        id=notice.id,
        at=datetime.fromisoformat(notice.at),
        kind=kind,
        who=user,
        role=purpose.partition(" looked")[0],
        organisation=organisation,
        person_id=notice.person_id,
        person=banner.name,
        reason=reason,
        state=notice.state,
    )
