"""Persons from evidence in columns: plain groups at once, the others as `cluster.partition` does.

A group of records that evidence connects is plain if each two of them link by themselves and no two
hold different NHS numbers: nothing that `cluster` knows could divide it, so it is one person.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from throughcare.identity.batch import Linked
from throughcare.identity.bulk.coding import Codes
from throughcare.identity.bulk.comparing import Edges
from throughcare.identity.bulk.normal import Normal
from throughcare.identity.bulk.weighing import RULES
from throughcare.identity.cluster import (
    Cross,
    Doubt,
    Edge,
    Graph,
    Partition,
    Record,
    count_persons,
    partition,
)
from throughcare.identity.compare import NUMBER_RULES, Evidence, Rule, Weights, evidence

Booleans = npt.NDArray[np.bool_]
_OF_NUMBER: Final = [RULES.index(rule) for rule in NUMBER_RULES]
_SCORE, _NO_PLACE, _SLIP, _MISSPELT, _EQUAL_NUMBER, _NUMBER_ASIDE = (
    RULES.index(rule)
    for rule in (
        Rule.SCORE,
        Rule.NO_PLACE,
        Rule.SLIP,
        Rule.MISSPELT,
        Rule.EQUAL_NUMBER,
        Rule.NUMBER_ASIDE,
    )
)


@dataclass(frozen=True, slots=True)
class Joined:
    """Who is whom in a column: to make sets of a million persons takes longer than to find them."""

    person: npt.NDArray[np.int64]
    """The place of each record's person among those of `linked`."""
    doubts: tuple[Doubt, ...]

    @property
    def persons(self) -> int:
        """How many there are."""
        return int(self.person.max(initial=-1)) + 1

    def linked(self) -> Linked:
        """Return the same as `batch.link` returns it."""
        return Linked(tuple(_sets(self.person)), self.doubts)


@dataclass(slots=True)
class _Groups:
    """Groups that are plainly one person's, and the rest of the records that have evidence."""

    group: Codes
    """The first record of each record's group."""
    is_plain: Booleans
    """By record: its group is one person."""
    edges: npt.NDArray[np.int64]
    """Rows of the evidence within groups that are not plain."""

    @property
    def persons(self) -> int:
        """How many groups are plainly one person's."""
        first = self.group == np.arange(len(self.group))
        return int(np.count_nonzero(first & self.is_plain))


def persons(known: Normal, edges: Edges, weights: Weights) -> Joined:
    """Return who is whom, as `batch.link` does."""
    whole = _Whole(known, edges, weights)
    people = whole.people()
    groups, rest = whole.divided(people)
    first = groups.group.copy()
    for group in rest.persons:
        members = list(group)
        first[members] = members[0]
    return Joined(_numbered(first, known.table.order), rest.doubts)


def _numbered(first: Codes, order: Codes) -> npt.NDArray[np.int64]:
    """Return numbers of groups from one record of each, in the order of their earliest records."""
    earliest = np.full(len(first), len(first))
    np.minimum.at(earliest, first, order)
    return np.unique(earliest[first], return_inverse=True)[1]


