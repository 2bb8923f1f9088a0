"""Resident today: what a care assistant needs for one person's day, in their own words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final

from throughcare.model.entry import Category
from throughcare.model.submission import Json
from throughcare.summary import concepts
from throughcare.summary.allergies import allergies
from throughcare.summary.banner import Banner, banner
from throughcare.summary.contacts import contacts
from throughcare.summary.emergency import SourceLine, source_lines
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Item, Section
from throughcare.summary.medicines import Names, is_current, medicines
from throughcare.summary.plans import plans, wording_of
from throughcare.summary.sections import section
from throughcare.summary.sifting import sift
from throughcare.summary.sight import Sight
from throughcare.summary.timeline import Line, in_order, lines
from throughcare.summary.words import joined, sentence_case

TITLES: Final = ("about me", "this is me", "what matters to me")
_MOVING: Final = ("mobil", "walk", "transfer", "hoist", "wheelchair", "frame", "falls")
_OVER: Final = frozenset(
    {"completed", "revoked", "entered-in-error", "superseded", "cancelled", "on-hold", "draft"}
)
_MOST_NOTES: Final = 12
_FEW_NOTES: Final = 5


@dataclass(frozen=True, slots=True)
class Resident:
    """Everything on the page, and on the pack that goes to hospital with the person."""

    banner: Banner
    about: Section
    allergies: Section
    diet: Section
    moving: Section
    plans: Section
    medicines: Section
    contacts: Section
    notes: tuple[Line, ...]
    """Notes of today; the last few where there are none."""
    is_today: bool
    """True if `notes` are of today."""
    sources: tuple[SourceLine, ...]


def resident(sight: Sight) -> Resident:
    """Return the page of one person, as far as its reader may see it."""
    sifted = sift(sight.entries)
    of = sifted.of
    care = [entry for entry in sight.entries if entry.category is Category.CARE_NOTE]
    notes = in_order(care)
    todays = [entry for entry in notes if _is_of(entry, sight.today)]
    return Resident(
        banner=banner(sight.patients, sight.today),
        about=section(
            sight,
            about_me(sight.entries),
            "No About Me is recorded here. Ask the person, or who knows them.",
            frozenset({Category.ABOUT_ME}),
        ),
        allergies=allergies(
            of.get("AllergyIntolerance", ()), sight.sources, limited=sight.title_limited
        ),
        diet=section(
            sight,
            diet(sight.entries),
            "No diet or texture is recorded here. Ask before you give food or drink.",
            frozenset({Category.DIET}),
        ),
        moving=section(
            sight,
            moving(sight.entries),
            "How this person moves is not recorded here. Ask.",
            frozenset({Category.CARE_NOTE}),
        ),
        plans=plans(sifted.told, sight.sources, sight.today),
        medicines=section(
            sight,
            due(sifted.medicines, of.get("MedicationAdministration", ()), sight.today),
            "No medicines are shown here.",
            frozenset({Category.MEDICINE}),
        ),
        contacts=section(
            sight,
            contacts(sight.patients, of.get("RelatedPerson", ())),
            "Nobody to call is recorded here.",
            frozenset({Category.CONTACT}),
        ),
        notes=lines(todays[:_MOST_NOTES] or notes[:_FEW_NOTES], care),
        is_today=bool(todays),
        sources=source_lines(sight.sources),
    )


def _is_of(entry: SummaryEntry, day: date) -> bool:
    when = concepts.when_of(entry.resource)
    return when is not None and when.earliest == day


def about_me(entries: Iterable[SummaryEntry]) -> tuple[Item, ...]:
    """Return what the person, or somebody for them, wrote about themselves, newest first."""
    said = concepts.newest_first(entry for entry in entries if _is_about_me(entry))
    return tuple(item for entry in said if (item := _about(entry)))


def _is_about_me(entry: SummaryEntry) -> bool:
    resource = entry.resource
    if entry.category is not Category.ABOUT_ME and entry.type != "DocumentReference":
        return False
    if concepts.wrong(resource) or concepts.status_of(resource, "status") == "superseded":
        return False
    if entry.category is Category.ABOUT_ME:
        return True
    named = [*concepts.wordings(concepts.first(resource, "type")), str(resource.get("title") or "")]
    return any(name.casefold().startswith(TITLES) for name in named)


def _about(entry: SummaryEntry) -> Item | None:
    resource = entry.resource
    said = wording_of(resource) or concepts.value_text(resource)
    if not said:
        return None
    name = concepts.wording(concepts.first(resource, "code"))
    told = (sentence_case(name),) if name else ()
    return Item(f"“{said}”", "about-me", detail=told, sources=(concepts.seen(entry),))


def diet(entries: Iterable[SummaryEntry]) -> tuple[Item, ...]:
    """Return orders and notes about food and drink, newest first: texture and thickness first."""
    held = concepts.newest_first(
        entry
        for entry in entries
        if entry.category is Category.DIET
        and not concepts.wrong(entry.resource)
        and concepts.status_of(entry.resource, "status") not in _OVER
    )
    return tuple(_food(entry) for entry in held)


def _food(entry: SummaryEntry) -> Item:
    resource = entry.resource
    oral = concepts.first(resource, "oralDiet")
    textures = [
        concepts.wording(concepts.first(each, "modifier"))
        for each in concepts.listed(oral, "texture")
    ]
    thick = _worded(oral, "fluidConsistencyType")
    kinds = _worded(oral, "type")
    wants = _worded(resource, "foodPreferenceModifier")
    never = _worded(resource, "excludeFoodModifier")
    told = [
        f"Texture: {joined([each for each in textures if each])}" if any(textures) else "",
        f"Drinks: {joined(thick)}" if thick else "",
        joined(kinds),
        str(oral.get("instruction") or ""),
    ]
    said = concepts.value_text(resource) or concepts.wording(concepts.first(resource, "code"))
    text = ". ".join(part for part in told if part) or said or "Food and drink, not worded"
    detail = [
        f"Never: {joined(never)}" if never else "",
        f"Prefers: {joined(wants)}" if wants else "",
        *concepts.notes(resource),
    ]
    return Item(
        sentence_case(text),
        "diet",
        detail=tuple(part for part in detail if part),
        sources=(concepts.seen(entry),),
    )


def _worded(resource: Mapping[str, Json], member: str) -> list[str]:
    found = (concepts.wording(each) for each in concepts.listed(resource, member))
    return [text for text in found if text]


def moving(entries: Iterable[SummaryEntry]) -> tuple[Item, ...]:
    """Return the newest of each thing recorded about how the person moves, in its own words."""
    said = concepts.newest_first(
        entry
        for entry in entries
        if entry.type in {"Observation", "Condition", "CarePlan"}
        and is_of_moving(_name(entry))
        and not concepts.wrong(entry.resource)
    )
    newest: dict[str, SummaryEntry] = {}
    for entry in said:
        newest.setdefault(_name(entry).casefold(), entry)
    return tuple(_move(entry) for entry in newest.values() if not _is_fall(entry))


@lru_cache(maxsize=4096)
def is_of_moving(name: str) -> bool:
    """Say whether a name is about moving; one name stands on many entries, so it is kept."""
    folded = name.casefold()
    return any(word in folded for word in _MOVING)


def _name(entry: SummaryEntry) -> str:
    title = str(entry.resource.get("title") or "")
    return title or concepts.wording(concepts.first(entry.resource, "code"))


def _is_fall(entry: SummaryEntry) -> bool:
    return _name(entry).casefold() in {"fall", "falls"}


def _move(entry: SummaryEntry) -> Item:
    name = _name(entry).removeprefix("Care note: ")
    said = concepts.value_text(entry.resource) or str(entry.resource.get("description") or "")
    text = f"{sentence_case(name)}: {said}" if said else sentence_case(name)
    notes = tuple(concepts.notes(entry.resource))
    return Item(text, "moving", detail=notes, sources=(concepts.seen(entry),))


def due(
    taken: Iterable[SummaryEntry], given: Iterable[SummaryEntry], today: date
) -> tuple[Item, ...]:
    """Return current medicines, each with its times and what its source says was given today."""
    entries = list(taken)
    names = Names(entries)
    times: dict[str, list[str]] = {}
    for entry in entries:
        if is_current(entry):
            name = concepts.wording(names.concept(entry.resource))
            times.setdefault(name, []).extend(_times(entry.resource))
    had: dict[str, list[str]] = {}
    for entry in given:
        when = concepts.when_of(entry.resource)
        if when and when.day and when.earliest == today and _was_given(entry.resource):
            name = concepts.wording(names.concept(entry.resource))
            label = concepts.seen(entry).label
            had.setdefault(name, []).append(f"given {when.time or 'today'}, says {label}")
    return tuple(_with_times(item, times, had) for item in medicines(entries))


def _was_given(resource: Mapping[str, Json]) -> bool:
    return concepts.status_of(resource, "status") in {"completed", "in-progress"}


def _with_times(item: Item, times: Mapping[str, list[str]], had: Mapping[str, list[str]]) -> Item:
    at = sorted(set(times.get(item.text, ())))
    told = (*((f"at {joined(at)}",) if at else ()), *had.get(item.text, ()))
    return replace(item, detail=(*item.detail, *told))


def _times(resource: Mapping[str, Json]) -> Iterable[str]:
    for dosage in concepts.listed(resource, "dosageInstruction"):
        repeat = concepts.first(concepts.first(dosage, "timing"), "repeat")
        for time in concepts.listed(repeat, "timeOfDay"):
            yield str(time)[:5]
