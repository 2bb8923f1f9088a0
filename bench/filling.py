"""A person index filled at once with what placing would have left, to measure in a large one.

Comparison and persons are those of linking in bulk; what is written is what `PersonIndex.place`
writes and `rebuild` leaves (``tests/identity/test_filling.py``), but for the events on the way and
the rarity of names that no rule looks at.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np

from throughcare.identity.batch import Linked
from throughcare.identity.bulk import Table
from throughcare.identity.bulk.comparing import Comparing, Edges
from throughcare.identity.bulk.linking import opened
from throughcare.identity.bulk.normal import normal
from throughcare.identity.bulk.persons import persons
from throughcare.identity.compare import Weights, keys
from throughcare.identity.membership import REVIEW
from throughcare.identity.region import encode
from throughcare.store.protocol import Store, Transaction, Value

AT_ONCE: Final = 20_000
"""Rows that are committed together."""
Rows = Iterable[Mapping[str, Value]]


@dataclass(frozen=True, slots=True)
class Filling:
    """Writes one table of records into an empty index."""

    store: Store
    table: Table
    weights: Weights

    async def fill(self) -> int:
        """Write everything; return the number of persons."""
        linked, edges = self._linked()
        await self._number()
        await self._remember()
        await self._put("identity.add_edge", self._edges(edges))
        del edges
        await self._people(linked)
        return len(linked.persons)

    def _linked(self) -> tuple[Linked, Edges]:
        known = normal(self.table, self.weights)
        with opened() as database:
            compared = Comparing(database, known, self.weights)
            edges = compared.edges(lambda _done, _total: None)
        return persons(known, edges, self.weights), edges

    async def _number(self) -> None:
        """Give record `n` of the table, from 0, the subject n + 1."""

        async def work(tx: Transaction, some: Sequence[int]) -> None:
            for at in some:
                source, local_id = self.table.key(at)
                key = {"source": source, "local_id": local_id, "kind": "record"}
                assert await tx.rows("identity.add_subject", **key) == [(at + 1,)]

        for some in _parts(range(self.table.count)):
            await self.store.transact(lambda tx, some=some: work(tx, some))

    async def _remember(self) -> None:
        """Write demographics as they come, keys in their own order: whole pages at a time."""
        found: list[np.ndarray] = []
        for some in _parts(range(self.table.count)):
            first, newest = [], []
            for at in some:
                each = self.table.sourced(at).demographics
                row: dict[str, Value] = {"subject": at + 1, "version": 1, "body": encode(each)}
                first.append(row | {"at": 0})
                newest.append(row | {"number": each.number})
                found.append(np.array([(key, at + 1) for key in keys(each)], np.int64))
            await self._put("identity.add_version", first)
            await self._put("identity.put_demographics", newest)
        pairs = np.concatenate([each.reshape(-1, 2) for each in found])
        del found
        pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
        await self._put("identity.add_key", _dicts(("h", "subject"), pairs))

    def _edges(self, edges: Edges) -> Iterator[dict[str, Value]]:
        """Yield the evidence in both directions, by subject and other."""
        subject = np.concatenate([edges.low, edges.high]) + 1
        other = np.concatenate([edges.high, edges.low]) + 1
        for row in np.lexsort((other, subject)).tolist():
            found = edges.evidence(row % len(edges.low))
            yield {
                "subject": int(subject[row]),
                "other": int(other[row]),
                "weight": found.weight,
                "rule": found.rule.name,
                "bits": found.bits,
                "model": self.weights.version,
            }

    async def _people(self, linked: Linked) -> None:
        person: dict[int, Value] = {}

        async def add(tx: Transaction, some: Sequence[int]) -> None:
            for number in some:
                rows = await tx.rows("identity.add_person", public_id=f"filled{number}")
                person.update(dict.fromkeys(linked.persons[number], rows[0][0]))

        for some in _parts(range(len(linked.persons))):
            await self.store.transact(lambda tx, some=some: add(tx, some))
        links = ({"subject": at + 1, "person": person[at], "at": 0} for at in sorted(person))
        await self._put("identity.link", links)
        waiting = {person[at] for doubt in linked.doubts for at in doubt.provisional}
        states = ({"person": each, "state": REVIEW, "redirect": None} for each in waiting)
        await self._put("identity.set_state", states)
        await self._put("identity.add_doubt", self._doubts(linked))
        await self._put("identity.grow", [{"more": len(linked.persons)}])

    def _doubts(self, linked: Linked) -> Iterator[dict[str, Value]]:
        for doubt in linked.doubts:
            ends = doubt.edge.left, doubt.edge.right
            waits, stays = ends if ends[0] in doubt.provisional else ends[::-1]
            yield {
                "subject": waits + 1,
                "candidate": stays + 1,
                "total": doubt.total,
                "rule": doubt.rule.name,
                "raised": 0,
            }

    async def _put(self, statement: str, rows: Rows) -> None:
        for some in _parts(rows):
            await self.store.transact(lambda tx, some=some: tx.run_many(statement, some))


def _dicts(names: Sequence[str], table: np.ndarray) -> Iterator[dict[str, Value]]:
    for some in np.array_split(table, len(table) // AT_ONCE + 1):
        for row in some.tolist():
            yield dict(zip(names, row, strict=True))


def _parts(rows: Iterable[object]) -> Iterator[list]:
    rest = iter(rows)
    while some := list(islice(rest, AT_ONCE)):
        yield some
