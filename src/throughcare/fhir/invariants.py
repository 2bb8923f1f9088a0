"""The invariants of R4, compiled and put where they belong."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

from throughcare.fhir import proofs, ranges, spec
from throughcare.fhir.faults import Fault
from throughcare.fhir.path import ExpressionError, kinds, settled
from throughcare.fhir.path.conditions import Condition, condition
from throughcare.fhir.path.kinds import Kind
from throughcare.fhir.path.syntax import parsed
from throughcare.fhir.spec import Element

_ELSEWHERE: Final = frozenset({"ele-1", "ref-1", "txt-1", "txt-2"})
"""Checked with the structure: `throughcare.fhir.checks`, `pointers` and `narrative`."""
_ADVICE: Final = frozenset({"dom-6"})
"""Best practice that says nothing about right or wrong: narrative on every resource."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """An invariant, ready to be asked."""

    holds: Condition
    """(element, the resource around it): false only where it is surely broken."""
    fault: Fault
    is_settled: Callable[[Collection[str]], bool]
    """Tells whether it holds of every object with these members and no others."""


def of(structure: str, path: str) -> tuple[Invariant, ...]:
    """Return the invariants of a type ("" as path) or of an inline element of it."""
    element = spec.structure(structure).elements[path]
    is_root = spec.structure(structure).kind == "resource" and not path
    kind = kinds.inline(structure, path) if path else kinds.of(structure)
    keys = (key for key in element.constraints if is_root or not _needs_resource(key))
    found = (compiled(key, kind) for key in keys)
    own = tuple(invariant for invariant in found if invariant is not None)
    return own + tuple(_from_the_root(structure)) if is_root else own


def _from_the_root(structure: str) -> Iterator[Invariant]:
    """Yield the invariants of inner elements that speak of the whole resource, asked of it."""
    for path, element in spec.structure(structure).elements.items():
        keys = (key for key in element.constraints if path and _needs_resource(key))
        for key in keys:
            inner = compiled(key, next(_kinds(structure, element)))
            if inner is not None:
                steps = path.split(".")
                is_settled = partial(_is_absent, steps[0])
                yield Invariant(_everywhere(steps, inner), inner.fault, is_settled)


def _is_absent(name: str, members: Collection[str]) -> bool:
    return name not in members


def _everywhere(steps: Sequence[str], inner: Invariant) -> Condition:
    def holds(value: Any, resource: Any) -> bool:  # noqa: ANN401 - a resource
        items = [value]
        for step in steps:
            below = (item[step] for item in items if step in item)
            items = [each for item in below for each in (item if type(item) is list else [item])]
        return all(inner.holds(item, resource) for item in items)

    return holds


def of_value(element: Element, kind: str) -> tuple[Invariant, ...]:
    """Return the invariants that an element adds to those of its own type `kind`."""
    of_type = spec.structure(kind).elements[""].constraints if spec.is_complex(kind) else ()
    keys = [key for key in element.constraints if key not in of_type and not _needs_resource(key)]
    found = (compiled(key, kinds.of(kind)) for key in keys)
    return tuple(invariant for invariant in found if invariant is not None)


def _needs_resource(key: str) -> bool:
    return "%resource" in spec.constraint(key).expression


@cache
def compiled(key: str, kind: Kind) -> Invariant | None:
    """Return an invariant of a type; None if it is checked elsewhere or makes no sense of it."""
    if key in _ELSEWHERE or key in _ADVICE:
        return None
    constraint = spec.constraint(key)
    expression = _CORRECTED.get(key, constraint.expression)
    try:
        holds = _BY_HAND.get(key) or condition(expression, kind)
    except ExpressionError:
        return None
    text = f"{constraint.human.rstrip('.')} ({key.partition('@')[0]}); correct it."
    is_settled = partial(settled.holds, parsed(expression), kind)
    proof = proofs.PROOFS.get(key)
    found = holds if proof is None else _proved(proof, holds)
    return Invariant(found, ("", constraint.severity, "invariant", text), is_settled)


def _proved(is_proved: proofs.Proof, holds: Condition) -> Condition:
    return lambda value, resource: is_proved(value, resource) or holds(value, resource)


def _contained_are_used(resource: Any, _: Any) -> bool:  # noqa: ANN401 - a JSON value
    """Tell whether each contained resource is referred to, or refers to its container (dom-3)."""
    contained = resource.get("contained", ())
    texts = _texts(resource)
    return all(f"#{each.get('id')}" in texts or "#" in _texts(each) for each in contained)


def _texts(value: Any) -> set[str]:  # noqa: ANN401 - a JSON value
    """Return all texts in a JSON value."""
    found: set[str] = set()
    rest: list[Any] = [value]
    while rest:
        each = rest.pop()
        kind = type(each)
        if kind is str:
            found.add(each)
        elif kind is dict:
            rest.extend(each.values())
        elif kind is list:
            rest.extend(each)
    return found


def _starts_before_it_ends(period: Any, _: Any) -> bool:  # noqa: ANN401 - a Period
    """Tell whether a period may be in order: it is not if it starts after its end (per-1)."""
    start, end = period.get("start"), period.get("end")
    if type(start) is not str or type(end) is not str:
        return True
    return ranges.date_range(start)[0] <= ranges.date_range(end)[1]


_CORRECTED: Final = {"que-7": "operator = 'exists' implies (answer is boolean)"}
"""Expressions with a slip in R4: FHIRPath's own Boolean is not the type of an element."""

_BY_HAND: dict[str, Condition] = {
    "dom-3": _contained_are_used,
    "per-1": _starts_before_it_ends,
}
"""Invariants whose FHIRPath asks for types that JSON does not show, or for the order of times."""


@cache
def unchecked() -> tuple[str, ...]:
    """Return the keys of the invariants that are nowhere checked."""
    placed: set[str] = set()
    everywhere: set[str] = set()
    for name in spec.complex_types():
        structure = spec.structure(name)
        is_inside = structure.kind == "resource"
        for element in structure.elements.values():
            everywhere |= set(element.constraints)
            for key in element.constraints:
                asked = (compiled(key, kind) for kind in _kinds(name, element))
                is_placed = is_inside or not _needs_resource(key)
                if key in _ELSEWHERE or (is_placed and any(each is not None for each in asked)):
                    placed.add(key)
    return tuple(sorted(everywhere - placed))


def _kinds(structure: str, element: Element) -> Iterator[Kind]:
    """Yield the types that an element may have."""
    if not element.path:
        yield kinds.of(structure)
    if element.content:
        owner, _, path = element.content.partition(".")
        yield kinds.inline(owner, path)
    for name in element.types:
        is_inline = name in {"BackboneElement", "Element"}
        yield kinds.inline(structure, element.path) if is_inline else kinds.of(name)
