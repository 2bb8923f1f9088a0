"""The part of the person index that a change can reach, loaded from the store for clustering."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

import msgspec

from throughcare.identity.cluster import DECIDED, Cross, Doubt, Edge, Graph, Record, Ruling
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
    return msgspec.json.encode(sorted(values)).decode()


Said = tuple[str, int, int, int, str, str, float, float, bytes, str]
"""A row of the statements ``reach`` and ``arrive``; what its kind does not say may be None."""


class Waiting(msgspec.Struct, frozen=True):
    """A doubt as it is stored."""

    raised: int
    """When, in microseconds since 1970, UTC."""
    total: float
    rule: str

    def says(self, doubt: Doubt) -> bool:
        """Tell whether `doubt` says the same."""
        return (self.total, self.rule) == (doubt.total, doubt.rule.name)


class Met(msgspec.Struct, frozen=True):
    """A record that shares a key with another one, and what the two say."""

    subject: int
    known: Demographics
    evidence: Evidence


class Ahead(msgspec.Struct, frozen=True):
    """Rows of the statement ``reach`` that were asked for before anybody knew which are needed."""

    rows: Sequence[Said] = ()
    subjects: frozenset[int] = frozenset()
    """Those that the rows are all of."""

    def of(self, wanted: Collection[int]) -> list[Said]:
        """Return the rows that the statement has for `wanted`, some of `subjects`."""
        there = [row for row in self.rows if row[0] == "record"]
        persons = {row[2] for row in there if row[1] in wanted} - {None}
        whole = {row[1] for row in there if row[2] in persons} | set(wanted)
        ends = {row[2] for row in self.rows if row[0] == "edge" and row[1] in whole}
        return [
            row
            for row in self.rows
            if row[1] in whole
            or (row[0] == "record" and row[1] in ends)
            or (row[0] in _OF_TWO and row[2] in whole)
        ]


_OF_TWO: Final = frozenset({"ruling", "doubt"})


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
    states: dict[int, str] = field(default_factory=dict)
    """State of each person."""
    edges: dict[tuple[int, int], Edge] = field(default_factory=dict)
    rulings: dict[int, Ruling] = field(default_factory=dict)
    doubts: dict[tuple[int, int], Waiting] = field(default_factory=dict)
    """Doubts of the own records at least, by the two records that they stand at."""
    own: frozenset[int] = frozenset()
    anew: int | None = None
    """A record that says something else than what is stored: see `renew`."""
    former: set[int] = field(default_factory=set)
    """The records that stored evidence ties to that one."""
    whole: set[int] = field(default_factory=set)
    """Records that all is loaded of: evidence, rulings, doubts, and the mates in their person."""
    ends: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """What any evidence ties to a record."""
    ties: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """What a link or a ruling ties to it."""
    members: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """The records of each person."""
    ahead: Ahead = field(default_factory=Ahead)
    """What need not be asked for."""
    is_followed: bool = False
    """Whether documents may follow one of its persons or numbers: see `attachments`."""
    next_person: int = 0
    """The number of the next person."""
    next_event: int = 0
    """The number of the next event."""

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

    def renew(self, subject: int, record: Record, known: Demographics, met: Iterable[Met]) -> None:
        """Hold what a record says now, before it is stored, and whom it met."""
        self.anew = subject
        self.records[subject], self.demographics[subject] = record, known
        for each in met:
            self.demographics[each.subject] = each.known
            low, high = sorted((subject, each.subject))
            self._tie(Edge(low, high, each.evidence))

    def add(self, rows: Iterable[Said]) -> None:
        """Add rows of the statement ``reach``, each of its kind."""
        kinds: dict[str, Callable[[Said], None]] = {
            "edge": self._add_edge,
            "record": self._add_record,
            "ruling": self._add_ruling,
            "doubt": self._add_doubt,
            "next": self._add_next,
        }
        for row in rows:
            kinds[row[0]](row)

    def _add_record(self, row: Said) -> None:
        """Add (_, subject, person or None, since or None, source, local id, _, _, body, state)."""
        _, number, person, since, source, local_id, _, _, body, state = row
        if person is not None:
            self.person[number], self.since[number] = person, since
            self.states[person] = state
            self.members[person].add(number)
        if number in self.records:
            return
        demographics = self.demographics.get(number)
        if demographics is None:
            demographics = self.demographics[number] = decode(body)
        self.records[number] = Record((source, local_id), demographics.number, demographics.known)

    def _add_edge(self, row: Said) -> None:
        """Add (_, subject, other, _, rule, _, weight, bits, _, _)."""
        _, one, two, _, rule, _, weight, bits, _, _ = row
        low, high = (one, two) if one < two else (two, one)
        if self.anew in (low, high):
            self.former.add(low + high - self.anew)
        elif (low, high) not in self.edges:  # a row of each end says the same
            self._tie(Edge(low, high, Evidence(weight, Rule[rule], bits)))

    def _tie(self, edge: Edge) -> None:
        low, high = edge.left, edge.right
        self.edges[low, high] = edge
        self.ends[low].add(high)
        self.ends[high].add(low)
        if edge.evidence.verdict(self.people, self.weights) is Verdict.LINK:
            self.ties[low].add(high)
            self.ties[high].add(low)

    def _add_ruling(self, row: Said) -> None:
        """Add (_, left, right, ruling, kind, _, 1 for the same, ...)."""
        _, left, right, number, kind, _, same, *_ = row
        self.rulings[number] = Ruling(left, right, bool(same), number, kind != DECIDED)
        self.ties[left].add(right)
        self.ties[right].add(left)

    def _add_doubt(self, row: Said) -> None:
        """Add (_, subject, candidate, raised, rule, _, total, ...)."""
        _, subject, candidate, raised, rule, _, total, *_ = row
        self.doubts[subject, candidate] = Waiting(raised, total, rule)

    def _add_next(self, row: Said) -> None:
        """Add (_, _, person, event, _, _, _, 1 for documents, ...)."""
        _, _, self.next_person, self.next_event, _, _, _, followed, *_ = row
        self.is_followed = self.is_followed or bool(followed)

    def mates(self, of: Iterable[int]) -> set[int]:
        """Return all records of the persons of records in `of`, themselves included."""
        persons = {self.person[record] for record in of if record in self.person}
        return set().union(*(self.members[person] for person in persons))

    def linked(self, of: Iterable[int]) -> set[int]:
        """Return the records that a link or a ruling ties to records in `of`."""
        return set().union(*(self.ties[record] for record in of if record in self.ties))

    def neighbours(self, of: Iterable[int]) -> set[int]:
        """Return the records outside `of` that any evidence ties to records in it."""
        inside = set(of)
        return set().union(*(self.ends[one] for one in inside if one in self.ends)) - inside

    async def load(self, reader: Reader, subjects: Iterable[int]) -> None:
        """Load all of `subjects` and of their mates, and what evidence ties to them, at once."""
        wanted = set(subjects) - self.whole
        if known := wanted & self.ahead.subjects:
            self.add(self.ahead.of(known))
        if rest := wanted - known:
            self.add(typed(await reader.rows("identity.reach", subjects=listed(rest))))
        self.whole |= wanted | self.mates(wanted)


async def around(reader: Reader, subjects: Iterable[int], people: int, weights: Weights) -> Region:
    """Return the part of the index that a change of `subjects` can reach."""
    region = Region(weights, people)
    await reach(reader, region, subjects)
    return region


async def reach(reader: Reader, region: Region, subjects: Iterable[int]) -> None:
    """Load into `region` what a change of `subjects` can reach.

    Own are all records that links, rulings and persons tie to `subjects`, and those that evidence
    ties to these. One step further is loaded for comparison, and the ends of its edges.
    """
    reached = await _closure(reader, region, set(subjects))
    outer = region.neighbours(reached)
    if not outer:
        region.own = frozenset(reached)
        return
    reached = await _closure(reader, region, reached | outer)
    region.own = frozenset(reached)
    await _closure(reader, region, reached | region.neighbours(reached))


async def _closure(reader: Reader, region: Region, subjects: set[int]) -> set[int]:
    """Load `subjects` and all that links, rulings and persons tie to them; return their numbers."""
    reached: set[int] = set()
    frontier = set(subjects)
    while frontier:
        await region.load(reader, frontier)
        reached |= frontier & region.records.keys()
        frontier = (region.linked(frontier) | region.mates(frontier)) - reached
    return reached


async def everything(reader: Reader, people: int, weights: Weights) -> Region:
    """Return the whole index as one region. For the end of a load."""
    region = Region(weights, people)
    region.add(typed(await reader.rows("identity.everything")))
    region.own = frozenset(region.records)
    return region


def typed(rows: list[Row]) -> list[Said]:
    """Return rows as what they are by their statement, which is not looked at."""
    return cast("list[Said]", rows)


def grouped(person: Mapping[int, int]) -> dict[int, set[int]]:
    """Return the subjects of each person, of a mapping from subject to person."""
    found: dict[int, set[int]] = {}
    for subject, number in person.items():
        found.setdefault(number, set()).add(subject)
    return found
