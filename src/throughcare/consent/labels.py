"""What consent knows of an entry: its kind and its security labels (docs/consent/labels.md).

A label comes from the source itself, from a code list, from the encounter or document that an
entry belongs to, or from the person: a code that one source labels is labelled in all of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from throughcare.consent import codelists, prose
from throughcare.consent.categories import category, codings, is_critical, marks, names
from throughcare.consent.codelists import Coding, coding_of, fold
from throughcare.consent.scope import CONFIDENTIAL
from throughcare.model.entry import Category, EntryClass

Json = Mapping[str, Any]

CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
OWN_SYSTEM = "urn:throughcare:label"
_BARE = frozenset({ACT_CODE, OWN_SYSTEM, "", "http://hl7.org/fhir/v3/ActCode"})
_LEVELS = frozenset({CONFIDENTIALITY, "http://hl7.org/fhir/v3/Confidentiality"})
_IGNORED = frozenset({"http://terminology.hl7.org/CodeSystem/v3-ActReason"})

OF_ONE_ENTRY = frozenset({"SRC", "NOPAT", "THIRD", "LOCATION", "GRA"})
"""Limits that a controller puts on one entry: they say nothing of other entries with its code."""

_LEAST_TERM = 3


@dataclass(frozen=True)
class PersonLabels:
    """What all sources together say of one person: labels by code and by the words for it."""

    codes: Mapping[Coding, frozenset[str]] = field(default_factory=dict)
    terms: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By folded words: code texts, displays and synonyms of the labelled entries."""


@dataclass(frozen=True, slots=True)
class Member:
    """An entry of a person's record, for labelling."""

    reference: str
    """``Type/id``."""
    resource: Json
    custodian: str
    """ODS code of the organisation whose record it is."""


def own_labels(resource: Json) -> frozenset[str]:
    """Return the labels that the source itself put on the entry.

    ``meta.security``, a document's ``securityLabel`` and a Composition's ``confidentiality``;
    of the levels of confidentiality only those above normal. A label of a code system unknown
    here is kept as ``system|code``.
    """
    meta = resource.get("meta")
    found = list(_list(meta.get("security"))) if isinstance(meta, dict) else []
    for concept in _list(resource.get("securityLabel")):
        found.extend(_list(concept.get("coding")))
    labels = {label for label in map(_label, found) if label}
    level = resource.get("confidentiality")
    return frozenset(labels | ({level} & CONFIDENTIAL if isinstance(level, str) else set()))


def restricted(patient: Json) -> bool:
    """Tell whether a Patient is of a restricted person: confidentiality R or V."""
    return bool(own_labels(patient) & CONFIDENTIAL)


def classify(
    resource: Json,
    *,
    custodian: str,
    inherited: frozenset[str] = frozenset(),
    person: PersonLabels | None = None,
) -> EntryClass:
    """Return the class of one entry.

    `inherited` are the labels of its encounter, document and episode; `person` what all sources
    say. An entry of the critical set takes neither: what it would have inherited is kept in
    `episode`, so that the encounter, author and note can be masked.
    """
    critical = is_critical(resource)
    own = own_labels(resource) | listed(resource, everywhere=not critical)
    kind = category(resource)
    if kind is Category.DEMOGRAPHICS:
        own -= CONFIDENTIAL
    if critical:
        return EntryClass(
            type=str(resource.get("resourceType", "")),
            category=kind,
            labels=own,
            custodian=custodian,
            critical=True,
            episode=inherited - own,
        )
    return EntryClass(
        type=str(resource.get("resourceType", "")),
        category=kind,
        labels=own | inherited | _personal(resource, person),
        custodian=custodian,
    )


def listed(resource: Json, *, everywhere: bool = True) -> frozenset[str]:
    """Return the labels that the code lists give: `everywhere` in it, or its own concept alone."""
    sensitivity = codelists.sensitivity()
    labels = marks(resource, sensitivity)
    if everywhere:
        for coding in all_codings(resource):
            labels |= sensitivity.of_coding(coding)
    return labels


