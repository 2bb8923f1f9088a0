"""Which slice a repeat of an element belongs to, and what follows from it."""

import re
from collections.abc import Callable
from typing import Any, Final, Protocol

from throughcare.fhir.faults import Fault, below, fault
from throughcare.fhir.profiles import values
from throughcare.fhir.profiles.tree import UNBOUNDED, Node, Slicing
from throughcare.fhir.profiles.values import Around, Item

Json = Any
_DEFAULT: Final = "@default"
_STEP: Final = re.compile(
    r"extension\('(?P<url>[^']*)'\)|(?P<call>resolve|ofType)\((?P<type>\w*)\)|(?P<name>\$?\w+)"
)


class Profiles(Protocol):
    """What slicing asks of the compiler."""

    def node(self, node: Node) -> Callable[[Item, Around], list[Fault]]:
        """Return the check of one value of an element."""

    def discriminates(self, node: Node, item: Item, around: Around) -> bool | None:
        """Tell whether a value is what a slice's element fixes; None if it fixes nothing."""

    def conforms(self, url: str, item: Item, around: Around) -> bool:
        """Tell whether a value meets a profile."""

    def type_of(self, url: str) -> str:
        """Return the type that a profile is about."""


def check(
    profiles: Profiles, node: Node, slicing: Slicing
) -> Callable[[list[Item], Around], list[Fault]]:
    """Return the check of all values of a sliced element."""
    named = [(name, part) for name, part in node.slices.items() if name != _DEFAULT]
    tests = [(name, part, _Test(profiles, part, slicing.discriminators)) for name, part in named]
    checks = {name: profiles.node(part) for name, part in node.slices.items()}

    def checked(items: list[Item], around: Around) -> list[Fault]:
        faults: list[Fault] = []
        counts = dict.fromkeys(node.slices, 0)
        order: list[int] = []
        for item in items:
            place = _place(tests, item, around)
            name = tests[place][0] if place is not None else _DEFAULT
            order.append(len(tests) if place is None else place)
            if name in checks:
                counts[name] += 1
                faults += below(item.step, checks[name](item, around))
            elif slicing.rules == "closed":
                faults += fault(
                    "structure", "The profile allows no other slices; remove it.", item.step
                )
        for name, part in named:
            faults += _count(f".{node.name}:{name}", counts[name], part)
        return faults + _order(node, slicing, order)

    return checked


def _place(tests: list["tuple[str, Node, _Test]"], item: Item, around: Around) -> int | None:
    """Return the place of the slice that a value belongs to.

    Where profiles tell slices apart and a value meets none of them, its type decides if it is that
    of one slice alone, so that what it lacks is said at its place.
    """
    for place, (_, _, test) in enumerate(tests):
        if test.holds(item, around, is_strict=True):
            return place
    by_type = [
        place
        for place, (_, _, test) in enumerate(tests)
        if test.holds(item, around, is_strict=False)
    ]
    return by_type[0] if len(by_type) == 1 else None


def _count(path: str, count: int, part: Node) -> list[Fault]:
    if count < part.min:
        return fault("required", f"The profile asks for {part.min} of this slice; add it.", path)
    if part.max < UNBOUNDED and count > part.max:
        return fault("structure", f"The profile allows {part.max} of this slice; remove it.", path)
    return []


def _order(node: Node, slicing: Slicing, order: list[int]) -> list[Fault]:
    """Return the faults of slices that stand in another order than the profile's."""
    path, last = f".{node.name}", len([name for name in node.slices if name != _DEFAULT])
    placed = [place for place in order if place < last]
    if slicing.is_ordered and placed != sorted(placed):
        return fault("structure", "The slices must stand in the profile's order; sort them.", path)
    if slicing.rules == "openAtEnd" and placed != order[: len(placed)]:
        return fault("structure", "Other values must stand after the slices; move them.", path)
    return []


