"""Codes of one code system: what each is called, what it stands below, what it is said to be."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

Json = Any
MOST_ANCESTORS: Final = 100_000
"""Codes that a search for an ancestor looks at; beyond it the system is taken as a circle."""


@dataclass(frozen=True, slots=True)
class Concept:
    """A code and what its system says of it."""

    code: str
    display: str = ""
    parents: tuple[str, ...] = ()
    definition: str = ""
    properties: tuple[tuple[str, Json], ...] = ()
    """(property, value) as JSON has it; a Coding as its object."""
    names: tuple[str, ...] = ()
    """Other designations."""
    is_active: bool = True
    is_abstract: bool = False
    """True for a code that groups others and is not for use."""

    def values(self, name: str) -> tuple[Json, ...]:
        """Return the values of a property."""
        return tuple(value for key, value in self.properties if key == name)


class CodeTable:
    """A code system as far as its codes are loaded. Concepts keep their order."""

    def __init__(self, url: str, concepts: Iterable[Concept], about: Mapping[str, Json]) -> None:
        """Hold concepts; of equal codes the first. `about` has name, version, caseSensitive."""
        self.url = url
        self.name = str(about.get("name", ""))
        self.version = str(about.get("version", ""))
        self.is_complete = about.get("content", "complete") == "complete"
        """False: a code that is not here may be one all the same."""
        self.is_case_sensitive = bool(about.get("caseSensitive", True))
        self.about = about
        self._concepts: dict[str, Concept] = {}
        for each in concepts:
            self._concepts.setdefault(each.code, each)

    def __len__(self) -> int:
        """Return the number of codes."""
        return len(self._concepts)

    def __iter__(self) -> Iterator[Concept]:
        """Yield all concepts in their order."""
        return iter(self._concepts.values())

    def get(self, code: str) -> Concept | None:
        """Return the concept of a code; the system says whether case counts."""
        found = self._concepts.get(code)
        if found is None and not self.is_case_sensitive:
            return self._folded.get(code.casefold())
        return found

    @cached_property
    def _folded(self) -> dict[str, Concept]:
        return {code.casefold(): concept for code, concept in self._concepts.items()}

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        children: dict[str, list[str]] = {}
        for concept in self:
            for parent in concept.parents:
                children.setdefault(parent, []).append(concept.code)
        return children

    def children(self, code: str) -> list[str]:
        """Return the codes directly below one."""
        return list(self._children.get(code, ()))

    def above(self, code: str) -> set[str]:
        """Return all codes that a code stands below, without itself."""
        found: set[str] = set()
        waiting = [code]
        while waiting and len(found) < MOST_ANCESTORS:
            concept = self.get(waiting.pop())
            fresh = [each for each in (concept.parents if concept else ()) if each not in found]
            found.update(fresh)
            waiting += fresh
        return found - {code}

    def below(self, code: str) -> set[str]:
        """Return all codes that stand below a code, without itself."""
        found: set[str] = set()
        waiting = [code]
        while waiting:
            fresh = [each for each in self._children.get(waiting.pop(), ()) if each not in found]
            found.update(fresh)
            waiting += fresh
        return found - {code}

    def is_a(self, code: str, ancestor: str) -> bool:
        """Tell whether a code is another one or stands below it."""
        return code == ancestor or ancestor in self.above(code)


def of_resource(resource: Mapping[str, Json]) -> CodeTable:
    """Return the codes of a CodeSystem resource: nested, or below one another by properties."""
    about = {key: value for key, value in resource.items() if key != "concept"}
    return CodeTable(str(resource["url"]), _nested(resource.get("concept", ()), ()), about)


def _nested(rows: Iterable[Json], parents: tuple[str, ...]) -> Iterator[Concept]:
    for row in rows:
        properties = tuple(_properties(row))
        said = [value for key, value in properties if key in {"parent", "subsumedBy"}]
        status = [value for key, value in properties if key == "status"]
        is_inactive = ("inactive", True) in properties or status in (["retired"], ["inactive"])
        yield Concept(
            code=row["code"],
            display=row.get("display", ""),
            parents=tuple(dict.fromkeys((*parents, *said))),
            definition=row.get("definition", ""),
            properties=properties,
            names=tuple(each["value"] for each in row.get("designation", ())),
            is_active=not is_inactive,
            is_abstract=("notSelectable", True) in properties,
        )
        yield from _nested(row.get("concept", ()), (row["code"],))


def _properties(row: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    for each in row.get("property", ()):
        value = next((each[key] for key in each if key.startswith("value")), None)
        if value is not None:
            yield each["code"], value
