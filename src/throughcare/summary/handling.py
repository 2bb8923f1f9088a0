"""What to do beside an alert: of the person's own plan, else approved by a named clinician.

Advice without an author is worse than none: whoever acts on it can ask nobody. So a line is shown
only with who wrote it. The neutral lines that come with the program (``data/handling.toml``) are
nobody's until a clinician of the locality adopts them by name; none tells a dose or a treatment.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final, cast

from throughcare.kernel import BadInputError
from throughcare.model.submission import Json
from throughcare.summary import concepts, dates
from throughcare.summary.codelists import AlertKind, alert_kinds
from throughcare.summary.emergency import EmergencySummary
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Do, Item, Section
from throughcare.summary.plans import is_plan, review_of, signatories_of

PLACE: Final = "handling.toml"
SECTIONS: Final = frozenset({"allergy", "plan"})
"""Kinds of line that stand beside a severe allergy, and beside the emergency plans."""
OTHERS: Final = frozenset({"falls", "safeguarding", "key-safe", "safety"})
"""Kinds of alert that no list of codes names."""
LONGEST: Final = 160
"""Characters that a line may have: what is longer is read where it stands."""
MORE: Final = "Read this plan: it says more than a line."
_KEYS: Final = frozenset({"approved_by", "approved_on", "review_by", "adopt", "lines"})


@dataclass(frozen=True, slots=True)
class Handling:
    """The lines that a locality's clinician approved; of a node without a file, none."""

    author: str = ""
    source: str = ""
    review: date | None = None
    lines: Mapping[str, str] = field(default_factory=dict, hash=False)
    """By kind of alert."""

    def line(self, kind: str, today: date) -> Do | None:
        """Return the line for a kind of alert; None without one, or once its review is overdue."""
        if kind not in self.lines or self.review is None or today > self.review:
            return None
        return Do(self.lines[kind], self.author, self.source)


def kinds() -> frozenset[str]:
    """Return every kind that a line can be for."""
    return SECTIONS | OTHERS | {kind.kind for kind in alert_kinds()}


@cache
def neutral() -> Mapping[str, str]:
    """Return the lines that come with the program, by kind: shown where they are adopted alone."""
    path = files("throughcare.summary") / "data" / PLACE
    return dict(tomllib.loads(path.read_text("utf-8"))["lines"])


