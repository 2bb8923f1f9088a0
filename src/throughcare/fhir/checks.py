"""Structure definitions compiled to closures.

A check takes a JSON value and returns None if all is well, else a list of faults, each with its
path below the value: so nothing is spent on paths while nothing is wrong.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import zip_longest
from operator import length_hint
from typing import Any, Final, NamedTuple

from throughcare.fhir import (
    bindings,
    bundle_rules,
    contexts,
    invariants,
    narrative,
    pointers,
    primitives,
    spec,
)
from throughcare.fhir.faults import Check, Fault, Faults, below, fault, has_errors
from throughcare.fhir.invariants import Invariant
from throughcare.fhir.spec import Element

_INLINE: Final = frozenset({"BackboneElement", "Element", ""})
_RESOURCES: Final = frozenset({"Resource", "DomainResource"})
_EXTENSIONS: Final = frozenset({"extension", "modifierExtension"})
_PRIMITIVE_SIBLING: Final = ("Element", "")
_SAYS_NOTHING: Final = "Neither a value nor an extension stands here (ele-1); add one."
MOST_SHAPES: Final = 256
"""Shapes that are kept of one type or element."""


class Member(NamedTuple):
    """The checks of a member; which one counts depends on its sibling (``status``, ``_status``)."""

    alone: Check
    beside: Check | None = None
    """Where the sibling stands too; None: the same."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is left to check of objects with the same members in the same order.

    That R4 knows these members, that none is missing and that no choice is made twice is settled.
    """

    checks: tuple[Check, ...]
    """One a member."""
    invariants: tuple[Invariant, ...]
    """Those that such an object can break."""
    pairs: tuple[str, ...]
    """Lists of primitives that stand with their extensions."""


class Definition:
    """What R4 says of one type, or of one inline element of a type; read at its first use."""

    def __init__(self, structure: str, path: str) -> None:
        """Stand for the type or element."""
        self._structure = structure
        self._path = path
        self._table: dict[str, Member] = {}
        self._required: tuple[tuple[str, str], ...] = ()
        self._choices: tuple[tuple[str, frozenset[str], bool], ...] = ()
        self._invariants: tuple[Invariant, ...] = ()

    def _build(self) -> None:
        structure = spec.structure(self._structure)
        table: dict[str, Member] = {}
        required: list[tuple[str, str]] = []
        choices: list[tuple[str, frozenset[str], bool]] = []
        if structure.kind == "resource" and not self._path:
            table["resourceType"] = Member(_nothing)
        for element in structure.children(self._path):
            names = set()
            for member, kind in element.members():
                table |= _members(self._structure, element, member, kind)
                names |= {member, "_" + member}
            if element.is_choice:
                choices.append((element.name, frozenset(names), element.min > 0))
            elif element.min:
                required.append((element.name, "_" + element.name))
        self._required, self._choices = tuple(required), tuple(choices)
        self._invariants = invariants.of(self._structure, self._path)
        self._table = table

    def shape(self, members: dict[str, Any]) -> Shape | None:
        """Return the shape of an object; None if its members alone are a fault."""
        if not self._table:
            self._build()
        absent: list[Fault] = []
        self._look_for_absent(members, absent)
        if absent or not members or not members.keys() <= self._table.keys():
            return None
        if self._says_nothing(members):
            return None
        return Shape(
            tuple(self._check(name, members) for name in members),
            tuple(each for each in self._invariants if not each.is_settled(members.keys())),
            tuple(name for name in members if "_" + name in members),
        )

    def _check(self, name: str, members: dict[str, Any]) -> Check:
        alone, beside = self._table.get(name, _UNKNOWN)
        sibling = name[1:] if name[0] == "_" else "_" + name
        return beside if beside is not None and sibling in members else alone

    def _says_nothing(self, members: dict[str, Any]) -> bool:
        """Tell whether an element has an id alone; a primitive's may, beside its value."""
        return _is_bare(members) and (self._structure, self._path) != _PRIMITIVE_SIBLING

    def faults(self, value: dict[str, Any]) -> Faults:
        """Return the faults of an object without a shape."""
        if not value:
            return fault("structure", "An empty object says nothing; leave the member out.")
        faults: list[Fault] = []
        for name, child in value.items():
            found = self._check(name, value)(child) if name else _unknown(child)
            if found is not None:
                faults += below(f".{name}", found)
            if "_" + name in value:
                faults += below(f".{name}", _pair_faults(child, value["_" + name]))
        self._look_for_absent(value, faults)
        if self._says_nothing(value):
            faults += fault("invariant", _SAYS_NOTHING)
        if not has_errors(faults):
            faults += [each.fault for each in self._invariants if not each.holds(value, value)]
        return faults or None

    def _look_for_absent(self, value: dict[str, Any], faults: list[Fault]) -> None:
        """Add faults for what is required and absent, and for choices made twice."""
        for name, sibling in self._required:
            if name not in value and sibling not in value:
                faults += fault("required", "This member is required; add it.", f".{name}")
        for name, names, is_required in self._choices:
            if names.isdisjoint(value):
                if is_required:
                    faults += fault("required", "One of its types is required.", f".{name}[x]")
            elif len({key.removeprefix("_") for key in names & value.keys()}) > 1:
                faults += fault("structure", "Only one of its types may stand.", f".{name}[x]")


