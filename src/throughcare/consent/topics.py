"""What an entry is about: its type and principal concepts, read off once.

Most entries say what some other entry has said before, so what follows from a topic is kept at
hand: the codes are looked up once for each distinct one, not once for each entry.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from throughcare.consent import codelists
from throughcare.consent.codelists import KEPT, Coding, coding_of
from throughcare.consent.lists import Lists

Json = Mapping[str, Any]

DOCUMENTS: Final = frozenset(
    {"DocumentReference", "Composition", "CarePlan", "Consent", "ServiceRequest"}
)
"""Types whose category and title say what they are about."""

_CRITICAL_TYPES: Final = DOCUMENTS | {
    "Condition",
    "Flag",
    "Device",
    "DeviceUseStatement",
    "Procedure",
    "Observation",
    "MedicationRequest",
    "MedicationStatement",
    "MedicationAdministration",
    "MedicationDispense",
}
_PRINCIPAL: Final = ("code", "medicationCodeableConcept", "vaccineCode", "type")
_PLAN: Final = frozenset({"plan"})


class Topic(NamedTuple):
    """What an entry is about."""

    kind: str
    """FHIR resource type."""
    codings: tuple[Coding, ...] = ()
    """Of its principal concepts."""
    names: tuple[str, ...] = ()
    """Texts and displays of the principal concepts, and a document's title."""
    tags: tuple[Coding, ...] = ()
    categories: tuple[Coding, ...] = ()
    scopes: tuple[Coding, ...] = ()
    """Of a Consent."""

    @property
    def words(self) -> str:
        """Return the names as one text."""
        return " ".join(self.names)


def topic_of(resource: Json) -> Topic:
    """Return what a FHIR R4 resource is about."""
    kind = str(resource.get("resourceType", ""))
    found: list[Coding] = []
    names: list[str] = []
    for member in _PRINCIPAL:
        if member in resource:
            _add(resource[member], found, names)
    is_document = kind in DOCUMENTS
    category = resource.get("category")
    if is_document:
        _add(category, found, names)
        names += (str(resource[name]) for name in ("title", "description") if resource.get(name))
    meta = resource.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    return Topic(
        kind,
        tuple(found),
        tuple(names),
        tuple(codings_of({"coding": tags})) if tags else (),
        tuple(codings_of(category)) if category else (),
        tuple(codings_of(resource.get("scope"))) if kind == "Consent" else (),
    )


def _add(value: object, found: list[Coding], names: list[str]) -> None:
    """Add codings and names of a codeable concept, or of a list of them."""
    for concept in value if isinstance(value, list) else (value,):
        if not isinstance(concept, dict):
            continue
        text = concept.get("text")
        if text:
            names.append(str(text))
        inner = concept.get("coding")
        for coding in inner if isinstance(inner, list) else ():
            if isinstance(coding, dict):
                found.append(coding_of(coding))
                display = coding.get("display")
                if display:
                    names.append(str(display))


def codings_of(value: object) -> Iterator[Coding]:
    """Yield the codings of a CodeableConcept, or of a list of them."""
    for concept in value if isinstance(value, list) else (value,):
        inner = concept.get("coding") if isinstance(concept, dict) else None
        for coding in inner if isinstance(inner, list) else ():
            if isinstance(coding, dict):
                yield coding_of(coding)


def marks(topic: Topic, codelist: codelists.CodeList) -> frozenset[str]:
    """Return what `codelist` says of the principal concepts.

    Words are looked at only where no concept carries a code of SNOMED CT or ICD-10.
    """
    return codelist.of_concepts(topic.codings, topic.words)


@lru_cache(maxsize=KEPT)
def sensitive(topic: Topic, lists: Lists) -> frozenset[str]:
    """Return the labels that the code lists give to the principal concepts."""
    return marks(topic, lists.sensitivity)


@lru_cache(maxsize=KEPT)
def kinds(topic: Topic, lists: Lists) -> frozenset[str]:
    """Return why an entry is critical: ``dementia``, ``plan``, ``anticoagulant`` ...; or nothing.

    A document or care plan is critical only as an emergency plan, not by a condition it names.
    """
    if topic.kind not in _CRITICAL_TYPES:
        return frozenset()
    why = marks(topic, lists.critical)
    if topic.kind.startswith("Medication"):
        why |= codelists.found(lists.critical.medicines, topic.words)
    if any(code == "adr" for _, code in topic.scopes):
        why |= _PLAN
    return why & _PLAN if topic.kind in DOCUMENTS else why - _PLAN


def is_critical(topic: Topic, lists: Lists) -> bool:
    """Tell whether the entry belongs to the critical set (docs/consent/labels.md)."""
    return topic.kind == "AllergyIntolerance" or bool(kinds(topic, lists))
