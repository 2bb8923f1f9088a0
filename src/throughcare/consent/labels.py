"""What consent knows of an entry: its kind and its security labels (docs/consent/labels.md).

A label comes from the source itself, from a code list, from the encounter or document that an
entry belongs to, or from the person: a code that one source labels is labelled in all of them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from throughcare.consent import belonging, filing, topics
from throughcare.consent.belonging import WHOLE, Family, Held, Holder, Links
from throughcare.consent.categories import category, is_tagged
from throughcare.consent.codelists import KEPT
from throughcare.consent.lists import Lists, shipped
from throughcare.consent.meeting import PersonLabels, all_codings, met, said, together
from throughcare.consent.scope import CONFIDENTIAL
from throughcare.consent.security import own_labels
from throughcare.consent.topics import Topic, is_critical, topic_of
from throughcare.model.entry import Category, EntryClass

Json = Mapping[str, Any]

OF_ITS_SOURCE = frozenset({"SRC"})
"""Of what lists many persons, and so says something of each: its source's own staff see it."""
OF_ONE_ENTRY = frozenset({"SRC", "NOPAT", "THIRD", "LOCATION", "GRA"})
"""Limits that a controller puts on one entry: they say nothing of other entries with its code."""

_SPEAKS_OF_ITSELF = frozenset({"Patient", "Consent", "DocumentReference", "Composition"})
"""Types whose labels say nothing of other entries with their codes."""
_NONE: Final[frozenset[str]] = frozenset()
_NOBODY: Final[Mapping[Any, Any]] = MappingProxyType({})


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
    whose: int = 0
    """Whose it is: a label meets what else is theirs, and nothing of anybody else's."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What labelling reads off an entry, once."""

    member: Member
    lists: Lists
    topic: Topic
    own: frozenset[str]
    """Labels that the source itself put on it, or on a resource that it contains."""
    critical: bool
    links: Links
    """What it belongs to, and what belongs to it."""

    @property
    def reaching(self) -> frozenset[str]:
        """The labels that its codes carry to all entries of the person."""
        if self.critical or self.topic.kind in _SPEAKS_OF_ITSELF:
            return _NONE
        return (self.own | topics.sensitive(self.topic, self.lists)) - OF_ONE_ENTRY

    @property
    def said(self) -> PersonLabels:
        """What it says of its person's codes."""
        return said(self.topic, self.reaching, self.lists)

    @property
    def reaches_others(self) -> bool:
        """True if other entries of the person can get a label from this one.

        By its codes, by belonging to it, or by telling of it (a Provenance or an AuditEvent about
        it alone): they may have come before it, or before its label.
        """
        if self.links.renders or "securityContext" in self.member.resource:
            return True
        return self._says_what_files_are() or bool(self.own | self.listed())

    def _says_what_files_are(self) -> bool:
        """Tell whether a file may be of another kind by this entry than by itself."""
        if self.topic.kind == filing.FILE:
            return is_tagged(self.topic)
        said = bool(self.links.files) and self.topic.kind in filing.SPEAKING
        return said and category(self.topic, self.lists) is not Category.LETTER

    def listed(self) -> frozenset[str]:
        """Return the labels that the code lists give: everywhere in it, or its concept alone."""
        labels = topics.sensitive(self.topic, self.lists)
        return labels if self.critical else labels | self.besides()

    def besides(self) -> frozenset[str]:
        """Return the labels of what stands in it besides its concept: reasons, other codes.

        Of an entry of the critical set they are masked, as its episode is.
        """
        labels = self._of_reasons() if "reasonCode" in self.member.resource else _NONE
        if self.lists.sensitivity.is_silent_on(self.member.codes):
            return labels
        return labels | _anywhere(self.member.resource, self.lists)

    def _of_reasons(self) -> frozenset[str]:
        """Return the labels of reasons in words, where no code says what they are."""
        reasons = _list(self.member.resource["reasonCode"])
        words = [str(each.get("text", "")) for each in reasons if not each.get("coding")]
        return self.lists.sensitivity.of_text("\n".join(words))


