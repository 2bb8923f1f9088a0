"""From evidence between records to persons: components, best edges first. Pure and deterministic.

The answer depends on the set of records, edges and decisions alone, never on their order or on the
numbers that records happen to have: ties are broken by what the sources call them.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from throughcare.identity.compare import NUMBER_RULES, Evidence, Rule, Verdict, Weights

_OWN_NUMBERS_SPOKE: Final = NUMBER_RULES | {Rule.DIFFERENT_NUMBERS}
_UNSURE: Final = frozenset(
    {
        Rule.SCORE,
        Rule.SOLE_MATCH,
        Rule.SLIP,
        Rule.MISSPELT,
        Rule.NAMELESS,
        Rule.CALLED_OTHERWISE,
    }
)
_TWINS: Final = frozenset({Rule.TWINS, Rule.MISSPELT, Rule.NAMELESS})
DECIDED: Final = "decide"
"""Kind of the rulings of people; those of sources are ``merge`` and ``unmerge``."""
_STRONG: Final = 8.0
"""Score from which a bond outweighs what speaks against it, point by point."""
_MOST_OUTWEIGHED: Final = 4.0
"""However strong it is: what speaks plainly against one person is never outweighed."""


class Record(msgspec.Struct, frozen=True):
    """What clustering needs to know of a source record."""

    key: tuple[str, str]
    """(source, local id): the same whatever order things were loaded in. A source of "" is not
    known."""
    number: str = ""
    """NHS number that may be relied on, else ""."""
    known: int = 0
    """How many fields its demographics fill."""


class Edge(msgspec.Struct, frozen=True):
    """Evidence that two records may be one person's."""

    left: int
    right: int
    evidence: Evidence

    def other(self, record: int) -> int:
        """Return the end that is not `record`."""
        return self.right if record == self.left else self.left


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a human or a source decided about two records; outranks every score."""

    left: int
    right: int
    same: bool
    order: int
    """A later ruling outranks an earlier one that it contradicts."""
    by_source: bool = False
    """A source's: it gives way to all that people decided, earlier or later."""


