"""One look at each entry of a record: which sections have to read it, most of them none.

A record is mostly measurements and bills. Each section tests what it reads by codes and words;
here one test, wider than all of theirs together, leaves out what none of them would take.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from throughcare.model.entry import Category
from throughcare.model.submission import Json
from throughcare.summary import concepts
from throughcare.summary.codelists import alert_words, facts
from throughcare.summary.entry import SummaryEntry

MEDICINES: Final = frozenset(
    {"Medication", "MedicationRequest", "MedicationStatement", "MedicationDispense"}
)
_ALWAYS_TOLD: Final = frozenset({"AdverseEvent", "CarePlan", "Consent", "Flag"})
DOCUMENTS: Final = frozenset({"Composition", "DocumentReference"})
TOLD: Final = DOCUMENTS | {"Condition", "Device", "Encounter", "Observation", "Procedure"}
"""Types of which an entry is told of if its codes or words say so, or its category is a plan's."""
_ALONE: Final = frozenset({"AllergyIntolerance", "Patient", "RelatedPerson"})
READ: Final = MEDICINES | _ALWAYS_TOLD | TOLD | _ALONE
"""Every type that the emergency summary reads."""
_MEMBERS: Final = ("code", "type", "valueCodeableConcept", "category", "event", "reasonCode")


@dataclass(frozen=True, slots=True)
class Sifted:
    """The entries that sections read; each section still tests what it takes."""

    told: Sequence[SummaryEntry]
    """What may be an alert, a fall or a plan."""
    measured: Sequence[SummaryEntry]
    """Observations of a kind whose last value is shown."""
    medicines: Sequence[SummaryEntry]
    of: Mapping[str, Sequence[SummaryEntry]]
    """All entries by type, of whatever type."""


def sift(entries: Iterable[SummaryEntry]) -> Sifted:
    """Return what the sections of a page read; the order of `entries` is kept."""
    of: defaultdict[str, list[SummaryEntry]] = defaultdict(list)
    told: list[SummaryEntry] = []
    measured: list[SummaryEntry] = []
    for entry in entries:
        of[entry.type].append(entry)
        if entry.type in _ALWAYS_TOLD:
            told.append(entry)
        elif entry.type in TOLD:
            tells, measures = marks(_strings(entry.resource))
            if tells or entry.category is Category.PLAN or _tells_freely(entry.resource):
                told.append(entry)
            if measures:
                measured.append(entry)
    medicines = [entry for name in sorted(MEDICINES) for entry in of.get(name, ())]
    return Sifted(told, measured, medicines, of)


def _strings(resource: Mapping[str, Json]) -> tuple[str, ...]:
    """Return codes and wordings of every concept that a section may test, and the unit."""
    found: list[str] = []
    for member in _MEMBERS:
        if member in resource:
            for concept in concepts.listed(resource, member):
                found.append(concept.get("text") or "")
                for coding in concept.get("coding", ()):
                    found += (coding.get("code") or "", coding.get("display") or "")
    if "valueQuantity" in resource:
        value = resource["valueQuantity"]
        found.append(value.get("unit") or value.get("code") or "")
    return tuple(found)


@lru_cache(maxsize=4096)
def marks(strings: tuple[str, ...]) -> tuple[bool, bool]:
    """Return whether these codes and words may tell something, and whether they are measured.

    One concept stands in many entries, so the answer is kept.
    """
    codes, words, measured = _lists()
    tells = not codes.isdisjoint(strings) or any(map(words.search, strings))
    return tells, not measured.isdisjoint(strings)


def _tells_freely(resource: Mapping[str, Json]) -> bool:
    """Say whether free text of an entry may tell something: its title, value or notes."""
    texts = [resource[name] for name in ("title", "valueString") if name in resource]
    if "note" in resource:
        texts += concepts.notes(resource)
    return any(map(tells_in_words, texts))


def tells_in_words(text: str) -> bool:
    """Say whether free text may tell something."""
    return _lists()[1].search(text) is not None


@cache
def _lists() -> tuple[frozenset[str], re.Pattern[str], frozenset[str]]:
    """Return all codes and all words of alerts, falls and plans, and the codes of measurements."""
    lists = (alert_words(), facts().falls, facts().plans)
    words = "|".join(f"(?:{each.words.pattern})" for each in lists)
    measured = frozenset(code for kind in facts().measurements for code in kind.codes)
    codes = frozenset().union(*(each.codes for each in lists))
    return codes, re.compile(words, re.IGNORECASE), measured