def person_labels(resources: Iterable[Json]) -> PersonLabels:
    """Derive what one person's entries, of all sources, say about their codes.

    The critical set is excepted, and so are limits on one entry (OF_ONE_ENTRY).
    """
    codes: dict[Coding, frozenset[str]] = {}
    terms: dict[str, frozenset[str]] = {}
    for resource in resources:
        kind = resource.get("resourceType")
        if kind in {"Patient", "Consent", "DocumentReference", "Composition"}:
            continue
        labels = (own_labels(resource) | marks(resource, codelists.sensitivity())) - OF_ONE_ENTRY
        if not labels or is_critical(resource):
            continue
        for coding in codings(resource):
            codes[coding] = codes.get(coding, frozenset()) | labels
        for term in _terms(resource):
            terms[term] = terms.get(term, frozenset()) | labels
    return PersonLabels(codes, terms)


def classify_record(members: Iterable[Member]) -> dict[str, EntryClass]:
    """Return the class of every entry of one person, by reference: all four sources of labels.

    Encounters and documents among `members` pass their labels on to what belongs to them, to any
    depth; one that is not among them passes nothing.
    """
    known = {member.reference: member for member in members}
    person = person_labels(member.resource for member in known.values())
    parents = _parents(known)
    holders = {parent for above in parents.values() for parent in above if parent in known}
    given = {
        reference: classify(
            known[reference].resource, custodian=known[reference].custodian, person=person
        ).labels
        for reference in holders
    }
    return {
        reference: classify(
            member.resource,
            custodian=member.custodian,
            inherited=frozenset().union(
                *(given[above] for above in _above(reference, parents) if above in given)
            ),
            person=person,
        )
        for reference, member in known.items()
    }


def _above(reference: str, parents: Mapping[str, list[str]]) -> set[str]:
    """Return everything that `reference` belongs to, directly or not."""
    found: set[str] = set()
    waiting = list(parents.get(reference, ()))
    while waiting:
        parent = waiting.pop()
        if parent not in found and parent != reference:
            found.add(parent)
            waiting.extend(parents.get(parent, ()))
    return found


def passed_on(container: EntryClass) -> frozenset[str]:
    """Return the labels that an encounter, episode or document gives to what belongs to it."""
    return container.labels | container.episode


def containers(resource: Json) -> Iterator[str]:
    """Yield the references of what an entry belongs to: encounter, episode, enclosing encounter."""
    context = resource.get("context")
    inside = context if isinstance(context, dict) else {}
    places = [resource.get("encounter"), inside.get("encounter"), resource.get("episodeOfCare")]
    places += [
        inside,
        resource.get("partOf") if resource.get("resourceType") == "Encounter" else None,
    ]
    for place in places:
        for reference in _list(place):
            target = reference.get("reference")
            if isinstance(target, str):
                yield target


def all_codings(value: object) -> Iterator[Coding]:
    """Yield every coding anywhere in a resource, ``meta`` aside, in no promised order."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, dict):
            if isinstance(inner.get("code"), str) and isinstance(inner.get("system"), str):
                yield coding_of(inner)
            waiting += [
                member
                for name, member in inner.items()
                if isinstance(member, (dict, list)) and name != "meta"
            ]
        elif isinstance(inner, list):
            waiting += inner


def _parents(known: Mapping[str, Member]) -> dict[str, list[str]]:
    parents = {reference: list(containers(m.resource)) for reference, m in known.items()}
    for reference, member in known.items():
        for target in prose.attached(member.resource):
            if target in parents:
                parents[target].append(reference)
    return parents


def _personal(resource: Json, person: PersonLabels | None) -> frozenset[str]:
    if person is None or not person.codes:
        return frozenset()
    labels: frozenset[str] = frozenset()
    for coding in all_codings(resource):
        labels |= person.codes.get(coding, frozenset())
    return labels | codelists.found(person.terms, prose.text_of(resource))


def _terms(resource: Json) -> set[str]:
    terms = {fold(_without_tag(name)) for name in names(resource)}
    synonyms = codelists.sensitivity().synonyms
    for coding in codings(resource):
        terms.update(synonyms.get(coding, ()))
    return {term for term in terms if len(term) >= _LEAST_TERM}


def _without_tag(name: str) -> str:
    """Return a SNOMED CT name without its semantic tag, such as ``(disorder)``."""
    return name.rsplit(" (", 1)[0] if name.endswith(")") else name


def _label(coding: Json) -> str:
    system, code = str(coding.get("system", "")), str(coding.get("code", ""))
    if system in _IGNORED or not code:
        return ""
    if system in _LEVELS:
        return code if code in CONFIDENTIAL else ""
    return code if system in _BARE else f"{system}|{code}"


def _list(value: object) -> list[Json]:
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, dict)]
