"""Recent falls, from whoever wrote them down: ambulance calls, care-home notes, coded entries."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from throughcare.summary import concepts
from throughcare.summary.codelists import facts
from throughcare.summary.dates import When, month_year, short
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Item
from throughcare.summary.words import joined, source_name

_TYPES: Final = frozenset({"Condition", "Observation", "Encounter", "Flag", "AdverseEvent"})
_RECENT: Final = timedelta(days=366)


def is_fall(entry: SummaryEntry) -> bool:
    """Say whether the entry reports that the person fell."""
    resource = entry.resource
    if entry.type not in _TYPES or concepts.wrong(resource):
        return False
    if entry.type == "Observation" and resource.get("valueBoolean") is False:
        return False
    named = [concepts.first(resource, "code"), concepts.first(resource, "event")]
    named += concepts.listed(resource, "reasonCode")
    found = [code for concept in named for code in concepts.codes(concept)]
    texts = [text for concept in named for text in concepts.wordings(concept)]
    if entry.type == "Observation":
        texts += [concepts.value_text(resource), *concepts.notes(resource)]
    return facts().falls.holds(found, texts)


def falls(entries: Iterable[SummaryEntry], today: date) -> Item | None:
    """Return one alert that counts the falls of the last year; None if no fall is recorded.

    Two sources that report a fall on one day count once; one source's two falls of a day, twice.
    """
    reports = concepts.newest_first(entry for entry in entries if is_fall(entry))
    if not reports:
        return None
    dated = [(when, entry) for entry in reports if (when := concepts.when_of(entry.resource))]
    recent = [(when, entry) for when, entry in dated if today - when.earliest <= _RECENT]
    return Item(
        _text(reports, dated, recent),
        kind="falls",
        group="falls",
        sources=tuple(concepts.seen(entry) for entry in reports),
    )


def _text(
    reports: list[SummaryEntry],
    dated: list[tuple[When, SummaryEntry]],
    recent: list[tuple[When, SummaryEntry]],
) -> str:
    if not dated:
        labels = list(dict.fromkeys(source_name(entry.source) for entry in reports))
        return f"Falls: {len(reports)}, undated ({joined(labels)})"
    newest = dated[0][0]
    day = (newest.year, newest.month, newest.day)
    labels = list(
        dict.fromkeys(
            source_name(entry.source)
            for when, entry in dated
            if (when.year, when.month, when.day) == day
        )
    )
    last = f"last {short(newest)} ({joined(labels)})"
    if not recent:
        return f"Falls: none in the past year, {last}"
    return f"Falls: {_count(recent)} since {month_year(recent[-1][0])}, {last}"


def _count(recent: list[tuple[When, SummaryEntry]]) -> int:
    """Count falls: for each day the largest number that any one source reports."""
    times = {(entry.source, when) for when, entry in recent}
    by_day = Counter((source, when.year, when.month, when.day) for source, when in times)
    days = {day[1:] for day in by_day}
    return sum(
        max(number for (_, *other), number in by_day.items() if tuple(other) == day) for day in days
    )