def _unknown(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
    """Find fault with a member that the type does not have."""
    del value
    return fault("structure", "R4 has no such member; remove it.")


_UNKNOWN: Final = Member(_unknown)


def _nothing(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
    """Find nothing wrong: ``resourceType`` chose this check, so it is right."""
    del value
    return None


def _members(structure: str, element: Element, member: str, kind: str) -> dict[str, Member]:
    """Return the checks of a member and, for a primitive, of its sibling with extensions."""
    place = contexts.Place(f"{structure}.{element.path}", kind, element.content)
    check = _single(structure, element, kind)
    if kind not in spec.primitives() and kind != "xhtml":
        if kind not in _RESOURCES and element.name not in _EXTENSIONS:
            check = contexts.checked(check, place)
        return {member: Member(_each(check, element.max) if element.max != 1 else check)}
    sibling = contexts.checked(object_check(*_PRIMITIVE_SIBLING), place)
    alone = _stands_for_a_value(sibling)
    if element.max == 1:
        return {member: Member(check), "_" + member: Member(alone, sibling)}
    most = element.max
    return {
        member: Member(_each(check, most), _each(_or_null(check), most)),
        "_" + member: Member(_each(alone, most), _each(_or_null(sibling), most)),
    }


def _stands_for_a_value(sibling: Check) -> Check:
    """Return the check of a primitive's sibling where the value is absent (ele-1)."""

    def checked(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
        faults = sibling(value)
        return fault("invariant", _SAYS_NOTHING) if faults is None and _is_bare(value) else faults

    return checked


def _is_bare(value: Any) -> bool:  # noqa: ANN401 - a checked element
    """Tell whether an element has an id and nothing else."""
    return len(value) == 1 and "id" in value


def _pair_faults(values: Any, siblings: Any) -> list[Fault]:  # noqa: ANN401 - checked lists
    """Return the faults of a list of primitives together with that of their extensions."""
    if type(values) is not list or type(siblings) is not list:
        return []
    return [
        (f"[{place}]", "error", "structure", _SAYS_NOTHING)
        for place, (one, other) in enumerate(zip_longest(values, siblings))
        if one is None and (other is None or _is_bare(other))
    ]


def _single(structure: str, element: Element, kind: str) -> Check:
    """Return the check of one value of an element, of type `kind`."""
    if element.content:
        owner, _, path = element.content.partition(".")
        return object_check(owner, path)
    if kind in _INLINE:
        return object_check(structure, element.path)
    if kind in {"Resource", "DomainResource"}:
        return _contained if element.path == "contained" else _any_resource
    return _with_invariants(_typed(element, kind), invariants.of_value(element, kind))


def _with_invariants(check: Check, own: tuple[Invariant, ...]) -> Check:
    """Return `check` and then the invariants that an element adds to those of its type."""
    if not own:
        return check

    def checked(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
        faults = check(value)
        if has_errors(faults):
            return faults
        broken = [each.fault for each in own if not each.holds(value, None)]
        return [*(faults or ()), *broken] or None

    return checked


def _typed(element: Element, kind: str) -> Check:
    if kind == "Reference":
        return _remembered(pointers.check(frozenset(element.targets), object_check(kind, "")))
    if kind == "xhtml":
        return _narrative
    if not spec.is_complex(kind):
        form = primitives.check(kind, fault("value", f"Not a valid {kind}; correct it."))
        return (bindings.code(element.required) if element.required else None) or form
    structural = object_check(kind, "")
    if element.required and kind in {"CodeableConcept", "Coding"}:
        return bindings.concept(kind, element.required, structural)
    return _remembered(structural) if kind == "Coding" else structural


def _narrative(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
    if type(value) is not str:
        return fault("value", "Must be a string of XHTML; correct it.")
    found = _narrative_fault(value)
    return None if found is None else fault("value", found)


@lru_cache(256)
def _narrative_fault(text: str) -> str | None:
    """Look once at the texts that machines write again and again."""
    return narrative.fault(text)


def _remembered(check: Check) -> Check:
    """Return `check`, asked once for each object of texts: for what comes again and again."""
    known: set[tuple[Any, ...]] = set()

    def checked(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
        if type(value) is not dict:
            return check(value)
        key = (*value, *value.values())
        try:
            if key in known:
                return None
        except TypeError:  # a list or an object inside
            return check(value)
        faults = check(value)
        if faults is None and all(type(part) is str for part in key):
            if len(known) >= primitives.REMEMBERED:
                known.clear()
            known.add(key)
        return faults

    return checked


def _each(check: Check, most: int) -> Check:
    def checked(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
        if type(value) is not list:
            return fault("structure", "Must be a JSON array; correct it.")
        if not value:
            return fault("structure", "An empty array says nothing; leave the member out.")
        faults: list[Fault] = []
        for place, child in enumerate(value):
            found = check(child)
            if found is not None:
                faults += below(f"[{place}]", found)
        if most and len(value) > most:
            faults += fault("structure", f"At most {most} may stand here; remove the others.")
        return faults or None

    return checked


def _or_null(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def _contained(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
    name = value.get("resourceType") if type(value) is dict else None
    if type(name) is not str or not spec.is_resource_type(name):
        return fault("structure", "Must be a resource of FHIR R4; correct its resourceType.")
    return _resource_check(name)(value)


@cache
def _resource_check(name: str) -> Check:
    return contexts.checked(object_check(name, ""), contexts.Place(name, name))


def _any_resource(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
    """Check a resource that is whole: references to contained ones end in it."""
    faults = _contained(value)
    if type(value) is dict:
        if "contained" in value or pointers.leaves_open(faults):
            faults = pointers.contained_faults(value, faults)
        if value.get("resourceType") == "Bundle" and not has_errors(faults):
            faults = [*(faults or ()), *(bundle_rules.faults(value) or ())] or None
    return faults


@cache
def object_check(structure: str, path: str) -> Check:
    """Return the check of a type ("" as path) or of an inline element of it.

    Real data has few shapes: some hundred for all of Synthea. When there are too many, which
    nothing but an attack would bring, objects are checked without.
    """
    definition = Definition(structure, path)
    shapes: dict[tuple[str, ...], Shape] = {}

    def checked(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
        if type(value) is not dict:
            return fault("structure", "Must be a JSON object; correct it.")
        shape = shapes.get(tuple(value))
        if shape is None:
            shape = definition.shape(value) if len(shapes) < MOST_SHAPES else None
            if shape is None:
                return definition.faults(value)
            shapes[tuple(value)] = shape
        faults: list[Fault] | None = None
        left = iter(shape.checks)
        for check, child in zip(left, value.values(), strict=False):
            found = check(child)
            if found is not None:
                name = tuple(value)[-1 - length_hint(left)]
                faults = [*(faults or ()), *below(f".{name}", found)]
        if shape.invariants and not has_errors(faults):
            broken = [each.fault for each in shape.invariants if not each.holds(value, value)]
            faults = [*(faults or ()), *broken]
        for name in shape.pairs:
            pair = below(f".{name}", _pair_faults(value[name], value["_" + name]))
            faults = [*(faults or ()), *pair]
        return faults or None

    return checked


def resource(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
    """Return the faults of a resource, by the type that it names."""
    return _any_resource(value)
