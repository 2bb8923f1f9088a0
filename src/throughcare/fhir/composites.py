"""Composite parameters: several values of one element, asked for together (R4, 3.1.1.4.13).

Where the element stands once in a resource, asking for its components one by one is the same, and
nothing is extracted. Where it repeats, each combination that stands in one element is a value of
its own.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from throughcare.fhir import criteria, quantities, ranges, references, spec
from throughcare.fhir.criteria import Asked
from throughcare.fhir.terms import (
    AllOf,
    AnyOf,
    Composite,
    CompositeIs,
    Criterion,
    NumberIs,
    QuantityIs,
    RefersTo,
    TokenIs,
)

UNIONS: Mapping[str, tuple[str, str]] = {
    "combo-code-value-concept": ("code-value-concept", "component-code-value-concept"),
    "combo-code-value-quantity": ("code-value-quantity", "component-code-value-quantity"),
}
"""Composites that are the union of two others."""

_PATHS = {"relationship": ("target", "code")}
"""Where the components stand in place of what R4 says: it has these two the wrong way round."""

_TYPES = {
    "token": ("CodeableConcept", "Coding", "code", "boolean"),
    "reference": ("Reference",),
    "quantity": ("Quantity", "Range"),
    "number": ("integer",),
}

_AS = re.compile(r"\bas\((\w+)\)")

Member = tuple[tuple[str, ...], str]
"""Path of a member in JSON, and the type of its value."""


@dataclass(frozen=True, slots=True)
class Component:
    """One value of a combination."""

    kind: str
    members: tuple[Member, ...]
    of_resource: bool = False
    """Whether the members stand in the resource instead of the element."""


@dataclass(frozen=True, slots=True)
class Repeating:
    """A composite parameter over an element that repeats."""

    code: str
    element: str
    """Path below the resource type."""
    components: tuple[Component, ...]


@cache
def repeating(resource_type: str) -> Mapping[str, Repeating]:
    """Return the composite parameters of a type whose combinations are extracted, by code."""
    found = {}
    for parameter in spec.parameters(resource_type).values():
        if parameter.type == "composite" and parameter.code not in UNIONS:
            element = _element(resource_type, parameter.expression)
            if element and spec.structure(resource_type).elements[element].max != 1:
                found[parameter.code] = _repeating(resource_type, parameter, element)
    return found


def _element(resource_type: str, expression: str) -> str:
    """Return the path of the element of one type that a composite parameter is about."""
    for path in expression.split(" | "):
        name, _, element = path.partition(".")
        if name == resource_type:
            return element
    return ""


def _repeating(resource_type: str, parameter: spec.Parameter, element: str) -> Repeating:
    known = spec.parameters(resource_type)
    written = tuple(path for _, path in parameter.components)
    paths = _PATHS.get(parameter.code, written)
    components = tuple(
        _component(resource_type, element, path, known[code].type)
        for path, (code, _) in zip(paths, parameter.components, strict=True)
    )
    return Repeating(parameter.code, element, components)


def _component(resource_type: str, element: str, path: str, kind: str) -> Component:
    """Return where a component stands; of a choice all forms that its kind can take."""
    if path.startswith("%resource."):
        steps = tuple(path.split(".")[1:])
        types = spec.structure(resource_type).elements[".".join(steps)].types
        return Component(kind, ((steps, types[0]),), of_resource=True)
    owner, above = resource_type, f"{element}."
    (own,) = spec.structure(resource_type).elements[element].types
    if own != "BackboneElement":
        owner, above = own, ""
    name = path.partition(".")[0]
    elements = spec.structure(owner).elements
    found = elements.get(f"{above}{name}") or elements[f"{above}{name}[x]"]
    wanted = _AS.findall(path) or _TYPES[kind]
    taken = [form for form in found.members() if form[1] in wanted]
    return Component(kind, tuple(((member,), type_) for member, type_ in taken))


def combined(
    element: Mapping[str, Any], resource: Mapping[str, Any], shape: Repeating
) -> Iterator[Composite]:
    """Yield the combinations that stand in one element."""
    found = [
        list(_values(resource if part.of_resource else element, part)) for part in shape.components
    ]
    kinds = tuple(part.kind for part in shape.components)
    for values in product(*found):
        yield _composite(shape.code, kinds, values)


def _composite(code: str, kinds: tuple[str, ...], values: tuple[Any, ...]) -> Composite:
    if kinds[1] == "quantity":
        suffix, amount = values[1]
        return Composite(code + suffix, values[0], quantity=amount)
    if kinds[1] == "number":
        return Composite(code, values[0], numbers=(values[1], values[2]))
    return Composite(code, values[0], values[1])


def _values(owner: Mapping[str, Any], part: Component) -> Iterator[Any]:
    for path, type_ in part.members:
        value: Any = owner
        for name in path:
            value = None if value is None else value.get(name)
        if value is not None:
            yield from _read(value, type_, part.kind)


def _read(value: Any, type_: str, kind: str) -> Iterator[Any]:  # noqa: ANN401 - a FHIR value
    if kind == "quantity":
        yield from quantities.rows(value, type_)
    elif kind == "number":
        yield ranges.exact(value)
    elif kind == "reference":
        if value.get("reference"):
            yield "", value["reference"].partition("/_history/")[0]
        elif references.is_masked(value):
            yield "", ""
    elif type_ == "CodeableConcept":
        for coding in value.get("coding", ()):
            yield coding.get("system", ""), coding.get("code", "")
    elif type_ == "Coding":
        yield value.get("system", ""), value.get("code", "")
    else:
        yield "", ranges.as_code(value)


def read(asked: Asked) -> Criterion:
    """Return the criterion of a composite parameter.

    Raises BadInputError for a modifier, or a value that does not have one part a component.
    """
    asked.only()
    if asked.code in UNIONS:
        known = spec.parameters(asked.type)
        return AnyOf(tuple(read(_of(asked, known[code])) for code in UNIONS[asked.code]))
    found = tuple(_combination(asked, value) for value in asked.values)
    return found[0] if len(found) == 1 else AnyOf(found)


def _combination(asked: Asked, value: str) -> Criterion:
    known = spec.parameters(asked.type)
    codes = [code for code, _ in asked.parameter.components]
    parts = criteria.components(value)
    if len(parts) != len(codes) or not all(parts):
        asked.refuse(f"must read {'$'.join(codes)}; correct the value.")
    found = tuple(
        criteria.read(_of(asked, known[code], part))
        for code, part in zip(codes, parts, strict=True)
    )
    if asked.code not in repeating(asked.type):
        return AllOf(found)
    first, *rest = found
    if not isinstance(first, TokenIs | RefersTo):
        raise TypeError(first)
    suffix = quantities.CANONICAL if _is_canonical(rest[0]) else ""
    kept = tuple(one for one in rest if isinstance(one, TokenIs | QuantityIs | NumberIs))
    if any(code is None for one in found if isinstance(one, TokenIs) for _, code in one.values):
        asked.refuse("needs a code in each part, not a system alone; correct the value.")
    return CompositeIs(asked.code + suffix, first, kept)


def _is_canonical(criterion: Criterion) -> bool:
    """Tell whether an amount is compared in base units."""
    return isinstance(criterion, QuantityIs) and criterion.param.endswith(quantities.CANONICAL)


def _of(asked: Asked, parameter: spec.Parameter, value: str = "") -> Asked:
    """Return the same question of another parameter, and of one `value` if given."""
    values = (value,) if value else asked.values
    return Asked(asked.type, parameter, asked.name, "", values, asked.terminology)
