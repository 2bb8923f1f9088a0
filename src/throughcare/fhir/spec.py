"""The FHIR R4 specification, read from the pack in the wheel at first use.

Built by ``tools/build_specification.py`` from HL7's own package, 4.0.1, without changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import orjson
import zstandard

VERSION = "4.0.1"


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type, as its snapshot defines it."""

    path: str
    """Below the type: ``contact.name``; a choice ends in ``[x]``; "" is the type itself."""
    min: int
    max: int
    """0 is unbounded."""
    types: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    """Resource types that a Reference may point to; empty or ``Resource``: any."""
    required: str = ""
    """Url of the value set that the binding requires."""
    content: str = ""
    """``Type.path`` of the element whose content this one has."""
    constraints: tuple[str, ...] = ()
    """Keys of its invariants."""

    @property
    def name(self) -> str:
        """Return the last step of the path, without ``[x]``."""
        return self.path.rpartition(".")[2].removesuffix("[x]")

    @property
    def is_choice(self) -> bool:
        """Tell whether the element's name in JSON ends in its type."""
        return self.path.endswith("[x]")

    def members(self) -> tuple[tuple[str, str], ...]:
        """Return (name in JSON, type) of each form that the element may take."""
        if self.is_choice:
            return tuple((self.name + kind[0].upper() + kind[1:], kind) for kind in self.types)
        return ((self.name, self.types[0] if self.types else ""),)


@dataclass(frozen=True, slots=True)
class Structure:
    """A resource type or complex data type."""

    name: str
    kind: str
    """``resource`` or ``complex-type``."""
    base: str
    elements: Mapping[str, Element]
    """By path."""

    def children(self, path: str) -> tuple[Element, ...]:
        """Return the elements directly below `path` ("" for the type itself)."""
        start = f"{path}." if path else ""
        return tuple(
            element
            for key, element in self.elements.items()
            if key and key.startswith(start) and "." not in key[len(start) :]
        )


@dataclass(frozen=True, slots=True)
class Constraint:
    """An invariant of the standard."""

    key: str
    severity: str
    human: str
    expression: str
    """FHIRPath."""


@dataclass(frozen=True, slots=True)
class ExtensionContent:
    """What an extension may hold."""

    types: frozenset[str]
    """Types of its value, as they end its name: ``String``; empty: it has parts instead."""
    parts: Mapping[str, "ExtensionPart"]
    """By url."""


@dataclass(frozen=True, slots=True)
class ExtensionPart:
    """An extension inside one that has parts."""

    url: str
    min: int
    max: int
    """0 is unbounded."""
    content: ExtensionContent


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension that the standard defines."""

    contexts: tuple[str, ...]
    """Types and elements that may have it: ``HumanName``, ``Patient.contact``."""
    is_modifier: bool
    content: ExtensionContent


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter, as it applies to one resource type."""

    code: str
    type: str
    """token, reference, string, date, number, quantity, uri, composite or special."""
    expression: str
    """FHIRPath over every type that the parameter has; "" if the standard states none."""
    targets: tuple[str, ...]
    """Types that a reference may point to."""
    url: str
    components: tuple[tuple[str, str], ...] = ()
    """(code, expression below the element) of each component of a composite parameter."""


def _unpack(name: str) -> Any:  # noqa: ANN401 - the pack is JSON
    packed = files("throughcare.fhir").joinpath(f"specification/{name}.json.zst").read_bytes()
    return orjson.loads(zstandard.ZstdDecompressor().decompress(packed))


@cache
def _structures() -> dict[str, Any]:
    unpacked: dict[str, Any] = _unpack("structures")
    return unpacked


@cache
def _search() -> tuple[dict[str, dict[str, Parameter]], dict[str, dict[str, list[str]]]]:
    unpacked = _unpack("search")
    by_base: dict[str, dict[str, Parameter]] = {}
    for code, kind, bases, expression, targets, url, components in unpacked["parameters"]:
        parts = tuple((part, path) for part, path in components)
        parameter = Parameter(code, kind, expression, tuple(targets), url, parts)
        for base in bases:
            by_base.setdefault(base, {})[code] = parameter
    return by_base, unpacked["compartments"]


@cache
def _terminology() -> dict[str, Any]:
    unpacked: dict[str, Any] = _unpack("terminology")
    return unpacked


@cache
def _views() -> dict[str, list[list[str]]]:
    unpacked: dict[str, list[list[str]]] = _unpack("views")
    return unpacked


@cache
def resource_types() -> frozenset[str]:
    """Return the names of the 146 concrete resource types."""
    return frozenset(
        name
        for name, (kind, _, _) in _structures()["types"].items()
        if kind == "resource" and name not in {"Resource", "DomainResource"}
    )


def is_resource_type(name: str) -> bool:
    """Tell whether `name` is a concrete resource type of R4.

    >>> is_resource_type("Patient"), is_resource_type("DomainResource")
    (True, False)
    """
    return name in resource_types()