class _Whole:
    """The evidence of a whole table."""

    def __init__(self, known: Normal, edges: Edges, weights: Weights) -> None:
        self._table, self._known = known.table, known
        self._edges, self._weights = edges, weights
        self._numbers = known.numbers
        self._demographics = cache(known.demographics)
        self._evidence: dict[tuple[int, int], Evidence] = {}

    def people(self) -> int:
        """Return the size of the index: how many persons there are if as many as records count."""
        most = max(1, self._table.count)
        groups = self._groups(most)
        others = count_persons(self._graph(groups), most, self._weights, self._cross(most))
        return max(1, groups.persons + others)

    def divided(self, people: int) -> tuple[_Groups, Partition]:
        """Return plain groups, and the persons and doubts of the rest, in an index of `people`."""
        groups = self._groups(people)
        graph = self._graph(groups)
        return groups, partition(graph, people, self._weights, self._cross(people))

    def _groups(self, people: int) -> _Groups:
        edges, weights = self._edges, self._weights
        total = edges.weight + weights.bias_at(people)
        of_number = np.isin(edges.rule, _OF_NUMBER)
        strong = of_number | (total >= weights.review_from)
        group = connected(self._table.count, edges.low[strong], edges.high[strong])
        inside = group[edges.low] == group[edges.high]
        plain = inside & self._links(total, people) & (total >= weights.refuse_below)
        size = np.bincount(group, minlength=self._table.count)
        agreeing = np.bincount(group[edges.low[plain]], minlength=self._table.count)
        is_whole = agreeing == size * (size - 1) // 2
        is_plain = (is_whole & ~self._with_numbers(group))[group]
        return _Groups(group, is_plain, np.flatnonzero(inside & ~is_plain[edges.low]))

    def _links(self, total: npt.NDArray[np.float64], people: int) -> Booleans:
        """Tell which edges link by themselves: no more of them than `Evidence.verdict` says."""
        edges, weights = self._edges, self._weights
        aside = total - weights.levels["NHS number"]["equal"] >= weights.link_from
        others = weights.namesakes(1, people) * 2.0 ** (1 - edges.bits)
        sole = (edges.bits > 0) & (others < weights.namesakes_at_most)
        source = self._table.coded["source"]
        unknown = source.values.index("") if "" in source.values else -1
        one, other = source.codes[edges.low], source.codes[edges.high]
        by_score = np.isin(edges.rule, (_SCORE, _SLIP)) | (edges.rule == _NO_PLACE) & sole
        by_score |= (edges.rule == _MISSPELT) & ((one != other) | (one == unknown))
        links = by_score & (total >= weights.link_from) | (edges.rule == _NUMBER_ASIDE) & aside
        links |= edges.rule == _EQUAL_NUMBER
        return np.asarray(links, bool)

    def _with_numbers(self, group: Codes) -> Booleans:
        """Tell which groups hold different NHS numbers."""
        has = np.flatnonzero(self._numbers)
        least = np.full(len(group), np.iinfo(np.int64).max)
        np.minimum.at(least, group[has], self._numbers[has])
        differ = np.zeros(len(group), bool)
        differ[group[has[self._numbers[has] != least[group[has]]]]] = True
        return differ

    def _graph(self, groups: _Groups) -> Graph:
        edges, numbers, known = self._edges, self._numbers, self._known.known
        nodes, found = {}, []
        for at in np.flatnonzero(~groups.is_plain).tolist():
            number = f"{numbers[at]:010d}" if numbers[at] else ""
            nodes[at] = Record(self._table.key(at), number, int(known[at]))
        for at in groups.edges.tolist():
            pair = int(edges.low[at]), int(edges.high[at])
            self._evidence.setdefault(pair, edges.evidence(at))
            found.append(Edge(*pair, self._evidence[pair]))
        return Graph(nodes, tuple(found))

    def _cross(self, people: int) -> Cross:
        def score(left: int, right: int) -> float:
            pair = min(left, right), max(left, right)
            found = self._evidence.get(pair)
            if found is None:
                one, other = self._demographics(pair[0]), self._demographics(pair[1])
                found = self._evidence[pair] = evidence(one, other, self._weights)
            return found.total(people, self._weights)

        return score


def connected(count: int, left: Codes, right: Codes) -> Codes:
    """Return the first record that each of `count` records is connected with, itself included."""
    first = np.arange(count, dtype=np.int32)
    while True:
        one, other = first[left], first[right]
        apart = one != other
        if not apart.any():
            return first
        left, right, one, other = left[apart], right[apart], one[apart], other[apart]
        np.minimum.at(first, np.maximum(one, other), np.minimum(one, other))
        while not np.array_equal(jumped := first[first], first):
            first = jumped


def _sets(person: npt.NDArray[np.int64]) -> Iterator[frozenset[int]]:
    """Yield the records of each person."""
    order = np.argsort(person, kind="stable")
    starts = np.flatnonzero(np.diff(person[order])) + 1
    for members in np.split(order, starts) if len(order) else ():
        yield frozenset(members.tolist())
