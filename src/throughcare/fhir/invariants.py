"""The invariants of R4, compiled and put where they belong."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from throughcare.fhir import fhirpath, fhirpath_functions, ranges, spec
from throughcare.fhir.faults import Fault
from throughcare.fhir.spec import Element

_ELSEWHERE: Final = frozenset({"ele-1", "ref-1", "txt-1", "txt-2"})
"""Checked with the structure: `throughcare.fhir.checks`, `pointers` and `narrative`."""
_ADVICE: Final = frozenset({"dom-6"})
"""Best practice that says nothing about right or wrong: narrative on every resource."""

_OF_CONTAINED: Final = frozenset({"dom-2", "dom-3", "dom-4", "dom-5"})
"""True of every resource without contained ones."""


_NEEDS: Final = {
    "per-1": ("start", "end"),
    "qty-3": ("code",),
    "obs-6": ("dataAbsentReason",),
    "obs-7": ("component",),
    "att-1": ("data",),
}
"""Members without which an invariant holds: so most objects need not be asked."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """An invariant, ready to be asked."""

    holds: Callable[[Any, Any], bool]
    """(element, the resource around it): false only where it is surely broken."""
    fault: Fault
    needs: frozenset[str] = frozenset()
    """It can be broken only where all these members stand."""

    def can_fail(self, members: Collection[str]) -> bool:
        """Tell whether an object with these members, and no others, can break it."""
        return all(name in members or f"_{name}" in members for name in self.needs)


def of(structure: str, path: str) -> tuple[Invariant, ...]:
    """Return the invariants of a type ("" as path) or of an inline element of it."""
    element = spec.structure(structure).elements[path]
    is_root = spec.structure(structure).kind == "resource" and not path
    found = (compiled(key) for key in element.constraints if is_root or not _needs_resource(key))
    own = tuple(invariant for invariant in found if invariant is not None)
    return own + tuple(_from_the_root(structure)) if is_root else own


def _from_the_root(structure: str) -> Iterator[Invariant]:
    """Yield the invariants of inner elements that speak of the whole resource, asked of it."""
    for path, element in spec.structure(structure).elements.items():
        for key in element.constraints if path else ():
            inner = compiled(key) if _needs_resource(key) else None
            if inner is not None:
                steps = path.split(".")
                yield Invariant(_everywhere(steps, inner), inner.fault, frozenset(steps[:1]))


def _everywhere(steps: Sequence[str], inner: Invariant) -> Callable[[Any, Any], bool]:
    def holds(value: Any, resource: Any) -> bool:  # noqa: ANN401 - a resource
        items = [value]
        for step in steps:
            items = fhirpath_functions.member(items, step)
        return all(inner.holds(item, resource) for item in items)

    return holds


def of_value(element: Element, kind: str) -> tuple[Invariant, ...]:
    """Return the invariants that an element adds to those of its own type `kind`."""
    of_type = spec.structure(kind).elements[""].constraints if spec.is_complex(kind) else ()
    keys = [key for key in element.constraints if key not in of_type and not _needs_resource(key)]
    return tuple(invariant for key in keys if (invariant := compiled(key)) is not None)


def _needs_resource(key: str) -> bool:
    return "%resource" in spec.constraint(key).expression


@cache
def compiled(key: str) -> Invariant | None:
    """Return an invariant; None if it is checked elsewhere or can't be compiled."""
    if key in _ELSEWHERE or key in _ADVICE:
        return None
    constraint = spec.constraint(key)
    try:
        holds = _BY_HAND.get(key) or fhirpath.compiled(constraint.expression)
    except fhirpath.UnsupportedError:
        return None
    if key in _OF_CONTAINED:
        holds = _if_contained(holds)
    needs = frozenset({"contained"} if key in _OF_CONTAINED else _NEEDS.get(key, ()))
    text = f"{constraint.human.rstrip('.')} ({key.partition('@')[0]}); correct it."
    return Invariant(holds, ("", constraint.severity, "invariant", text), needs)


def _if_contained(holds: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, resource: "contained" not in value or holds(value, resource)


def _contained_are_used(resource: Any, _: Any) -> bool:  # noqa: ANN401 - a JSON value
    """Tell whether each contained resource is referred to, or refers to its container (dom-3)."""
    contained = resource["contained"]
    texts = {text for text in fhirpath_functions.descendants([resource]) if type(text) is str}
    return all(
        f"#{each.get('id')}" in texts or "#" in fhirpath_functions.descendants([each])
        for each in contained
    )


def _starts_before_it_ends(period: Any, _: Any) -> bool:  # noqa: ANN401 - a Period
    """Tell whether a period may be in order: it is not if it starts after its end (per-1)."""
    start, end = period.get("start"), period.get("end")
    if type(start) is not str or type(end) is not str:
        return True
    return ranges.date_range(start)[0] <= ranges.date_range(end)[1]


def _coded_unit_has_system(quantity: Any, _: Any) -> bool:  # noqa: ANN401 - a Quantity
    """Tell whether the code of a unit comes with its system (qty-3)."""
    if "code" not in quantity and "_code" not in quantity:
        return True
    return "system" in quantity or "_system" in quantity


_BY_HAND: dict[str, Callable[[Any, Any], bool]] = {
    "dom-3": _contained_are_used,
    "per-1": _starts_before_it_ends,
    "qty-3": _coded_unit_has_system,
}
"""Invariants whose FHIRPath asks for types that JSON does not show, and those of nearly every
resource: these two are compared with their FHIRPath in the tests."""


SHORT_CUTS: Final = frozenset(_NEEDS) | {"qty-3", "per-1"}
"""Invariants that are not always asked by their FHIRPath; of contained resources see above."""


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
            placed |= {
                key
                for key in element.constraints
                if key in _ELSEWHERE
                or (compiled(key) is not None and (is_inside or not _needs_resource(key)))
            }
    return tuple(sorted(everywhere - placed))