def parse(text: str) -> Handling:
    """Read the text of a locality's ``handling.toml`` (docs/operations/handling.md).

    Raises BadInputError that says what is wrong: no approver, no review, a line that is no line.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"{PLACE} is no TOML: {error}. Mend that line."
        raise BadInputError(message, place=PLACE) from error
    _hold(set(found) <= _KEYS, f"takes these keys alone: {', '.join(sorted(_KEYS))}")
    approver, adopted = found.get("approved_by"), found.get("adopt", [])
    _hold(bool(approver), "names nobody who approved it. Write approved_by, with name and role")
    _hold(isinstance(approver, str) and bool(approver.strip()), "has no name in approved_by")
    on, review = _day(found, "approved_on"), _day(found, "review_by")
    known = isinstance(adopted, list) and set(adopted) <= set(neutral())
    _hold(known, f"can adopt these lines alone: {', '.join(sorted(neutral()))}")
    own = found.get("lines", {})
    _hold(isinstance(own, dict), "has no table of lines. Write [lines], then one a kind")
    lines = {name: neutral()[name] for name in adopted} | own
    for kind, line in lines.items():
        _hold(kind in kinds(), f"has a line for {kind!r}. It takes {', '.join(sorted(kinds()))}")
        _hold(_is_line(line), f"has no line for {kind!r}: one of at most {LONGEST} characters")
    author = f"{str(approver).strip()}, {dates.short(dates.of_date(on))}"
    return Handling(author, "handling lines of this locality", review, lines)


def _hold(so: bool, otherwise: str) -> None:  # noqa: FBT001 - what must be so
    if not so:
        message = f"{PLACE} {otherwise}. Mend it, or take the file away."
        raise BadInputError(message, place=PLACE)


def _day(found: Mapping[str, Json], name: str) -> date:
    day = found.get(name)
    _hold(type(day) is date, f"has no {name}. Write it as a date, such as 2027-01-31")
    return cast("date", day)


def _is_line(line: Json) -> bool:
    return isinstance(line, str) and 0 < len(line.strip()) <= LONGEST and "\n" not in line


def handled(
    summary: EmergencySummary, entries: Sequence[SummaryEntry], handling: Handling, today: date
) -> EmergencySummary:
    """Return a summary with what to do beside severe allergies, plans and alerts."""
    alerts = with_lines(summary.alerts.items, entries, handling, today)
    return replace(
        summary,
        allergies=beside(summary.allergies, "allergy", handling, today),
        plans=beside(summary.plans, "plan", handling, today),
        alerts=replace(summary.alerts, items=alerts),
    )


def with_lines(
    items: Iterable[Item], entries: Iterable[SummaryEntry], handling: Handling, today: date
) -> tuple[Item, ...]:
    """Return alerts, each with its line: of the person's own plan, else of the locality."""
    plans = _own(entries)
    known = {kind.kind: kind for kind in alert_kinds()}

    def line(item: Item) -> Do | None:
        kind = known.get(item.kind)
        quoted = next((do for plan in plans if kind and (do := _quoted(plan, kind, today))), None)
        return quoted or handling.line(item.kind, today)

    found = ((item, line(item)) for item in items)
    return tuple(item if do is None else replace(item, do=do) for item, do in found)


def beside(section: Section, kind: str, handling: Handling, today: date) -> Section:
    """Return a section with the locality's line beside its first severe item, or first plan."""
    do = handling.line(kind, today)
    place = next((n for n, item in enumerate(section.items) if item.severe or kind == "plan"), None)
    if do is None or place is None:
        return section
    marked = replace(section.items[place], do=do)
    items = (*section.items[:place], marked, *section.items[place + 1 :])
    return replace(section, items=items)


def _own(entries: Iterable[SummaryEntry]) -> list[SummaryEntry]:
    """Return the person's care plans in force, newest first; those for emergencies are read whole.

    A plan without an author is quoted by nobody.
    """
    found = (
        entry
        for entry in entries
        if entry.type == "CarePlan"
        and entry.resource.get("status") == "active"
        and not is_plan(entry)
        and signatories_of(entry.resource)
    )
    return concepts.newest_first(found)


def _quoted(plan: SummaryEntry, kind: AlertKind, today: date) -> Do | None:
    """Return what a plan says to do about a kind of alert; None if it does not speak of it."""
    resource = plan.resource
    details = [concepts.first(each, "detail") for each in concepts.listed(resource, "activity")]
    said = [
        str(detail.get("description", ""))
        for detail in details
        if _names(kind, detail, ("code", "reasonCode"))
    ]
    if _names(kind, resource, ("category", "addresses")) or kind.concepts.holds(
        (), [str(resource.get("title", ""))]
    ):
        said.append(str(resource.get("description", "")))
    words = next((text for text in (" ".join(each.split()) for each in said) if text), "")
    if not words:
        return None
    text = f"“{words}”" if len(words) <= LONGEST else MORE
    seen = concepts.seen(plan)
    source = f"{seen.label} care plan {seen.on}".strip()
    return Do(text, signatories_of(resource), f"{source}, {review_of(resource, today)}")


def _names(kind: AlertKind, holder: Mapping[str, Json], members: Sequence[str]) -> bool:
    named = [each for member in members for each in concepts.listed(holder, member)]
    found = [code for concept in named for code in concepts.codes(concept)]
    texts = [text for concept in named for text in concepts.wordings(concept)]
    return kind.concepts.holds(found, [*texts, *(concepts.display(each) for each in named)])
