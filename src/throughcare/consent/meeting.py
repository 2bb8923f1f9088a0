"""Labels meet the person: what all sources together say of codes, and of the words for them; pure.

Where one source labels a code it is labelled in every entry of the person that has the code, and in
every text that names it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from throughcare.consent import codelists, prose
from throughcare.consent.codelists import Coding, coding_of, fold, meanings
from throughcare.consent.lists import Lists
from throughcare.consent.topics import Topic

Json = Mapping[str, Any]
Labels = frozenset[str]

_LEAST_TERM: Final = 3
_NONE: Final[Labels] = frozenset()


@dataclass(frozen=True)
class PersonLabels:
    """What one entry, or all sources together, say of one person: labels by code and by words."""

    codes: Mapping[Coding, Labels] = field(default_factory=dict)
    terms: Mapping[str, Labels] = field(default_factory=dict)
    """By folded words: code texts, displays and synonyms of the labelled entries."""
    innocent: Mapping[str, Labels] = field(default_factory=dict)
    """Words that hold such words and mean something else, without labels."""

    def may_mean(self, code: bytes) -> bool:
        """Tell whether a code, in whatever system, may be one of these."""
        return code.decode(errors="replace").strip().upper() in self._upper

    @cached_property
    def _upper(self) -> AbstractSet[str]:
        return {code.upper() for _, code in self.codes}


NOTHING: Final = PersonLabels()


def said(topic: Topic, labels: Labels, lists: Lists) -> PersonLabels:
    """Return what an entry about `topic` says of its person, whose codes carry `labels`."""
    if not labels:
        return NOTHING
    codes = {meant: labels for coding in topic.codings for meant in (coding, *meanings(coding))}
    terms = dict.fromkeys(_terms(topic, lists), labels)
    return PersonLabels(codes, terms, lists.sensitivity.innocent)


def together(parts: Iterable[PersonLabels]) -> PersonLabels:
    """Return what several entries of one person say."""
    parts = [part for part in parts if part.codes or part.terms]
    if len(parts) <= 1:
        return parts[0] if parts else NOTHING
    codes: dict[Coding, Labels] = {}
    terms: dict[str, Labels] = {}
    innocent: Mapping[str, Labels] = {}
    for part in parts:
        for coding, labels in part.codes.items():
            codes[coding] = codes.get(coding, _NONE) | labels
        for term, labels in part.terms.items():
            terms[term] = terms.get(term, _NONE) | labels
        innocent = part.innocent or innocent
    return PersonLabels(codes, terms, innocent)


def met(
    resource: Json, codes: Collection[bytes] | None, person: PersonLabels | None
) -> frozenset[str]:
    """Return the labels that an entry takes from what is said of its person.

    `codes` are all that stand in its text; None where they are not known.
    """
    if person is None or not (person.codes or person.terms):
        return _NONE
    labels = _named(fold(prose.text_of(resource)), person)
    if codes is not None and not any(map(person.may_mean, codes)):
        return labels
    for coding in all_codings(resource):
        for meant in (coding, *meanings(coding)):
            labels |= person.codes.get(meant, _NONE)
    return labels


def _named(text: str, person: PersonLabels) -> Labels:
    """Return the labels of the terms that occur in a folded text, as whole words."""
    if not any(term in text for term in person.terms):
        return _NONE  # as nearly always: a pattern of them all is not made for that
    return codelists.found({**person.innocent, **person.terms}, text)


def all_codings(value: object) -> Iterator[Coding]:
    """Yield every coding anywhere in a resource, ``meta`` aside, in no promised order."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, dict):
            if isinstance(inner.get("code"), str) and isinstance(inner.get("system", ""), str):
                yield coding_of(inner)
            waiting += [
                member
                for name, member in inner.items()
                if isinstance(member, (dict, list)) and name != "meta"
            ]
        elif isinstance(inner, list):
            waiting += inner


def _terms(topic: Topic, lists: Lists) -> set[str]:
    terms = {fold(_without_tag(name)) for name in topic.names}
    for coding in topic.codings:
        for meant in meanings(coding):
            terms.update(lists.sensitivity.synonyms.get(meant, ()))
    return {term for term in terms if len(term) >= _LEAST_TERM}


def _without_tag(name: str) -> str:
    """Return a SNOMED CT name without its semantic tag, such as ``(disorder)``."""
    return name.rsplit(" (", 1)[0] if name.endswith(")") else name
