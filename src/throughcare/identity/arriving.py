"""A record that comes: what is known of it, whom it meets, and what is stored of that."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from throughcare.identity.cluster import Record
from throughcare.identity.compare import NUMBER_RULES, Demographics, Weights, evidence, keys
from throughcare.identity.compare.keys import MOST_SHARING
from throughcare.identity.region import Met, Region, decode, encode, listed, reach
from throughcare.store.protocol import Reader, Transaction, Value


@dataclass(frozen=True, slots=True)
class Standing:
    """How the index stands when a record comes."""

    people: int
    """Number of persons of the index, 1 at least."""
    subject: int
    version: int = 0
    """Of what is stored of the record; 0 for nothing."""
    older: Demographics | None = None


async def standing(tx: Transaction, source: str, local_id: str, kind: str) -> Standing:
    """Return how the index stands to a record; a new one is given its subject."""
    key = {"source": source, "local_id": local_id, "kind": kind}
    persons, subject, version, body = (await tx.rows("identity.standing", **key))[0]
    people = max(1, int(str(persons)))
    if subject is None:
        subject = (await tx.rows("identity.add_subject", **key))[0][0]
    number = int(str(subject))
    if body is None:
        return Standing(people, number)
    return Standing(people, number, int(str(version)), decode(body))


@dataclass(frozen=True, slots=True)
class Arrival:
    """A record that says something new."""

    standing: Standing
    key: tuple[str, str]
    """(source, local id)."""
    newest: Demographics
    """As it came."""
    known: Demographics
    """With what its earlier versions said."""
    keys: frozenset[int]
    """Its blocking keys."""
    met: tuple[Met, ...]
    """Whom it meets by them, with evidence that may ever matter."""

    async def region(self, reader: Reader, weights: Weights) -> Region:
        """Return the part of the index that it can change, with what it says in it."""
        subject = self.standing.subject
        region = Region(weights, self.standing.people)
        record = Record(self.key, self.known.number, self.known.known)
        region.renew(subject, record, self.known, self.met)
        await region.load(reader, {subject, *(each.subject for each in self.met)})
        # Whom its evidence no longer reaches may have waited for it alone.
        await reach(reader, region, {subject, *region.former})
        return region

    async def write(self, tx: Transaction, region: Region, at: int) -> None:
        """Store what it says, its keys and its evidence. `at` is in microseconds since 1970."""
        subject, version = self.standing.subject, self.standing.version + 1
        newest = encode(self.newest)
        known = newest if self.known == self.newest else encode(self.known)
        await tx.run("identity.add_version", subject=subject, version=version, at=at, body=newest)
        await tx.run(
            "identity.put_demographics",
            subject=subject,
            version=version,
            number=self.known.number,
            body=known,
        )
        await self._put_keys(tx)
        ends = [(subject, other) for other in sorted(region.former)]
        await _each(tx, "identity.drop_edge", [_pair(*each) for each in _both_ways(ends)])
        await _each(tx, "identity.add_edge", self._edges(region.weights.version))

    async def _put_keys(self, tx: Transaction) -> None:
        older, subject = self.standing.older, self.standing.subject
        there = keys(older) if older else frozenset[int]()
        for statement, some in (("drop_key", there - self.keys), ("add_key", self.keys - there)):
            rows = [{"h": key, "subject": subject} for key in sorted(some)]
            await _each(tx, f"identity.{statement}", rows)

    def _edges(self, model: str) -> list[dict[str, Value]]:
        return [
            _pair(*ends)
            | {
                "weight": each.evidence.weight,
                "rule": each.evidence.rule.name,
                "bits": each.evidence.bits,
                "model": model,
            }
            for each in self.met
            for ends in _both_ways([(self.standing.subject, each.subject)])
        ]


async def arrival(
    reader: Reader,
    there: Standing,
    key: tuple[str, str],
    newest: Demographics,
    weights: Weights,
) -> Arrival | None:
    """Compare a record with all that share a key; None if it says nothing new."""
    known = newest.after(there.older) if there.older else newest
    if known == there.older:
        return None
    shared = keys(known)
    rows = await reader.rows(
        "identity.meeting", keys=listed(shared), most=MOST_SHARING, subject=there.subject
    )
    least = weights.review_from - weights.bias_at(1)
    met: list[Met] = []
    for subject, body in rows:
        other = decode(body)
        found = evidence(known, other, weights)
        if found.weight >= least or found.rule in NUMBER_RULES:
            met.append(Met(int(str(subject)), other, found))
    return Arrival(there, key, newest, known, shared, tuple(met))


def _both_ways(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    return [ends for one, other in pairs for ends in ((one, other), (other, one))]


def _pair(subject: int, other: int) -> dict[str, Value]:
    return {"subject": subject, "other": other}


async def _each(tx: Transaction, statement: str, rows: Sequence[Mapping[str, Value]]) -> None:
    if rows:
        await tx.run_many(statement, rows)