class _Test:
    """Whether a value belongs to one slice."""

    def __init__(
        self, profiles: Profiles, part: Node, discriminators: tuple[tuple[str, str], ...]
    ) -> None:
        self._profiles = profiles
        self._part = part
        self._discriminators = discriminators

    def holds(self, item: Item, around: Around, *, is_strict: bool) -> bool:
        if not self._discriminators:
            return not self._profiles.node(self._part)(item, around)
        return all(
            self._one("type" if kind == "profile" and not is_strict else kind, path, item, around)
            for kind, path in self._discriminators
        )

    def _one(self, kind: str, path: str, item: Item, around: Around) -> bool:
        steps = [match.groupdict() for match in _STEP.finditer(path)]
        if self._part.name in {"extension", "modifierExtension"} and path == "url":
            return self._is_extension(item, around)
        node, found = _follow(self._part, [item], steps, around)
        if kind == "exists":
            wanted = node is not None and node.max > 0
            return bool(found) == wanted
        if node is None:
            return False
        if kind == "type":
            return any(self._has_type(node, each, around) for each in found)
        if kind == "profile":
            urls = [url for rule in node.types for url in (rule.profiles or rule.targets)]
            return any(self._meets(urls, each, around) for each in found)
        return any(self._profiles.discriminates(node, each, around) is not False for each in found)

    def _is_extension(self, item: Item, around: Around) -> bool:
        urls = [url for rule in self._part.types for url in rule.profiles]
        if urls:
            return type(item.value) is dict and item.value.get("url") in {
                url.partition("|")[0] for url in urls
            }
        url = self._part.child("url")
        inner = values.items(item.value, url) if url is not None else []
        return url is not None and any(
            self._profiles.discriminates(url, each, around) is True for each in inner
        )

    def _has_type(self, node: Node, item: Item, around: Around) -> bool:
        codes = {rule.code for rule in node.types}
        if item.kind:
            return item.kind in codes
        value = item.value
        is_resource = type(value) is dict and "resourceType" in value
        urls = [url for rule in node.types for url in (*rule.profiles, *rule.targets)]
        kinds = {self._profiles.type_of(url) or url for url in urls}
        if is_resource:
            return value["resourceType"] in codes | kinds
        return values.referred_type(value, around) in kinds

    def _meets(self, urls: list[str], item: Item, around: Around) -> bool:
        value = item.value
        kind = value.get("resourceType") if type(value) is dict else None
        return kind is not None and any(
            self._profiles.type_of(url) == kind
            and self._profiles.conforms(url, item, around.within(value))
            for url in urls
        )


def _follow(
    node: Node | None, items: list[Item], steps: list[dict[str, str | None]], around: Around
) -> tuple[Node | None, list[Item]]:
    """Return the element at the end of a discriminator's path, and the values there."""
    for step in steps:
        name, url = step["name"], step["url"]
        if step["call"] == "resolve":
            items = [Item("", around.resolve(each.value) or each.value) for each in items]
            continue
        if name == "$this" or step["call"] is not None:
            continue
        if url is not None:
            items = [
                inner
                for item in items
                for inner in _extensions(item)
                if inner.value.get("url") == url
            ]
            node = None if node is None else _extension_node(node, url)
            continue
        child = node.child(name or "") if node is not None else None
        if child is None:
            return None, []
        items = [inner for item in items for inner in values.items(item.value, child)]
        node = child
    return node, items


def _extensions(item: Item) -> list[Item]:
    holder = item.value if type(item.value) is dict else item.sibling
    listed = holder.get("extension", ()) if type(holder) is dict else ()
    return [Item(f".extension[{place}]", each) for place, each in enumerate(listed)]


def _extension_node(node: Node, url: str) -> Node | None:
    extension = node.child("extension")
    for part in extension.slices.values() if extension is not None else ():
        if any(known.partition("|")[0] == url for rule in part.types for known in rule.profiles):
            return part
    return extension
