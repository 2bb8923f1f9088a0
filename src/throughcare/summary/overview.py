"""The overview that a GP opens a consultation with: what is new, what differs, what is out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from throughcare.summary import concepts, dates
from throughcare.summary.allergies import allergies
from throughcare.summary.banner import Banner, banner
from throughcare.summary.conditions import conditions
from throughcare.summary.emergency import SourceLine, source_lines
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Item, Section, State
from throughcare.summary.medicines import medicines
from throughcare.summary.plans import is_plan, plans
from throughcare.summary.sifting import sift
from throughcare.summary.sight import Sight
from throughcare.summary.timeline import Line, has_line, in_order, lines
from throughcare.summary.trends import Trends, all_trends, out_of_range, trends
from throughcare.summary.words import joined, source_name

_MOST_NEW: Final = 12
_ENDED: Final = frozenset({"completed", "revoked", "entered-in-error", "draft"})


@dataclass(frozen=True, slots=True)
class New:
    """What reached the record since the reader last looked, newest first."""

    since: str
    """``24-Nov-2026 14:05``, or "" where the reader has not looked before."""
    lines: tuple[Line, ...]
    more: int
    """Number of further ones, which are on the timeline."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page."""

    banner: Banner
    new: New
    allergies: Section
    problems: Section
    medicines: Section
    mismatches: int
    """Number of medicines on which sources differ."""
    results: Section
    plans: Section
    care_plans: Section
    trends: Trends
    years: tuple[tuple[int, int], ...]
    """(year, number of entries) of the timeline, newest first."""
    sources: tuple[SourceLine, ...]


def overview(sight: Sight, *, first: int | None = None) -> Overview:
    """Return the overview of one person, as far as its reader may see it.

    With `first` it draws every kind of result from this place on, and not only what is measured
    most or out of range.
    """
    sifted = sift(sight.entries)
    of = sifted.of
    listed = with_mismatches(medicines(sifted.medicines))
    observed = concepts.newest_first(of.get("Observation", ()))
    return Overview(
        banner=banner(sight.patients, sight.today),
        new=new_since(sight.entries, sight.looked),
        allergies=allergies(
            of.get("AllergyIntolerance", ()), sight.sources, limited=sight.title_limited
        ),
        problems=_section(conditions(of.get("Condition", ())), "No problem is shown here."),
        medicines=_section(listed, "No medicines are shown here."),
        mismatches=sum(1 for item in listed if item.disagreement),
        results=_section(
            out_of_range(observed, sight.today), "No last result is called out of range."
        ),
        plans=plans(sifted.told, sight.sources, sight.today),
        care_plans=_section(care_plans(of.get("CarePlan", ())), "No care plan is shown here."),
        trends=trends(observed) if first is None else all_trends(observed, first, sight.charts),
        years=tuple(years(sight.entries) if sight.years is None else sight.years),
        sources=source_lines(sight.sources),
    )


def new_since(entries: Iterable[SummaryEntry], looked: datetime | None) -> New:
    """Return the entries that this node received after `looked`; none before a first look.

    What counts is when an entry came, not its clinical date: an old letter that came today is new.
    """
    if looked is None:
        return New("", (), 0)
    came = [entry for entry in entries if entry.updated > looked]
    ordered = in_order(came)
    more = max(0, len(ordered) - _MOST_NEW)
    return New(dates.moment(looked), lines(ordered[:_MOST_NEW], came), more)


def with_mismatches(items: Sequence[Item]) -> tuple[Item, ...]:
    """Return medicines, each with who does not list it where several sources list medicines."""
    listing = list(dict.fromkeys(seen.source for item in items for seen in item.sources))
    if len(listing) < 2:  # noqa: PLR2004 - it takes two to differ
        return tuple(items)
    return tuple(_with_mismatch(item, listing) for item in items)


def _with_mismatch(item: Item, listing: Sequence[str]) -> Item:
    has = {seen.source for seen in item.sources}
    lacks = [source_name(name) for name in listing if name not in has]
    if not lacks:
        return item
    said = f"Not on the list of {joined(lacks)}."
    return replace(item, disagreement=" ".join(part for part in (item.disagreement, said) if part))


def care_plans(entries: Iterable[SummaryEntry]) -> tuple[Item, ...]:
    """Return the care plans in force that are no emergency plans, newest first."""
    return tuple(
        _care_plan(entry)
        for entry in concepts.newest_first(entries)
        if not is_plan(entry)
        and not concepts.wrong(entry.resource)
        and concepts.status_of(entry.resource, "status") not in _ENDED
    )


def _care_plan(entry: SummaryEntry) -> Item:
    resource = entry.resource
    named = [str(resource.get("title") or "")]
    named += [concepts.wording(each) for each in concepts.listed(resource, "category")]
    doing = [
        concepts.wording(concepts.first(concepts.first(each, "detail"), "code"))
        for each in concepts.listed(resource, "activity")
    ]
    detail = [str(resource.get("description") or ""), joined([each for each in doing if each])]
    title = next((name for name in named if name), "Care plan")
    told = tuple(part for part in detail if part)
    return Item(title, "care-plan", detail=told, sources=(concepts.seen(entry),))


def years(entries: Iterable[SummaryEntry]) -> tuple[tuple[int, int], ...]:
    """Return how many lines of the timeline each year has, newest year first, undated ones apart.

    The lines themselves are not made: they are on another page.
    """
    dated = (concepts.when_of(entry.resource) for entry in filter(has_line, entries))
    counted = Counter(when.year for when in dated if when)
    return tuple(sorted(counted.items(), reverse=True))


def _section(items: tuple[Item, ...], none: str) -> Section:
    return Section(State.LISTED if items else State.NOT_RECORDED, items, "" if items else none)
