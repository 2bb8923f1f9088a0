"""Structure definitions compiled to closures.

A check takes a JSON value and returns None if all is well, else a list of faults, each with its
path below the value: so nothing is spent on paths while nothing is wrong.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from operator import length_hint
from typing import Any, Final

from throughcare.fhir import invariants, primitives, spec
from throughcare.fhir.invariants import Fault, Invariant
from throughcare.fhir.spec import Element

Faults = list[Fault] | None
Check = Callable[[Any], Faults]

_INLINE: Final = frozenset({"BackboneElement", "Element", ""})
_PRIMITIVE_SIBLING: Final = ("Element", "")
MOST_SHAPES: Final = 256
"""Shapes that are kept of one type or element."""
_TO_CONTAINED: Final = "contained"
"""Severity of what is no fault yet: a reference (its text) to a contained resource."""


def _fault(code: str, text: str, path: str = "") -> list[Fault]:
    return [(path, "error", code, text)]


def _below(step: str, faults: list[Fault]) -> Iterator[Fault]:
    return ((step + path, severity, code, text) for path, severity, code, text in faults)


@dataclass(frozen=True, slots=True)
class Shape:
    """What is left to check of objects with the same members in the same order.

    That R4 knows these members, that none is missing and that no choice is made twice is settled.
    """

    checks: tuple[Check, ...]
    """One a member."""
    invariants: tuple[Invariant, ...]
    """Those that such an object can break."""


class Definition:
    """What R4 says of one type, or of one inline element of a type; read at its first use."""

    def __init__(self, structure: str, path: str) -> None:
        """Stand for the type or element."""
        self._structure = structure
        self._path = path
        self._table: dict[str, Check] = {}
        self._required: tuple[tuple[str, str], ...] = ()
        self._choices: tuple[tuple[str, frozenset[str], bool], ...] = ()
        self._invariants: tuple[Invariant, ...] = ()

    def _build(self) -> None:
        structure = spec.structure(self._structure)
        table: dict[str, Check] = {}
        required: list[tuple[str, str]] = []
        choices: list[tuple[str, frozenset[str], bool]] = []
        if structure.kind == "resource" and not self._path:
            table["resourceType"] = _nothing
        for element in structure.children(self._path):
            names = set()
            for member, kind in element.members():
                table |= _member_checks(self._structure, element, member, kind)
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
        return Shape(
            tuple(self._table[name] for name in members),
            tuple(each for each in self._invariants if each.can_fail(members.keys())),
        )

    def faults(self, value: dict[str, Any]) -> Faults:
        """Return the faults of an object without a shape."""
        if not value:
            return _fault("structure", "An empty object says nothing; leave the member out.")
        faults: list[Fault] = []
        for name, child in value.items():
            found = self._table.get(name, _unknown)(child)
            if found is not None:
                faults += _below(f".{name}", found)
        self._look_for_absent(value, faults)
        if not faults:
            faults = [each.fault for each in self._invariants if not each.holds(value, value)]
        return faults or None

    def _look_for_absent(self, value: dict[str, Any], faults: list[Fault]) -> None:
        """Add faults for what is required and absent, and for choices made twice."""
        for name, sibling in self._required:
            if name not in value and sibling not in value:
                faults += _fault("required", "This member is required; add it.", f".{name}")
        for name, names, is_required in self._choices:
            if names.isdisjoint(value):
                if is_required:
                    faults += _fault("required", "One of its types is required.", f".{name}[x]")
            elif len({key.removeprefix("_") for key in names & value.keys()}) > 1:
                faults += _fault("structure", "Only one of its types may stand.", f".{name}[x]")


def _unknown(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
    """Find fault with a member that the type does not have."""
    del value
    return _fault("structure", "R4 has no such member; remove it.")


def _nothing(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
    """Find nothing wrong: ``resourceType`` chose this check, so it is right."""
    del value
    return None


def _member_checks(structure: str, element: Element, member: str, kind: str) -> dict[str, Check]:
    """Return the checks of a member and, for a primitive, of its sibling with extensions."""
    check = _single(structure, element, kind)
    is_primitive = kind in spec.primitives() or kind == "xhtml"
    if not is_primitive:
        return {member: _each(check, element.max) if element.max != 1 else check}
    sibling = object_check(*_PRIMITIVE_SIBLING)
    if element.max != 1:
        return {
            member: _each(_or_null(check), element.max),
            "_" + member: _each(_or_null(sibling), element.max),
        }
    return {member: check, "_" + member: sibling}


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
        if faults is not None:
            return faults
        return [each.fault for each in own if not each.holds(value, None)] or None

    return checked


def _typed(element: Element, kind: str) -> Check:
    codes = spec.value_set(element.required) if element.required else None
    if kind == "Reference":
        return _remembered(_reference(frozenset(element.targets)))
    if not spec.is_complex(kind):
        return _primitive(kind, codes)
    if codes is not None and kind in {"CodeableConcept", "Coding"}:
        return _coded(kind, codes)
    return _remembered(object_check(kind, "")) if kind == "Coding" else object_check(kind, "")


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


def _primitive(kind: str, codes: Any) -> Check:  # noqa: ANN401 - see spec.value_set
    if codes is not None and kind == "code":
        known = frozenset[str]().union(*codes.values())
        return lambda value: None if type(value) is str and value in known else _wrong_code(value)
    return primitives.check(kind, _fault("value", f"Not a valid {kind}; correct it."))


def _wrong_code(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
    if type(value) is not str:
        return _fault("value", "Not a valid code; correct it.")
    return _fault("code-invalid", "Not a code of the value set that R4 requires; correct it.")


def _each(check: Check, most: int) -> Check:
    def checked(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
        if type(value) is not list:
            return _fault("structure", "Must be a JSON array; correct it.")
        if not value:
            return _fault("structure", "An empty array says nothing; leave the member out.")
        faults: list[Fault] = []
        for place, child in enumerate(value):
            found = check(child)
            if found is not None:
                faults += _below(f"[{place}]", found)
        if most and len(value) > most:
            faults += _fault("structure", f"At most {most} may stand here; remove the others.")
        return faults or None

    return checked


def _or_null(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def _coded(kind: str, codes: Any) -> Check:  # noqa: ANN401 - see spec.value_set
    """Return the check of a concept or coding whose code a value set requires."""
    structural = object_check(kind, "")

    def is_known(coding: Any) -> bool:  # noqa: ANN401 - a checked Coding
        system, code = coding.get("system"), coding.get("code")
        return code is None or code in codes.get(system, ())

    def checked(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
        faults = structural(value)
        if faults is not None:
            return faults
        codings = value.get("coding", ()) if kind == "CodeableConcept" else (value,)
        if not codings or any(is_known(coding) for coding in codings):
            return None
        return _fault("code-invalid", "No coding is of the value set that R4 requires; add one.")

    return checked


def _reference(targets: frozenset[str]) -> Check:
    structural = object_check("Reference", "")
    is_any = not targets or "Resource" in targets

    def checked(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
        faults = structural(value)
        if faults is not None:
            return faults
        text = value.get("reference")
        if text is None or text == "#":
            return None
        if text[0] == "#":
            return [(".reference", _TO_CONTAINED, "value", text)]
        if text.startswith("urn:uuid:"):
            return _odd_uuid(text)
        named = _type_of(text) or value.get("type", "")
        if is_any or not named or named in targets or not spec.is_resource_type(named):
            return None
        return _fault("value", f"Does not refer to {named} in R4; correct it.", ".reference")

    return checked


def _odd_uuid(text: str) -> Faults:
    if primitives.is_uuid_urn(text):
        return None
    warning = "The key after urn:uuid: is no UUID; it is taken as it stands."
    return [(".reference", "warning", "value", warning)]


def _type_of(reference: str) -> str:
    """Return the resource type that a literal reference names; "" if none."""
    steps = reference.partition("?")[0].split("/_history/")[0].rsplit("/", 2)
    if "?" in reference:
        return steps[-1]
    return steps[-2] if len(steps) > 1 else ""


def _contained(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
    name = value.get("resourceType") if type(value) is dict else None
    if type(name) is not str or not spec.is_resource_type(name):
        return _fault("structure", "Must be a resource of FHIR R4; correct its resourceType.")
    return object_check(name, "")(value)


def _any_resource(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
    """Check a resource that is whole: references to contained ones end in it."""
    faults = _contained(value)
    if faults is None or all(fault[1] != _TO_CONTAINED for fault in faults):
        return faults
    contained = value.get("contained")
    inside = contained if type(contained) is list else ()
    known = {f"#{each.get('id')}" for each in inside if type(each) is dict}
    return [
        (path, "error", code, "Leads to no contained resource; correct it.")
        if severity == _TO_CONTAINED
        else (path, severity, code, text)
        for path, severity, code, text in faults
        if severity != _TO_CONTAINED or text not in known
    ] or None


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
            return _fault("structure", "Must be a JSON object; correct it.")
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
                faults = [*(faults or ()), *_below(f".{name}", found)]
        if shape.invariants and not faults:
            faults = [each.fault for each in shape.invariants if not each.holds(value, value)]
        return faults or None

    return checked


def resource(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
    """Return the faults of a resource, by the type that it names."""
    return _any_resource(value)
