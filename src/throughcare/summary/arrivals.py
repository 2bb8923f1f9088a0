"""Who is expected and who has arrived: one row a person, of what the reader may see of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from throughcare.kernel import LONDON
from throughcare.summary import concepts
from throughcare.summary.alerts import alerts
from throughcare.summary.banner import Banner
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Item
from throughcare.summary.sifting import DOCUMENTS

WINDOW: Final = timedelta(hours=24)
"""How far from now somebody came, or is expected, who is on the board."""
VISITS: Final = ("Appointment", "Encounter")
STATES: Final = {
    "planned": "Expected",
    "pending": "Expected",
    "booked": "Expected",
    "arrived": "Arrived",
    "checked-in": "Arrived",
    "triaged": "Triaged",
    "in-progress": "Being seen",
}
"""Status of a visit that puts somebody on the board, and its word."""
_EMERGENCY: Final = "EMER"


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that puts somebody on the board."""

    at: datetime
    """When it began or is to begin; when it became known where its source gives no time."""
    timed: bool
    """False if the source gives no time."""
    state: str
    """A word of `STATES`."""

    @property
    def is_expected(self) -> bool:
        """True for who has not come yet."""
        return self.state == "Expected"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One row of the board."""

    person_id: str
    who: Banner
    visit: Visit
    note: str
    """What the newest handover document says of itself; "" where there is none."""
    alerts: tuple[Item, ...]
    unread: bool = False
    """True where nothing but the visit may be seen: the person was not asked yet, or said no."""


def visit_of(entries: Iterable[SummaryEntry], organisation: str, now: datetime) -> Visit | None:
    """Return the visit to `organisation` that counts; None if somebody is not on its board.

    Whoever has come is not also expected; of several visits of one kind the newest counts.
    """
    own = (entry for entry in entries if organisation and entry.custodian == organisation)
    found = [visit for entry in own if (visit := _visit(entry)) and abs(now - visit.at) <= WINDOW]
    return max(found, key=lambda visit: (not visit.is_expected, visit.at), default=None)


def _visit(entry: SummaryEntry) -> Visit | None:
    resource = entry.resource
    state = STATES.get(str(resource.get("status", "")), "")
    setting = concepts.first(resource, "class").get("code")
    if entry.type not in VISITS or not state:
        return None
    if entry.type == "Encounter" and setting != _EMERGENCY:
        return None
    start = resource.get("start") or concepts.first(resource, "period").get("start")
    at = _instant(start)
    return Visit(at or entry.updated, at is not None, state)


def _instant(text: object) -> datetime | None:
    """Return the instant of a FHIR dateTime; a day without a time is none."""
    if not isinstance(text, str) or "T" not in text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=LONDON)


def arrival(  # noqa: PLR0913 - as many parts has a row
    person_id: str,
    who: Banner,
    visit: Visit,
    entries: Sequence[SummaryEntry],
    now: datetime,
    *,
    unread: bool,
) -> Arrival:
    """Return the row of somebody, from what the reader may see of them; `unread` if nothing."""
    patients = [entry for entry in entries if entry.type == "Patient"]
    rest = [entry for entry in entries if entry.type != "Patient"]
    today = now.astimezone(LONDON).date()
    note, chips = _note(rest, now), alerts(rest, patients, today)
    return Arrival(person_id, who, visit, note, chips, unread)


def _note(entries: Iterable[SummaryEntry], now: datetime) -> str:
    recent = [
        (entry.updated, text)
        for entry in entries
        if entry.type in DOCUMENTS and now - entry.updated <= WINDOW and (text := _handover(entry))
    ]
    return max(recent, default=(now, ""))[1]


def _handover(entry: SummaryEntry) -> str:
    """Return what a document says of itself, if it says that it is a handover."""
    resource = entry.resource
    if concepts.wrong(resource):
        return ""
    kind = concepts.wording(concepts.first(resource, "type"))
    said = str(resource.get("description") or resource.get("title") or "")
    return (said or kind) if "handover" in f"{kind} {said}".casefold() else ""


def in_order(board: Iterable[Arrival]) -> tuple[Arrival, ...]:
    """Return who has come, newest first, then who is expected, soonest first."""

    def place(row: Arrival) -> tuple[bool, float]:
        at = row.visit.at.timestamp()
        return row.visit.is_expected, at if row.visit.is_expected else -at

    return tuple(sorted(board, key=place))
