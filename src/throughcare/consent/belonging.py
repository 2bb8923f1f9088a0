"""What an entry belongs to: encounter, episode, document; and what a document holds. Pure.

Some entries name what they belong to (``Condition.encounter``); others name what they hold
(``DocumentReference.content``, ``Composition.section.entry``, ``DiagnosticReport.result``). Both
mean the same here; which relations do is in `containing`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from throughcare.consent.containing import ANY, holding, items, within
from throughcare.fhir.nhs import NHS_NUMBER

Json = Mapping[str, Any]
Section = tuple[str, int]
"""A section of a Composition: the name of the Composition, and the section's place in it.

Or WHOLE instead of a place: an entry with all that it tells of others.
"""
Holder = str | Section
"""Something that others belong to: an entry by its name ``Type/id``, or a section."""

_FILES: Final = frozenset({"content", "presentedForm", "payload", "sourceAttachment", "photo"})
"""Members that hold attachments."""
_SHOWING: Final = ("Binary/", "DocumentReference/")
"""How the name of a file begins that may be a rendering of a document."""
WHOLE: Final = -1
"""What names an entry that tells of others belongs to all of it; what that one holds does not."""
_CONCLUSIONS: Final = frozenset({"conclusion", "conclusionCode"})
"""Members of a report that sum up its results."""
_ABOUT_OTHERS: Final = frozenset({"Provenance", "AuditEvent"})
_NAMELESS: Final = frozenset({"Binary", "Patient"})
"""A Patient's identifiers are the person's: what names it so is about all of the record."""
_NAME: Final = re.compile(r"[A-Za-z]+/[A-Za-z0-9.\-]+")
_TAIL: Final = re.compile(r"[#|?].*$|/_history/.*$")


@dataclass(frozen=True, slots=True)
class Held:
    """What belongs to one section of a Composition."""

    section: Json
    inside: int | None
    """Place of the section around it."""
    entries: tuple[str, ...]
    identified: tuple[str, ...] = ()
    """Tokens of those that it names by an identifier."""


@dataclass(frozen=True, slots=True)
class Links:
    """What one entry says of what belongs to what."""

    above: tuple[str, ...] = ()
    """``Type/id`` of what it belongs to."""
    files: tuple[str, ...] = ()
    """``Type/id`` of the files and documents that it points at."""
    sections: tuple[Held, ...] = ()
    """Of a Composition, each with what it holds."""
    documents: tuple[str, ...] = ()
    """Compositions that a DocumentReference speaks of: its content is a rendering of them."""
    identified: tuple[str, ...] = ()
    """Tokens by which it names what it belongs to: ``Type system|value``, an identifier."""
    holds: tuple[str, ...] = ()
    """``Type/id`` of what it holds, but for sections."""
    held: tuple[str, ...] = ()
    """Tokens by which it names what it holds."""
    own: tuple[str, ...] = ()
    """Tokens by which others may name it."""
    shows: bool = False
    """True if a file of it may show what it holds."""
    tells: bool = False
    """True if it may show itself what it holds, or `documents`: by bytes in it, or a conclusion."""

    @property
    def renders(self) -> bool:
        """True if a file of it, or it itself, may show what stands in a Composition."""
        return bool((self.files or self.tells) and self.documents)


@dataclass(frozen=True, slots=True)
class Family:
    """Who belongs to whom among some entries."""

    parents: Mapping[str, list[Holder]]
    renderings: Mapping[str, list[str]]
    """By a file, the Compositions and reports that it shows."""
    pointing: Mapping[str, set[str]]
    """By a file or document, what points at it, or is what it says itself that it belongs to."""
    held: Mapping[str, list[str]]
    """By what holds others, what stands in it."""
    telling: Mapping[str, list[str]]
    """By what tells of others itself, those others."""

    def above(self, name: str) -> set[Holder]:
        """Return everything that `name` belongs to, directly or not."""
        found: set[Holder] = set()
        waiting: list[Holder] = list(self.parents.get(name, ()))
        while waiting:
            parent = waiting.pop()
            if parent not in found and parent != name:
                found.add(parent)
                if isinstance(parent, tuple):
                    waiting.append(parent[0])  # a section stands in its document
                else:
                    waiting += self.parents.get(parent, ())
        return found


def links(resource: Json) -> Links:
    """Return what `resource` says of what belongs to what."""
    kind = resource.get("resourceType")
    around = list(_above(resource))
    holds = list(holding(resource))
    above = tuple(filter(None, (target(each) for each, _ in around)))
    own = () if kind in _NAMELESS else tuple(_tokens(resource, (str(kind), ANY)))
    found = _links(resource, above)
    if not (around or own or holds):
        return found
    return replace(
        found,
        identified=tuple(token for each, types in around for token in _tokens(each, types)),
        holds=tuple(filter(None, map(target, holds))),
        held=tuple(token for each in holds for token in _tokens(each, (ANY,))),
        own=own,
        shows=bool(holds and found.files),
        tells=found.tells or bool(holds and _concludes(resource)),
    )


def _concludes(resource: Json) -> bool:
    """Tell whether a report says of its results what can't be masked: in words, or in bytes."""
    if resource.get("resourceType") != "DiagnosticReport":
        return False
    return any(resource.get(name) for name in _CONCLUSIONS) or _is_inline(resource)


