"""The types of FHIR R4 as FHIRPath sees them: names, ancestors, and members by name."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from throughcare.fhir import spec

_SYSTEM: Final = {
    "boolean": "Boolean",
    "integer": "Integer",
    "unsignedInt": "Integer",
    "positiveInt": "Integer",
    "decimal": "Decimal",
    "date": "Date",
    "dateTime": "DateTime",
    "instant": "DateTime",
    "time": "Time",
}
"""What a primitive is implicitly converted to; all others become strings."""
_PARENTS: Final = {
    "code": "string",
    "id": "string",
    "markdown": "string",
    "url": "uri",
    "canonical": "uri",
    "uuid": "uri",
    "oid": "uri",
    "unsignedInt": "integer",
    "positiveInt": "integer",
}
SYSTEM_TYPES: Final = frozenset(
    {"Boolean", "String", "Integer", "Decimal", "Date", "DateTime", "Time", "Quantity", "Any"}
)
_QUANTITIES: Final = frozenset({"Quantity", "Age", "Count", "Distance", "Duration"})
"""Types that are implicitly converted to quantities; they have no other members but these."""


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One way a member may stand in JSON: plain members have one, choices one a type."""

    key: str
    sibling: str
    """Name of the member that holds a primitive's id and extensions; "" for complex types."""
    kind: "Kind"
    step: "Step"


class Step:
    """A member of a type."""

    __slots__ = ("element", "forms", "many", "name", "path")

    def __init__(self, owner: str, element: spec.Element) -> None:
        """Stand for an element of the type `owner`."""
        self.element = element
        self.path = f"{owner}.{element.path}"
        self.name = element.name
        self.many = element.max != 1
        self.forms = tuple(
            _form(owner, element, member, kind, self)
            for member, kind in element.members()
            if member
        )


class Kind:
    """A type, or an inline element of one. There is one object for each, compared by identity."""

    __slots__ = (
        "ancestors",
        "forms",
        "is_abstract",
        "is_primitive",
        "name",
        "path",
        "steps",
        "system",
    )
    steps: dict[str, Step]
    """Members by their name without the type of a choice."""
    forms: dict[str, Form]
    """Forms of members by their name in JSON, that of a primitive's extensions included."""

    def __init__(self, name: str, path: str, ancestors: tuple[str, ...]) -> None:
        """Stand for the type `name`, or for the element `path` of it (see `of`)."""
        self.name = name
        """Name of the type; of an inline element, Element or BackboneElement."""
        self.path = path
        """``Type.path`` of an inline element, else the type's name."""
        self.ancestors = ancestors
        """Names of the type and of all that it is derived from."""
        self.is_primitive = name in spec.primitives()
        self.is_abstract = name in {"Resource", "DomainResource"}
        self.system = _SYSTEM.get(name, "String") if self.is_primitive else ""
        """The type of FHIRPath itself that it becomes: "" for none."""
        if name in _QUANTITIES:
            self.system = "Quantity"

    def __repr__(self) -> str:
        """Name the type."""
        return f"<{self.path}>"

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - steps or forms
        """Read the members when they are first asked for: types hold each other."""
        if name not in {"steps", "forms"}:
            raise AttributeError(name)
        self.steps = {step.name: step for step in _steps(self)}
        forms = [form for step in self.steps.values() for form in step.forms]
        self.forms = {key: form for form in forms for key in (form.key, form.sibling) if key}
        return getattr(self, name)

    def is_a(self, name: str) -> bool:
        """Tell whether it is of a type, or of one derived from it."""
        return name in self.ancestors


def _ancestors(name: str) -> Iterator[str]:
    while name:
        yield name
        if spec.is_complex(name):
            name = spec.structure(name).base
        else:
            name = _PARENTS.get(name, "Element" if name != "Element" else "")


@cache
def of(name: str) -> Kind:
    """Return a type by its name; KeyError for one that R4 has not."""
    if not is_known(name):
        raise KeyError(name)
    return Kind(name, name, tuple(_ancestors(name)))


@cache
def is_known(name: str) -> bool:
    """Tell whether R4 has a type of this name."""
    return spec.is_complex(name) or name in spec.primitives()


@cache
def inline(owner: str, path: str) -> Kind:
    """Return the kind of an element that is defined where it stands."""
    kinds = spec.structure(owner).elements[path].types
    name = kinds[0] if kinds else "Element"
    return Kind(name, f"{owner}.{path}", tuple(_ancestors(name)))


def _steps(kind: Kind) -> Iterator[Step]:
    owner, _, path = kind.path.partition(".")
    if kind.is_primitive:
        owner = "Element"
    for element in spec.structure(owner).children(path):
        yield Step(owner, element)


def _form(owner: str, element: spec.Element, member: str, name: str, step: Step) -> Form:
    if element.content:
        start, _, path = element.content.partition(".")
        return Form(member, "", inline(start, path), step)
    if name in {"BackboneElement", "Element"}:
        return Form(member, "", inline(owner, element.path), step)
    kind = of(name)
    return Form(member, f"_{member}" if kind.is_primitive else "", kind, step)


ANY: Final = Kind("", "", ())
"""What R4 does not describe: its members are those that it has."""


def of_resource(value: dict[str, Any]) -> Kind:
    """Return the kind of a resource by the type that it names; `ANY` if R4 has none such."""
    name = value.get("resourceType")
    if type(name) is str and spec.is_resource_type(name):
        return of(name)
    return ANY
