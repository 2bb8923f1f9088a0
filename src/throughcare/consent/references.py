"""What the references in a Consent name: readers by id or identifier, entries by ``Type/id``."""

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]

_COLLECTIVES = frozenset({"CareTeam", "Group", "HealthcareService", "Location", "Device"})
"""Actors that stand for readers whom this node can't enumerate."""


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

    def __init__(self, resource: Json, known: Mapping[str, frozenset[str]]) -> None:
        """Keep contained resources, and `known`: names (ODS codes, user ids) by ``Type/id``."""
        contained = items(resource.get("contained", []))
        self._contained = {f"#{inner.get('id')}": inner for inner in contained}
        self._known = known

    def names(self, reference: object) -> frozenset[str]:
        """Return every name by which an actor may be known: id, identifier values, known names.

        A display alone names nobody. Raises Unreadable for that and for groups of people.
        """
        if not isinstance(reference, Mapping):
            message = "no reference"
            raise Unreadable(message)
        names: set[str] = set()
        target = reference.get("reference")
        if isinstance(target, str) and target:
            names |= self._of_target(target)
        identifier = reference.get("identifier")
        if isinstance(identifier, Mapping) and identifier.get("value"):
            names.add(str(identifier["value"]))
        if not names or reference.get("type") in _COLLECTIVES:
            message = "an actor that can't be identified"
            raise Unreadable(message)
        return frozenset(names)

    def entry(self, reference: object) -> str:
        """Return the ``Type/id`` that a reference names; else raise Unreadable."""
        target = reference.get("reference") if isinstance(reference, Mapping) else None
        parts = target.split("/")[-2:] if isinstance(target, str) else []
        if len(parts) == len(("type", "id")) and all(parts):
            return "/".join(parts)
        message = "a reference to no entry"
        raise Unreadable(message)

    def _of_target(self, target: str) -> set[str]:
        if target.startswith("#"):
            inner = self._contained.get(target, {})
            if inner.get("resourceType") in _COLLECTIVES:
                return set()
            return {
                str(identifier["value"])
                for identifier in items(inner.get("identifier", []))
                if identifier.get("value")
            }
        parts = target.split("/")
        if len(parts) > 1 and parts[-2] in _COLLECTIVES:
            return set()
        return {parts[-1]} | self._known.get("/".join(parts[-2:]), frozenset())
