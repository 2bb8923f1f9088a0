"""Person and network: how somebody lives, who cares and decides, what is arranged, what is due."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from throughcare.model.entry import Category
from throughcare.model.granting import CAPACITY, LACKING
from throughcare.model.submission import Json
from throughcare.summary import concepts, dates
from throughcare.summary.alerts import alerts
from throughcare.summary.banner import Banner, banner
from throughcare.summary.conditions import conditions
from throughcare.summary.contacts import contacts
from throughcare.summary.emergency import SourceLine, source_lines
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Item, Section
from throughcare.summary.plans import plans
from throughcare.summary.reconcile import fold, same_things
from throughcare.summary.sections import section
from throughcare.summary.sifting import sift
from throughcare.summary.sight import Sight
from throughcare.summary.timeline import Line, in_order, lines
from throughcare.summary.words import kind_names, sentence_case

PRESUMED: Final = "Capacity is presumed: no finding is shown here."
_OVER: Final = frozenset(
    {"completed", "revoked", "entered-in-error", "cancelled", "stopped", "draft", "rejected"}
)
_NOT_HELD: Final = frozenset({"entered-in-error", "cancelled", "not-done"})
_MOST_NOTES: Final = 8
_RISKS: Final = frozenset({"safety", "falls", "time-critical"})
_CARER: Final = "carer"
_FUNCTIONAL: Final = Category.FUNCTIONAL
_NOTES: Final = frozenset({Category.CARE_NOTE, Category.INCIDENT})
_TOLD_OF: Final = frozenset(
    {
        *(Category.ALLERGY, Category.CONDITION, Category.MEDICINE, Category.VITALS),
        *(Category.TEST_RESULT, Category.CONSULTATION, Category.ENCOUNTER, Category.PROCEDURE),
        *(Category.IMMUNISATION, Category.LETTER, Category.CARE_NOTE, Category.SOCIAL_CARE),
    }
)


@dataclass(frozen=True, slots=True)
class Network:
    """Everything on the page but who may decide for the person, which another door tells."""

    banner: Banner
    living: Section
    needs: Section
    carers: Section
    package: Section
    risks: Section
    capacity: Section
    plans: Section
    reviews: Section
    notes: tuple[Line, ...]
    """The newest notes of care and incidents."""
    not_shared: tuple[str, ...]
    """Kinds of entry, in words, that this role does not see: by the role, whatever is recorded."""
    sources: tuple[SourceLine, ...]


def network(sight: Sight) -> Network:
    """Return the page of one person, as far as its reader may see it."""
    sifted = sift(sight.entries)
    of = sifted.of
    told = alerts([*sifted.told, *sifted.medicines], sight.patients, sight.today)
    stated = _stated(of.get("Observation", ()))
    social = frozenset({Category.SOCIAL_CARE})
    alert = frozenset({Category.ALERT})
    notes = [each for each in sight.entries if each.category in _NOTES]
    return Network(
        banner=banner(sight.patients, sight.today),
        living=section(
            sight,
            [item for item in stated if _CARER not in fold(item.text)],
            "How this person lives is not recorded here.",
            social,
        ),
        needs=section(
            sight,
            _needs(told, of),
            "No need is recorded here.",
            frozenset({_FUNCTIONAL}),
        ),
        carers=section(
            sight,
            [
                *[item for item in stated if _CARER in fold(item.text)],
                *contacts(sight.patients, of.get("RelatedPerson", ())),
            ],
            "No carer or contact is recorded here.",
            frozenset({Category.CONTACT}),
        ),
        package=section(sight, _package(of), "No care package is recorded here.", social),
        risks=section(
            sight,
            [*[item for item in told if item.group in _RISKS], *_assessed(of)],
            "No risk is recorded here.",
            alert,
        ),
        capacity=section(sight, capacity(of.get("Flag", ()), sight.today), PRESUMED, alert),
        plans=plans(sifted.told, sight.sources, sight.today),
        reviews=section(sight, reviews(of, sight.today), "No review is recorded here.", social),
        notes=lines(in_order(notes)[:_MOST_NOTES], notes),
        not_shared=kind_names(_TOLD_OF - sight.kinds),
        sources=source_lines(sight.sources),
    )


def _needs(told: Iterable[Item], of: Mapping[str, Sequence[SummaryEntry]]) -> list[Item]:
    """Return alerts of communication, then the needs that none of those alerts is made of."""
    alerted = [item for item in told if item.group == "communication"]
    shown = {seen.reference for item in alerted for seen in item.sources}
    recorded = conditions(e for e in of.get("Condition", ()) if e.category is _FUNCTIONAL)
    return [
        *alerted,
        *(item for item in recorded if not shown >= {seen.reference for seen in item.sources}),
    ]


def _stated(entries: Iterable[SummaryEntry]) -> list[Item]:
    """Return what is said of a person's circumstances: the newest of each, and who says else."""
    social = concepts.newest_first(
        entry
        for entry in entries
        if entry.category is Category.SOCIAL_CARE and not concepts.wrong(entry.resource)
    )
    groups = same_things(social, lambda entry: [fold(_name(entry.resource))])
    return [_newest_said(group) for group in groups]


def _name(resource: Mapping[str, Json]) -> str:
    return concepts.wording(concepts.first(resource, "code"))


