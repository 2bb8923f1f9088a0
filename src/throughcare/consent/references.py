"""What the references in a Consent name: readers by id or identifier, entries by ``Type/id``."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from throughcare.fhir.spec import is_resource_type

Json = Mapping[str, Any]

_COLLECTIVES = frozenset({"CareTeam", "Group", "HealthcareService", "Location", "Device"})
"""Actors that stand for readers whom this node can't enumerate."""

READERS = frozenset({"Organization", "Practitioner", "PractitionerRole", "RelatedPerson"})
"""Types of the entries by which a Consent may name who reads."""
_ODS = frozenset(
    {"https://fhir.nhs.uk/id/ods-organization-code", "https://fhir.nhs.uk/id/ods-site-code"}
)
"""Systems of ODS codes, in small letters."""
_ENTRY = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})(?:/_history/[^/]+)?")
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


class Unreadable(Exception):  # noqa: N818 - a reason, caught where it arises; never leaves this room
    """Something in a Consent is malformed or unknown; the text says what, without any value."""


def items(value: object) -> list[Json]:
    """Return `value` if it is a list of objects; else raise Unreadable."""
    if isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        return value
    message = "no list of objects"
    raise Unreadable(message)


def modified(value: object) -> bool:
    """Tell whether a ``modifierExtension`` stands anywhere in `value`: its meaning is changed."""
    if isinstance(value, Mapping):
        return "modifierExtension" in value or any(modified(inner) for inner in value.values())
    return isinstance(value, list) and any(modified(inner) for inner in value)


def unmodified(value: object) -> object:
    """Return `value`, or raise Unreadable if a ``modifierExtension`` stands anywhere in it."""
    if modified(value):
        message = "an extension that changes its meaning"
        raise Unreadable(message)
    return value


class References:
    """Resolves references of one Consent: contained resources, then what the caller knows."""

    def __init__(self, resource: Json, known: Mapping[str, frozenset[str]] | None = None) -> None:
        """Keep contained resources, and `known`: names by the ``Type/id`` of a reader's entry.

        None: nobody has looked, and whoever is named by an entry is known by its id alone.
        """
        contained = items(resource.get("contained", []))
        self._contained = {f"#{inner.get('id')}": inner for inner in contained}
        self._known = known

    def names(self, reference: object, *, permit: bool = False) -> frozenset[str]:
        """Return every name by which an actor may be known: id, identifier values, known names.

        A display alone names nobody, nor does an entry that is not known or has no identifier: a
        denial by it would bind nobody. A permit opens to the names alone that stand in it: entries
        can be written anew. Raises Unreadable for nobody and for groups of people.
        """
        given = self.given(reference)
        entry = reader_in(reference) if isinstance(reference, Mapping) else ""
        if self._known is None or permit or not entry:
            return given
        known = self._known.get(entry, frozenset())
        if not known and given == {entry.partition("/")[2]}:
            message = "an actor whose entry here has no identifier"
            raise Unreadable(message)
        return given | known

    def given(self, reference: object) -> frozenset[str]:
        """Return the names that stand in the Consent itself; else raise Unreadable."""
        if not isinstance(reference, Mapping):
            message = "no reference"
            raise Unreadable(message)
        names = {name.strip() for name in self._names(reference)} - {""}
        _single(reference.get("type"))
        if not names or any(map(is_odd, names)):
            message = "an actor that can't be identified"
            raise Unreadable(message)
        return frozenset(names)

    def author(self, reference: object) -> frozenset[str]:
        """Return the names of an author, who is known by the entry alone that others name.

        They may name it by the address that it has elsewhere, as the Consent does.
        """
        entry = self.entry(reference)
        target = reference.get("reference") if isinstance(reference, Mapping) else ""
        return self.given(reference) | {entry, str(target).partition("/_history/")[0]}

    def entry(self, reference: object) -> str:
        """Return the ``Type/id`` that a reference names; else raise Unreadable."""
        target = reference.get("reference") if isinstance(reference, Mapping) else None
        found = _ENTRY.fullmatch(target) if isinstance(target, str) else None
        if found is None or not is_resource_type(found[1]):
            message = "a reference to no entry"
            raise Unreadable(message)
        return f"{found[1]}/{found[2]}"

    def _names(self, reference: Json) -> Iterator[str]:
        target = reference.get("reference")
        if isinstance(target, str):
            yield from self._of_target(target)
        identifier = reference.get("identifier")
        if isinstance(identifier, Mapping):
            yield from values([identifier])

    def _of_target(self, target: str) -> set[str]:
        """Return the names of a target; none of one that can't be told to be somebody's."""
        inner = self._contained.get(target)
        if inner is not None:
            _single(inner.get("resourceType"))
            return values(items(inner.get("identifier", [])))
        found = _ENTRY.fullmatch(target)
        if found is None:
            return {target} if _ID.fullmatch(target) else set()
        _single(found[1])
        if not is_resource_type(found[1]):
            return set()
        return {found[2]}


def reader_in(reference: Json) -> str:
    """Return ``Type/id`` of the entry of a reader that a Reference names; "" if it names none."""
    target = reference.get("reference")
    found = _ENTRY.fullmatch(target) if isinstance(target, str) else None
    return f"{found[1]}/{found[2]}" if found and found[1] in READERS else ""


def is_odd(name: str) -> bool:
    """Tell whether a name has words of rules in it: it would stand for somebody else."""
    return "&" in name or name.startswith("role:")


def values(identifiers: Iterable[Json]) -> set[str]:
    """Return the values of identifiers; ODS codes in capitals too, as readers have them."""
    found: set[str] = set()
    for each in identifiers:
        value = str(each.get("value") or "").strip()
        is_code = str(each.get("system", "")).strip().casefold() in _ODS
        found |= {value, value.upper()} if is_code else {value}
    return found - {""}


def _single(type_: object) -> None:
    """Raise Unreadable for a type that stands for readers whom this node can't enumerate."""
    if type_ is not None and not isinstance(type_, str):
        message = "a type that is none"
        raise Unreadable(message)
    if type_ in _COLLECTIVES:
        message = "an actor that stands for several"
        raise Unreadable(message)
