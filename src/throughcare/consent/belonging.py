"""What an entry belongs to: encounter, episode, document; and what a document holds. Pure.

Some entries name what they belong to (``Condition.encounter``); documents name what they hold
(``DocumentReference.content``, ``Composition.section.entry``). Both mean the same here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

Json = Mapping[str, Any]
Section = tuple[str, int]
"""A section of a Composition: the name of the Composition, and the section's place in it."""
Holder = str | Section
"""Something that others belong to: an entry by its name ``Type/id``, or a section."""

HOLDERS: Final = frozenset({"Encounter", "EpisodeOfCare", "DocumentReference", "Composition"})
"""Types that pass their labels on to what belongs to them."""
_FILES: Final = frozenset({"content", "presentedForm", "payload", "sourceAttachment", "photo"})
"""Members that hold attachments."""
_SHOWING: Final = ("Binary/", "DocumentReference/")
"""How the name of a file begins that may be a rendering of a document."""
_ABOUT_OTHERS: Final = frozenset({"Provenance", "AuditEvent"})
_NAME: Final = re.compile(r"[A-Za-z]+/[A-Za-z0-9.\-]+")
_TAIL: Final = re.compile(r"[#|?].*$|/_history/.*$")


@dataclass(frozen=True, slots=True)
class Held:
    """What belongs to one section of a Composition."""

    section: Json
    inside: int | None
    """Place of the section around it."""
    entries: tuple[str, ...]


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
    """Compositions that a DocumentReference speaks of: its files are renderings of them."""
    identified: tuple[str, ...] = ()
    """Identifiers, ``system|value``, by which it names what it belongs to."""
    own: tuple[str, ...] = ()
    """Its own identifiers, where others may belong to it."""

    @property
    def renders(self) -> bool:
        """True if a file of it may show what stands in a Composition."""
        return bool(self.files and self.documents)


@dataclass(frozen=True, slots=True)
class Family:
    """Who belongs to whom among some entries."""

    parents: Mapping[str, list[Holder]]
    renderings: Mapping[str, list[str]]
    """By a file, the Compositions that it shows."""
    pointing: Mapping[str, set[str]]
    """By a file or document, what points at it, or is what it says itself that it belongs to."""

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
    found = _links(resource)
    identified = tuple(filter(None, map(_identifier, _above(resource))))
    own = tuple(_tokens(resource)) if resource.get("resourceType") in HOLDERS else ()
    return replace(found, identified=identified, own=own) if identified or own else found


def _identifier(reference: Json) -> str:
    """Return the identifier by which a Reference names what it means; "" without one."""
    return next(_tokens(reference), "")


def _tokens(named: Json) -> Iterator[str]:
    """Yield the identifiers of an entry or a Reference as ``system|value``."""
    for identifier in _items(named.get("identifier")):
        if identifier.get("value"):
            yield f"{identifier.get('system', '')}|{identifier['value']}"


def _links(resource: Json) -> Links:
    kind = resource.get("resourceType")
    above = tuple(containers(resource))
    files = () if _FILES.isdisjoint(resource) else tuple(attached(resource))
    if kind == "Composition":
        return Links(above, files, tuple(_sections(_items(resource.get("section")), None, [0])))
    if kind == "DocumentReference" and files:
        context = resource.get("context")
        related = _items(context.get("related")) if isinstance(context, dict) else []
        named = (*files, *filter(None, map(target, related)))
        documents = tuple(name for name in named if name.startswith("Composition/"))
        return Links(above, files, (), documents)
    if kind == "Consent":
        files = (*files, *_scan(resource))
    return Links(above, files) if above or files else _NOTHING


def _scan(consent: Json) -> Iterator[str]:
    """Yield the document that a Consent names as what was signed."""
    for reference in _items(consent.get("sourceReference", ())):
        name = target(reference)
        if name.startswith("DocumentReference/"):
            yield name


def family(known: Mapping[str, Links], whose: Mapping[str, int]) -> Family:
    """Return who belongs to whom among the entries `known` by name.

    An identifier means an entry of the same person alone, by `whose`: other sources may count
    theirs from one as well.
    """
    others = _identified(known, whose)
    parents: dict[str, list[Holder]] = {
        name: [*each.above, *others[name]] for name, each in known.items()
    }
    renderings: dict[str, list[str]] = {}
    pointing: dict[str, set[str]] = {
        name: set(each.above) for name, each in known.items() if name.startswith("Binary/")
    }
    for name, each in known.items():
        for file in each.files:
            if file in parents:
                parents[file].append(name)
                pointing.setdefault(file, set()).update((name, *each.documents))
                if each.documents and file.startswith(_SHOWING):
                    renderings.setdefault(file, []).extend(each.documents)
        for place, held in enumerate(each.sections):
            for entry in held.entries:
                if entry in parents and entry != name:
                    parents[entry].append((name, place))
    return Family(parents, renderings, pointing)


def _identified(known: Mapping[str, Links], whose: Mapping[str, int]) -> dict[str, list[str]]:
    """Return by the name of each of `known` the names of what it names by an identifier."""
    owners: dict[tuple[int, str], list[str]] = {}
    for name, each in known.items():
        for identifier in each.own:
            owners.setdefault((whose[name], identifier), []).append(name)
    return {
        name: [owner for one in each.identified for owner in owners.get((whose[name], one), ())]
        for name, each in known.items()
    }


def containers(resource: Json) -> Iterator[str]:
    """Yield the names of what an entry belongs to: encounter, episode, enclosing encounter.

    Of a Binary, what it says decides on who may see it; of a Provenance, what it is about.
    """
    yield from filter(None, map(target, _above(resource)))


def _above(resource: Json) -> Iterator[Json]:
    """Yield each Reference to what an entry belongs to."""
    kind = resource.get("resourceType")
    context = resource.get("context")
    places = [resource.get("encounter"), resource.get("episodeOfCare"), context]
    if isinstance(context, dict):
        places.append(context.get("encounter"))
    if kind == "Encounter":
        places.append(resource.get("partOf"))
    elif kind == "Binary":
        places.append(resource.get("securityContext"))
    elif kind in _ABOUT_OTHERS:
        places.append(_sole(resource))
    for place in places:
        if place:
            yield from _items(place)


def _sole(resource: Json) -> Json | None:
    """Return the reference of the one entry that a Provenance or AuditEvent is about.

    Of what is about several it is masked where it stands; what is about one alone says that it is.
    """
    kind = resource.get("resourceType")
    about: list[Json] = []
    if kind == "Provenance":
        about = _items(resource.get("target"))
    elif kind == "AuditEvent":
        found = (each.get("what") for each in _items(resource.get("entity")))
        about = [each for each in found if isinstance(each, dict)]
    about = [each for each in about if not target(each).startswith("Patient/")]
    return about[0] if len(about) == 1 else None


def attached(resource: Json) -> Iterator[str]:
    """Yield the names (``Binary/id``) of the files that an entry points at."""
    for member in sorted(_FILES.intersection(resource)):
        for content in _items(resource[member]):
            inner = content.get("attachment", content.get("contentAttachment", content))
            url = inner.get("url") if isinstance(inner, dict) else None
            if isinstance(url, str) and url:
                yield name_in(url)


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
        entries = tuple(filter(None, map(target, _items(section.get("entry")))))
        yield Held(section, inside, entries)
        yield from _sections(_items(section.get("section")), place, count)


def _items(value: object) -> list[Json]:
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, dict)]


_NOTHING: Final = Links()
