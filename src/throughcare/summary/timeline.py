"""The record as dated lines, newest first, each with its source; in pages, and filtered openly."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from throughcare.summary import concepts
from throughcare.summary.alerts import for_screen_only, safeguards
from throughcare.summary.conditions import condition_text
from throughcare.summary.contacts import contact_text
from throughcare.summary.dates import When, month_year, short
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.measurements import reading
from throughcare.summary.medicines import Names, dose_of
from throughcare.summary.words import joined, sentence_case, source_name, type_name

NO_LINES: Final = frozenset(
    {"Patient", "Organization", "Practitioner", "PractitionerRole", "Location", "Medication"}
    | {"Provenance", "AuditEvent", "Binary"}
)
"""Types that have no line of their own."""
_MEDICINES: Final = frozenset({"MedicationRequest", "MedicationStatement", "MedicationDispense"})


@dataclass(frozen=True, slots=True)
class Line:
    """One entry on the timeline."""

    on: str
    """``12-May-2026``, or "No date"."""
    time: str
    """``13:01``, or ""."""
    kind: str
    """What it is, in a word or two."""
    text: str
    detail: str
    source: str
    """Name of the feed."""
    label: str
    """The feed in plain words."""
    reference: str
    when: When | None
    printed: bool = True
    """False for what stays off paper: safeguarding, violence, a key safe."""


class Mark(msgspec.Struct, frozen=True, gc=False):
    """An entry on the timeline before it is worded: all that decides which page it is on."""

    kind: str
    source: str
    reference: str
    when: When | None

    @property
    def label(self) -> str:
        """The feed in plain words."""
        return source_name(self.source)

    @property
    def recency(self) -> tuple[int, int, int, str, str]:
        """Sort key of `concepts.recency`."""
        return concepts.place(self.when, self.reference)


class _Placed(Protocol):
    """What a page looks at in a line, or in the mark of one."""

    @property
    def kind(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def when(self) -> When | None: ...


P = TypeVar("P", bound=_Placed)


@dataclass(frozen=True, slots=True)
class TimelinePage(Generic[P]):
    """One page of a timeline, and what the filter leaves out of the whole."""

    lines: tuple[P, ...]
    shown: int
    """Number of lines that pass the filter, on all pages."""
    hidden: int
    """Number of lines that the filter hides."""
    after: str
    """Place of the next page; "" on the last."""
    kinds: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    """(name, plain words) of the sources of all lines."""
    years: tuple[tuple[str, int], ...] = ()
    """(``2026``, number of lines) of what the other filters leave, newest first."""
    months: tuple[tuple[str, str, int], ...] = ()
    """(``2026-05``, ``May 2026``, number of lines) of the year that is chosen."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A filter: "" leaves everything."""

    kind: str = ""
    source: str = ""
    month: str = ""
    """A year, ``2026``, or a month, ``2026-05``."""

    def passes(self, line: _Placed) -> bool:
        """Say whether `line` is shown."""
        return self.holds(line) and (not self.month or _date_of(line).startswith(self.month))

    def holds(self, line: _Placed) -> bool:
        """Say whether `line` is shown but for its date."""
        return self.kind in ("", line.kind) and self.source in ("", line.source)


def timeline(entries: Iterable[SummaryEntry]) -> tuple[Line, ...]:
    """Return a line for each entry that people read, newest first, undated ones last."""
    everything = list(entries)
    return lines(in_order(everything), everything)


def has_line(entry: SummaryEntry) -> bool:
    """Say whether the entry is one that people read."""
    return entry.type not in NO_LINES


def in_order(entries: Iterable[SummaryEntry]) -> list[SummaryEntry]:
    """Return the entries that have a line, newest first, undated ones last."""
    return concepts.newest_first(filter(has_line, entries))


def lines(chosen: Iterable[SummaryEntry], among: Iterable[SummaryEntry]) -> tuple[Line, ...]:
    """Return the lines of `chosen`, in their order; medicines are named by what is `among`."""
    names = Names(among)
    return tuple(_line(entry, names) for entry in chosen)


def marked(entry: SummaryEntry) -> Mark:
    """Return the mark of an entry."""
    when = concepts.when_of(entry.resource)
    return Mark(type_name(entry.type, entry.category), entry.source, entry.reference, when)


def newest(marks: Iterable[Mark]) -> list[Mark]:
    """Return marks as `in_order` has their entries."""
    return sorted(marks, key=lambda mark: mark.recency, reverse=True)


