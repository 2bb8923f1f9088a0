"""Answers of the terminology operations, as FHIR: Parameters, and ValueSets with an expansion."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from throughcare.fhir.terminology import expanding
from throughcare.fhir.terminology.codes import CodeTable, Concept
from throughcare.fhir.terminology.expanding import Listed
from throughcare.fhir.terminology.library import Library
from throughcare.fhir.text import fold_text
from throughcare.kernel import NotFoundError, UnprocessableError

Json = Any
MOST_AT_ONCE: Final = 10_000
"""Codes of one answer; more come by pages."""


@dataclass(frozen=True, slots=True)
class Coding:
    """A code that is asked about."""

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which part of an expansion is asked for."""

    filter: str = ""
    """Words that each name has, or begins of them."""
    count: int | None = None
    offset: int = 0
    is_active_only: bool = False
    has_designations: bool = False


def parameters(*pairs: tuple[str, Json]) -> Json:
    """Return a Parameters resource; of each pair the value names its type by its own.

    >>> parameters(("result", True))["parameter"]
    [{'name': 'result', 'valueBoolean': True}]
    """
    return {"resourceType": "Parameters", "parameter": [_parameter(*pair) for pair in pairs]}


def _parameter(name: str, value: Json) -> Json:
    if isinstance(value, list):
        return {"name": name, "part": [_parameter(*pair) for pair in value]}
    if isinstance(value, bool):
        return {"name": name, "valueBoolean": value}
    if isinstance(value, Mapping):
        return {"name": name, "valueCoding": dict(value)}
    if isinstance(value, int):
        return {"name": name, "valueInteger": value}
    kind = "valueCode" if name in {"code", "outcome", "equivalence"} else "valueString"
    return {"name": name, kind: str(value)}


def expand(library: Library, value_set: Json, wish: Wish, at: datetime) -> Json:
    """Return a ValueSet with its expansion, or one page of it.

    Raises what `expanding.listed` raises, and UnprocessableError for more than `MOST_AT_ONCE`
    codes without ``count``.
    """
    found = [each for each in expanding.listed(library, value_set).values() if _fits(each, wish)]
    shown = found[wish.offset :]
    if wish.count is not None:
        shown = shown[: wish.count]
    if len(shown) > MOST_AT_ONCE:
        message = f"The expansion has more than {MOST_AT_ONCE} codes: page it by count and offset."
        raise UnprocessableError(message, place="count")
    kept = {key: value for key, value in value_set.items() if key not in {"expansion", "compose"}}
    used = sorted({f"{each.system}|{each.version}" for each in found if each.version})
    expansion = {
        "timestamp": at.isoformat(timespec="seconds"),
        "total": len(found),
        "offset": wish.offset,
        "parameter": [{"name": "version", "valueUri": each} for each in used],
        "contains": [_shown(each, wish) for each in shown],
    }
    return {**kept, "expansion": {key: said for key, said in expansion.items() if said != []}}


def _fits(each: Listed, wish: Wish) -> bool:
    if wish.is_active_only and not each.concept.is_active:
        return False
    if not wish.filter:
        return True
    names = (each.concept.display, each.concept.code, *each.concept.names)
    wanted = fold_text(wish.filter).split()
    return any(_has_words(fold_text(name).split(), wanted) for name in names)


def _has_words(words: Sequence[str], wanted: Iterable[str]) -> bool:
    return all(any(word.startswith(start) for word in words) for start in wanted)


def _shown(each: Listed, wish: Wish) -> Json:
    concept = each.concept
    names = [{"value": name} for name in concept.names] if wish.has_designations else []
    said = {
        "system": each.system,
        "abstract": concept.is_abstract,
        "inactive": not concept.is_active,
        "version": each.version,
        "code": concept.code,
        "display": concept.display,
        "designation": names,
    }
    return {key: value for key, value in said.items() if value}


def member(library: Library, value_set: Json, codings: Sequence[Coding]) -> Json:
    """Return whether one of `codings` is in a value set, and by which name.

    Raises NotFoundError where that can't be known.
    """
    said: list[bool | None] = []
    for coding in codings:
        system = coding.system or None
        known = expanding.contains(library, value_set, system, coding.code)
        said.append(known)
        if known is True:
            table = library.system(coding.system) if coding.system else None
            concept = table.get(coding.code) if table is not None else None
            stated = _name_in(value_set, coding) or (concept.display if concept else "")
            return _named(coding, stated, concept)
    if None in said:
        message = "Whether the code is in it can't be known: a code system or value set is missing."
        raise NotFoundError(message, place=str(value_set.get("url", "")))
    return parameters(("result", False), ("message", "The code is not in the value set."))


def _name_in(value_set: Json, coding: Coding) -> str:
    for part in value_set.get("compose", {}).get("include", ()):
        for row in part.get("concept", ()) if part.get("system") == coding.system else ():
            if row.get("code") == coding.code:
                return str(row.get("display", ""))
    return ""


def _named(coding: Coding, display: str, concept: Concept | None) -> Json:
    """Return that a code is right, unless it is called by a name that is not its own."""
    names = {fold_text(name) for name in (display, *(concept.names if concept else ()))}
    names |= {fold_text(concept.display)} if concept else set()
    about = [("display", display)] if display else []
    if coding.display and any(names) and fold_text(coding.display) not in names:
        text = "The code is right, but its name is another."
        return parameters(("result", False), ("message", text), *about)
    return parameters(("result", True), *about)


def code_of(table: CodeTable, coding: Coding) -> Json:
    """Return whether a code system has a code. Raises NotFoundError where that can't be known."""
    concept = table.get(coding.code)
    if concept is not None:
        return _named(coding, concept.display, concept)
    if not table.is_complete:
        message = "Whether it is a code can't be known: not all of its code system is loaded."
        raise NotFoundError(message, place=table.url)
    return parameters(("result", False), ("message", "The code system has no such code."))


def lookup(table: CodeTable, code: str, wanted: Sequence[str]) -> Json:
    """Return what a code system says of a code: all, or the properties in `wanted`.

    Raises NotFoundError for a code that it has not.
    """
    concept = table.get(code)
    if concept is None:
        message = "The code system has no such code."
        raise NotFoundError(message, place=table.url)
    pairs: list[tuple[str, Json]] = [("name", table.name or table.url)]
    if table.version:
        pairs.append(("version", table.version))
    pairs.append(("display", concept.display or concept.code))
    pairs += [("designation", [("value", name)]) for name in concept.names]
    for name, value in _properties(table, concept):
        if not wanted or name in wanted:
            pairs.append(("property", [("code", name), ("value", value)]))
    return parameters(*pairs)


def _properties(table: CodeTable, concept: Concept) -> Iterator[tuple[str, Json]]:
    if concept.definition:
        yield "definition", concept.definition
    yield "inactive", not concept.is_active
    for parent in concept.parents:
        yield "parent", parent
    for child in table.children(concept.code):
        yield "child", child
    for name, value in concept.properties:
        if name not in {"parent", "child", "inactive"}:
            yield name, value


def subsumes(table: CodeTable, left: str, right: str) -> Json:
    """Return how two codes of a system stand to one another.

    Raises NotFoundError for a code that the system has not.
    """
    for code in (left, right):
        if table.get(code) is None:
            message = "The code system has no such code."
            raise NotFoundError(message, place=table.url)
    if left == right:
        outcome = "equivalent"
    elif left in table.above(right):
        outcome = "subsumes"
    elif right in table.above(left):
        outcome = "subsumed-by"
    else:
        outcome = "not-subsumed"
    return parameters(("outcome", outcome))
