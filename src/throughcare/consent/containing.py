"""Which relations of R4 contain: an entry within another, or held by it. Pure.

The rule is ADR 0084's: where R4's own words say that the one is part, component or member of the
other, or came about during it, the one belongs to the other. Being about, based on, derived from or
a reason for something is no part of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Json = Mapping[str, Any]
Path = tuple[str, ...]
"""Members, one inside the other, down to a Reference; any of them may be a list."""

ANY: Final = "*"
"""Stands for any type of entry."""

WITHIN: Final[Mapping[str, tuple[Path, ...]]] = {
    ANY: (("encounter",), ("episodeOfCare",), ("context",), ("context", "encounter"), ("partOf",)),
    "Binary": (("securityContext",),),
    "Claim": (("item", "encounter"),),
    "ExplanationOfBenefit": (("item", "encounter"),),
    "ImagingStudy": (("procedureReference",),),
    "RiskAssessment": (("parent",),),
}
"""By type, where an entry names what it is within."""

HOLDING: Final[Mapping[str, tuple[Path, ...]]] = {
    "CarePlan": (("activity", "reference"),),
    "DiagnosticReport": (("result",), ("imagingStudy",), ("media", "link")),
    "DocumentManifest": (("content",),),
    "Observation": (("hasMember",),),
}
"""By type, where an entry names what it holds. A Composition does by sections: see `belonging`."""

_OF_NOBODY: Final = frozenset({"Location", "Organization", "ResearchStudy"})
"""Types whose ``partOf`` says nothing of a person's record."""
_STEPS: Final = frozenset(path[0] for path in WITHIN[ANY])
_EPISODE: Final = ("Encounter", "EpisodeOfCare")


def within(resource: Json) -> Iterator[tuple[Json, tuple[str, ...]]]:
    """Yield each Reference to what an entry is within, and of which types that may be."""
    kind = resource.get("resourceType", "")
    if not _STEPS.isdisjoint(resource):
        for path in WITHIN[ANY]:
            if path[-1] != "partOf":
                yield from ((each, _EPISODE) for each in at(resource, path))
            elif kind not in _OF_NOBODY:
                yield from ((each, (ANY,)) for each in at(resource, path))
    for path in WITHIN.get(kind, ()):
        types = _EPISODE if path[-1] == "encounter" else (ANY,)
        yield from ((each, types) for each in at(resource, path))


def holding(resource: Json) -> Iterator[Json]:
    """Yield each Reference to what an entry holds, but for the sections of a Composition."""
    for path in HOLDING.get(resource.get("resourceType", ""), ()):
        yield from at(resource, path)


def at(resource: Json, path: Path) -> list[Json]:
    """Return the objects at a path."""
    found = [resource]
    for member in path:
        found = [inner for each in found if member in each for inner in items(each[member])]
    return found


def items(value: object) -> list[Json]:
    """Return the objects among `value`, or it alone if it is one."""
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, dict)]
