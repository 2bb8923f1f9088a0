"""How each element of R4 stands in XML: as an attribute, a value, a narrative or more elements."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from types import MappingProxyType
from typing import Final

from throughcare.fhir import spec
from throughcare.fhir.spec import Element, Structure

FHIR: Final = "http://hl7.org/fhir"
XHTML: Final = "http://www.w3.org/1999/xhtml"

_INLINE: Final = frozenset({"BackboneElement", "Element", ""})


class Kind(Enum):
    """The form of an element."""

    ATTRIBUTE = auto()
    """``id`` of an element, ``url`` of an extension."""
    PRIMITIVE = auto()
    """An element with its value in an attribute."""
    NARRATIVE = auto()
    RESOURCE = auto()
    """An element around one that is named after a resource type."""
    OBJECT = auto()


@dataclass(frozen=True, slots=True)
class Form:
    """A member of JSON as XML has it."""

    name: str
    place: int
    """Its place among the elements of its parent, as the standard orders them."""
    many: bool
    """True where JSON has a list."""
    kind: Kind
    type: str = ""
    """Type of a primitive."""
    below: tuple[str, str] = ("", "")
    """Structure and path whose `forms` are inside."""


SIBLING: Final = ("Element", "")
"""What may stand inside a primitive."""


@cache
def forms(structure: str, path: str) -> Mapping[str, Form]:
    """Return the members of a type, or of an element inside one, by name, in their order.

    >>> [form.kind.name for form in forms("Narrative", "").values()]
    ['ATTRIBUTE', 'OBJECT', 'PRIMITIVE', 'NARRATIVE']
    """
    whole = spec.structure(structure)
    found: dict[str, Form] = {}
    for element in whole.children(path):
        for name, type_ in element.members():
            found[name] = _form(whole, element, name, type_, len(found))
    return MappingProxyType(found)


def _form(whole: Structure, element: Element, name: str, type_: str, place: int) -> Form:
    many = element.max != 1
    if _is_attribute(whole, element):
        return Form(name, place, many, Kind.ATTRIBUTE, type_)
    if type_ == "xhtml":
        return Form(name, place, many, Kind.NARRATIVE)
    if type_ in {"Resource", "DomainResource"}:
        return Form(name, place, many, Kind.RESOURCE)
    below = _below(whole, element, type_)
    if below is None:
        return Form(name, place, many, Kind.PRIMITIVE, type_, SIBLING)
    return Form(name, place, many, Kind.OBJECT, below=below)


def _below(whole: Structure, element: Element, type_: str) -> tuple[str, str] | None:
    """Return the structure and path of what is inside an element; None for a primitive."""
    if element.content:
        owner, _, path = element.content.partition(".")
        return owner, path
    if type_ in _INLINE:
        return whole.name, element.path
    return (type_, "") if spec.is_complex(type_) else None


def _is_attribute(whole: Structure, element: Element) -> bool:
    of_a_resource = whole.kind == "resource" and "." not in element.path
    return (element.name == "id" and not of_a_resource) or (
        whole.name == "Extension" and element.path == "url"
    )
