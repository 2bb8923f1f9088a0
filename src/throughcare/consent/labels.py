"""What consent knows of an entry: its kind and its security labels (docs/consent/labels.md).

A label comes from the source itself, from a code list, from the encounter or document that an
entry belongs to, or from the person: a code that one source labels is labelled in all of them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from throughcare.consent import codelists, prose, topics
from throughcare.consent.categories import category
from throughcare.consent.codelists import KEPT, Coding, coding_of, fold
from throughcare.consent.scope import CONFIDENTIAL
from throughcare.consent.topics import Topic, is_critical, topic_of
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
_SPEAKS_OF_ITSELF = frozenset({"Patient", "Consent", "DocumentReference", "Composition"})
"""Types whose labels say nothing of other entries with their codes."""
_HOLDERS = frozenset({"Encounter", "EpisodeOfCare", "DocumentReference"})
"""Types that pass their labels on to what belongs to them."""
_NONE: Final[frozenset[str]] = frozenset()


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
    codes: Collection[bytes] | None = None
    """Every code that stands in its text, where that is known: most need no closer look."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What labelling reads off an entry, once."""

    member: Member
    topic: Topic
    own: frozenset[str]
    """Labels that the source itself put on it, or on a resource that it contains."""
    critical: bool
    containers: tuple[str, ...]
    """``Type/id`` of what it belongs to."""

    @property
    def reaching(self) -> frozenset[str]:
        """The labels that its codes carry to all entries of the person."""
        if self.critical or self.topic.kind in _SPEAKS_OF_ITSELF:
            return _NONE
        return (self.own | topics.sensitive(self.topic)) - OF_ONE_ENTRY

    @property
    def reaches_others(self) -> bool:
        """True if other entries of the person can get a label from this one.

        By its codes, or by belonging to it: they may have come before it, or before its label.
        """
        by_code = bool(self.topic.codings and self.reaching)
        return by_code or (self.topic.kind in _HOLDERS and bool(self.own | self.listed()))

    def listed(self) -> frozenset[str]:
        """Return the labels that the code lists give: everywhere in it, or its concept alone."""
        labels = topics.sensitive(self.topic)
        if self.critical or codelists.sensitivity().is_silent_on(self.member.codes):
            return labels
        return labels | _anywhere(self.member.resource)


def read(member: Member) -> Reading:
    """Return what labelling needs of an entry."""
    topic = topic_of(member.resource)
    return Reading(
        member,
        topic,
        own_labels(member.resource).union(*map(own_labels, _contained(member.resource))),
        is_critical(topic),
        tuple(containers(member.resource)),
    )


def own_labels(resource: Json) -> frozenset[str]:
    """Return the labels that the source itself put on the entry.

    ``meta.security``, a document's ``securityLabel`` and a Composition's ``confidentiality``;
    of the levels of confidentiality only those above normal. A label of a code system unknown
    here is kept as ``system|code``.
    """
    meta = resource.get("meta")
    found = list(_list(meta["security"])) if isinstance(meta, dict) and "security" in meta else []
    if "securityLabel" in resource:
        for concept in _list(resource["securityLabel"]):
            found.extend(_list(concept.get("coding")))
    level = resource.get("confidentiality")
    levels = {level} & CONFIDENTIAL if isinstance(level, str) else _NONE
    if not found and not levels:
        return _NONE
    return frozenset({label for label in map(_label, found) if label} | levels)


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
    return _class(read(Member("", resource, custodian)), inherited, person)


def _class(reading: Reading, inherited: frozenset[str], person: PersonLabels | None) -> EntryClass:
    kind = category(reading.topic)
    labels = reading.own | reading.listed()
    if kind is Category.DEMOGRAPHICS:
        labels -= CONFIDENTIAL
    if reading.critical:
        episode = inherited - labels
    else:
        episode = _NONE
        labels |= inherited | _personal(reading.member.resource, person)
    custodian = reading.member.custodian
    return _interned(reading.topic.kind, kind, labels, custodian, reading.critical, episode)


