"""Tests of an item's type: ``is``, ``as``, ``ofType`` and names of types in a path."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from throughcare.fhir.path import kinds
from throughcare.fhir.path.errors import ExpressionError
from throughcare.fhir.path.kinds import ANY, SYSTEM_TYPES
from throughcare.fhir.path.moments import Moment
from throughcare.fhir.path.nodes import Node
from throughcare.fhir.path.quantities import Quantity

Test = Callable[[Any], bool]
_CLASSES: Final = {
    "Boolean": bool,
    "String": str,
    "Integer": int,
    "Decimal": Decimal,
    "Quantity": Quantity,
}


def _system_test(name: str) -> Test:
    """Return a test for one of FHIRPath's own types; of an unknown one, one that nothing passes."""
    if name == "Any":
        return lambda _: True
    if name in {"Date", "DateTime", "Time"}:
        return lambda item: type(item) is Moment and item.kind == name
    expected = _CLASSES.get(name)
    return lambda item: type(item) is expected


def _fhir_test(name: str, *, is_exact: bool) -> Test:
    def passes(item: Any) -> bool:  # noqa: ANN401 - an item
        if type(item) is not Node:
            return name == "Quantity" and type(item) is Quantity
        kind = item.kind
        if is_exact and kind.is_primitive:
            return bool(kind.name == name)
        return is_named(item, name)

    return passes


def is_named(item: Any, name: str) -> bool:  # noqa: ANN401 - an item
    """Tell whether an element is of a type, or calls itself so where R4 does not describe it."""
    if type(item) is not Node:
        return False
    if item.kind is not ANY:
        return name in item.kind.ancestors
    return type(item.value) is dict and item.value.get("resourceType") == name


def test(name: str, *, is_exact: bool) -> Test:
    """Return a test for a type by its name, with or without a namespace.

    A primitive passes an exact test by its own type alone (``as``), else by one that it is derived
    from, too (``is``). Raises ExpressionError for a type that there is not.
    """
    space, _, local = name.rpartition(".")
    if space == "System":
        return _system_test(local)
    if kinds.is_known(local) and space in {"", "FHIR"}:
        return _fhir_test(local, is_exact=is_exact)
    if not space and local in SYSTEM_TYPES:
        return _system_test(local)
    message = f"There is no type {name[:40]} in FHIR R4 or FHIRPath: correct its name."
    raise ExpressionError(message)


def kind_named(name: str) -> kinds.Kind | None:
    """Return the FHIR type with a name; None if it is one of FHIRPath's own."""
    space, _, local = name.rpartition(".")
    return kinds.of(local) if space in {"", "FHIR"} and kinds.is_known(local) else None
