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
from throughcare.identity.bulk.coding import Codes, Table
from throughcare.identity.bulk.comparing import Edges
from throughcare.identity.bulk.normal import Normal
from throughcare.identity.bulk.weighing import RULES
from throughcare.identity.cluster import Cross, Edge, Graph, Partition, Record, partition
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


def persons(known: Normal, edges: Edges, weights: Weights) -> Linked:
    """Return who is whom, as `batch.link` does."""
    whole = _Whole(known, edges, weights)
    most = max(1, known.table.count)
    groups, rest = whole.divided(most)
    people = max(1, groups.persons + len(rest.persons))
    groups, rest = whole.divided(people)
    plain = _sets(np.where(groups.is_plain, groups.group, -1))
    order = _order(known.table)
    found = sorted([*plain, *rest.persons], key=lambda group: min(order[at] for at in group))
    return Linked(tuple(found), rest.doubts)


class _Whole:
    """The evidence of a whole table."""

    def __init__(self, known: Normal, edges: Edges, weights: Weights) -> None:
        self._table, self._known = known.table, known
        self._edges, self._weights = edges, weights
        self._numbers = known.numbers
        self._demographics = cache(known.demographics)
        self._evidence: dict[tuple[int, int], Evidence] = {}

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
        nodes = {}
        for at in np.flatnonzero(~groups.is_plain).tolist():
            number = f"{numbers[at]:010d}" if numbers[at] else ""
            nodes[at] = Record(self._table.key(at), number, int(known[at]))
        found = (
            Edge(int(edges.low[at]), int(edges.high[at]), edges.evidence(at))
            for at in groups.edges.tolist()
        )
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


def _sets(group: Codes) -> Iterator[frozenset[int]]:
    """Yield the records of each group of 0 and more."""
    order = np.argsort(group, kind="stable")
    order = order[group[order] >= 0]
    starts = np.flatnonzero(np.diff(group[order])) + 1
    for members in np.split(order, starts) if len(order) else ():
        yield frozenset(members.tolist())


def _order(table: Table) -> list[int]:
    """Return the place of each record in the order of source and local id."""
    source, local = table.coded["source"], table.coded["record"]
    by_source = np.argsort(np.array(source.values, object))
    by_local = np.argsort(np.array(local.values, object))
    ranks = [np.empty(len(each), np.int64) for each in (by_source, by_local)]
    for rank, each in zip(ranks, (by_source, by_local), strict=True):
        rank[each] = np.arange(len(each))
    wanted = np.lexsort((ranks[1][local.codes], ranks[0][source.codes]))
    places = np.empty(table.count, np.int64)
    places[wanted] = np.arange(table.count)
    return places.tolist()
