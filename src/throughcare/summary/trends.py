"""Measurements and results over time: series to draw, and the last of each that is out of range.

Whether a value is out of range is what its own source says: its interpretation, or the reference
range beside it. No range of ours is applied.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Final

from throughcare.model.submission import Json
from throughcare.summary import concepts, dates
from throughcare.summary.codelists import MeasurementKind, facts
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Item
from throughcare.summary.measurements import DIASTOLIC, SYSTOLIC, reading
from throughcare.summary.reconcile import fold
from throughcare.summary.words import sentence_case

NOT_DONE: Final = frozenset({"cancelled", "entered-in-error", "registered"})
_OUT: Final[Mapping[str, str]] = {
    "H": "high",
    "HH": "critically high",
    "HU": "significantly high",
    ">": "above its scale",
    "L": "low",
    "LL": "critically low",
    "LU": "significantly low",
    "<": "below its scale",
    "A": "abnormal",
    "AA": "critically abnormal",
}
CHARTS: Final = 8
"""Charts of a page: more weigh more than a page may."""
FEWEST: Final = 3
"""Days with a value that make a chart."""
Kind = tuple[object, int, str]
"""What makes values one series: what they are of, how many stand together, and their unit."""
_PRESSURE: Final = "blood-pressure"
_PARTS: Final = ("systolic", "diastolic")


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a series."""

    on: date
    value: float
    text: str
    """The value with the digits of its source, without its unit."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Values of one thing, oldest first."""

    points: tuple[Point, ...]
    name: str = ""
    """What tells it from the other of its series: ``systolic``; "" where it is alone."""
    low: float | None = None
    """Lower end of the reference range that the last value came with; None without one."""
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one kind, in one unit: one trace, or the two of blood pressure, day by day."""

    name: str
    unit: str
    traces: tuple[Trace, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """One value of an observation, or the two of a blood pressure."""

    key: object
    parts: tuple[Mapping[str, Json], ...]
    """What holds a quantity and its range: the observation, a component, or systolic, diastolic."""
    on: dates.When

    @property
    def kind(self) -> Kind:
        """What makes it one series with others."""
        return self.key, len(self.parts), self.unit

    @property
    def unit(self) -> str:
        """Its unit as its source writes it; "" without one."""
        return unit(_quantity(self.parts[0]))

    @property
    def concept(self) -> Mapping[str, Json]:
        """What it is of."""
        return concepts.first(self.parts[0], "code")


def series(
    observed: Sequence[SummaryEntry], wanted: Callable[[Kind], bool] = lambda _: True
) -> tuple[Series, ...]:
    """Return a series for each kind of value `wanted` that was recorded at least three times.

    Of observations, newest first; by name. Values of two units are two series: none is converted.
    One value a day and kind is drawn, the last. Blood pressure is one kind: systolic and diastolic
    of a reading stay together.
    """
    found: defaultdict[Kind, dict[date, Value]] = defaultdict(dict)
    for entry in reversed(observed):
        for value in values(entry.resource):
            if value.on.day and wanted(value.kind):
                found[value.kind][value.on.earliest] = value
    drawn = [_series(by_day) for by_day in found.values() if len(by_day) >= FEWEST]
    return tuple(sorted(drawn, key=lambda each: fold(each.name)))


@dataclass(frozen=True, slots=True)
class Trends:
    """The charts of an overview."""

    drawn: tuple[Series, ...]
    left: int
    """Number of charts that would stand behind these."""
    number: int
    """Number of charts on this page, those before it and those left."""
    others: int
    """Number of kinds of result that are not drawn, most of them on the page of all."""


@dataclass(frozen=True, slots=True)
class Charts:
    """Which of all charts stand on a page, where what is on none of it was not read."""

    kinds: frozenset[Kind]
    number: int
    """Number of all charts."""


def trends(observed: Sequence[SummaryEntry]) -> Trends:
    """Return series of what the summary measures and of what is out of range now.

    Of observations, newest first.
    """
    newest = list(_newest(observed).items())
    out = {key for key, entry in newest if interpretation(entry.resource)}
    drawn = series(observed, lambda kind: _is_wanted(kind[0], out))
    others = sum(1 for key, _ in newest if not _is_wanted(key, out))
    return _page(drawn[:CHARTS], 0, len(drawn), others)


def all_trends(observed: Sequence[SummaryEntry], first: int, charts: Charts | None) -> Trends:
    """Return `CHARTS` series of every kind of result, by name, from the place `first` on.

    Of observations, newest first. Where `charts` says which these are, only what they draw has to
    be among `observed`.
    """
    if charts is not None:
        return _page(series(observed, charts.kinds.__contains__), first, charts.number, 0)
    drawn = series(observed)
    return _page(drawn[first : first + CHARTS], first, len(drawn), 0)


def _page(drawn: tuple[Series, ...], first: int, number: int, others: int) -> Trends:
    return Trends(drawn, max(0, number - first - CHARTS), number, others)


def keys_out_of_range(observations: Iterable[Mapping[str, Json]]) -> frozenset[object]:
    """Return what makes a kind of each of these results that its source calls out of range."""
    return frozenset(
        key_of(concepts.first(each, "code")) for each in observations if interpretation(each)
    )


def is_drawn(concept: Mapping[str, Json], out: Container[object]) -> bool:
    """Say whether an overview draws results of this code, where kinds `out` are out of range."""
    return _is_wanted(key_of(concept), out)


def _is_wanted(key: object, out: Container[object]) -> bool:
    return key in _kinds() or key in out


@cache
def _kinds() -> frozenset[object]:
    """Return what makes a kind of the measurements of the summary."""
    return frozenset(kind.kind for kind in facts().measurements)


def _newest(observed: Iterable[SummaryEntry]) -> dict[object, SummaryEntry]:
    """Return the last result of each kind, by what makes the kind, newest first as they came."""
    found: dict[object, SummaryEntry] = {}
    for entry in observed:
        key = key_of(concepts.first(entry.resource, "code"))
        if key not in found and is_result(entry.resource):
            found[key] = entry
    return found


def out_of_range(observed: Iterable[SummaryEntry], today: date) -> tuple[Item, ...]:
    """Return the last result of each kind that its source calls out of range, newest first.

    Of observations, newest first.
    """
    return tuple(
        _result(entry, says, today)
        for entry in _newest(observed).values()
        if (says := interpretation(entry.resource))
    )


def is_result(observation: Mapping[str, Json]) -> bool:
    """Say whether an observation was made and has a value."""
    return _is_done(observation) and bool(reading(observation))


def interpretation(observation: Mapping[str, Json]) -> str:
    """Return how a value is out of range, in words; "" if its source does not say that it is."""
    for concept in concepts.listed(observation, "interpretation"):
        for code in concepts.codes(concept):
            if code in _OUT:
                return _OUT[code]
    value = _number(concepts.first(observation, "valueQuantity"))
    limits = concepts.first(observation, "referenceRange")
    low, high = _end(limits, "low"), _end(limits, "high")
    if value is None:
        return ""
    if low is not None and value < low:
        return "below the range"
    return "above the range" if high is not None and value > high else ""


def range_text(observation: Mapping[str, Json]) -> str:
    """Return the reference range in words: ``range 3.5 to 5.3 mmol/L``; "" if there is none."""
    limits = concepts.first(observation, "referenceRange")
    low, high = concepts.first(limits, "low"), concepts.first(limits, "high")
    if low.get("value") is not None and high.get("value") is not None:
        return f"range {low['value']} to {concepts.quantity(high)}"
    if high.get("value") is not None:
        return f"range up to {concepts.quantity(high)}"
    if low.get("value") is not None:
        return f"range from {concepts.quantity(low)}"
    text = limits.get("text")
    return f"range {text}" if text else ""


def _result(entry: SummaryEntry, says: str, today: date) -> Item:
    name = concepts.wording(concepts.first(entry.resource, "code"))
    when = concepts.when_of(entry.resource)
    detail = (says, range_text(entry.resource), dates.ago(when, today) if when else "undated")
    return Item(
        f"{sentence_case(name)} {reading(entry.resource)}",
        "result",
        detail=tuple(part for part in detail if part),
        sources=(concepts.seen(entry),),
        severe=says.startswith("critically"),
    )


def _is_done(observation: Mapping[str, Json]) -> bool:
    return concepts.status_of(observation, "status") not in NOT_DONE


def values(resource: Mapping[str, Json]) -> Iterable[Value]:
    """Yield the values of an observation; none of one that was not made, or has no date."""
    when = concepts.when_of(resource)
    if when is None or not _is_done(resource):
        return
    parts = concepts.listed(resource, "component") or [resource]
    pressure = _pressure(parts) if len(parts) > 1 else ()
    if pressure:
        yield Value(_PRESSURE, pressure, when)
    for part in parts:
        if _number(_quantity(part)) is not None and part not in pressure:
            yield Value(key_of(concepts.first(part, "code")), (part,), when)


def _pressure(parts: Sequence[Mapping[str, Json]]) -> tuple[Mapping[str, Json], ...]:
    """Return systolic and diastolic among components; none unless both are there in one unit."""
    above, below = (_component(parts, codes) for codes in (SYSTOLIC, DIASTOLIC))
    if above is None or below is None or unit(_quantity(above)) != unit(_quantity(below)):
        return ()
    return above, below


def _component(
    parts: Iterable[Mapping[str, Json]], codes: frozenset[str]
) -> Mapping[str, Json] | None:
    for part in parts:
        if not codes.isdisjoint(concepts.codes(concepts.first(part, "code"))):
            return part if _number(_quantity(part)) is not None else None
    return None


def name_of(key: object, concept: Mapping[str, Json]) -> str:
    """Return our short name of a measurement that is known, else the source's wording."""
    for kind in facts().measurements:
        if kind.kind == key:
            return kind.name
    return sentence_case(concepts.wording(concept))


