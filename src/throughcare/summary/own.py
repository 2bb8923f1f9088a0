"""A record as its person reads it: what is new, and everything with a plain sentence."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Final, TypeVar

from throughcare.model.entry import Category
from throughcare.model.submission import Json
from throughcare.summary import concepts, plain
from throughcare.summary.alerts import safeguards
from throughcare.summary.dates import When, parse
from throughcare.summary.emergency import EmergencySummary
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Item
from throughcare.summary.measurements import kind_of, reading
from throughcare.summary.reconcile import fold, same_things
from throughcare.summary.sifting import DOCUMENTS
from throughcare.summary.timeline import Line, in_order, lines
from throughcare.summary.words import sentence_case, source_name

T = TypeVar("T")

NEW_DAYS: Final = 60
"""How long something counts as new, by its own date."""
MOST_NEW: Final = 12
MOST_RESULTS: Final = 20
MOST_LETTERS: Final = 12
TAKEN: Final = DOCUMENTS | {"Task"}
"""Types of what may be an About Me, and what the person asked: read whatever they say."""
_TAGS: Final = re.compile(r"<[^>]*>")
QUIET: Final = frozenset({"Consent", "Task", "Claim", "ExplanationOfBenefit", "Provenance"})
"""Types of which a person's own page has no lines."""
_NOT_WORDED: Final = "Result, not worded"
_RESULTS: Final = frozenset({Category.VITALS, Category.TEST_RESULT})
STATES: Final = {
    "requested": "Sent. Nobody has answered yet.",
    "received": "They have it.",
    "accepted": "They are looking into it.",
    "in-progress": "They are looking into it.",
    "on-hold": "They are waiting for something.",
    "completed": "Done. They have dealt with it.",
    "rejected": "They looked, and did not change it.",
    "failed": "They could not change it.",
    "cancelled": "Closed.",
}
"""What became of a request, by the status of its Task."""


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a record with a sentence for its person."""

    text: str
    plain: str
    """A plain sentence; "" where none is known, which the page says."""
    detail: tuple[str, ...]
    source: str
    when: When | None
    reference: str
    differ: str = ""
    """A sentence where sources disagree; "" where they do not."""

    @property
    def printed(self) -> bool:
        """False for what stays off paper and the PDF to keep: safeguarding."""
        return not safeguards(self.text, *self.detail, self.differ)


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that the person said is wrong, and what became of it."""

    said: str
    state: str
    """In a sentence."""
    answer: str
    """What was answered, in the words of who did; "" nothing."""
    when: When | None


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """Everything on a person's own page."""

    new: tuple[Line, ...]
    conditions: tuple[Said, ...]
    medicines: tuple[Said, ...]
    allergies: tuple[Said, ...]
    results: tuple[Said, ...]
    letters: tuple[Line, ...]
    plans: tuple[Item, ...]
    about_me: tuple[tuple[str, str], ...]
    """Heading and text, as the person wrote them last."""
    asked: tuple[Asked, ...]


def own_record(
    entries: Sequence[SummaryEntry], summary: EmergencySummary, today: date
) -> OwnRecord:
    """Return what a person reads first of all that they may see; `summary` is of the same."""
    told = [entry for entry in entries if entry.type not in QUIET]
    dated = in_order(told)
    letters = (entry for entry in dated if entry.category is Category.LETTER)
    return OwnRecord(
        new=lines(islice(recent(_with_dates(dated), today), MOST_NEW), told),
        conditions=_said(summary.conditions.items, plain.CONDITION),
        medicines=_said(summary.medicines.items, plain.MEDICINE),
        allergies=_said(summary.allergies.items, ""),
        results=_results(entries),
        letters=lines(islice(letters, MOST_LETTERS), told),
        plans=summary.plans.items,
        about_me=about_me(entries),
        asked=tuple(map(_asked, _of_type(entries, "Task"))),
    )


def _with_dates(entries: Iterable[SummaryEntry]) -> Iterator[tuple[SummaryEntry, When | None]]:
    return ((entry, concepts.when_of(entry.resource)) for entry in entries)


