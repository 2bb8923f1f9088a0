"""Many records at once, without a store: the same index over a whole table. Pure.

Comparison, rules and clustering are those of `PersonIndex`; so are the persons that come of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from throughcare.identity.cluster import Cross, Doubt, Edge, Graph, Record, settled
from throughcare.identity.compare import (
    Demographics,
    Evidence,
    Sieve,
    Sourced,
    Weights,
    evidence,
    keys,
)


@dataclass(frozen=True, slots=True)
class Linked:
    """Who is whom. Records go by their place in what was linked."""

    persons: tuple[frozenset[int], ...]
    doubts: tuple[Doubt, ...]


def link(records: Sequence[Sourced], weights: Weights) -> Linked:
    """Return the persons of `records`. Takes time and memory by the number of pairs compared."""
    known = [record.demographics for record in records]
    found = edges(known, weights)
    nodes = {
        at: Record((one.source, one.local_id), one.demographics.number, one.demographics.known)
        for at, one in enumerate(records)
    }
    graph = Graph(nodes, tuple(Edge(*pair, each) for pair, each in found.items()))
    answer = settled(graph, weights, lambda people: _cross(known, found, weights, people))
    return Linked(answer.persons, answer.doubts)


def candidates(known: Sequence[Demographics]) -> set[tuple[int, int]]:
    """Return the pairs, low before high, that share a blocking key."""
    sharing: dict[int, list[int]] = {}
    for at, one in enumerate(known):
        for key in keys(one):
            sharing.setdefault(key, []).append(at)
    return {pair for block in sharing.values() if len(block) > 1 for pair in _pairs(block)}


def _pairs(block: Sequence[int]) -> Iterator[tuple[int, int]]:
    for place, high in enumerate(block):
        for low in block[:place]:
            yield low, high


def edges(known: Sequence[Demographics], weights: Weights) -> Mapping[tuple[int, int], Evidence]:
    """Return the evidence of every pair that may ever matter, by (low, high)."""
    sieve = Sieve.of(weights)
    found: dict[tuple[int, int], Evidence] = {}
    for left, right in candidates(known):
        each = sieve.evidence(known[left], known[right])
        if each is not None:
            found[left, right] = each
    return found


def _cross(
    known: Sequence[Demographics],
    found: Mapping[tuple[int, int], Evidence],
    weights: Weights,
    people: int,
) -> Cross:
    def score(left: int, right: int) -> float:
        each = found.get((min(left, right), max(left, right)))
        each = each or evidence(known[left], known[right], weights)
        return each.total(people, weights)

    return score
