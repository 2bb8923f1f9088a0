"""Measurements and results over time: series to draw, and the last of each that is out of range.

Whether a value is out of range is what its own source says: its interpretation, or the reference
range beside it. No range of ours is applied.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from throughcare.model.submission import Json
from throughcare.summary import concepts, dates
from throughcare.summary.codelists import MeasurementKind, facts
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Item
from throughcare.summary.measurements import reading
from throughcare.summary.reconcile import fold
from throughcare.summary.words import sentence_case

_NOT_DONE: Final = frozenset({"cancelled", "entered-in-error", "registered"})
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
_FEWEST: Final = 3


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a series."""

    on: date
    value: float
    text: str
    """The value with the digits of its source, without its unit."""


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one kind, one unit, oldest first."""

    name: str
    unit: str
    points: tuple[Point, ...]
    low: float | None = None
    """Lower end of the reference range that the last value came with; None without one."""
    high: float | None = None


@dataclass(frozen=True, slots=True)
class _Value:
    name: str
    key: object
    quantity: Mapping[str, Json]
    range: Mapping[str, Json]
    on: dates.When


def series(entries: Iterable[SummaryEntry]) -> tuple[Series, ...]:
    """Return a series for each kind of value recorded at least three times, by name.

    Values of two units are two series: none is converted. One value a day and kind is drawn, the
    last.
    """
    found: defaultdict[tuple[object, str], dict[date, _Value]] = defaultdict(dict)
    done = (entry for entry in entries if _is_done(entry))
    for entry in reversed(concepts.newest_first(done)):
        for value in _values(entry.resource):
            if value.on.day:
                unit = _unit(value.quantity)
                found[value.key, unit][value.on.earliest] = value
    drawn = [_series(by_day, unit) for (_, unit), by_day in found.items() if len(by_day) >= _FEWEST]
    return tuple(sorted(drawn, key=lambda each: fold(each.name)))


def out_of_range(entries: Iterable[SummaryEntry], today: date) -> tuple[Item, ...]:
    """Return the last result of each kind that its source calls out of range, newest first."""
    seen: set[object] = set()
    items: list[Item] = []
    for entry in concepts.newest_first(entry for entry in entries if _is_done(entry)):
        key = _key(concepts.first(entry.resource, "code"))
        if key in seen or not reading(entry.resource):
            continue
        seen.add(key)
        if says := interpretation(entry.resource):
            items.append(_result(entry, says, today))
    return tuple(items)


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


def _is_done(entry: SummaryEntry) -> bool:
    status = concepts.status_of(entry.resource, "status")
    return entry.type == "Observation" and status not in _NOT_DONE


def _values(resource: Mapping[str, Json]) -> Iterable[_Value]:
    when = concepts.when_of(resource)
    if when is None:
        return
    parts = concepts.listed(resource, "component") or [resource]
    for part in parts:
        quantity = concepts.first(part, "valueQuantity")
        if _number(quantity) is not None:
            concept = concepts.first(part, "code")
            limits = concepts.first(part, "referenceRange")
            yield _Value(_name(concept), _key(concept), quantity, limits, when)


def _name(concept: Mapping[str, Json]) -> str:
    """Return our short name of a measurement that is known, else the source's wording."""
    kind = _known(tuple(concepts.codes(concept)))
    return kind.name if kind else sentence_case(concepts.wording(concept))


def _key(concept: Mapping[str, Json]) -> object:
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


def _unit(quantity: Mapping[str, Json]) -> str:
    unit = quantity.get("unit") or quantity.get("code") or ""
    return str(unit).replace("mm[Hg]", "mmHg")


def _number(quantity: Mapping[str, Json]) -> float | None:
    value = quantity.get("value")
    return float(value) if isinstance(value, int | float | Decimal) else None


def _end(limits: Mapping[str, Json], member: str) -> float | None:
    return _number(concepts.first(limits, member))


def _series(by_day: Mapping[date, _Value], unit: str) -> Series:
    last = by_day[max(by_day)]
    points = (
        Point(on, _number(value.quantity) or 0.0, str(value.quantity["value"]))
        for on, value in sorted(by_day.items())
    )
    return Series(last.name, unit, tuple(points), _end(last.range, "low"), _end(last.range, "high"))
