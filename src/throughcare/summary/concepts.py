"""Reading the few FHIR structures that summaries need; a missing member is empty, no error."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from throughcare.model.submission import Json
from throughcare.summary.dates import When, parse, short
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Seen
from throughcare.summary.words import source_name

SNOMED: Final = "http://snomed.info/sct"
_WRONG: Final = frozenset({"entered-in-error", "refuted"})
_OVER: Final = frozenset({"resolved", "inactive", "remission"})
DATE_MEMBERS: Final = (
    *("onsetDateTime", "effectiveDateTime", "effectiveInstant", "performedDateTime", "authoredOn"),
    *("occurrenceDateTime", "dateAsserted", "date", "dateTime", "recordedDate", "created", "sent"),
    *("issued", "whenHandedOver", "started"),
)
PERIOD_MEMBERS: Final = (
    *("effectivePeriod", "period", "performedPeriod", "onsetPeriod", "occurrencePeriod"),
)


def listed(resource: Mapping[str, Json], member: str) -> list[Json]:
    """Return a repeating member as a list; absent is empty, a lone value a list of one."""
    value = resource.get(member)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def first(resource: Mapping[str, Json], member: str) -> Mapping[str, Json]:
    """Return the member, or the first of its values, as an object; {} if absent."""
    value = resource.get(member)
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, dict) else {}


def codings(concept: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """Yield (system, code) of a CodeableConcept."""
    for coding in listed(concept, "coding"):
        if coding.get("code"):
            yield coding.get("system", ""), coding["code"]


def codes(concept: Mapping[str, Json]) -> list[str]:
    """Return the codes of a CodeableConcept, whatever their system."""
    return [code for coding in concept.get("coding", ()) if (code := coding.get("code"))]


def wordings(concept: Mapping[str, Json]) -> list[str]:
    """Return the texts of a CodeableConcept, the source's own wording first."""
    texts = [concept.get("text")]
    texts += [coding.get("display") for coding in concept.get("coding", ())]
    return [text.strip() for text in texts if isinstance(text, str) and text.strip()]


def wording(concept: Mapping[str, Json]) -> str:
    """Return how the source words a concept; a code without words is shown as ``code 123``."""
    own = concept.get("text")
    if isinstance(own, str) and (text := own.strip()):
        return text
    texts = wordings(concept)
    if texts:
        return texts[0]
    found = codes(concept)
    return f"code {found[0]}" if found else ""


def status_of(resource: Mapping[str, Json], member: str) -> str:
    """Return the code of a status member, be it a code or a CodeableConcept; "" if absent."""
    value = resource.get(member)
    if isinstance(value, dict):
        found = codes(value)
        return found[0] if found else ""
    return value if isinstance(value, str) else ""


def wrong(resource: Mapping[str, Json]) -> bool:
    """Say whether the source has taken the entry back: entered in error, or refuted."""
    return (
        status_of(resource, "verificationStatus") in _WRONG
        or status_of(resource, "status") == "entered-in-error"
    )


def over(resource: Mapping[str, Json]) -> bool:
    """Say whether the source calls a condition or allergy past. Silence means it is current."""
    return status_of(resource, "clinicalStatus") in _OVER or "abatementDateTime" in resource


def when_of(resource: Mapping[str, Json]) -> When | None:
    """Return the clinical date of a resource; None if it has none."""
    for member in DATE_MEMBERS:
        if member in resource and (when := parse(resource[member])):
            return when
    for member in PERIOD_MEMBERS:
        if member not in resource:
            continue
        period = first(resource, member)
        if when := parse(period.get("start")) or parse(period.get("end")):
            return when
    return None


def notes(resource: Mapping[str, Json]) -> list[str]:
    """Return the texts of ``note``."""
    return [note["text"] for note in listed(resource, "note") if note.get("text")]


def display(reference: Mapping[str, Json]) -> str:
    """Return the display of a reference; "" if it has none."""
    text = reference.get("display", "")
    return text if isinstance(text, str) else ""


def quantity(value: Mapping[str, Json]) -> str:
    """Write a quantity with the digits of its source: ``52.40 kg``; "" if it has no number."""
    number = value.get("value")
    if not isinstance(number, int | float | Decimal):
        return ""
    unit = value.get("unit") or value.get("code") or ""
    return f"{value.get('comparator', '')}{number} {unit}".strip()


def value_text(observation: Mapping[str, Json]) -> str:
    """Return the value of an Observation in words, "" if it has none."""
    if "valueQuantity" in observation:
        return quantity(observation["valueQuantity"])
    if "valueCodeableConcept" in observation:
        return wording(observation["valueCodeableConcept"])
    if "valueBoolean" in observation:
        return "yes" if observation["valueBoolean"] is True else "no"
    for member in ("valueString", "valueInteger", "valueDateTime"):
        if member in observation:
            return str(observation[member])
    return ""


def seen(entry: SummaryEntry, text: str = "") -> Seen:
    """Return who says so and when."""
    on = short(when_of(entry.resource))
    return Seen(entry.source, source_name(entry.source), on, entry.reference, text)


def recency(entry: SummaryEntry) -> tuple[int, int, int, str, str]:
    """Sort key: clinical date, entries without one first; ties by reference, so order is stable."""
    return place(when_of(entry.resource), entry.reference)


def place(when: When | None, reference: str) -> tuple[int, int, int, str, str]:
    """Return the sort key of an entry that is dated so."""
    if when is None:
        return 0, 0, 0, "", reference
    return when.year, when.month, when.day, when.time, reference


def newest_first(entries: Iterable[SummaryEntry]) -> list[SummaryEntry]:
    """Return entries by clinical date, newest first, undated last."""
    return sorted(entries, key=recency, reverse=True)
