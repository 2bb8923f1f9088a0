"""The part of the person index that a change can reach, loaded from the store for clustering."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from throughcare.identity.cluster import Cross, Edge, Graph, Record, Ruling
from throughcare.identity.compare import Demographics, Evidence, Rule, Verdict, Weights, evidence
from throughcare.store.protocol import Reader, Row

_DECODER = msgspec.json.Decoder(Demographics)


def encode(demographics: Demographics) -> bytes:
    """Return the stored form."""
    return msgspec.json.encode(demographics)


def decode(body: object) -> Demographics:
    """Return what `encode` stored."""
    if not isinstance(body, bytes):
        message = "a row of demographics holds no bytes; the store is damaged"
        raise TypeError(message)
    return _DECODER.decode(body)


def listed(values: Iterable[int | str]) -> str:
    """Return the JSON list that a statement takes as many values by."""
    return json.dumps(sorted(values))


@dataclass
class Region:
    """Records with all that is known between them. `own` are those whose persons may be rewritten.

    The others are there since what they are decides about doubts and rivals of the own ones.
    """

    weights: Weights
    people: int
    records: dict[int, Record] = field(default_factory=dict)
    demographics: dict[int, Demographics] = field(default_factory=dict)
    person: dict[int, int] = field(default_factory=dict)
    """Person of each record now; a new record has none."""
    since: dict[int, int] = field(default_factory=dict)
    """When each record came to its person."""
    edges: dict[tuple[int, int], Edge] = field(default_factory=dict)
    rulings: dict[int, Ruling] = field(default_factory=dict)
    own: frozenset[int] = frozenset()

    def graph(self) -> Graph:
        """Return what clustering takes. Rulings on records outside the region say nothing here."""
        rulings = (
            ruling
            for ruling in self.rulings.values()
            if ruling.left in self.records and ruling.right in self.records
        )
        return Graph(self.records, tuple(self.edges.values()), tuple(rulings))

    def cross(self, left: int, right: int) -> float:
        """Return the total score of two records of the region."""
        return self._total(left, right, self.people)

    def crossing(self, people: int) -> Cross:
        """Return what `cross` is in an index of `people` persons."""
        return lambda left, right: self._total(left, right, people)

    def _total(self, left: int, right: int, people: int) -> float:
        edge = self.edges.get((min(left, right), max(left, right)))
        known = self.demographics
        found = edge.evidence if edge else evidence(known[left], known[right], self.weights)
        return found.total(people, self.weights)

    def add_records(self, rows: Iterable[Row]) -> None:
        """Add rows (subject, source, local id, body, person or None, since or None)."""
        for subject, source, local_id, body, person, since in rows:
            demographics = decode(body)
            number = int(str(subject))
            self.demographics[number] = demographics
            self.records[number] = Record(
                (str(source), str(local_id)), demographics.number, demographics.known
            )
            if person is not None:
                self.person[number] = int(str(person))
                self.since[number] = int(str(since))

    def add_edges(self, rows: Iterable[Row]) -> None:
        """Add rows (subject, other, weight, rule, bits)."""
        for subject, other, weight, rule, bits in rows:
            one, two = int(str(subject)), int(str(other))
            low, high = (one, two) if one < two else (two, one)
            if (low, high) in self.edges:  # a row of each end says the same
                continue
            found = Evidence(float(str(weight)), Rule[str(rule)], float(str(bits)))
            self.edges[low, high] = Edge(low, high, found)

    def add_rulings(self, rows: Iterable[Row]) -> None:
        """Add rows (ruling, left, right, same)."""
        for ruling, left, right, same in rows:
            number = int(str(ruling))
            self.rulings[number] = Ruling(int(str(left)), int(str(right)), bool(same), number)

    def linked(self, of: Iterable[int]) -> set[int]:
        """Return the records that a link or a ruling ties to records in `of`."""
        inside = set(of)
        found: set[int] = set()
        for edge in self.edges.values():
            if edge.evidence.verdict(self.people, self.weights) is Verdict.LINK:
                found |= _outside(edge.left, edge.right, inside)
        for ruling in self.rulings.values():
            found |= _outside(ruling.left, ruling.right, inside)
        return found

    def neighbours(self, of: Iterable[int]) -> set[int]:
        """Return the records that any evidence ties to records in `of`."""
        inside = set(of)
        return {
            end for edge in self.edges.values() for end in _outside(edge.left, edge.right, inside)
        }


def _outside(left: int, right: int, inside: set[int]) -> set[int]:
    """Return the end that is not inside, if the other one is."""
    if (left in inside) == (right in inside):
        return set()
    return {right if left in inside else left}


async def around(reader: Reader, subjects: Iterable[int], people: int, weights: Weights) -> Region:
    """Return the region that a change of `subjects` can reach.

    Own are all records that links, rulings and persons tie to `subjects`, and those that evidence
    ties to these. One step further is loaded for comparison, and the ends of its edges.
    """
    region = Region(weights, people)
    reached = await _closure(reader, region, set(subjects))
    outer = region.neighbours(reached)
    if outer:
        reached = await _closure(reader, region, reached | outer)
        region.own = frozenset(reached)
        reached = await _closure(reader, region, reached | region.neighbours(reached))
        fringe = region.neighbours(reached)
        region.add_records(await reader.rows("identity.records_among", subjects=listed(fringe)))
    else:
        region.own = frozenset(reached)
    return region


async def _closure(reader: Reader, region: Region, subjects: set[int]) -> set[int]:
    """Load `subjects` and all that links, rulings and persons tie to them; return their numbers."""
    reached: set[int] = set()
    frontier = set(subjects)
    while frontier:
        new = frontier - region.records.keys()
        if new:
            region.add_records(await reader.rows("identity.records_among", subjects=listed(new)))
            region.add_edges(await reader.rows("identity.edges_among", subjects=listed(new)))
            region.add_rulings(await reader.rows("identity.rulings_among", subjects=listed(new)))
        reached |= frontier & region.records.keys()
        persons = {region.person[record] for record in frontier if record in region.person}
        mates = {
            int(str(subject))
            for _, subject in await reader.rows("identity.members_of", persons=listed(persons))
        }
        frontier = (region.linked(reached) | mates) - reached
    return reached


async def everything(reader: Reader, people: int, weights: Weights) -> Region:
    """Return the whole index as one region. For the end of a load."""
    region = Region(weights, people)
    region.add_records(await reader.rows("identity.all_records"))
    region.add_edges(await reader.rows("identity.all_edges"))
    region.add_rulings(await reader.rows("identity.all_rulings"))
    region.own = frozenset(region.records)
    return region


def grouped(person: Mapping[int, int]) -> dict[int, set[int]]:
    """Return the subjects of each person, of a mapping from subject to person."""
    found: dict[int, set[int]] = {}
    for subject, number in person.items():
        found.setdefault(number, set()).add(subject)
    return found
