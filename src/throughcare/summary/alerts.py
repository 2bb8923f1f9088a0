"""Alerts: what a crew must know within ten seconds, each with its plain word and its source."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from throughcare.model.submission import Json
from throughcare.summary import concepts
from throughcare.summary.codelists import AlertKind, alert_kinds, facts, stated_kinds, taken_kinds
from throughcare.summary.conditions import (
    best_worded,
    condition_text,
    led_by,
    other_wording,
    stages_differ,
)
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Item
from throughcare.summary.falls import falls
from throughcare.summary.medicines import Names, is_current
from throughcare.summary.words import joined, sentence_case

_STATING: Final = frozenset({"Condition", "Observation", "Flag", "Device", "Procedure"})
_DONE: Final = frozenset({"inactive", "cancelled", "not-done"})
KEY_SAFE: Final = "A key safe is recorded. Its code is not shown on this page."
_NO: Final = ("no", "none", "not present", "false", "absent")
_UNCLEAR: Final = ("unknown", "not known", "not recorded", "not stated", "undisclosed")


@dataclass(frozen=True, slots=True)
class _Said:
    """An entry, and the codes and words that may raise an alert, read out once."""

    entry: SummaryEntry
    codes: tuple[str, ...]
    texts: tuple[str, ...]


def alerts(
    entries: Iterable[SummaryEntry], patients: Iterable[SummaryEntry], today: date
) -> tuple[Item, ...]:
    """Return alerts: time-critical, communication, falls, then safety (partly kept off paper)."""
    everything = list(entries)
    stated = [said for said in _stated_by(everything) if stated_kinds(said.codes, said.texts)]
    taken = _taken_by(everything)
    found = [_alert(kind, stated, taken) for kind in alert_kinds()]
    found.append(_interpreter(patients, found))
    return (*(item for item in found if item), *_falls(everything, today), *_flags(everything))


def _falls(entries: list[SummaryEntry], today: date) -> list[Item]:
    item = falls(entries, today)
    return [item] if item else []


def _stated_by(entries: Iterable[SummaryEntry], types: frozenset[str] = _STATING) -> list[_Said]:
    kept = (entry for entry in entries if entry.type in types)
    return [
        _said(entry) for entry in concepts.newest_first(kept) if not concepts.wrong(entry.resource)
    ]


def _said(entry: SummaryEntry) -> _Said:
    resource = entry.resource
    named = [concepts.first(resource, "code"), concepts.first(resource, "type")]
    if isinstance(resource.get("valueCodeableConcept"), Mapping):
        named.append(resource["valueCodeableConcept"])
    found = tuple(code for concept in named for code in concepts.codes(concept))
    return _Said(entry, found, tuple(text for each in named for text in concepts.wordings(each)))


def _taken_by(entries: list[SummaryEntry]) -> list[_Said]:
    names = Names(entries)
    current = concepts.newest_first(entry for entry in entries if is_current(entry))
    read = ((entry, concepts.wordings(names.concept(entry.resource))) for entry in current)
    return [_Said(entry, (), tuple(texts)) for entry, texts in read if texts]


def _alert(kind: AlertKind, told: list[_Said], medicines: list[_Said]) -> Item | None:
    stated = [said.entry for said in told if kind.kind in stated_kinds(said.codes, said.texts)]
    yes = [entry for entry in stated if _answer(entry.resource) == "yes"]
    past = [entry for entry in yes if _past(entry)]
    current = [entry for entry in yes if entry not in past]
    taken = [said for said in medicines if kind.kind in taken_kinds(said.texts)]
    shown = list(dict.fromkeys(said.texts[0] for said in taken))
    if current:
        denied = past + [entry for entry in stated if _answer(entry.resource) == "no"]
        return _stated(kind, current, denied, shown, [said.entry for said in taken])
    if taken:
        text = f"{sentence_case(kind.word)}: takes {joined(shown)}"
        seen = tuple(concepts.seen(said.entry) for said in taken)
        return Item(text, kind.kind, kind.group, sources=seen)
    return None


def _answer(resource: Mapping[str, Json]) -> str:
    """Return ``yes``, ``no`` or ``unclear``: a yes-or-no observation counts by its value."""
    if resource.get("resourceType") != "Observation":
        return "yes"
    value = concepts.value_text(resource).casefold()
    if value in _NO:
        return "no"
    return "unclear" if value in _UNCLEAR else "yes"


def _past(entry: SummaryEntry) -> bool:
    return (
        concepts.over(entry.resource)
        or concepts.status_of(entry.resource, "status") in _DONE
        or (entry.type == "Flag" and entry.resource.get("status") == "completed")
    )


def _stated_text(kind: AlertKind, resource: Mapping[str, Json]) -> str:
    text = condition_text(resource)
    value = concepts.value_text(resource)
    if value and value.casefold() != "yes":
        text = value if kind.word in value.casefold() else f"{text}: {value}"
    if kind.word in text.casefold():
        return text
    return f"{sentence_case(kind.word)}: {text}"


def _stated(
    kind: AlertKind,
    current: list[SummaryEntry],
    denied: list[SummaryEntry],
    taken_names: list[str],
    taken: list[SummaryEntry],
) -> Item:
    best = best_worded(current)
    text = _stated_text(kind, best.resource)
    differ = stages_differ(current)
    if denied:
        labels = joined(list(dict.fromkeys(concepts.seen(each).label for each in denied)))
        differ = f"Sources differ: {labels} does not record it as current."
    detail = (f"Takes {joined(taken_names)}",) if taken else ()
    told = led_by(best, current) + denied
    shown = tuple(concepts.seen(each, other_wording(each, text)) for each in told)
    return Item(
        text, kind.kind, kind.group, detail, shown + tuple(map(concepts.seen, taken)), differ
    )


def _interpreter(patients: Iterable[SummaryEntry], found: list[Item | None]) -> Item | None:
    """Return the preferred language from the demographics, unless it is English."""
    if any(item and item.kind == "interpreter" for item in found):
        return None
    for entry in patients:
        for spoken in concepts.listed(entry.resource, "communication"):
            language = concepts.first(spoken, "language")
            english = any(code.casefold().startswith("en") for code in concepts.codes(language))
            if spoken.get("preferred") and not english:
                text = f"Language: {concepts.wording(language)}. An interpreter may be needed"
                return Item(text, "interpreter", "communication", sources=(concepts.seen(entry),))
    return None


def _flags(entries: list[SummaryEntry]) -> list[Item]:
    """Return active flags that no alert kind has taken: crew safety, access, safeguarding."""
    flags = _stated_by(entries, frozenset({"Flag"}))
    return [
        _flag(said.entry, said.texts[0] if said.texts else "Alert, not worded")
        for said in flags
        if not _past(said.entry) and not stated_kinds(said.codes, said.texts)
    ]


def _flag(entry: SummaryEntry, text: str) -> Item:
    lists, shown = facts(), (concepts.seen(entry),)
    if lists.key_safe.holds((), (text,)):
        return Item(KEY_SAFE, "key-safe", "safety", sources=shown, printed=False)
    if lists.safeguarding.holds((), (text,)):
        return Item(text, "safeguarding", "safety", sources=shown, printed=False)
    safety = lists.safety.holds((), (text,))
    return Item(text, "safety" if safety else "flag", "safety", sources=shown, printed=not safety)


def for_screen_only(flag: Mapping[str, Json]) -> str:
    """Return what a line about a Flag that stays off paper says; "" for one that may be printed.

    A key safe is told of, and how it is opened is not: that stands on its own page alone.
    """
    texts = concepts.wordings(concepts.first(flag, "code"))
    lists = facts()
    if lists.key_safe.holds((), texts):
        return KEY_SAFE
    kept = lists.safeguarding.holds((), texts) or lists.safety.holds((), texts)
    return texts[0] if kept else ""


def safeguards(*texts: str) -> bool:
    """Tell whether what is said, of whatever type, is of safeguarding: it stays off paper."""
    return facts().safeguarding.holds((), texts)


def key_safe(entries: Iterable[SummaryEntry]) -> tuple[Item, ...]:
    """Return what is recorded of key safes, in its own words, newest first."""
    said = [each for each in _stated_by(entries, frozenset({"Flag"})) if not _past(each.entry)]
    return tuple(
        Item(each.texts[0], "key-safe", sources=(concepts.seen(each.entry),), printed=False)
        for each in said
        if facts().key_safe.holds((), each.texts)
    )
