"""Codes of one system in another, by concept maps."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from throughcare.fhir.terminology.answers import Coding, parameters

Json = Any
NO_MATCH: Final = frozenset({"unmatched", "disjoint"})
_REVERSED: Final[Mapping[str, str]] = {
    "wider": "narrower",
    "narrower": "wider",
    "subsumes": "specializes",
    "specializes": "subsumes",
}


@dataclass(frozen=True, slots=True)
class Direction:
    """Where a translation goes."""

    source: str = ""
    """Url of the value set that codes come from; "": any."""
    target: str = ""
    """Url of the value set that codes go to; "": any."""
    system: str = ""
    """Code system that codes go to; "": any."""
    is_reversed: bool = False


def translate(maps: Iterable[Json], codings: Sequence[Coding], direction: Direction) -> Json:
    """Return what `maps` make of codes: the result and each match with its map."""
    found = [
        match
        for each in maps
        if _fits(each, direction)
        for coding in codings
        for match in _matches(each, coding, direction)
    ]
    unique = [each for place, each in enumerate(found) if each not in found[:place]]
    is_found = any(each[0][1] not in NO_MATCH for each in unique)
    if not unique:
        return parameters(("result", False), ("message", "No map that is loaded has the code."))
    return parameters(("result", is_found), *(("match", each) for each in unique))


def _fits(each: Json, direction: Direction) -> bool:
    stated = {
        side: {each.get(f"{side}Uri", ""), each.get(f"{side}Canonical", "")}
        for side in ("source", "target")
    }
    sides = ("target", "source") if direction.is_reversed else ("source", "target")
    wanted = (direction.source, direction.target)
    return all(not url or url in stated[side] for url, side in zip(wanted, sides, strict=True))


def _matches(each: Json, coding: Coding, direction: Direction) -> Iterator[list[tuple[str, Json]]]:
    for group in each.get("group", ()):
        for source, target, equivalence in _pairs(group):
            start, end, said = (source, target, equivalence)
            if direction.is_reversed:
                start, end, said = target, source, _REVERSED.get(equivalence, equivalence)
            if start.get("code") != coding.code or coding.system not in {"", start["system"]}:
                continue
            if direction.system in {"", end["system"]}:
                yield [
                    ("equivalence", said),
                    ("concept", {key: value for key, value in end.items() if value}),
                    ("source", each.get("url", "")),
                ]


def _pairs(group: Json) -> Iterator[tuple[dict[str, str], dict[str, str], str]]:
    for element in group.get("element", ()):
        source = _coding(group.get("source", ""), element)
        for target in element.get("target", ()):
            yield source, _coding(group.get("target", ""), target), target["equivalence"]


def _coding(system: str, row: Json) -> dict[str, str]:
    return {"system": system, "code": row.get("code", ""), "display": row.get("display", "")}
