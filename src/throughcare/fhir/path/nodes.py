"""Elements of a resource, each with its type: what FHIRPath walks over.

Complex elements are the JSON objects themselves; a primitive's id and extensions, which JSON keeps
in a member beside it, come with it.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, TypeAlias

from throughcare.fhir.path import kinds
from throughcare.fhir.path.kinds import ANY, Form, Kind
from throughcare.fhir.path.moments import Moment, moment
from throughcare.fhir.path.quantities import Quantity, from_element

Items = list[Any]
"""A collection: nodes, and values of FHIRPath's own types (bool, int, Decimal, str, Moment,
Quantity, TypeInfo)."""


Place: TypeAlias = tuple[dict[str, Any], Form, int | None]
"""The object that holds an element, the form of the member it is, and its index in a list."""


class Node:
    """An element: its JSON value and its type."""

    __slots__ = ("kind", "place", "sibling", "value")

    def __init__(
        self,
        value: Any,  # noqa: ANN401 - JSON
        kind: Kind,
        sibling: Any = None,  # noqa: ANN401 - JSON
        place: Place | None = None,
    ) -> None:
        """Hold a value; None for a primitive that has extensions only."""
        self.value = value
        self.kind = kind
        self.sibling = sibling
        """The object with a primitive's id and extensions."""
        self.place = place
        """Where it stands; None for a whole resource."""

    def add_children(self, name: str, found: Items) -> None:
        """Add the members `name` to `found`; of a choice, the one that stands."""
        kind = self.kind
        value = self.sibling if kind.is_primitive else self.value
        if type(value) is not dict:
            return
        if kind is ANY:
            add_untyped(value, name, found)
            return
        step = kind.steps.get(name)
        if step is not None:
            for form in step.forms:
                if form.key in value or form.sibling in value:
                    add_form(value, form, found)

    def add_all_children(self, found: Items) -> None:
        """Add all members to `found`, in the order of the JSON."""
        kind = self.kind
        value = self.sibling if kind.is_primitive else self.value
        if type(value) is not dict:
            return
        if kind is ANY:
            for name in value:
                add_untyped(value, name, found)
            return
        for name in value:
            form = kind.forms.get(name)
            if form is not None and (name == form.key or form.key not in value):
                add_form(value, form, found)


def add_form(value: dict[str, Any], form: Form, found: Items) -> None:
    """Add what stands under one name to `found`; what is no object is no complex element."""
    child = value.get(form.key)
    kind = form.kind
    if form.sibling:
        sibling = value.get(form.sibling)
        if type(child) is list or type(sibling) is list:
            values = child if type(child) is list else ()
            found += _primitives(value, form, values, sibling if type(sibling) is list else ())
        elif child is not None or sibling is not None:
            found.append(Node(child, kind, sibling, (value, form, None)))
    elif type(child) is list:
        is_resource = kind.is_abstract
        for index, each in enumerate(child):
            if type(each) is dict:
                own = kinds.of_resource(each) if is_resource else kind
                found.append(Node(each, own, None, (value, form, index)))
    elif type(child) is dict:
        own = kinds.of_resource(child) if kind.is_abstract else kind
        found.append(Node(child, own, None, (value, form, None)))


def _primitives(
    holder: dict[str, Any],
    form: Form,
    values: Any,  # noqa: ANN401 - a list
    siblings: Any,  # noqa: ANN401 - a list
) -> Iterator[Node]:
    for index in range(max(len(values), len(siblings))):
        value = values[index] if index < len(values) else None
        sibling = siblings[index] if index < len(siblings) else None
        if value is not None or sibling is not None:
            yield Node(value, form.kind, sibling, (holder, form, index))


def add_untyped(value: dict[str, Any], name: str, found: Items) -> None:
    """Add the members of an object that R4 does not describe."""
    if name == "resourceType" or name.startswith("_"):
        return
    child = value.get(name)
    if child is None:
        return
    found += [wrapped(each) for each in (child if type(child) is list else (child,))]


def wrapped(value: Any) -> Any:  # noqa: ANN401 - a JSON value or an item
    """Return a value from outside as an item: objects as nodes, floats with their digits."""
    if type(value) is dict:
        return Node(value, kinds.of_resource(value))
    return Decimal(repr(value)) if type(value) is float else value


class TypeInfo:
    """What ``type()`` returns."""

    __slots__ = ("name", "namespace")

    def __init__(self, namespace: str, name: str) -> None:
        """Name a type."""
        self.namespace = namespace
        self.name = name


def system(item: Any) -> Any:  # noqa: ANN401, PLR0911 - an item, by its type
    """Return an item as a value of FHIRPath's own types, or itself where it is none.

    None for a primitive without a value.
    """
    if type(item) is not Node:
        return item
    value, name = item.value, item.kind.system
    if not name or value is None:
        return item if value is not None else None
    if name == "String" or name == "Boolean":  # noqa: PLR1714 - the fastest of what comes most
        return value
    if name == "Integer":
        return value
    if name == "Decimal":
        return decimal(value)
    if name == "Quantity":
        return from_element(value) or item
    if type(value) is not str:
        return item
    return moment(value, name) or value


def decimal(value: Any) -> Any:  # noqa: ANN401 - a JSON number
    """Return a JSON number as a Decimal with its digits."""
    if type(value) is float or type(value) is int:
        return Decimal(repr(value))
    return value


def plain(item: Any) -> Any:  # noqa: ANN401 - an item to JSON
    """Return an item as JSON has it: dates as text, quantities and types as objects."""
    if type(item) is Node:
        return item.value if item.value is not None else item.sibling
    if type(item) is Moment:
        return item.text
    if type(item) is Quantity:
        return item.as_json()
    if type(item) is TypeInfo:
        return {"namespace": item.namespace, "name": item.name}
    return item
