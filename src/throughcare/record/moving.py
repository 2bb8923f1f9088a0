"""Versions as they stand in one store, to be written as they are into another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.index import extract
from throughcare.model.entry import Category, EntryClass
from throughcare.record import keys
from throughcare.record.bodies import Bodies
from throughcare.record.classes import Classes
from throughcare.record.linking import link
from throughcare.record.links import UNKNOWN
from throughcare.record.rows import Params, search_rows
from throughcare.record.writing import add_search_rows, flush, no_rows
from throughcare.store.protocol import Reader, Row, Transaction

CurrentFacts = tuple[int, str, str, int, int, int]
PastFacts = tuple[int, int, int, int, int | None, int | None, int | None]
ClassFacts = tuple[str, str, str, str, int, str]


@dataclass(frozen=True, slots=True)
class Current:
    """The current version of an entry."""

    entry: int
    type: str
    id: str
    version: int
    seq: int
    updated: int
    """Microseconds since 1970, UTC."""
    cls: EntryClass
    body: bytes

    @property
    def facts(self) -> CurrentFacts:
        """Return its numbers and names, in the order above."""
        return (self.entry, self.type, self.id, self.version, self.seq, self.updated)


@dataclass(frozen=True, slots=True)
class Past:
    """A superseded version, or a deletion, which has no body."""

    entry: int
    version: int
    updated: int
    deleted: int
    date_lo: int | None
    date_hi: int | None
    author: int | None
    cls: EntryClass
    body: bytes

    @property
    def facts(self) -> PastFacts:
        """Return its numbers, in the order above."""
        dates = (self.date_lo, self.date_hi, self.author)
        return (self.entry, self.version, self.updated, self.deleted, *dates)


class Moving:
    """Reads and writes versions whole; used by copies of a node alone."""

    def __init__(self, classes: Classes, bodies: Bodies) -> None:
        """Read and write with these classes and dictionaries."""
        self._classes = classes
        self._bodies = bodies

    async def current(self, reader: Reader, after: int, limit: int) -> list[Current]:
        """Return the next current versions after the entry number `after`, by rising number."""
        rows = await reader.rows("content.read_current", entry=after, limit=limit)
        bodies = await self._unpacked(reader, rows)
        return [
            Current(*_current_facts(row), await self._class(reader, row[6]), body)
            for row, body in zip(rows, bodies, strict=True)
        ]

    async def past(self, reader: Reader, after: tuple[int, int], limit: int) -> list[Past]:
        """Return the next versions of the history after (entry, version) `after`."""
        entry, version = after
        rows = await reader.rows("content.read_past", entry=entry, version=version, limit=limit)
        bodies = iter(await self._unpacked(reader, [row for row in rows if row[-1]]))
        return [
            Past(
                *cast("PastFacts", (*row[:2], *row[3:8])),
                await self._class(reader, row[2]),
                next(bodies) if row[-1] else b"",
            )
            for row in rows
        ]

    async def put_current(self, tx: Transaction, versions: Sequence[Current]) -> None:
        """Write versions with the search rows that their bodies say. Ids are written elsewhere."""
        batch, packer = no_rows(), await self._bodies.packer(tx)
        for one in versions:
            rows = search_rows(one.entry, one.type, extract(fhir_bytes.parse(one.body)))
            head: Params = {
                "entry": one.entry,
                "subject": keys.subject_of(one.entry),
                "type": keys.type_number(one.type),
                "cls": await self._classes.intern(tx, one.cls),
                "updated": one.updated,
                "id": one.id,
            }
            batch["head"].append(rows.head | head)
            packed = packer.packed(one.body)
            row: Params = {"entry": one.entry, "version": one.version, "seq": one.seq}
            batch["res"].append(row | UNKNOWN | {"body": packed})
            add_search_rows(batch, one.entry, rows)
        bodies = [one.body for one in versions]
        await link(tx, list(zip(batch["res"], bodies, strict=True)), {})
        await flush(tx, batch)

    async def put_past(self, tx: Transaction, versions: Sequence[Past]) -> None:
        """Write versions of the history."""
        batch, packer = no_rows(), await self._bodies.packer(tx)
        for one in versions:
            batch["hist"].append(
                {
                    "entry": one.entry,
                    "version": one.version,
                    "cls": await self._classes.intern(tx, one.cls),
                    "updated": one.updated,
                    "deleted": one.deleted,
                    "date_lo": one.date_lo,
                    "date_hi": one.date_hi,
                    "author": one.author,
                    "body": packer.packed(one.body) if one.body else b"",
                }
            )
        await flush(tx, batch)

    async def _unpacked(self, reader: Reader, rows: Sequence[Row]) -> list[bytes]:
        return await self._bodies.unpacked(reader, [cast("bytes", row[-1]) for row in rows])

    async def _class(self, reader: Reader, number: object) -> EntryClass:
        return await self._classes.one(reader, cast("int", number))


def _current_facts(row: Row) -> CurrentFacts:
    entry, number, *others = row[:6]
    return cast("CurrentFacts", (entry, keys.type_name(cast("int", number)), *others))


def class_facts(cls: EntryClass) -> ClassFacts:
    """Return a class as plain values: type, category, labels, custodian, critical, episode."""
    labels, episode = " ".join(sorted(cls.labels)), " ".join(sorted(cls.episode))
    return (cls.type, cls.category.value, labels, cls.custodian, int(cls.critical), episode)


def class_of(facts: ClassFacts) -> EntryClass:
    """Return the class that `class_facts` says."""
    type_, category, labels, custodian, critical, episode = facts
    return EntryClass(
        type_,
        Category(category),
        frozenset(labels.split()),
        custodian,
        bool(critical),
        frozenset(episode.split()),
    )