def recent(dated: Iterable[tuple[T, When | None]], today: date) -> Iterator[T]:
    """Yield what is new of things in order, each with its date, newest first."""
    since = today - timedelta(days=NEW_DAYS)
    for each, when in dated:
        if when is None or when.earliest < since:
            return
        if when.earliest <= today:
            yield each


def _said(items: Iterable[Item], kind: str) -> tuple[Said, ...]:
    found = []
    for item in items:
        words = (item.text, *(seen.wording for seen in item.sources if seen.wording))
        first = item.sources[0] if item.sources else None
        sources = dict.fromkeys(seen.label for seen in item.sources)
        found.append(
            Said(
                item.text,
                plain.sentence(kind, *words) if kind else "",
                item.detail,
                ", ".join(sources),
                None,
                first.reference if first else "",
                item.disagreement,
            )
        )
    return tuple(found)


def _results(entries: Iterable[SummaryEntry]) -> tuple[Said, ...]:
    """Return the last of each kind of result, newest first, whatever its sources call the kind."""
    told = [
        entry
        for entry in entries
        if is_of_results(entry.type, entry.category) and is_result(entry.resource)
    ]
    kinds = same_things(concepts.newest_first(told), _kind_of)
    return tuple(_result(newest) for newest, *_ in kinds[:MOST_RESULTS])


def is_of_results(type_: str, category: Category) -> bool:
    """Say whether an entry of a type and category may be a result."""
    return category in _RESULTS and type_ == "Observation"


def is_result(resource: Mapping[str, Json]) -> bool:
    """Say whether an observation has a value that nobody has taken back."""
    return not concepts.wrong(resource) and bool(reading(resource))


def _kind_of(entry: SummaryEntry) -> list[object]:
    """Return what makes two results of one kind: a kind of the summary, a code, or the words."""
    code = concepts.first(entry.resource, "code")
    kind = kind_of(concepts.codes(code))
    named = [*concepts.codings(code), *(fold(text) for text in concepts.wordings(code))]
    return [*named, *([kind] if kind else [])] or [fold(_NOT_WORDED)]


def _result(entry: SummaryEntry) -> Said:
    words = concepts.wordings(concepts.first(entry.resource, "code"))
    told = plain.sentence(plain.RESULT, *words)
    text = f"{sentence_case(words[0] if words else _NOT_WORDED)}: {reading(entry.resource)}"
    when = concepts.when_of(entry.resource)
    return Said(text, told, (), source_name(entry.source), when, entry.reference)


def about_me(entries: Iterable[SummaryEntry]) -> tuple[tuple[str, str], ...]:
    """Return the sections of the newest About Me, or what a letter of that name says."""
    told = [
        entry
        for entry in entries
        if entry.type in DOCUMENTS and any(fold(text) == "about me" for text in _kinds(entry))
    ]
    for entry in concepts.newest_first(told):
        sections = [
            (str(section.get("title", "")), _text(section))
            for section in concepts.listed(entry.resource, "section")
        ]
        words = str(entry.resource.get("description", "") or "")
        if sections or words:
            return tuple(sections) or (("", words),)
    return ()


def _kinds(entry: SummaryEntry) -> list[str]:
    return concepts.wordings(concepts.first(entry.resource, "type"))


def _text(section: object) -> str:
    narrative = concepts.first(section, "text") if isinstance(section, dict) else {}
    return html.unescape(_TAGS.sub("", str(narrative.get("div", "")))).strip()


def _of_type(entries: Iterable[SummaryEntry], name: str) -> list[SummaryEntry]:
    return concepts.newest_first(entry for entry in entries if entry.type == name)


def _asked(entry: SummaryEntry) -> Asked:
    status = concepts.status_of(entry.resource, "status")
    reason = concepts.wording(concepts.first(entry.resource, "statusReason"))
    answers = [reason, *concepts.notes(entry.resource)]
    return Asked(
        str(entry.resource.get("description", "")),
        STATES.get(status, f"State: {status}."),
        " ".join(each for each in answers if each),
        parse(entry.resource.get("authoredOn")),
    )
