"""Value sets listed: what a compose comes to, over the code systems that are loaded."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from throughcare.fhir.terminology import filters
from throughcare.fhir.terminology.codes import CodeTable, Concept
from throughcare.fhir.terminology.library import Library
from throughcare.kernel import NotFoundError, UnprocessableError

Json = Any
MOST_NESTED: Final = 20
"""Value sets inside value sets."""
MOST_CODES: Final = 500_000
"""Codes that are looked at for one expansion: SNOMED CT has 370,000 active ones."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A code of a value set, as it is shown."""

    system: str
    concept: Concept
    version: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Return what makes it the same code."""
        return self.system, self.concept.code


def listed(library: Library, value_set: Json, depth: int = 0) -> dict[tuple[str, str], Listed]:
    """Return all codes of a value set in their order.

    Raises NotFoundError for what it names and is not loaded, UnprocessableError for what can't be
    listed: a system without codes, a circle, more than `MOST_CODES`.
    """
    compose = value_set.get("compose")
    if depth > MOST_NESTED:
        message = f"Value sets name one another more than {MOST_NESTED} deep: mend the definition."
        raise UnprocessableError(message, place=value_set.get("url"))
    if compose is None:
        return {each.key: each for each in _expanded(value_set)}
    found: dict[tuple[str, str], Listed] = {}
    for part in compose.get("include", ()):
        found |= {
            key: each for key, each in _part(library, part, depth).items() if key not in found
        }
    for part in compose.get("exclude", ()):
        for key in _part(library, part, depth):
            found.pop(key, None)
    if compose.get("inactive") is False:
        return {key: each for key, each in found.items() if each.concept.is_active}
    return found


def _expanded(value_set: Json) -> Iterator[Listed]:
    """Yield what a value set without a definition was expanded to by who made it."""
    waiting = list(reversed(value_set.get("expansion", {}).get("contains", ())))
    while waiting:
        row = waiting.pop()
        waiting += reversed(row.get("contains", ()))
        if "code" in row:
            concept = Concept(row["code"], row.get("display", ""))
            yield Listed(row.get("system", ""), concept, row.get("version", ""))


def _part(library: Library, part: Json, depth: int) -> dict[tuple[str, str], Listed]:
    """Return the codes of an include or exclude: what all that it says have in common."""
    found: dict[tuple[str, str], Listed] | None = None
    if "system" in part:
        found = {each.key: each for each in _of_system(library, part)}
    for url in _urls(part):
        inner = library.value_set(url)
        if inner is None:
            message = "The value set builds upon one that is not loaded: load its package."
            raise NotFoundError(message, place=url)
        codes = listed(library, inner, depth + 1)
        found = codes if found is None else {key: found[key] for key in found if key in codes}
    return found or {}


def _of_system(library: Library, part: Json) -> Iterator[Listed]:
    system = part["system"]
    table = library.system(system)
    version = table.version if table is not None else ""
    if "concept" in part:
        for row in _rows(part):
            yield Listed(system, _stated(row, table), version)
        return
    if table is None or not table.is_complete:
        message = "The code system is not loaded, or not all of it: load its package or files."
        raise NotFoundError(message, place=system)
    if len(table) > MOST_CODES:
        message = f"The code system has more than {MOST_CODES} codes: narrow the value set."
        raise UnprocessableError(message, place=system)
    rules = [filters.keeps(table, rule) for rule in part.get("filter", ())]
    for concept in table:
        if all(keeps(concept) for keeps in rules):
            yield Listed(system, concept, version)


def _rows(part: Json) -> Iterator[Mapping[str, Json]]:
    """Yield the codes that a part lists; R4 allows one that is no text but an extension alone."""
    return (row for row in part["concept"] if type(row) is dict and type(row.get("code")) is str)


def _urls(part: Json) -> Iterator[str]:
    """Yield the value sets that a part names."""
    return (url for url in part.get("valueSet", ()) if type(url) is str)


def _stated(row: Mapping[str, Json], table: CodeTable | None) -> Concept:
    """Return a code that a value set lists, under the name that it gives it."""
    known = table.get(row["code"]) if table is not None else None
    display = row.get("display", known.display if known is not None else "")
    if known is None:
        return Concept(row["code"], display)
    return Concept(
        row["code"],
        display,
        known.parents,
        known.definition,
        known.properties,
        known.names,
        known.is_active,
        known.is_abstract,
    )


def contains(
    library: Library, value_set: Json, system: str | None, code: str, depth: int = 0
) -> bool | None:
    """Tell whether a value set has a code, without listing it; None where that can't be known.

    `system` None stands for any: a code alone, as elements of type code have it.
    """
    compose = value_set.get("compose")
    if depth > MOST_NESTED:
        return None
    if compose is None:
        if "expansion" not in value_set:
            return None
        return any(
            _is(each.system, each.concept.code, system, code) for each in _expanded(value_set)
        )
    included = _any(_has(library, part, system, code, depth) for part in compose.get("include", ()))
    if included is False:
        return False
    excluded = _any(_has(library, part, system, code, depth) for part in compose.get("exclude", ()))
    if excluded is True:
        return False
    return None if excluded is None or included is None else True


def _is(known_system: str, known_code: str, system: str | None, code: str) -> bool:
    return code == known_code and system in {None, known_system}


def _any(said: Iterable[bool | None]) -> bool | None:
    result: bool | None = False
    for each in said:
        if each is True:
            return True
        if each is None:
            result = None
    return result


def _all(said: Sequence[bool | None]) -> bool | None:
    if False in said:
        return False
    return None if None in said else bool(said)


def _has(library: Library, part: Json, system: str | None, code: str, depth: int) -> bool | None:
    said: list[bool | None] = []
    if "system" in part:
        said.append(_system_has(library, part, system, code))
    for url in _urls(part):
        inner = library.value_set(url)
        said.append(None if inner is None else contains(library, inner, system, code, depth + 1))
    return _all(said)


def _system_has(library: Library, part: Json, system: str | None, code: str) -> bool | None:
    if system not in {None, part["system"]}:
        return False
    if "concept" in part:
        return any(row["code"] == code for row in _rows(part))
    table = library.system(part["system"])
    if table is None:
        return None
    concept = table.get(code)
    if concept is None:
        return False if table.is_complete else None
    if not part.get("filter") or table.is_complete:
        return all(filters.keeps(table, rule)(concept) for rule in part.get("filter", ()))
    return None