def read(member: Member, lists: Lists) -> Reading:
    """Return what labelling by `lists` needs of an entry."""
    topic = topic_of(member.resource)
    return Reading(
        member,
        lists,
        topic,
        own_labels(member.resource).union(*map(own_labels, _contained(member.resource))),
        is_critical(topic, lists),
        belonging.links(member.resource),
    )


def classify(
    resource: Json,
    *,
    custodian: str,
    inherited: frozenset[str] = frozenset(),
    person: PersonLabels | None = None,
    lists: Lists | None = None,
) -> EntryClass:
    """Return the class of one entry, by `lists` or by those that are shipped.

    `inherited` are the labels of its encounter, document and episode; `person` what all sources
    say. An entry of the critical set takes neither: what it would have inherited is kept in
    `episode`, so that the encounter, author and note can be masked.
    """
    return _class(read(Member("", resource, custodian), lists or shipped()), inherited, person)


def alone(reading: Reading) -> EntryClass:
    """Return the class that an entry has by itself."""
    return _class(reading, _NONE, None)


def class_of(reading: Reading, person: PersonLabels) -> EntryClass:
    """Return the class that an entry has by itself and by what is said of its person."""
    return _class(reading, _NONE, person)


def _class(reading: Reading, inherited: frozenset[str], person: PersonLabels | None) -> EntryClass:
    kind = category(reading.topic, reading.lists)
    labels = reading.own | reading.listed()
    if reading.topic.kind == "Group":
        labels |= OF_ITS_SOURCE
    if kind is Category.DEMOGRAPHICS:
        labels -= CONFIDENTIAL
    if reading.critical:
        episode = (inherited | reading.besides()) - labels
    else:
        episode = _NONE
        labels |= inherited | met(reading.member.resource, reading.member.codes, person)
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
    readings = (read(Member("", resource, ""), shipped()) for resource in resources)
    return together(reading.said for reading in readings)


def classify_record(members: Iterable[Member], lists: Lists | None = None) -> dict[str, EntryClass]:
    """Return the class of every entry of one person, by reference: all four sources of labels.

    Encounters and documents among `members` pass their labels on to what belongs to them, to any
    depth; one that is not among them passes nothing. The lists are `lists`, or those shipped.
    """
    by = lists or shipped()
    return classify_readings([read(member, by) for member in members])


def classify_readings(
    readings: Iterable[Reading],
    told: Mapping[int, PersonLabels] = _NOBODY,
    beyond: Mapping[str, frozenset[str]] = _NOBODY,
) -> dict[str, EntryClass]:
    """As `classify_record`, of entries that were read already, and may be of several people.

    `told` is what is said of each person, where that is known of more than `readings`; `beyond` the
    labels that others, by ``Type/id``, pass on, with all that they inherit themselves.
    """
    known = {reading.member.reference: reading for reading in readings}
    people = _people(known.values())
    people.update(told)
    family = belonging.family(
        {name: reading.links for name, reading in known.items()},
        {name: reading.member.whose for name, reading in known.items()},
    )
    passed = _passed(known, family, people)
    passed.update(beyond)
    above = {name: {(name, WHOLE), *family.above(name)} for name in known}
    while True:  # a report in a document may tell of a result, and the document of both
        inherited = {name: _inherited(above[name], passed) for name in known}
        classes = {
            name: _class(each, inherited[name], people[each.member.whose])
            for name, each in known.items()
        }
        told_of = _told_of(family, classes)
        if told_of.items() <= passed.items():
            break
        passed.update(told_of)
    for file, documents in family.renderings.items():
        names = (name for each in documents for name in (each, *family.held.get(each, ())))
        shown = _NONE.union(*(passed_on(classes[name]) for name in names if name in classes))
        person = people[known[file].member.whose]
        classes[file] = _class(known[file], inherited[file] | shown, person)
    for name in sorted(family.pointing, key=lambda each: each.startswith("Binary/")):
        classes[name] = _filed(known[name], classes, family.pointing[name])
    return classes


