"""Last blood pressure, weight, HbA1c and oxygen saturation, each with its age."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from throughcare.model.submission import Json
from throughcare.summary import concepts, dates
from throughcare.summary.codelists import MeasurementKind, facts
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Item

SYSTOLIC: Final = frozenset({"8480-6", "271649006"})
DIASTOLIC: Final = frozenset({"8462-4", "271650006"})
"""Codes of the two parts of a blood pressure."""
_NOT_DONE: Final = frozenset({"cancelled", "entered-in-error", "registered"})


def measurements(entries: Iterable[SummaryEntry], today: date) -> tuple[Item, ...]:
    """Return the last value of each kind, with the digits of its source, its date and its age."""
    newest = _done(entries)
    found = (_last(kind, newest, today) for kind in facts().measurements)
    return tuple(item for item in found if item)


def last_of_each(entries: Iterable[SummaryEntry]) -> Iterator[SummaryEntry]:
    """Yield of each kind the newest, up to one that has a number: no other can be its last value.

    A number names no entry, so that no mask takes it away; what is in words may be masked.
    """
    newest = _done(entries)
    for kind in facts().measurements:
        for entry in newest:
            if not kind.codes.isdisjoint(concepts.codes(concepts.first(entry.resource, "code"))):
                yield entry
                if _has_number(entry.resource):
                    break


def _has_number(observation: Mapping[str, Json]) -> bool:
    if "component" not in observation:
        return bool(concepts.quantity(concepts.first(observation, "valueQuantity")))
    components = concepts.listed(observation, "component")
    codes = [concepts.codes(concepts.first(each, "code")) for each in components]
    return any(not SYSTOLIC.isdisjoint(found) for found in codes)


def _done(entries: Iterable[SummaryEntry]) -> list[SummaryEntry]:
    """Return the measurements that were made, newest first."""
    wanted = frozenset(code for kind in facts().measurements for code in kind.codes)
    done = (
        entry
        for entry in entries
        if entry.type == "Observation"
        and concepts.status_of(entry.resource, "status") not in _NOT_DONE
        and not wanted.isdisjoint(concepts.codes(concepts.first(entry.resource, "code")))
    )
    return concepts.newest_first(done)


def _last(kind: MeasurementKind, newest: list[SummaryEntry], today: date) -> Item | None:
    for entry in newest:
        if kind.codes.isdisjoint(concepts.codes(concepts.first(entry.resource, "code"))):
            continue
        if value := reading(entry.resource):
            when = concepts.when_of(entry.resource)
            age = dates.ago(when, today) if when else "undated"
            shown = (concepts.seen(entry),)
            return Item(f"{kind.name} {value}", kind.kind, detail=(age,), sources=shown)
    return None


def kind_of(codes: Iterable[str]) -> str:
    """Return which measurement of the summary the codes name: ``weight``; "" for none of them."""
    named = frozenset(codes)
    return next((kind.kind for kind in facts().measurements if kind.codes & named), "")


def reading(observation: Mapping[str, Json]) -> str:
    """Return the value in words: ``126/59 mmHg``, ``52.4 kg``; "" if there is none."""
    parts: dict[str, Mapping[str, Json]] = {}
    for component in concepts.listed(observation, "component"):
        found = set(concepts.codes(concepts.first(component, "code")))
        if found & SYSTOLIC:
            parts["systolic"] = concepts.first(component, "valueQuantity")
        elif found & DIASTOLIC:
            parts["diastolic"] = concepts.first(component, "valueQuantity")
    if "systolic" in parts:
        above = parts["systolic"].get("value", "not recorded")
        below = parts.get("diastolic", {}).get("value", "not recorded")
        return f"{above}/{below} mmHg"
    return concepts.value_text(observation).replace("mm[Hg]", "mmHg")
