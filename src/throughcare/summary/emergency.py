"""The emergency summary: what a crew reads at the door, from whatever the reader may see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from throughcare.model.submission import Json
from throughcare.summary.alerts import alerts
from throughcare.summary.allergies import allergies
from throughcare.summary.banner import Banner, banner
from throughcare.summary.conditions import conditions
from throughcare.summary.contacts import contacts, last_discharge
from throughcare.summary.dates import moment
from throughcare.summary.entry import Answer, SourceStatus, SummaryEntry
from throughcare.summary.facts import Item, Section, Seen, State
from throughcare.summary.measurements import measurements
from throughcare.summary.medicines import medicines
from throughcare.summary.plans import plans
from throughcare.summary.sifting import sift
from throughcare.summary.words import ABOUT_SHARING, source_name

NONE: Final[Mapping[str, str]] = {
    "alerts": "No alert is shown here.",
    "medicines": "No medicines are shown here.",
    "conditions": "No conditions are shown here.",
    "measurements": "No measurements are shown here.",
    "contacts": "No contacts are shown here.",
    "discharge": "No hospital stay is shown here.",
}
"""What a section without a line says, where every source answered."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """How one source answered, for people to read."""

    name: str
    label: str
    answer: Answer
    last: str
    """When its last delivery arrived, ``24-Nov-2026 14:05``; "" if never."""


@dataclass(frozen=True, slots=True)
class EmergencySummary:
    """Everything on the emergency page, decided and reconciled; nothing here is hidden content."""

    banner: Banner
    allergies: Section
    plans: Section
    alerts: Section
    medicines: Section
    conditions: Section
    measurements: Section
    contacts: Section
    discharge: Section
    sources: tuple[SourceLine, ...]
    restricted: bool = False
    """True where no copy may say where the person is, or who could be asked."""


def emergency_summary(
    patients: Sequence[SummaryEntry],
    entries: Iterable[SummaryEntry],
    sources: Sequence[SourceStatus],
    *,
    today: date,
    title_limited: bool,
) -> EmergencySummary:
    """Return the summary of one person.

    `patients` are the Patient resources of all linked source records; `entries` are all that this
    reader may see of the person (Patients among them are ignored); `sources` is every source that
    this locality expects an answer from. `title_limited` says that a directive or sensitive-set
    filter limits this reader's allergies, whether or not it hides one.
    """
    sifted = sift(entries)
    of = sifted.of
    discharge = last_discharge(of.get("Encounter", ()))
    found = alerts([*sifted.told, *sifted.medicines], patients, today)

    def section(name: str, items: tuple[Item, ...]) -> Section:
        return _section(items, sources, NONE[name])

    return EmergencySummary(
        banner=banner(patients, today),
        allergies=allergies(of.get("AllergyIntolerance", ()), sources, limited=title_limited),
        plans=plans(sifted.told, sources, today),
        alerts=section("alerts", found),
        medicines=section("medicines", medicines(sifted.medicines)),
        conditions=section("conditions", conditions(of.get("Condition", ()))),
        measurements=section("measurements", measurements(sifted.measured, today)),
        contacts=section("contacts", contacts(patients, of.get("RelatedPerson", ()))),
        discharge=section("discharge", (discharge,) if discharge else ()),
        sources=source_lines(sources),
    )


def _section(items: tuple[Item, ...], sources: Sequence[SourceStatus], none: str) -> Section:
    missing = any(source.answer is Answer.NO_ANSWER for source in sources)
    if items:
        return Section(State.LISTED, items)
    if missing:
        return Section(State.UNAVAILABLE, (), "A source did not answer: nothing can be said.")
    return Section(State.NOT_RECORDED, (), none)


def source_lines(sources: Iterable[SourceStatus]) -> tuple[SourceLine, ...]:
    """Return how each source of care answered, in words; forms about sharing tell of no care."""
    return tuple(
        SourceLine(
            each.name, source_name(each.name), each.answer, moment(each.last) if each.last else ""
        )
        for each in sources
        if each.name not in ABOUT_SHARING or each.answer is Answer.NO_ANSWER
    )


def to_json(summary: EmergencySummary) -> dict[str, Json]:
    """Return the summary as JSON values, as ``throughcare emergency --json`` promises them.

    What is for the screen only (safeguarding) is left out, as from every copy that leaves it.
    """
    found: dict[str, Json] = {"name": summary.banner.name}
    for name in (
        *("allergies", "plans", "alerts", "medicines", "conditions"),
        *("measurements", "contacts", "discharge"),
    ):
        found[name] = _section_json(getattr(summary, name))
    found["sources"] = [
        {"name": line.name, "label": line.label, "state": str(line.answer), "last": line.last}
        for line in summary.sources
    ]
    return found


def _section_json(section: Section) -> dict[str, Json]:
    items = [_item_json(item) for item in section.items if item.printed]
    found: dict[str, Json] = {"state": str(section.state), "title": section.title, "items": items}
    return found | ({"note": section.note} if section.note else {})


def _item_json(item: Item) -> dict[str, Json]:
    found: dict[str, Json] = {"text": ", ".join((item.text, *item.phones))}
    for name in ("kind", "group", "disagreement"):
        if value := getattr(item, name):
            found[name] = value
    if item.detail:
        found["detail"] = list(item.detail)
    if item.severe:
        found["severe"] = True
    if item.do:
        found["do"] = {
            "text": item.do.text,
            "author": item.do.author,
            "source": item.do.source,
        }
    found["sources"] = [_seen_json(seen) for seen in item.sources]
    return found


def _seen_json(seen: Seen) -> dict[str, Json]:
    found = {"source": seen.source, "label": seen.label, "on": seen.on, "entry": seen.reference}
    return found | ({"wording": seen.wording} if seen.wording else {})
