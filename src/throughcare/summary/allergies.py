"""Allergies and adverse reactions, and the title that never says more than is known."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from throughcare.model.submission import Json
from throughcare.summary import concepts
from throughcare.summary.codelists import facts
from throughcare.summary.entry import Answer, SourceStatus, SummaryEntry
from throughcare.summary.facts import Item, Section, State
from throughcare.summary.reconcile import fold, same_things
from throughcare.summary.words import joined

TITLES: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.LISTED: "Known allergies",
        State.NONE_KNOWN: "No known allergies",
        State.NOT_RECORDED: "Allergies not recorded",
        State.UNAVAILABLE: "Allergies unavailable",
        State.MAY_BE_INCOMPLETE: "Allergies may be incomplete: ask",
    }
)

NOTES: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.NOT_RECORDED: "No source records an allergy, or that there is none. Ask.",
        State.UNAVAILABLE: "A source did not answer: nothing can be said. Ask.",
        State.MAY_BE_INCOMPLETE: "None is shown here. That does not mean that there is none.",
    }
)


def allergies(
    entries: Iterable[SummaryEntry], sources: Sequence[SourceStatus], *, limited: bool
) -> Section:
    """Return the allergies, severe ones first.

    `limited` says that a directive or a sensitive-set filter limits this reader's allergies; the
    title depends on that filter alone, never on whether it hides anything.
    """
    recorded = [
        entry
        for entry in concepts.newest_first(
            entry for entry in entries if entry.type == "AllergyIntolerance"
        )
        if not concepts.wrong(entry.resource)
    ]
    nothing = [entry for entry in recorded if _says_none(entry)]
    real = [entry for entry in recorded if not _says_none(entry)]
    items = [_item(group) for group in same_things(real, _keys)]
    items.sort(key=lambda item: not item.severe)
    current = [entry for entry in real if not concepts.over(entry.resource)]
    if current and nothing:
        items.append(_contradiction(nothing))
    missing = any(source.answer is Answer.NO_ANSWER for source in sources)
    state = _state(listed=bool(items), none_known=bool(nothing), missing=missing, limited=limited)
    return Section(state, tuple(items), TITLES[state], "" if items else _note(state, nothing))


def _note(state: State, nothing: list[SummaryEntry]) -> str:
    """Return the sentence under a title that lists nothing: what it rests on, or what to do."""
    if state is not State.NONE_KNOWN:
        return NOTES[state]
    said = (concepts.seen(entry) for entry in nothing)
    told = dict.fromkeys(f"{each.label} {each.on}".strip() for each in said)
    return f"Recorded by {joined(list(told))}."


def _state(*, listed: bool, none_known: bool, missing: bool, limited: bool) -> State:
    if limited or (listed and missing):
        return State.MAY_BE_INCOMPLETE
    if listed:
        return State.LISTED
    if missing:
        return State.UNAVAILABLE
    return State.NONE_KNOWN if none_known else State.NOT_RECORDED


def _says_none(entry: SummaryEntry) -> bool:
    code = concepts.first(entry.resource, "code")
    return facts().no_allergy.holds(concepts.codes(code), concepts.wordings(code))


def _keys(entry: SummaryEntry) -> list[object]:
    code = concepts.first(entry.resource, "code")
    texts = [fold(text) for text in concepts.wordings(code)]
    plain = [text.removeprefix("allergy to ").removesuffix(" allergy") for text in texts]
    return [*concepts.codings(code), *plain]


def _severe(resource: Mapping[str, Json]) -> bool:
    reactions = concepts.listed(resource, "reaction")
    return resource.get("criticality") == "high" or any(
        reaction.get("severity") == "severe"
        or any(
            "anaphyla" in text.casefold()
            for shown in concepts.listed(reaction, "manifestation")
            for text in concepts.wordings(shown)
        )
        for reaction in reactions
    )


def _reactions(resource: Mapping[str, Json]) -> Iterable[str]:
    for reaction in concepts.listed(resource, "reaction"):
        shown = [concepts.wording(each) for each in concepts.listed(reaction, "manifestation")]
        severity = reaction.get("severity")
        text = ", ".join(each for each in shown if each) or reaction.get("description", "")
        if text and severity:
            yield f"{text} ({severity})"
        elif text or severity:
            yield text or f"{severity} reaction"


def _item(group: list[SummaryEntry]) -> Item:
    coded = [each for each in group if any(concepts.codings(_code(each)))]
    text = concepts.wording(_code((coded or group)[0])) or "Allergy, not worded"
    past = [entry for entry in group if concepts.over(entry.resource)]
    if len(past) == len(group):
        text += " (recorded as past)"
    disagreement = ""
    if 0 < len(past) < len(group):
        label = concepts.seen(past[0]).label
        disagreement = f"Sources differ: {label} records it as past."
    return Item(
        text,
        detail=tuple(dict.fromkeys(line for each in group for line in _reactions(each.resource))),
        sources=tuple(concepts.seen(each, _other_wording(each, text)) for each in group),
        disagreement=disagreement,
        severe=any(_severe(each.resource) for each in group),
    )


def _code(entry: SummaryEntry) -> Mapping[str, Json]:
    return concepts.first(entry.resource, "code")


def _other_wording(entry: SummaryEntry, text: str) -> str:
    own = concepts.wording(_code(entry))
    return "" if fold(own) == fold(text) else own


def _contradiction(nothing: list[SummaryEntry]) -> Item:
    return Item(
        "Another source records no known allergies: ask",
        kind="contradiction",
        sources=tuple(concepts.seen(each) for each in nothing),
        disagreement="Sources differ on whether there are allergies.",
    )
