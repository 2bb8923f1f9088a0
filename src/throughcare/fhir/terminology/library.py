"""What terminology a node knows: code systems, value sets and maps, opened when asked for."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from throughcare.fhir import packages
from throughcare.fhir.packages import Package
from throughcare.fhir.terminology import codes
from throughcare.fhir.terminology.codes import CodeTable

Json = Any
Opens = Callable[[], CodeTable]


@cache
def of_r4() -> Package:
    """Return the code systems, value sets and maps of R4 itself, from the pack in the wheel."""
    kept = files("throughcare.fhir").joinpath("specification/terminology.package.zst")
    return packages.unpack(kept.read_bytes())


class Library:
    """Code systems by url, value sets and maps. What was opened stays open."""

    def __init__(
        self, known: Iterable[Package] = (), tables: Mapping[str, Opens] | None = None
    ) -> None:
        """Know R4, then `known` packages, then `tables`: of equal urls the later counts.

        A code system without codes takes the place of none.
        """
        self._opens: dict[str, Opens] = {}
        self._texts: dict[tuple[str, str], packages.Definition] = {}
        self._open: dict[str, CodeTable] = {}
        self._read: dict[tuple[str, str], Json] = {}
        for package in (of_r4(), *known):
            for definition in package.definitions:
                self._add(definition)
        self._opens.update(tables or {})

    def _add(self, definition: packages.Definition) -> None:
        if definition.kind == "CodeSystem":
            if definition.url in self._opens and b'"concept":' not in definition.text:
                return
            self._opens[definition.url] = lambda: codes.of_resource(definition.read())
        self._texts[definition.kind, definition.url] = definition

    def system(self, url: str) -> CodeTable | None:
        """Return a code system; None if nothing of it is loaded."""
        bare = url.partition("|")[0]
        if bare not in self._open:
            opens = self._opens.get(bare)
            if opens is None:
                return None
            self._open[bare] = opens()
        return self._open[bare]

    def value_set(self, url: str) -> Json | None:
        """Return a ValueSet; None if it is not loaded.

        The value set of all codes of a system is known by what the system says of it.
        """
        return self._resource("ValueSet", url)

    def concept_map(self, url: str) -> Json | None:
        """Return a ConceptMap; None if it is not loaded."""
        return self._resource("ConceptMap", url)

    def concept_maps(self) -> list[Json]:
        """Return all ConceptMaps."""
        urls = [url for kind, url in self._texts if kind == "ConceptMap"]
        return [self._resource("ConceptMap", url) for url in urls]

    def _resource(self, kind: str, url: str) -> Json | None:
        bare = url.partition("|")[0]
        definition = self._texts.get((kind, bare))
        if definition is None:
            return None
        if (kind, bare) not in self._read:
            self._read[kind, bare] = definition.read()
        return self._read[kind, bare]

    def systems(self) -> list[str]:
        """Return the urls of all code systems."""
        return sorted(self._opens)


class Wider(Library):
    """A library with some definitions more, for as long as it is asked. What it widens counts."""

    def __init__(self, base: Library) -> None:
        """Know what `base` knows."""
        self._base = base
        self._tables: dict[str, CodeTable] = {}
        self._more: dict[tuple[str, str], Json] = {}

    def add(self, kind: str, resource: Json) -> None:
        """Know a ValueSet or ConceptMap, too."""
        self._more[kind, str(resource.get("url", ""))] = resource

    def add_table(self, table: CodeTable) -> None:
        """Know a code system, too."""
        self._tables[table.url] = table

    def has(self, kind: str, url: str) -> bool:
        """Tell whether it knows a definition, of a code system all its codes."""
        if kind == "CodeSystem":
            table = self.system(url)
            return table is not None and table.is_complete
        return self._resource(kind, url) is not None

    def system(self, url: str) -> CodeTable | None:
        """Return a code system; one that has all its codes before one that has some."""
        known = self._base.system(url)
        if known is not None and known.is_complete:
            return known
        return self._tables.get(url.partition("|")[0], known)

    def concept_maps(self) -> list[Json]:
        """Return all ConceptMaps."""
        return self._base.concept_maps() + [
            each for (kind, _), each in self._more.items() if kind == "ConceptMap"
        ]

    def systems(self) -> list[str]:
        """Return the urls of all code systems."""
        return sorted({*self._base.systems(), *self._tables})

    def _resource(self, kind: str, url: str) -> Json | None:
        known = self._base._resource(kind, url)  # noqa: SLF001 - of its own class
        return self._more.get((kind, url.partition("|")[0])) if known is None else known