def _element(  # noqa: PLR0913, PLR0917 - a row of the pack
    path: str,
    low: int,
    high: int,
    types: Sequence[str] = (),
    targets: Sequence[str] = (),
    required: str = "",
    content: str = "",
    constraints: Sequence[str] = (),
) -> Element:
    return Element(
        path, low, high, tuple(types), tuple(targets), required, content, tuple(constraints)
    )


@cache
def structure(name: str) -> Structure:
    """Return the definition of a resource or complex type; KeyError if there is none."""
    kind, base, rows = _structures()["types"][name]
    elements = {row[0]: _element(*row) for row in rows}
    return Structure(name, kind, base, MappingProxyType(elements))


@cache
def in_summary(name: str) -> frozenset[str]:
    """Return the paths of the elements of a type that stand in its summary.

    >>> "gender" in in_summary("Patient"), "photo" in in_summary("Patient")
    (True, False)
    """
    return frozenset(_views()[name][0])


@cache
def modifiers(name: str) -> frozenset[str]:
    """Return the paths of the elements of a type that modify the meaning of others."""
    return frozenset(_views()[name][1])


@cache
def choices() -> Mapping[str, frozenset[str]]:
    """Return name -> names in JSON of every choice of R4: ``value`` -> ``_valueString`` ..."""
    found: dict[str, set[str]] = {}
    for _, _, rows in _structures()["types"].values():
        for path, _, _, *rest in rows:
            if path.endswith("[x]"):
                name = path.rpartition(".")[2].removesuffix("[x]")
                forms = (name + kind[0].upper() + kind[1:] for kind in rest[0])
                for form in forms:
                    found.setdefault(name, set()).update((form, f"_{form}"))
    return MappingProxyType({name: frozenset(forms) for name, forms in found.items()})


@cache
def is_complex(name: str) -> bool:
    """Tell whether `name` is a complex data type or a resource type (not a primitive)."""
    return name in _structures()["types"]


def complex_types() -> tuple[str, ...]:
    """Return the names of all complex data types and resource types."""
    return tuple(_structures()["types"])


@cache
def primitives() -> Mapping[str, str]:
    """Return the regular expression of each primitive type ("" where the standard has none)."""
    return MappingProxyType(_structures()["primitives"])


@cache
def constraint(key: str) -> Constraint:
    """Return the invariant with this key; KeyError if there is none."""
    severity, human, expression = _structures()["constraints"][key]
    return Constraint(key, severity, human, expression)


@cache
def _extensions() -> dict[str, Any]:
    unpacked: dict[str, Any] = _unpack("extensions")
    return unpacked


def _content(types: Sequence[str], parts: Sequence[Sequence[Any]]) -> ExtensionContent:
    inside = (ExtensionPart(url, low, high, _content(*inner)) for url, low, high, inner in parts)
    named = frozenset(kind[0].upper() + kind[1:] for kind in types)
    return ExtensionContent(named, MappingProxyType({part.url: part for part in inside}))


@cache
def _extension(url: str) -> Extension:
    contexts, is_modifier, content = _extensions()[url]
    return Extension(tuple(contexts), bool(is_modifier), _content(*content))


def extension(url: str) -> Extension | None:
    """Return the extension that the standard defines under `url`; None if it defines none."""
    return _extension(url) if url in _extensions() else None


@cache
def profiles() -> tuple[Mapping[str, Any], ...]:
    """Return R4's own profiles, such as vital signs: StructureDefinitions with differentials."""
    return tuple(_unpack("profiles"))


@cache
def parameters(resource_type: str) -> Mapping[str, Parameter]:
    """Return all search parameters of a type by code, those of every resource included.

    Raises KeyError for a type that is not of R4.
    """
    by_base, _ = _search()
    if not is_resource_type(resource_type):
        raise KeyError(resource_type)
    found = dict(by_base["Resource"])
    if structure(resource_type).base == "DomainResource":
        found |= by_base["DomainResource"]
    return MappingProxyType(found | by_base.get(resource_type, {}))


@cache
def compartment(name: str) -> Mapping[str, tuple[str, ...]]:
    """Return resource type -> search parameters that put a resource in the compartment `name`.

    Raises KeyError for a compartment that is not of R4.

    >>> compartment("Patient")["Observation"]
    ('subject', 'performer')
    """
    _, compartments = _search()
    return MappingProxyType({key: tuple(codes) for key, codes in compartments[name].items()})


def required_value_sets() -> tuple[str, ...]:
    """Return the urls of the value sets that some element requires."""
    return tuple(_terminology())


@cache
def value_set(url: str) -> Mapping[str, frozenset[str]] | None:
    """Return system -> codes of a value set that some element requires.

    None if no list can hold it (media types, UCUM); KeyError if no element requires it.
    """
    rows = _terminology()[url]
    if rows is None:
        return None
    return MappingProxyType({system: frozenset(codes) for system, codes in rows})