def page(
    lines: Sequence[P], *, after: str = "", size: int = 50, chosen: Chosen | None = None
) -> TimelinePage[P]:
    """Return the page that follows the line `after` (its reference), within the filter.

    A place that is no longer there (its entry was hidden since) starts at the top.
    """
    wanted = chosen or Chosen()
    held = lines if not (wanted.kind or wanted.source) else list(filter(wanted.holds, lines))
    passing = list(filter(wanted.passes, held)) if wanted.month else held
    places = {line.reference: place + 1 for place, line in enumerate(passing)} if after else {}
    start = places.get(after, 0)
    part = tuple(passing[start : start + size])
    more = start + size < len(passing)
    counts = Counter([(when.year, when.month) for line in held if (when := line.when)])
    of_source = {line.source: line for line in lines}
    return TimelinePage(
        lines=part,
        shown=len(passing),
        hidden=len(lines) - len(passing),
        after=part[-1].reference if more and part else "",
        kinds=tuple(sorted({line.kind for line in lines})),
        sources=tuple(sorted((name, line.label) for name, line in of_source.items())),
        years=_years(counts),
        months=_months(counts, wanted.month[:4]) if wanted.month else (),
    )


def worded(page: TimelinePage[Mark], lines: Iterable[Line]) -> TimelinePage[Line]:
    """Return a page of marks as the page of their lines."""
    return TimelinePage(
        tuple(lines),
        page.shown,
        page.hidden,
        page.after,
        page.kinds,
        page.sources,
        page.years,
        page.months,
    )


def _date_of(line: _Placed) -> str:
    """Return ``2026-05``, ``2026`` or "": what the filter by date looks at."""
    if line.when is None:
        return ""
    return f"{line.when.year:04d}" + (f"-{line.when.month:02d}" if line.when.month else "")


def _years(counts: Mapping[tuple[int, int], int]) -> tuple[tuple[str, int], ...]:
    found: Counter[str] = Counter()
    for (year, _), number in counts.items():
        found[f"{year:04d}"] += number
    return tuple(sorted(found.items(), reverse=True))


def _months(counts: Mapping[tuple[int, int], int], year: str) -> tuple[tuple[str, str, int], ...]:
    found = sorted(
        (month for month in counts if f"{month[0]:04d}" == year and month[1]), reverse=True
    )
    return tuple(
        (f"{year}-{month:02d}", month_year(When(number, month)), counts[number, month])
        for number, month in found
    )


def _line(entry: SummaryEntry, names: Names) -> Line:
    when = concepts.when_of(entry.resource)
    kept = for_screen_only(entry.resource) if entry.type == "Flag" else ""
    text, detail = (kept, "") if kept else _words(entry, names)
    return Line(
        on=short(when) or "No date",
        time=when.time if when else "",
        kind=type_name(entry.type, entry.category),
        text=sentence_case(text) or "Not worded by its source",
        detail=detail,
        source=entry.source,
        label=source_name(entry.source),
        reference=entry.reference,
        when=when,
        printed=not kept and not safeguards(text, detail),
    )


def _words(entry: SummaryEntry, names: Names) -> tuple[str, str]:
    resource = entry.resource
    notes = " ".join(concepts.notes(resource))
    if entry.type in _MEDICINES:
        return concepts.wording(names.concept(resource)), dose_of(resource)
    if entry.type == "Condition":
        past = "Recorded as past. " if concepts.over(resource) else ""
        return condition_text(resource), past + notes
    if entry.type == "Observation":
        return concepts.wording(concepts.first(resource, "code")), reading(resource) or notes
    if entry.type == "Encounter":
        return _encounter(entry)
    if entry.type == "RelatedPerson":
        return contact_text(resource), ""
    named = ("code", "type", "vaccineCode", "category")
    text = next((said for name in named if (said := _wording_at(entry, name))), "")
    title = str(resource.get("title", "") or "")
    return title or text, str(resource.get("description", "") or notes)


def _wording_at(entry: SummaryEntry, member: str) -> str:
    concept = concepts.first(entry.resource, member)
    return concepts.wording(concept)


def _encounter(entry: SummaryEntry) -> tuple[str, str]:
    resource = entry.resource
    kinds = [concepts.wording(each) for each in concepts.listed(resource, "type")]
    setting = concepts.first(resource, "class")
    text = joined([each for each in kinds if each]) or str(setting.get("display", "")) or "Visit"
    reasons = [concepts.wording(each) for each in concepts.listed(resource, "reasonCode")]
    status = concepts.status_of(resource, "status").replace("-", " ")
    return text, ", ".join(each for each in (*reasons, status) if each)