def _told_of(family: Family, classes: Mapping[str, EntryClass]) -> dict[Holder, frozenset[str]]:
    """Return the labels of what entries tell of in their own bytes or words, by those entries.

    They pass to what belongs to such an entry, and not to what else stands in it.
    """
    found: dict[Holder, frozenset[str]] = {
        (name, WHOLE): _NONE.union(*(passed_on(classes[one]) for one in named if one in classes))
        for name, named in family.telling.items()
    }
    return {holder: labels for holder, labels in found.items() if labels}


def _people(readings: Iterable[Reading]) -> dict[int, PersonLabels]:
    """Return what is said of each person among `readings`, by whose they are."""
    found: dict[int, list[Reading]] = {}
    for reading in readings:
        found.setdefault(reading.member.whose, []).append(reading)
    return {whose: together(each.said for each in theirs) for whose, theirs in found.items()}


def _filed(
    reading: Reading, classes: Mapping[str, EntryClass], pointing: Iterable[str]
) -> EntryClass:
    """Return the class of a file or document, of the kind that what points at it says it is."""
    own = classes[reading.member.reference]
    said = [
        classes[name]
        for name in pointing
        if name in classes and classes[name].type in filing.SPEAKING
    ]
    if own.type not in filing.FOLLOWING or not said:
        return own
    kind = filing.kind(own, said, is_said=is_tagged(reading.topic))
    return _interned(own.type, kind, own.labels, own.custodian, own.critical, own.episode)


def _passed(
    known: Mapping[str, Reading], family: Family, people: Mapping[int, PersonLabels]
) -> dict[Holder, frozenset[str]]:
    """Return the labels that each holder, and each section of a Composition, passes on."""
    holders = {holder for above in family.parents.values() for holder in above}
    given: dict[Holder, frozenset[str]] = {}
    for holder in holders:
        name = holder if isinstance(holder, str) else holder[0]
        if name in known:
            given[name] = _given(known[name], people[known[name].member.whose])
        if isinstance(holder, tuple) and holder[1] != WHOLE:
            given[holder] = _of_section(known[name], holder[1])
    return {holder: labels for holder, labels in given.items() if labels}


def _given(reading: Reading, person: PersonLabels) -> frozenset[str]:
    """Return what an entry passes on to what belongs to it.

    A Composition passes on what it says of itself: what stands in one section is nothing to the
    entries of another.
    """
    if reading.topic.kind == "Composition":
        return reading.own | topics.sensitive(reading.topic, reading.lists)
    return _class(reading, _NONE, person).labels


def _of_section(reading: Reading, place: int) -> frozenset[str]:
    """Return the labels that the codes of a section, and of those around it, have by the lists."""
    labels, at = _NONE, place
    held: Held | None = reading.links.sections[at]
    while held is not None:
        codings = topics.codings_of(held.section.get("code"))
        labels = labels.union(*map(reading.lists.sensitivity.of_coding, codings))
        held = None if held.inside is None else reading.links.sections[held.inside]
    return labels


def _inherited(above: Iterable[Holder], passed: Mapping[Holder, frozenset[str]]) -> frozenset[str]:
    return _NONE.union(*(passed[holder] for holder in above if holder in passed))


def passed_on(container: EntryClass) -> frozenset[str]:
    """Return the labels that an encounter, episode or document gives to what belongs to it."""
    return container.labels | container.episode


def _contained(resource: Json) -> list[Json]:
    return _list(resource["contained"]) if "contained" in resource else []


def _anywhere(resource: Json, lists: Lists) -> frozenset[str]:
    """Return the labels that the code lists give to any coding in a resource."""
    return _NONE.union(*map(lists.sensitivity.of_coding, all_codings(resource)))


def _list(value: object) -> list[Json]:
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, dict)]
