"""Current medicines, high-risk ones first, each once with everybody who lists it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from throughcare.model.submission import Json
from throughcare.summary import concepts
from throughcare.summary.codelists import taken_kinds
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Item
from throughcare.summary.reconcile import fold, same_things

_TYPES: Final = frozenset({"MedicationRequest", "MedicationStatement", "MedicationDispense"})
NOT_CURRENT: Final = frozenset(
    {"completed", "stopped", "cancelled", "draft", "not-taken", "declined", "intended"}
)
"""Status of what is not taken, or no longer."""
NOT_MEANT: Final = frozenset({"proposal", "option"})
"""Intent of what nobody ordered yet."""


def is_current(entry: SummaryEntry) -> bool:
    """Say whether the entry lists a medicine that its source has not ended; silence is current."""
    resource = entry.resource
    return (
        entry.type in _TYPES
        and not concepts.wrong(resource)
        and concepts.status_of(resource, "status") not in NOT_CURRENT
        and resource.get("intent") not in NOT_MEANT
    )


class Names:
    """Finds the concept of a medicine, which may stand in a Medication of its own."""

    def __init__(self, entries: Iterable[SummaryEntry]) -> None:
        """Note every visible Medication among `entries`."""
        self._codes = {
            entry.reference: concepts.first(entry.resource, "code")
            for entry in entries
            if entry.type == "Medication"
        }

    def concept(self, resource: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the CodeableConcept of the medicine; {"text": display} if only that is known."""
        if own := concepts.first(resource, "medicationCodeableConcept"):
            return own
        pointer = concepts.first(resource, "medicationReference")
        reference = str(pointer.get("reference", ""))
        for inside in concepts.listed(resource, "contained"):
            if reference == f"#{inside.get('id')}":
                return concepts.first(inside, "code")
        found = self._codes.get(reference.split("/_history/", maxsplit=1)[0])
        return found or {"text": concepts.display(pointer)}


def dose_of(resource: Mapping[str, Json]) -> str:
    """Return the dose instructions in the source's own words; "" if it has none."""
    dosages = concepts.listed(resource, "dosageInstruction") or concepts.listed(resource, "dosage")
    return "; ".join(_dose_texts(dosages))


def _dose_texts(dosages: Iterable[Mapping[str, Json]]) -> Iterator[str]:
    for dosage in dosages:
        rates = concepts.listed(dosage, "doseAndRate")
        amounts = [concepts.quantity(concepts.first(rate, "doseQuantity")) for rate in rates]
        timing = concepts.wording(concepts.first(concepts.first(dosage, "timing"), "code"))
        composed = " ".join(part for part in (*amounts, timing) if part)
        text = dosage.get("text") or dosage.get("patientInstruction") or composed
        if text:
            yield str(text)


def risk_of(concept: Mapping[str, Json]) -> str:
    """Return the alert kind that a medicine raises, such as ``anticoagulant``; "" if none."""
    return next(iter(taken_kinds(tuple(concepts.wordings(concept)))), "")


def medicines(entries: Iterable[SummaryEntry]) -> tuple[Item, ...]:
    """Return current medicines with dose, source and date; high-risk first, then by name."""
    everything = list(entries)
    names = Names(everything)
    current = concepts.newest_first(entry for entry in everything if is_current(entry))

    def keys(entry: SummaryEntry) -> list[object]:
        concept = names.concept(entry.resource)
        return [*concepts.codings(concept), *(fold(text) for text in concepts.wordings(concept))]

    items = [_item(group, names) for group in same_things(current, keys)]
    return tuple(sorted(items, key=lambda item: (not item.severe, fold(item.text))))


def _item(group: list[SummaryEntry], names: Names) -> Item:
    concept = names.concept(group[0].resource)
    text = concepts.wording(concept) or "Medicine, not worded"
    doses = list(dict.fromkeys(dose for each in group if (dose := dose_of(each.resource))))
    held = [
        f"On hold, says {concepts.seen(each).label}"
        for each in group
        if concepts.status_of(each.resource, "status") == "on-hold"
    ]
    differ = len({fold(dose) for dose in doses}) > 1
    return Item(
        text,
        kind=risk_of(concept),
        detail=tuple(held) if differ else (*doses, *held),
        sources=tuple(
            concepts.seen(each, dose_of(each.resource) if differ else "") for each in group
        ),
        disagreement="Sources give different doses." if differ else "",
        severe=bool(risk_of(concept)),
    )
