"""Extensions that R4 itself defines: where each may stand, and what it may hold.

Extensions that R4 does not define are nobody's business here: FHIR lets them stand anywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from throughcare.fhir import spec
from throughcare.fhir.faults import Check, Fault, Faults, below, fault
from throughcare.fhir.spec import ExtensionContent

_PRIMITIVE_BASES: Final = {
    "code": "string",
    "id": "string",
    "markdown": "string",
    "canonical": "uri",
    "url": "uri",
    "oid": "uri",
    "uuid": "uri",
    "positiveInt": "integer",
    "unsignedInt": "integer",
}


_DEFINITIONS: Final = frozenset(
    {"StructureDefinition", "ElementDefinition", "OperationDefinition", "ValueSet", "CodeSystem"}
)
"""Types in which HL7's own definitions misplace HL7's own extensions by the thousand: a warning."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where extensions stand."""

    path: str
    """``Patient.name``."""
    kind: str
    """Type of the element."""
    content: str = ""
    """Path of the element whose content this one has."""

    def paths(self) -> frozenset[str]:
        """Return all names that a context may give to this place."""
        choice = self.path.replace("[x]", self.kind[:1].upper() + self.kind[1:])
        return frozenset({self.path, choice, self.content, "Element", *_kinds(self.kind)})


def checked(check: Check, place: Place) -> Check:
    """Return `check` and then that of the extensions of the element at `place`."""
    names = ("extension", "modifierExtension")

    def with_extensions(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
        faults = check(value)
        if type(value) is not dict or ("extension" not in value and names[1] not in value):
            return faults
        found: list[Fault] = []
        for name in names:
            for number, each in enumerate(_listed(value, name)):
                is_modifier = name == names[1]
                found += below(f".{name}[{number}]", _faults(each, place, is_modifier=is_modifier))
        return [*(faults or ()), *found] or None

    return with_extensions


def _listed(value: Mapping[str, Any], name: str) -> list[Any]:
    listed = value.get(name)
    return listed if type(listed) is list else []


def _faults(extension: Any, place: Place, *, is_modifier: bool) -> list[Fault]:  # noqa: ANN401
    url = extension.get("url") if type(extension) is dict else None
    rule = spec.extension(url) if type(url) is str else None
    if rule is None:
        return []
    faults: list[Fault] = []
    if not _may_stand(rule.contexts, place):
        severity = "warning" if place.path.partition(".")[0] in _DEFINITIONS else "error"
        text = "R4 does not define this extension here; remove it."
        faults.append(("", severity, "extension", text))
    if rule.is_modifier != is_modifier:
        rightly = "modifierExtension" if rule.is_modifier else "extension"
        faults += fault("extension", f"R4 defines this as {rightly}; move it.")
    return faults + _content_faults(extension, rule.content)


def _content_faults(extension: Mapping[str, Any], content: ExtensionContent) -> list[Fault]:
    faults: list[Fault] = []
    for name in extension:
        kind = name.removeprefix("value").removeprefix("_value")
        if kind != name and kind not in content.types:
            faults += fault("extension", "R4 gives this extension another type; correct it.")
    if not content.parts:
        return faults
    counts: dict[str, int] = {}
    for number, part in enumerate(_listed(extension, "extension")):
        url = part.get("url") if type(part) is dict else None
        inner = content.parts.get(url) if type(url) is str else None
        if inner is not None:
            counts[inner.url] = counts.get(inner.url, 0) + 1
            faults += below(f".extension[{number}]", _content_faults(part, inner.content))
    for part in content.parts.values():
        count = counts.get(part.url, 0)
        if count < part.min or (part.max and count > part.max):
            text = f"Part '{part.url}' stands too often or not often enough; correct it."
            faults += fault("extension", text)
    return faults


@cache
def _may_stand(contexts: tuple[str, ...], place: Place) -> bool:
    """Tell whether one of `contexts` covers an element; true where that can't be known."""
    return not place.paths().isdisjoint(contexts) or any(map(_is_undecided, contexts))


def _kinds(kind: str) -> list[str]:
    """Return a type and what it is derived from."""
    found: list[str] = []
    while kind:
        found.append(kind)
        is_complex = spec.is_complex(kind)
        kind = spec.structure(kind).base if is_complex else _PRIMITIVE_BASES.get(kind, "")
    return found


def _is_undecided(context: str) -> bool:
    """Tell whether a context reaches into a type that is checked wherever it stands."""
    name, _, path = context.partition(".")
    if not spec.is_complex(name):
        return name not in spec.primitives()
    return path not in spec.structure(name).elements