def key_of(concept: Mapping[str, Json]) -> object:
    """Return what makes two values one kind: a measurement that is known, a code, or the words."""
    found = tuple(concepts.codes(concept))
    if kind := _known(found):
        return kind.kind
    return min(found) if found else fold(concepts.wording(concept))


@lru_cache(maxsize=4096)
def _known(codes: tuple[str, ...]) -> MeasurementKind | None:
    """Return the measurement that one of `codes` names; None if none does."""
    kinds = facts().measurements
    return next((kind for kind in kinds if not kind.codes.isdisjoint(codes)), None)


def unit(quantity: Mapping[str, Json]) -> str:
    """Return the unit of a quantity as its source writes it; "" without one."""
    found = quantity.get("unit") or quantity.get("code") or ""
    return str(found).replace("mm[Hg]", "mmHg")


def _number(quantity: Mapping[str, Json]) -> float | None:
    value = quantity.get("value")
    return float(value) if isinstance(value, int | float | Decimal) else None


def _end(limits: Mapping[str, Json], member: str) -> float | None:
    return _number(concepts.first(limits, member))


def _quantity(part: Mapping[str, Json]) -> Mapping[str, Json]:
    return concepts.first(part, "valueQuantity")


def _series(by_day: Mapping[date, Value]) -> Series:
    days = sorted(by_day)
    last = by_day[days[-1]]
    names = _PARTS if len(last.parts) > 1 else ("",)
    traces = (
        _trace([(on, by_day[on].parts[place]) for on in days], name)
        for place, name in enumerate(names)
    )
    return Series(name_of(last.key, last.concept), last.unit, tuple(traces))


def _trace(parts: Sequence[tuple[date, Mapping[str, Json]]], name: str) -> Trace:
    """Return the value of each day, with the range that the last came with."""
    points = (_point(on, _quantity(part)) for on, part in parts)
    limits = concepts.first(parts[-1][1], "referenceRange")
    return Trace(tuple(points), name, _end(limits, "low"), _end(limits, "high"))


def _point(on: date, quantity: Mapping[str, Json]) -> Point:
    return Point(on, _number(quantity) or 0.0, str(quantity["value"]))