@dataclass(frozen=True, slots=True)
class Graph:
    """All that is known about some records."""

    records: Mapping[int, Record]
    edges: tuple[Edge, ...] = ()
    rulings: tuple[Ruling, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """Two persons that may be one: somebody must look."""

    edge: Edge
    """The strongest edge between them."""
    total: float
    rule: Rule
    provisional: frozenset[int]
    """The side that waits: it is not shown as fact in the other's record."""
    candidate: frozenset[int]


@dataclass(frozen=True, slots=True)
class Partition:
    """Persons as sets of records, and what remains in doubt between them."""

    persons: tuple[frozenset[int], ...]
    doubts: tuple[Doubt, ...] = ()


Cross = Callable[[int, int], float]
"""Total score of two records that no edge needs to join."""


@dataclass
class _Sets:
    """Union-find over records, with what each set holds."""

    graph: Graph
    parent: dict[int, int]
    members: dict[int, list[int]]
    numbers: dict[int, frozenset[str]]
    ruled: dict[int, int] = field(default_factory=dict)
    """The set that rulings alone made of each record, by one of its records."""
    apart: list[tuple[int, int]] = field(default_factory=list)
    kin: dict[int, set[int]] = field(default_factory=dict)
    """The records that may be a twin's, a father's or a son's, of each record."""

    @classmethod
    def of(cls, graph: Graph) -> "_Sets":
        return cls(
            graph,
            {record: record for record in graph.records},
            {record: [record] for record in graph.records},
            {
                record: frozenset({known.number} if known.number else ())
                for record, known in graph.records.items()
            },
        )

    def find(self, record: int) -> int:
        while self.parent[record] != record:
            self.parent[record] = self.parent[self.parent[record]]
            record = self.parent[record]
        return record

    def join(self, left: int, right: int) -> None:
        kept, gone = self.find(left), self.find(right)
        if len(self.members[kept]) < len(self.members[gone]):
            kept, gone = gone, kept
        self.parent[gone] = kept
        self.members[kept] += self.members.pop(gone)
        self.numbers[kept] |= self.numbers.pop(gone)

    def divided(self, left: int, right: int) -> bool:
        """Tell if a ruling keeps the two sets apart."""
        sides = {self.find(left), self.find(right)}
        return any({self.find(one), self.find(other)} == sides for one, other in self.apart)

    def may_be_kin(self, left: int, right: int) -> bool:
        """Tell if a record of one set may be of a twin, father or son of one of the other's."""
        one, other = self.members[self.find(left)], self.members[self.find(right)]
        return any(not self.kin[record].isdisjoint(other) for record in one if record in self.kin)

    def numbers_differ(self, left: int, right: int) -> bool:
        """Tell if the two sets hold different NHS numbers."""
        one, other = self.numbers[self.find(left)], self.numbers[self.find(right)]
        return not (one <= other or other <= one)


def partition(graph: Graph, people: int, weights: Weights, cross: Cross) -> Partition:
    """Return the persons among `graph`, for an index of `people` persons.

    Rulings come first, those of people before those of sources, newest first. Then links, best
    first; a union is refused if a ruling forbids it, if both sides hold different NHS numbers, or
    if some pair across scores below ``weights.refuse_below``.
    """
    ordered = _best_first(graph, people, weights)
    sets = _joined(graph, ordered, people, weights, cross)
    persons = sorted(map(frozenset, sets.members.values()), key=lambda group: _key(graph, group))
    return Partition(tuple(persons), tuple(_doubts(sets, ordered, people, weights, cross)))


def count_persons(graph: Graph, people: int, weights: Weights, cross: Cross) -> int:
    """Return how many persons `partition` returns."""
    ordered = _best_first(graph, people, weights)
    return len(_joined(graph, ordered, people, weights, cross).members)


def _joined(
    graph: Graph, ordered: Iterable[Edge], people: int, weights: Weights, cross: Cross
) -> _Sets:
    """Return the sets that rulings and then links make; `ordered` are all edges, best first."""
    sets = _Sets.of(graph)
    _apply_rulings(sets)
    sets.kin = _kin(graph)
    sets.ruled = {record: sets.find(record) for record in graph.records}
    unsure = _rivalled(graph, people, weights)
    for edge in ordered:
        if edge.evidence.verdict(people, weights) is not Verdict.LINK or edge in unsure:
            continue
        left, right = sets.find(edge.left), sets.find(edge.right)
        if left == right or sets.numbers_differ(left, right) or sets.divided(left, right):
            continue
        if sets.may_be_kin(left, right) or _contradicted(sets, left, right, weights, cross):
            continue
        sets.join(left, right)
    return sets


def settled(graph: Graph, weights: Weights, cross: Callable[[int], Cross]) -> Partition:
    """Return the persons of a whole index, at the size that they themselves give it.

    `cross` makes, from a number of persons, what scores two records that no edge joins.
    """
    most = max(1, len(graph.records))
    people = max(1, count_persons(graph, most, weights, cross(most)))
    return partition(graph, people, weights, cross(people))


def _apply_rulings(sets: _Sets) -> None:
    for ruling in sorted(sets.graph.rulings, key=lambda each: (each.by_source, -each.order)):
        left, right = sets.find(ruling.left), sets.find(ruling.right)
        if ruling.same and left != right and not sets.divided(left, right):
            sets.join(left, right)
        elif not ruling.same and left != right:
            sets.apart.append((ruling.left, ruling.right))


def _kin(graph: Graph) -> dict[int, set[int]]:
    """Return the pairs that must not be joined by way of others, both ways round.

    They are those of namesakes, and of what may be twins where one source tells them apart.
    """
    found: dict[int, set[int]] = {}
    for edge in graph.edges:
        rule = edge.evidence.rule
        if rule is Rule.NAMESAKES or (rule in _TWINS and _is_of_one_source(graph, edge)):
            found.setdefault(edge.left, set()).add(edge.right)
            found.setdefault(edge.right, set()).add(edge.left)
    return found


def _best_first(graph: Graph, people: int, weights: Weights) -> list[Edge]:
    records = graph.records
    bias = weights.bias_at(people)

    def order(edge: Edge) -> tuple[float, tuple[str, str], tuple[str, str]]:
        one, other = records[edge.left].key, records[edge.right].key
        total = -round(edge.evidence.weight + bias, 9)
        return (total, one, other) if one <= other else (total, other, one)

    return sorted(graph.edges, key=order)


def _contradicted(sets: _Sets, left: int, right: int, weights: Weights, cross: Cross) -> bool:
    """Tell if some pair across two sets speaks against one person.

    The stronger the strongest pair across, the more it takes. Records that a ruling made one speak
    with one voice: the one that fits best.
    """
    best: dict[tuple[int, int], float] = {}
    for one in sets.members[sets.find(left)]:
        for other in sets.members[sets.find(right)]:
            pair = sets.ruled[one], sets.ruled[other]
            best[pair] = max(best.get(pair, -math.inf), cross(one, other))
    outweighed = min(_MOST_OUTWEIGHED, max(0.0, max(best.values()) - _STRONG))
    return any(total < weights.refuse_below - outweighed for total in best.values())


def _rivalled(graph: Graph, people: int, weights: Weights) -> frozenset[Edge]:
    """Return the links that are unsure, since two people by number, or twins, fit about as well.

    It makes no difference whether an end of the link has a number itself: two records without one
    that could each be either of two namesakes may be one of each.
    """
    by_record: dict[int, list[Edge]] = {}
    twins: dict[int, set[int]] = {}
    for edge in graph.edges:
        by_record.setdefault(edge.left, []).append(edge)
        by_record.setdefault(edge.right, []).append(edge)
        if edge.evidence.rule is Rule.TWINS:
            twins.setdefault(edge.left, set()).add(edge.right)
            twins.setdefault(edge.right, set()).add(edge.left)

    def has_twin(edge: Edge) -> bool:
        return any(
            one.other(end) in twins.get(edge.other(end), ())
            for end in (edge.left, edge.right)
            for one in by_record[end]
        )

    def is_unsure(edge: Edge) -> bool:
        rule = edge.evidence.rule
        if rule is Rule.CALLED_OTHERWISE and _is_of_one_source(graph, edge):
            return True
        if rule is Rule.NAMELESS and has_twin(edge):
            return True
        least = _rival_from(edge, people, weights)
        ends = (edge.left, edge.right)
        near = (
            one.other(end)
            for end in ends
            for one in by_record[end]
            if one.evidence.total(people, weights) >= least
        )
        return len({graph.records[record].number for record in (*ends, *near)} - {""}) > 1

    return frozenset(
        edge
        for edge in graph.edges
        if edge.evidence.ruling(people, weights) in _UNSURE and is_unsure(edge)
    )


def _is_of_one_source(graph: Graph, edge: Edge) -> bool:
    one, other = graph.records[edge.left], graph.records[edge.right]
    return one.key[0] == other.key[0] != ""


def _rival_from(edge: Edge, people: int, weights: Weights) -> float:
    """Return the score from which another candidate makes a link unsure.

    A sole match rests on nobody else being called so: its rivals may be much further off. Who is
    called otherwise has any as a rival.
    """
    total = edge.evidence.total(people, weights)
    if edge.evidence.rule is Rule.CALLED_OTHERWISE:
        return weights.review_from
    if edge.evidence.ruling(people, weights) is Rule.SOLE_MATCH:
        return max(weights.review_from, total - weights.namesake_within)
    return max(weights.link_from, total - weights.rival_within)


def _doubts(
    sets: _Sets, ordered: Iterable[Edge], people: int, weights: Weights, cross: Cross
) -> Iterator[Doubt]:
    """Yield one doubt for each pair of persons with evidence between them that nobody ruled on.

    `ordered` are all edges, best first. There is no doubt between persons with different NHS
    numbers some records of which contradict each other: number and details agree that they are two.
    """
    seen: set[tuple[int, int]] = set()
    bias = weights.bias_at(people)
    ranks: dict[int, _Standing] = {}
    for edge in ordered:
        weak = edge.evidence.weight + bias < weights.review_from
        if weak and edge.evidence.rule not in NUMBER_RULES:
            continue
        left, right = sorted((sets.find(edge.left), sets.find(edge.right)))
        if left == right or (left, right) in seen:
            continue
        total = _between(sets, edge, people, weights)
        rule = edge.evidence.ruling(people, weights)
        if total < weights.review_from and rule not in NUMBER_RULES:
            continue
        seen.add((left, right))
        if sets.divided(left, right):
            continue
        if sets.numbers_differ(left, right) and _contradicted(sets, left, right, weights, cross):
            continue
        for root in (left, right):
            if root not in ranks:
                ranks[root] = _standing(sets.graph, sets.members[root])
        waits, stays = (left, right) if ranks[left] <= ranks[right] else (right, left)
        sides = frozenset(sets.members[waits]), frozenset(sets.members[stays])
        yield Doubt(edge, total, rule, *sides)


def _between(sets: _Sets, edge: Edge, people: int, weights: Weights) -> float:
    """Return the score of an edge between persons: a person's number speaks for all its records."""
    total = edge.evidence.total(people, weights)
    spoke = edge.evidence.rule in _OWN_NUMBERS_SPOKE
    if spoke or not sets.numbers_differ(edge.left, edge.right):
        return total
    return total + weights.levels["NHS number"]["different"]


def _key(graph: Graph, group: Iterable[int]) -> tuple[str, str]:
    return min(graph.records[record].key for record in group)


_Standing = tuple[bool, int, int, tuple[int, ...]]


def _standing(graph: Graph, group: Sequence[int]) -> _Standing:
    """Rank the two sides of a doubt: the lower one waits. A number outranks size, size detail."""
    records = [graph.records[record] for record in group]
    numbered = any(record.number for record in records)
    name = "\x1f".join(_key(graph, group))
    first = tuple(-ord(letter) for letter in name)  # the earlier name stands higher
    return numbered, len(records), max(record.known for record in records), first
