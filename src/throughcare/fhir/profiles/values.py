"""Values of elements, and how they compare with what a profile fixes."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from throughcare.fhir import spec
from throughcare.fhir.profiles.tree import Node

Json = Any


class Item(NamedTuple):
    """One value of an element."""

    step: str
    """``.name[0]``"""
    value: Json
    """None where an extension stands for it."""
    sibling: Json = None
    """The extensions of a primitive."""
    kind: str = ""
    """Type of a choice."""


def items(holder: Json, node: Node) -> list[Item]:
    """Return the values that an object has of an element, in their order."""
    if type(holder) is not dict:
        return []
    if not node.is_choice:
        return _of_member(holder, node.name, "")
    found: list[Item] = []
    for kind in node.base[2]:
        found += _of_member(holder, node.name + kind[:1].upper() + kind[1:], kind)
    return found


def _of_member(holder: Mapping[str, Any], name: str, kind: str) -> list[Item]:
    value, sibling = holder.get(name), holder.get("_" + name)
    if value is None and sibling is None:
        return []
    if type(value) is not list and type(sibling) is not list:
        return [Item(f".{name}", value, sibling, kind)]
    values, siblings = value or [], sibling or []
    count = max(len(values), len(siblings))
    return [
        Item(f".{name}[{place}]", _at(values, place), _at(siblings, place), kind)
        for place in range(count)
    ]


def _at(values: list[Json], place: int) -> Json:
    return values[place] if place < len(values) else None


def is_equal(value: Json, fixed: Json) -> bool:
    """Tell whether a value is exactly what is fixed; true is no 1, and 1.0 is 1."""
    if isinstance(value, bool) or isinstance(fixed, bool):
        return value is fixed
    if type(value) is dict and type(fixed) is dict:
        return value.keys() == fixed.keys() and all(is_equal(value[k], fixed[k]) for k in fixed)
    if type(value) is list and type(fixed) is list:
        return len(value) == len(fixed) and all(map(is_equal, value, fixed))
    return bool(value == fixed)


def has_pattern(value: Json, pattern: Json) -> bool:
    """Tell whether a value has all that a pattern has; it may have more."""
    if type(pattern) is dict:
        return type(value) is dict and all(
            key in value and has_pattern(value[key], inner) for key, inner in pattern.items()
        )
    if type(pattern) is list:
        return type(value) is list and all(
            any(has_pattern(each, inner) for each in value) for inner in pattern
        )
    return is_equal(value, pattern)


def codings(value: Json) -> list[tuple[str, str]]:
    """Return (system, code) of what a code, Coding, CodeableConcept or Quantity says."""
    if type(value) is str:
        return [("", value)]
    if type(value) is not dict:
        return []
    inside = value.get("coding", [value])
    return [
        (each.get("system", ""), each["code"])
        for each in inside
        if type(each) is dict and "code" in each
    ]


class Around(NamedTuple):
    """What a value stands in."""

    resource: Json
    entries: Mapping[str, Json]
    """Resources of the Bundle around it by full url and by ``Type/id``."""

    def within(self, resource: Json) -> "Around":
        """Return the same for a resource inside this one."""
        return Around(resource, self.entries)

    def resolve(self, reference: Json) -> Json:
        """Return the resource that a reference leads to, if it is at hand; else None."""
        text = reference.get("reference", "") if type(reference) is dict else ""
        if not text.startswith("#"):
            return self.entries.get(text)
        inside = self.resource.get("contained", ()) if type(self.resource) is dict else ()
        return next((each for each in inside if each.get("id") == text[1:]), None)


def around(resource: Json) -> Around:
    """Return what stands around the values of a whole resource."""
    entries: dict[str, Json] = {}
    for entry in resource.get("entry", ()) if resource.get("resourceType") == "Bundle" else ():
        inner = entry.get("resource")
        if inner is not None:
            entries[f"{inner['resourceType']}/{inner.get('id', '')}"] = inner
            entries[entry.get("fullUrl", "")] = inner
    return Around(resource, entries)


def referred_type(value: Json, around: Around) -> str:
    """Return the type that a reference leads to as far as that is known; else ""."""
    if type(value) is not dict:
        return ""
    found = around.resolve(value)
    if found is not None:
        return str(found["resourceType"])
    text = value.get("reference", "")
    steps = text.partition("?")[0].split("/_history/")[0].rsplit("/", 2)
    named = steps[-1] if "?" in text else steps[-2] if len(steps) > 1 else ""
    return named if spec.is_resource_type(named) else str(value.get("type", ""))
