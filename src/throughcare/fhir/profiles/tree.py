"""A profile as a tree: R4's own elements, with what differentials say laid upon them.

This is the snapshot of a profile in the form that checks are compiled from. Elements are made of
R4's when they are first touched, so a tree holds what the profile speaks of and no more.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from throughcare.fhir import spec
from throughcare.fhir.profiles.definitions import CORE, Definitions
from throughcare.kernel import BadInputError

Json = Any
UNBOUNDED: Final = 1 << 30
_INLINE: Final = frozenset({"BackboneElement", "Element", ""})
MOST_BASES: Final = 32
"""Profiles upon profiles: more is a circle, or made to exhaust."""


@dataclass(frozen=True, slots=True)
class TypeRule:
    """A type that an element may have."""

    code: str
    profiles: tuple[str, ...] = ()
    """One of these is met; none: any value of the type."""
    targets: tuple[str, ...] = ()
    """Profiles, or types, that a reference may lead to."""


@dataclass(slots=True)
class Slicing:
    """How repeats of an element are told apart."""

    discriminators: tuple[tuple[str, str], ...]
    """(type, path): ``("value", "system")``."""
    rules: str = "open"
    is_ordered: bool = False


@dataclass(slots=True)
class Rules:
    """What a profile adds to R4 about one element."""

    fixed: Json = None
    pattern: Json = None
    value_set: str = ""
    """Required binding."""
    longest: int = 0
    is_said: bool = False
    """A primitive must have its value: no extension may stand for it."""
    invariants: dict[str, Json] = field(default_factory=dict)
    """By key: the constraint of the ElementDefinition."""


@dataclass(slots=True)
class Node:
    """An element, or one slice of it."""

    name: str
    """Without ``[x]``."""
    origin: tuple[str, str] | None
    """(structure, path) that its children come from; None: it has none, or more than one type."""
    min: int
    max: int
    types: tuple[TypeRule, ...]
    base: tuple[int, int, tuple[str, ...], tuple[str, ...]]
    """What R4 says: min, max, types, targets."""
    is_choice: bool = False
    rules: Rules = field(default_factory=Rules)
    children: dict[str, "Node"] = field(default_factory=dict)
    is_expanded: bool = False
    slicing: Slicing | None = None
    slices: dict[str, "Node"] = field(default_factory=dict)

    def expand(self) -> None:
        """Make the children that R4 gives this element, once."""
        if self.is_expanded or self.origin is None:
            return
        self.is_expanded = True
        structure, path = self.origin
        if not spec.is_complex(structure):
            structure, path = "Element", ""
        for element in spec.structure(structure).children(path):
            if element.name not in self.children:
                self.children[element.name] = _of_element(structure, element)

    def child(self, step: str) -> "Node | None":
        """Return the child for a step of a path: ``value[x]``, ``valueQuantity``, ``code``."""
        self.expand()
        found = self.children.get(step.removesuffix("[x]"))
        if found is not None:
            return found
        for each in self.children.values():
            kind = step.removeprefix(each.name)
            if each.is_choice and kind != step:
                known = (rule for rule in each.types if _titled(rule.code) == kind)
                rule = next(known, None)
                if rule is not None:
                    return each.of_type(step, rule)
        return None

    def of_type(self, name: str, rule: TypeRule) -> "Node":
        """Return the slice of a choice that holds values of one type."""
        if self.slicing is None:
            self.slicing = Slicing((("type", "$this"),))
        made = self.slice(name)
        if len(made.types) != 1:
            made.types = (rule,)
            made.origin = (rule.code, "")
        return made

    def slice_named(self, name: str) -> "Node":
        """Return the slice that an id names: of a choice, ``valueQuantity`` is one by its type."""
        for rule in self.types if self.is_choice else ():
            if name == self.name + _titled(rule.code):
                return self.of_type(name, rule)
        return self.slice(name)

    def slice(self, name: str) -> "Node":
        """Return a slice, made of this element where it is new."""
        if name not in self.slices:
            made = copy.deepcopy(self)
            made.slices, made.slicing, made.min = {}, None, 0
            self.slices[name] = made
        return self.slices[name]


def _titled(code: str) -> str:
    return code[:1].upper() + code[1:]


def _of_element(structure: str, element: spec.Element) -> Node:
    most = element.max or UNBOUNDED
    if element.content:
        owner, _, path = element.content.partition(".")
        origin: tuple[str, str] | None = (owner, path)
    elif len(element.types) > 1 or element.is_choice:
        origin = None
    elif set(element.types or ("",)) <= _INLINE:
        origin = (structure, element.path)
    else:
        origin = (element.types[0], "")
    rules = tuple(
        TypeRule(code, (), element.targets if code == "Reference" else ()) for code in element.types
    )
    base = (element.min, most, element.types, element.targets)
    return Node(element.name, origin, element.min, most, rules, base, element.is_choice)


def of_type(name: str) -> Node:
    """Return the bare tree of a type of R4."""
    return Node(name, (name, ""), 0, UNBOUNDED, (TypeRule(name),), (0, UNBOUNDED, (name,), ()))


def of_profile(url: str, definitions: Definitions, depth: int = 0) -> Node:
    """Return the tree of a profile.

    Its snapshot counts where it has one, else its differential upon the tree of its base. Raises
    BadInputError for a profile, or a base, that is not loaded, and for paths that R4 does not have.
    """
    bare = url.partition("|")[0]
    definition = definitions.structure(bare)
    if definition is None:
        name = bare.removeprefix(CORE)
        if name != bare and spec.is_complex(name):
            return of_type(name)
        message = "The profile, or one that it builds upon, is not loaded: load its package."
        raise BadInputError(message, place=bare)
    if depth > MOST_BASES:
        message = f"Profiles build upon one another more than {MOST_BASES} deep: mend the package."
        raise BadInputError(message, place=bare)
    snapshot = definition.get("snapshot", {}).get("element")
    if snapshot:
        root, elements = of_type(definition["type"]), snapshot
    else:
        root = of_profile(definition["baseDefinition"], definitions, depth + 1)
        elements = definition.get("differential", {}).get("element", [])
    for id_, element in _identified(elements):
        _lay(root, id_, element, bare)
    return root


def _identified(elements: Sequence[Json]) -> Iterator[tuple[str, Json]]:
    """Yield (id, element); ids are made of paths and slice names where they are absent."""
    slices: dict[str, str] = {}
    for element in elements:
        path = element["path"]
        for below in [each for each in slices if each.startswith(f"{path}.")]:
            del slices[below]
        if "id" in element:
            yield element["id"], element
            continue
        name = element.get("sliceName")
        if name is not None:
            slices[path] = name
        else:
            slices.pop(path, None)
        steps = path.split(".")
        starts = [".".join(steps[: count + 1]) for count in range(len(steps))]
        named = (f":{slices[start]}" if start in slices else "" for start in starts)
        yield ".".join(step + end for step, end in zip(steps, named, strict=True)), element


def _lay(root: Node, id_: str, element: Json, url: str) -> None:
    """Lay what an ElementDefinition says upon the tree."""
    node = root
    for step in id_.split(".")[1:]:
        name, _, part = step.partition(":")
        found = node.child(name)
        if found is None and name == "value" and _is_primitive(node):
            node.rules.is_said = node.rules.is_said or element.get("min", 0) > 0
            return
        if found is None:
            message = "The profile speaks of an element that R4 does not have: mend the package."
            raise BadInputError(message, place=f"{url} {id_}")
        node = found
        if part and not (found.is_choice and name == part):
            node = found.slice_named(part)
    _merge(node, element)


def _is_primitive(node: Node) -> bool:
    return node.origin is not None and not spec.is_complex(node.origin[0])


def _merge(node: Node, element: Mapping[str, Any]) -> None:
    if "min" in element:
        node.min = max(node.min, element["min"])
    if "max" in element:
        most = UNBOUNDED if element["max"] == "*" else int(element["max"])
        node.max = min(node.max, most)
    if "type" in element:
        _restrict_types(node, element["type"])
    if "slicing" in element:
        _slice(node, element["slicing"])
    _add_rules(node.rules, element)


def _add_rules(rules: Rules, element: Mapping[str, Any]) -> None:
    rules.longest = element.get("maxLength", rules.longest)
    for key, value in element.items():
        if key.startswith("fixed"):
            rules.fixed = value
        elif key.startswith("pattern"):
            rules.pattern = value
    binding = element.get("binding", {})
    if binding.get("strength") == "required" and "valueSet" in binding:
        rules.value_set = binding["valueSet"]
    for constraint in element.get("constraint", ()):
        if "expression" in constraint and not _is_of_r4(constraint):
            rules.invariants[constraint["key"]] = constraint


def _slice(node: Node, slicing: Json) -> None:
    stated = tuple((each["type"], each["path"]) for each in slicing.get("discriminator", ()))
    before = node.slicing
    node.slicing = Slicing(
        stated or (before.discriminators if before is not None else ()),
        slicing.get("rules", "open"),
        bool(slicing.get("ordered", False)),
    )


def _restrict_types(node: Node, types: Sequence[Json]) -> None:
    rules: dict[str, TypeRule] = {}
    for kind in types:
        code = kind["code"]
        if code.startswith("http://hl7.org/fhirpath/"):
            return  # ids and urls, which R4 itself settles
        before = rules.get(code, TypeRule(code))
        stated = (url.partition("|")[0] for url in kind.get("targetProfile", ()))
        targets = tuple(url.removeprefix(CORE) for url in stated)
        rules[code] = TypeRule(
            code, before.profiles + tuple(kind.get("profile", ())), before.targets + targets
        )
    node.types = tuple(rules.values())
    if node.origin is None and len(node.types) == 1:
        node.origin = (node.types[0].code, "")


def _is_of_r4(constraint: Json) -> bool:
    """Tell whether R4 itself has the invariant, so that it has been asked."""
    try:
        return spec.constraint(constraint["key"]).expression == str(constraint["expression"])
    except KeyError:
        return False
