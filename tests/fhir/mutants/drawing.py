"""Resources with one thing wrong: seeded, of many kinds, each wrong by the text of FHIR R4.

`mutants` draws them from resources that are in order. A kind looks for places that it can break
and breaks one; where a resource has no such place it passes. A mutant that is no worse than what
it was made of is no mutant: each kind says by which rule its mutants are wrong.
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from random import Random  # noqa: TID251 - seeded by whoever draws
from typing import Any

from throughcare.fhir import spec

Json = Any
Spot = tuple[Any, Any]
"""(object or list, its member or place): where a value stands."""
Kind = Callable[[Json, Random], bool]
"""Breaks the resource it is given; false where it found nothing to break."""

TRIES = 100
"""Resources that a kind looks at before it passes its turn."""
KINDS: dict[str, Kind] = {}
EXTENSION = "http://hl7.org/fhir/StructureDefinition/"


def kind(make: Kind) -> Kind:
    """Enter a kind under the name of its function."""
    KINDS[make.__name__.replace("_", " ")] = make
    return make


def mutants(resources: Sequence[Json], count: int, seed: int) -> Iterator[tuple[str, Json, Json]]:
    """Yield `count` times (kind, resource, mutant), kinds in turn, by chance from `seed`."""
    chance = Random(seed)  # noqa: S311 - no secret
    made = 0
    while made < count:
        for name, make in KINDS.items():
            for _ in range(TRIES):
                resource = chance.choice(resources)
                mutant = copy.deepcopy(resource)
                if make(mutant, chance):
                    made += 1
                    yield name, resource, mutant
                    break
            if made >= count:
                return


def objects(value: Json) -> Iterator[dict[str, Json]]:
    """Yield every object of a resource, itself first."""
    if isinstance(value, dict):
        yield value
        for child in value.values():
            yield from objects(child)
    elif isinstance(value, list):
        for child in value:
            yield from objects(child)


def elements(resource: Json) -> Iterator[tuple[str, str, dict[str, Json]]]:
    """Yield (structure, path, object) of each object whose element the standard defines."""
    yield from _elements(resource["resourceType"], "", resource)


def _elements(structure: str, path: str, here: Json) -> Iterator[tuple[str, str, dict[str, Json]]]:
    yield structure, path, here
    for element in spec.structure(structure).children(path):
        for member, type_ in element.members():
            values = here.get(member, [])
            for value in values if isinstance(values, list) else [values]:
                if not isinstance(value, dict):
                    continue
                if element.content:
                    owner, _, inner = element.content.partition(".")
                    yield from _elements(owner, inner, value)
                elif type_ in {"BackboneElement", "Element", ""}:
                    yield from _elements(structure, element.path, value)
                elif type_ in {"Resource", "DomainResource"}:
                    yield from _elements(value["resourceType"], "", value)
                elif spec.is_complex(type_):
                    yield from _elements(type_, "", value)


def primitives(resource: Json, *types: str) -> list[tuple[Spot, str]]:
    """Return where values of primitive `types` stand, each with its type."""
    found: list[tuple[Spot, str]] = []
    for structure, path, here in elements(resource):
        for element in spec.structure(structure).children(path):
            for member, type_ in element.members():
                value = here.get(member)
                if type_ not in types or value is None:
                    continue
                if isinstance(value, list):
                    found += [((value, place), type_) for place in range(len(value))]
                else:
                    found.append(((here, member), type_))
    return found


def put(resource: Json, chance: Random, value: Json, *types: str) -> bool:
    """Put `value` in place of a primitive of one of `types`."""
    spots = primitives(resource, *types)
    if not spots:
        return False
    (holder, place), _ = chance.choice(spots)
    holder[place] = value
    return True


def members(
    resource: Json, wanted: Callable[[spec.Element, dict[str, Json]], bool]
) -> list[tuple[dict[str, Json], spec.Element]]:
    return [
        (here, element)
        for structure, path, here in elements(resource)
        for element in spec.structure(structure).children(path)
        if wanted(element, here)
    ]