def _tokens(named: Json, types: Iterable[str]) -> Iterator[str]:
    """Yield the identifiers of an entry or a Reference as ``Type system|value``."""
    if "identifier" not in named:
        return
    for identifier in items(named["identifier"]):
        if identifier.get("value"):
            for kind in types:
                yield f"{kind} {identifier.get('system', '')}|{identifier['value']}"


def _links(resource: Json, above: tuple[str, ...]) -> Links:
    kind = resource.get("resourceType")
    files = () if _FILES.isdisjoint(resource) else tuple(attached(resource))
    if kind == "Composition":
        return Links(above, files, tuple(_sections(items(resource.get("section")), None, [0])))
    is_inline = kind == "DocumentReference" and _is_inline(resource)
    if kind == "DocumentReference" and (files or is_inline):
        context = resource.get("context")
        related = items(context.get("related")) if isinstance(context, dict) else []
        named = (*files, *filter(None, map(target, related)))
        documents = tuple(name for name in named if name.startswith("Composition/"))
        return Links(above, files, (), documents, tells=bool(is_inline and documents))
    if kind == "Consent":
        files = (*files, *_scan(resource))
    return Links(above, files) if above or files else NOTHING


def _scan(consent: Json) -> Iterator[str]:
    """Yield the document that a Consent names as what was signed."""
    for reference in items(consent.get("sourceReference", ())):
        name = target(reference)
        if name.startswith("DocumentReference/"):
            yield name


def family(known: Mapping[str, Links], whose: Mapping[str, int]) -> Family:
    """Return who belongs to whom among the entries `known` by name.

    An identifier means an entry of the same person alone, by `whose`: other sources may count
    theirs from one as well.
    """
    owners = _owners(known, whose)

    def called(name: str, tokens: Iterable[str]) -> list[str]:
        """Return what `name` names by identifiers, but for itself."""
        found = [other for token in tokens for other in owners.get((whose[name], token), ())]
        return [other for other in found if other != name]

    tellers = {name for name, each in known.items() if each.tells}
    parents: dict[str, list[Holder]] = {
        name: [
            (above, WHOLE) if above in tellers else above
            for above in (*each.above, *called(name, each.identified))
        ]
        for name, each in known.items()
    }
    renderings: dict[str, list[str]] = {}
    pointing: dict[str, set[str]] = {
        name: set(each.above) for name, each in known.items() if name.startswith("Binary/")
    }
    held: dict[str, list[str]] = {}
    for name, each in known.items():
        shown = (name, *each.documents) if each.shows else each.documents
        for file in each.files:
            if file in parents:
                parents[file].append(name)
                pointing.setdefault(file, set()).update((name, *each.documents))
                if shown and file.startswith(_SHOWING):
                    renderings.setdefault(file, []).extend(shown)
        inside: list[tuple[Holder, tuple[str, ...], tuple[str, ...]]] = [
            ((name, place), section.entries, section.identified)
            for place, section in enumerate(each.sections)
        ]
        for holder, names, tokens in (*inside, (name, each.holds, each.held)):
            for entry in (*names, *called(name, tokens)):
                if entry in parents and entry != name:
                    parents[entry].append(holder)
                    held.setdefault(name, []).append(entry)
    telling = {name: _told(known[name].documents, name, held) for name in sorted(tellers)}
    return Family(parents, renderings, pointing, held, telling)


