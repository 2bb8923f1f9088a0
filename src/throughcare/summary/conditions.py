"""Current conditions, each once with everybody who recorded it; the stage is never lost."""

from collections.abc import Iterable, Mapping
from typing import Final

from throughcare.model.submission import Json
from throughcare.summary import concepts
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Item
from throughcare.summary.reconcile import fold, same_things

_STAGES: Final = ("mild", "moderate", "severe", "early", "advanced", "end stage")
_TENTATIVE: Final = frozenset({"provisional", "differential", "unconfirmed"})


def qualifiers(resource: Mapping[str, Json]) -> list[str]:
    """Return stage and severity as the source words them, in its order."""
    found = [
        concepts.wording(concepts.first(stage, "summary"))
        for stage in concepts.listed(resource, "stage")
    ]
    found.append(concepts.wording(concepts.first(resource, "severity")))
    return [text for text in dict.fromkeys(found) if text]


def stage_of(resource: Mapping[str, Json]) -> str:
    """Return the stage word in an entry's wording, stage, severity or value; or ""."""
    texts = [
        *qualifiers(resource),
        *concepts.wordings(concepts.first(resource, "code")),
        concepts.value_text(resource),
    ]
    for text in texts:
        padded = f" {fold(text)} "
        for stage in _STAGES:
            if f" {stage} " in padded:
                return stage
    return ""


def condition_text(resource: Mapping[str, Json]) -> str:
    """Return a condition as its source words it, with every qualifier that the wording lacks.

    >>> condition_text({"code": {"text": "Dementia"}, "severity": {"text": "Mild"}})
    'Dementia, mild'
    """
    text = concepts.wording(concepts.first(resource, "code")) or "Condition, not worded"
    for more in qualifiers(resource):
        if fold(more) not in fold(text):
            text += f", {more[:1].lower()}{more[1:]}"
    if concepts.status_of(resource, "verificationStatus") in _TENTATIVE:
        text += " (not confirmed)"
    return text


def is_stated(entry: SummaryEntry) -> bool:
    """Say whether the entry states a condition that its source has not taken back."""
    return entry.type == "Condition" and not concepts.wrong(entry.resource)


def condition_keys(entry: SummaryEntry) -> list[object]:
    """Return what makes two conditions the same: a shared code, or equal wording."""
    code = concepts.first(entry.resource, "code")
    return [*concepts.codings(code), *(fold(text) for text in concepts.wordings(code))]


def best_worded(group: list[SummaryEntry]) -> SummaryEntry:
    """Return the entry whose wording tells most: a stage before none, then the newest."""
    staged = [entry for entry in group if stage_of(entry.resource)]
    return (staged or group)[0]


def stages_differ(group: Iterable[SummaryEntry]) -> str:
    """Return a sentence if sources give different stages, else ""."""
    said = {stage_of(entry.resource): concepts.seen(entry).label for entry in group}
    said.pop("", None)
    if len(said) < 2:  # noqa: PLR2004 - it takes two to differ
        return ""
    return (
        "Sources differ: "
        + ", ".join(f"{label} says {stage}" for stage, label in said.items())
        + "."
    )


def conditions(entries: Iterable[SummaryEntry]) -> tuple[Item, ...]:
    """Return current conditions, newest first.

    One that only some sources call past stays, and says so.
    """
    stated = concepts.newest_first(entry for entry in entries if is_stated(entry))
    items: list[Item] = []
    for group in same_things(stated, condition_keys):
        current = [entry for entry in group if not concepts.over(entry.resource)]
        if not current:
            continue
        best = best_worded(current)
        text = condition_text(best.resource)
        past = [entry for entry in group if entry not in current]
        if past:
            differ = f"Sources differ: {concepts.seen(past[0]).label} records it as past."
        else:
            differ = stages_differ(current)
        shown = tuple(
            concepts.seen(each, other_wording(each, text)) for each in led_by(best, group)
        )
        items.append(Item(text, sources=shown, disagreement=differ))
    return tuple(items)


def led_by(best: SummaryEntry, group: Iterable[SummaryEntry]) -> list[SummaryEntry]:
    """Return `group` with `best` first: whose words are shown is named first."""
    return [best, *(entry for entry in group if entry is not best)]


def other_wording(entry: SummaryEntry, text: str) -> str:
    """Return how `entry` words it where that says anything that `text` does not, else ""."""
    own = condition_text(entry.resource)
    return "" if set(fold(own).split()) <= set(fold(text).split()) else own