def _newest_said(group: list[SummaryEntry]) -> Item:
    newest = group[0]
    said = concepts.value_text(newest.resource)
    latest = {entry.source: entry for entry in reversed(group)}
    others = [
        entry
        for entry in latest.values()
        if entry.source != newest.source and fold(concepts.value_text(entry.resource)) != fold(said)
    ]
    text = f"{sentence_case(_name(newest.resource))}: {said}" if said else _name(newest.resource)
    differ = "".join(
        f"The {concepts.seen(other).label} says {concepts.value_text(other.resource)}."
        for other in others[:1]
    )
    shown = (concepts.seen(newest), *(concepts.seen(other) for other in others))
    notes = tuple(concepts.notes(newest.resource))
    return Item(text, "circumstance", detail=notes, sources=shown, disagreement=differ)


def _package(of: Mapping[str, Sequence[SummaryEntry]]) -> list[Item]:
    """Return the services of social care that are arranged now, newest first."""
    arranged = concepts.newest_first(
        entry
        for name in ("ServiceRequest", "CarePlan")
        for entry in of.get(name, ())
        if entry.category is Category.SOCIAL_CARE
        and concepts.status_of(entry.resource, "status") not in _OVER
    )
    return [_service(entry) for entry in arranged]


def _service(entry: SummaryEntry) -> Item:
    resource = entry.resource
    amount = concepts.quantity(concepts.first(resource, "quantityQuantity"))
    text = _name(resource) or str(resource.get("title") or "Service")
    who = [
        name for each in concepts.listed(resource, "performer") if (name := concepts.display(each))
    ]
    detail = tuple(part for part in (amount, *who, *concepts.notes(resource)) if part)
    return Item(text, "service", detail=detail, sources=(concepts.seen(entry),))


def _assessed(of: Mapping[str, Sequence[SummaryEntry]]) -> list[Item]:
    """Return assessed risks in the words of whoever assessed them."""
    found = concepts.newest_first(
        entry
        for entry in of.get("RiskAssessment", ())
        if concepts.status_of(entry.resource, "status") not in _OVER - {"completed"}
    )
    return [_risk(entry) for entry in found]


def _risk(entry: SummaryEntry) -> Item:
    resource = entry.resource
    said = [
        concepts.wording(concepts.first(each, "outcome"))
        for each in concepts.listed(resource, "prediction")
    ]
    text = _name(resource) or next((each for each in said if each), "Risk, not worded")
    kept = [str(resource.get("mitigation") or ""), *concepts.notes(resource)]
    detail = tuple(part for part in (*said, *kept) if part and part != text)
    return Item(text, "risk", detail=detail, sources=(concepts.seen(entry),))


def capacity(entries: Iterable[SummaryEntry], today: date) -> tuple[Item, ...]:
    """Return the findings of capacity in force, newest first.

    One whose last day has passed says nothing any more: capacity is presumed again.
    """
    found = concepts.newest_first(
        entry
        for entry in entries
        if _found(entry.resource)
        and entry.resource.get("status") == "active"
        and not concepts.wrong(entry.resource)
    )
    return tuple(item for entry in found if (item := _finding(entry, today)))


def _found(resource: Mapping[str, Json]) -> str:
    for system, code in concepts.codings(concepts.first(resource, "code")):
        if system == CAPACITY:
            return code
    return ""


def _finding(entry: SummaryEntry, today: date) -> Item | None:
    until = dates.parse(concepts.first(entry.resource, "period").get("end"))
    if until and until.day and until.earliest < today:
        return None
    lacking = _found(entry.resource) == LACKING
    text = "Lacks capacity to decide about care" if lacking else "Has capacity to decide about care"
    detail = (f"assessed again by {dates.short(until)}",) if until else ()
    return Item(text, "capacity", detail=detail, sources=(concepts.seen(entry),))


def reviews(of: Mapping[str, Sequence[SummaryEntry]], today: date) -> list[Item]:
    """Return the next review, then the last assessment or review; each with whose it is."""
    held = [
        (when, entry)
        for name in ("Procedure", "Appointment", "ServiceRequest", "Task")
        for entry in of.get(name, ())
        if _is_review(entry) and (when := _on(entry.resource))
    ]
    ahead = sorted(
        ((when, entry) for when, entry in held if when.earliest >= today),
        key=lambda each: each[0],
    )
    past = sorted(
        ((when, entry) for when, entry in held if when.earliest < today),
        key=lambda each: each[0],
        reverse=True,
    )
    due = sorted((when, entry) for when, entry in _ends(of) if when.earliest >= today)
    items = [_review("Next review", *each) for each in ahead[:1]]
    items += [_review("To be looked at by", *each) for each in due[:1]]
    return items + [_review("Last", *each) for each in past[:1]]


def _on(resource: Mapping[str, Json]) -> dates.When | None:
    return concepts.when_of(resource) or dates.parse(resource.get("start"))


def _is_review(entry: SummaryEntry) -> bool:
    if concepts.status_of(entry.resource, "status") in {
        "entered-in-error",
        "cancelled",
        "not-done",
    }:
        return False
    words = fold(f"{_name(entry.resource)} {entry.resource.get('description') or ''}")
    return "review" in words or "assessment" in words


def _ends(of: Mapping[str, Sequence[SummaryEntry]]) -> Iterable[tuple[dates.When, SummaryEntry]]:
    for name in ("CarePlan", "Flag"):
        for entry in of.get(name, ()):
            end = dates.parse(concepts.first(entry.resource, "period").get("end"))
            if end and concepts.status_of(entry.resource, "status") == "active":
                yield end, entry


def _review(text: str, when: dates.When, entry: SummaryEntry) -> Item:
    name = str(entry.resource.get("title") or "") or _name(entry.resource)
    said = sentence_case(name) or "Review"
    shown = (concepts.seen(entry),)
    return Item(f"{text} {dates.short(when)}", "review", detail=(said,), sources=shown)
