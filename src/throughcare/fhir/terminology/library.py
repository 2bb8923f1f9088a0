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