@lru_cache(maxsize=KEPT)
def _interned(*fields: Any) -> EntryClass:  # noqa: ANN401 - the fields of an EntryClass
    """Return the class with these fields: the same object for the same ones."""
    return EntryClass(*fields)


def person_labels(resources: Iterable[Json]) -> PersonLabels:
    """Derive what one person's entries, of all sources, say about their codes.

    The critical set is excepted, and so are limits on one entry (OF_ONE_ENTRY).
    """
    return _person_labels(read(Member("", resource, "")) for resource in resources)


def _person_labels(readings: Iterable[Reading]) -> PersonLabels:
    codes: dict[Coding, frozenset[str]] = {}
    terms: dict[str, frozenset[str]] = {}
    for reading in readings:
        labels = reading.reaching
        if not labels:
            continue
        for coding in reading.topic.codings:
            codes[coding] = codes.get(coding, _NONE) | labels
        for term in _terms(reading.topic):
            terms[term] = terms.get(term, _NONE) | labels
    return PersonLabels(codes, terms)


def classify_record(members: Iterable[Member]) -> dict[str, EntryClass]:
    """Return the class of every entry of one person, by reference: all four sources of labels.

    Encounters and documents among `members` pass their labels on to what belongs to them, to any
    depth; one that is not among them passes nothing.
    """
    return classify_readings(map(read, members))


def classify_readings(readings: Iterable[Reading]) -> dict[str, EntryClass]:
    """As `classify_record`, of entries that were read already."""
    known = {reading.member.reference: reading for reading in readings}
    person = _person_labels(known.values())
    parents = _parents(known)
    holders = {parent for above in parents.values() for parent in above if parent in known}
    given = {holder: _class(known[holder], _NONE, person).labels for holder in holders}
    passed = {holder: labels for holder, labels in given.items() if labels}
    return {
        reference: _class(reading, _inherited(reference, parents, passed), person)
        for reference, reading in known.items()
    }


def _inherited(
    reference: str, parents: Mapping[str, list[str]], passed: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Return the labels that what `reference` belongs to, directly or not, passes on to it."""
    if not passed:
        return _NONE
    above = _above(reference, parents)
    return _NONE.union(*(passed[parent] for parent in above if parent in passed))


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
    places.append(inside)
    if resource.get("resourceType") == "Encounter":
        places.append(resource.get("partOf"))
    if resource.get("resourceType") == "Binary":
        places.append(resource.get("securityContext"))
    for place in places:
        if not place:
            continue
        for reference in _list(place):
            target = reference.get("reference")
            if isinstance(target, str):
                yield target


def _contained(resource: Json) -> list[Json]:
    return _list(resource["contained"]) if "contained" in resource else []


def _anywhere(resource: Json) -> frozenset[str]:
    """Return the labels that the code lists give to any coding in a resource."""
    sensitivity = codelists.sensitivity()
    return _NONE.union(*(sensitivity.of_coding(coding) for coding in all_codings(resource)))


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


def _parents(known: Mapping[str, Reading]) -> dict[str, list[str]]:
    parents = {reference: list(reading.containers) for reference, reading in known.items()}
    for reference, reading in known.items():
        if "content" in reading.member.resource:
            for target in prose.attached(reading.member.resource):
                if target in parents:
                    parents[target].append(reference)
    return parents


def _personal(resource: Json, person: PersonLabels | None) -> frozenset[str]:
    if person is None or not person.codes:
        return _NONE
    labels = _NONE
    for coding in all_codings(resource):
        labels |= person.codes.get(coding, _NONE)
    return labels | codelists.found(person.terms, prose.text_of(resource))


def _terms(topic: Topic) -> set[str]:
    terms = {fold(_without_tag(name)) for name in topic.names}
    synonyms = codelists.sensitivity().synonyms
    for coding in topic.codings:
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
    label = code if system in _BARE else f"{system}|{code}"
    return "%20".join(label.split())  # a class is kept with its labels as words of one text


def _list(value: object) -> list[Json]:
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, dict)]
