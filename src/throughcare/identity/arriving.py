"""A record that comes: what is known of it, whom it meets, and what is stored of that."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from throughcare.identity.cluster import Record
from throughcare.identity.compare import Demographics, Sieve, Weights
from throughcare.identity.compare.keys import MOST_SHARING
from throughcare.identity.keying import Keying, kept
from throughcare.identity.region import (
    Ahead,
    Met,
    Region,
    Said,
    decode,
    encode,
    listed,
    reach,
    typed,
)
from throughcare.store.protocol import Reader, Transaction, Value

FEW: Final = 12
"""Whom a record meets at most so that all of them is asked for at once, and not only of those that
it has evidence with. On SQLite, where a question is no more than a call, only of those."""
ALL_MET: Final = "all"
"""What the statement says if it did so."""
OWN: Final = "own"
NOBODY: Final = ""
"""What it says if that is all of the record itself alone, or of nobody."""
_SOLE: Final = frozenset({"next", "own"})
"""Kinds of rows of which there is one at most."""


class Standing(msgspec.Struct, frozen=True):
    """How the index stands when a record comes."""

    people: int
    """Number of persons of the index, 1 at least."""
    subject: int
    """Of the record; the next one if it is new."""
    version: int
    """Of what is stored of the record; 0 for nothing."""
    older: Demographics | None
    met: Mapping[int, bytes]
    """What is known of the records that share a key with it, by subject."""
    reached: int
    """The subject up to which all records have the keys of this release."""
    following: Said
    """The numbers of the next ones."""
    ahead: Ahead
    """All of the record itself, and of those it meets if they are few; on SQLite of the record, if
    it is new."""


async def standing(
    reader: Reader, key: tuple[str, str], number: str, body: bytes, shared: Iterable[int]
) -> Standing:
    """Return how the index stands to a record, by one statement.

    `key` is its source and local id, `number` its NHS number, `body` all that it says as it is
    stored, `shared` are the keys that it meets others by.
    """
    source, local_id = key
    rows = await reader.rows(
        "identity.arrive",
        source=source,
        local_id=local_id,
        keys=listed(shared),
        most=MOST_SHARING,
        few=FEW,
        body=body,
        number=number,
    )
    rest: dict[str, Said] = {}
    sharing: dict[int, bytes] = {}
    others: list[Said] = []
    for row in typed(rows):
        if row[0] == "met":
            sharing[row[1]] = row[8]
        elif row[0] in _SOLE:
            rest[row[0]] = row
        else:
            others.append(row)
    new, own = rest["next"], rest.get("own")
    subject = (own or new)[1]
    sharing.pop(subject, None)
    whole = {ALL_MET: (subject, *sharing), OWN: (subject,), NOBODY: ()}[new[4]]
    return Standing(
        people=max(1, int(new[6])),
        subject=subject,
        version=(own[2] or 0) if own else 0,
        older=decode(own[8]) if own and own[8] is not None else None,
        met=sharing,
        reached=int(new[5]),
        following=new,
        ahead=Ahead(others, frozenset(whole)),
    )


class Arrival(msgspec.Struct, frozen=True):
    """A record that says something new."""

    standing: Standing
    key: tuple[str, str]
    """(source, local id)."""
    said: bytes
    """As it came, as it is stored."""
    known: Demographics
    """With what its earlier versions said."""
    body: bytes
    """That as it is stored."""
    keys: frozenset[int]
    """The blocking keys to store for it."""
    met: tuple[Met, ...]
    """Whom it meets by them, with evidence that may ever matter."""

    async def region(self, reader: Reader, weights: Weights) -> Region:
        """Return the part of the index that it can change, with what it says in it."""
        subject = self.standing.subject
        region = Region(weights, self.standing.people, ahead=self.standing.ahead)
        record = Record(self.key, self.known.number, self.known.known)
        region.renew(subject, record, self.known, self.met)
        region.add((self.standing.following,))
        await region.load(reader, {subject, *(each.subject for each in self.met)})
        # Whom its evidence no longer reaches may have waited for it alone.
        await reach(reader, region, {subject, *region.former})
        return region

    async def write(self, tx: Transaction, region: Region, at: int) -> None:
        """Store what it says, its keys and its evidence. `at` is in microseconds since 1970."""
        subject, version = self.standing.subject, self.standing.version + 1
        if not self.standing.version:
            source, local_id = self.key
            await tx.run(
                "identity.add_subject",
                subject=subject,
                source=source,
                local_id=local_id,
                kind="record",
            )
        said = self.said
        await tx.run("identity.add_version", subject=subject, version=version, at=at, body=said)
        await tx.run(
            "identity.put_demographics",
            subject=subject,
            version=version,
            number=self.known.number,
            body=self.body,
        )
        await self._put_keys(tx)
        ends = [(subject, other) for other in sorted(region.former)]
        await _each(tx, "identity.drop_edge", [_pair(*each) for each in _both_ways(ends)])
        await _each(tx, "identity.add_edge", self._edges(region.weights.version))

    async def _put_keys(self, tx: Transaction) -> None:
        older, subject, reached = self.standing.older, self.standing.subject, self.standing.reached
        there = kept(older, subject, reached) if older else frozenset[int]()
        # The release before left its own keys alone.
        new = self.keys - (there if subject <= reached else frozenset())
        for statement, some in (("drop_key", there - self.keys), ("add_key", new)):
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
    key: tuple[str, str],
    newest: Demographics,
    sieve: Sieve,
    keying: Keying,
) -> Arrival | int:
    """Compare a record with all that share a key; return its subject if it says nothing new."""
    was_done = keying.is_done
    said = encode(newest)
    known, body, shared = newest, said, keying.keys(newest)
    there = await standing(reader, key, known.number, body, shared)
    if there.older is not None:
        known = newest.after(there.older)
        if known == there.older:
            return there.subject
        body = encode(known)
        asked, shared = shared, keying.keys(known)
        if not shared <= asked:
            there = await standing(reader, key, known.number, body, shared)
    met: list[Met] = []
    for subject, stored in there.met.items():
        other = decode(stored)
        found = sieve.evidence(known, other)
        if found is not None:
            met.append(Met(subject, other, found))
    keying.note(there.reached)
    own = shared if was_done else kept(known, there.subject, there.reached)
    return Arrival(there, key, said, known, body, own, tuple(met))


def _both_ways(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    return [ends for one, other in pairs for ends in ((one, other), (other, one))]


def _pair(subject: int, other: int) -> dict[str, Value]:
    return {"subject": subject, "other": other}


async def _each(tx: Transaction, statement: str, rows: Sequence[Mapping[str, Value]]) -> None:
    if rows:
        await tx.run_many(statement, rows)