def _told(documents: Iterable[str], name: str, held: Mapping[str, list[str]]) -> list[str]:
    """Return what `name` tells of: what it holds, the documents and what these hold."""
    inside = (one for each in documents for one in (each, *held.get(each, ())))
    return [*held.get(name, ()), *inside]


def _owners(
    known: Mapping[str, Links], whose: Mapping[str, int]
) -> dict[tuple[int, str], list[str]]:
    """Return by whose it is, and by token, what `known` is called so."""
    owners: dict[tuple[int, str], list[str]] = {}
    for name, each in known.items():
        for token in each.own:
            owners.setdefault((whose[name], token), []).append(name)
    return owners


def containers(resource: Json) -> Iterator[str]:
    """Yield the names of what an entry belongs to: encounter, episode, what it is part of.

    Of a Binary, what it says decides on who may see it; of a Provenance, what it is about.
    """
    return filter(None, (target(each) for each, _ in _above(resource)))


def _above(resource: Json) -> Iterator[tuple[Json, tuple[str, ...]]]:
    """Yield each Reference to what an entry belongs to, and of which types that may be."""
    yield from within(resource)
    if resource.get("resourceType") in _ABOUT_OTHERS:
        sole = _sole(resource)
        if sole is not None:
            yield sole, (ANY,)


def _sole(resource: Json) -> Json | None:
    """Return the reference of the one entry that a Provenance or AuditEvent is about.

    Of what is about several it is masked where it stands; what is about one alone says that it is.
    """
    if resource.get("resourceType") == "Provenance":
        about = items(resource.get("target"))
    else:
        found = (each.get("what") for each in items(resource.get("entity")))
        about = [each for each in found if isinstance(each, dict)]
    about = [each for each in about if not _is_person(each)]
    return about[0] if len(about) == 1 else None


def _is_person(reference: Json) -> bool:
    """Tell whether a Reference names a Patient: by id, by its type or by an NHS number."""
    identifier = reference.get("identifier")
    return (
        target(reference).startswith("Patient/")
        or reference.get("type") == "Patient"
        or (isinstance(identifier, dict) and identifier.get("system") == NHS_NUMBER)
    )


def attached(resource: Json) -> Iterator[str]:
    """Yield the names (``Binary/id``) of the files that an entry points at."""
    for inner in _attachments(resource):
        url = inner.get("url")
        if isinstance(url, str) and url:
            yield name_in(url)


def _is_inline(resource: Json) -> bool:
    """Tell whether an entry holds the bytes of a file itself."""
    return any(inner.get("data") for inner in _attachments(resource))


def _attachments(resource: Json) -> Iterator[Json]:
    for member in sorted(_FILES.intersection(resource)):
        for content in items(resource[member]):
            inner = content.get("attachment", content.get("contentAttachment", content))
            if isinstance(inner, dict):
                yield inner


def target(reference: Json) -> str:
    """Return the ``Type/id`` that a Reference means, of whatever node and version; else ""."""
    literal = reference.get("reference")
    return name_in(literal) if isinstance(literal, str) else ""


def name_in(url: str) -> str:
    """Return the last two segments of a url without version, query and fragment.

    >>> name_in("https://a.example/fhir/Binary/4/_history/2")
    'Binary/4'
    """
    if _NAME.fullmatch(url):
        return url  # as nearly all are
    return "/".join(_TAIL.sub("", url).split("/")[-2:])


def _sections(sections: Iterable[Json], inside: int | None, count: list[int]) -> Iterator[Held]:
    """Yield sections in the order in which they stand; `count` is how many stood before."""
    for section in sections:
        place = count[0]
        count[0] += 1
        named = items(section.get("entry"))
        entries = tuple(filter(None, map(target, named)))
        tokens = tuple(token for each in named for token in _tokens(each, (ANY,)))
        yield Held(section, inside, entries, tokens)
        yield from _sections(items(section.get("section")), place, count)


NOTHING: Final = Links()
