"""Writing versions: one batch becomes rows of every table, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import cast

from throughcare.fhir import bytes as fhir_bytes
from throughcare.kernel import NotFoundError
from throughcare.model.entry import EntryClass, Stored
from throughcare.record import keys
from throughcare.record.bodies import Bodies, Dictionary
from throughcare.record.classes import Classes
from throughcare.record.entries import NewEntry
from throughcare.record.rows import Params, SearchRows, search_rows
from throughcare.store.protocol import Row, Transaction

TABLES = ("alias", "former", "hist", "res", "head", "coded", "ord", "words", "terms", "outbox")
"""In the order in which their rows are written."""
SEARCHED = ("coded", "ord", "words", "terms")


@dataclass(slots=True)
class Batch:
    """Rows that wait to be written together."""

    rows: dict[str, list[Params]] = field(default_factory=lambda: {name: [] for name in TABLES})
    names: set[tuple[str, str]] = field(default_factory=set)
    places: dict[int, int] = field(default_factory=dict)
    """Last entry number given, by subject."""

    async def flush(self, tx: Transaction) -> None:
        """Write the rows and forget them."""
        for name in TABLES:
            if self.rows[name]:
                await tx.run_many(f"record.put_{name}", self.rows[name])
                self.rows[name] = []
        self.names.clear()


class Writing:
    """Puts versions in; used by `Records` alone."""

    def __init__(self, classes: Classes, bodies: Bodies) -> None:
        """Write with these classes and dictionaries."""
        self._classes = classes
        self._bodies = bodies

    async def put(self, tx: Transaction, entries: Sequence[NewEntry]) -> list[Stored]:
        """Store a version of each entry; see `Records.put`."""
        batch = Batch()
        packer = await self._bodies.packer(tx)
        stored = []
        for entry in entries:
            if (entry.type, entry.id) in batch.names:
                await batch.flush(tx)
            batch.names.add((entry.type, entry.id))
            stored.append(await self._one(tx, batch, packer, entry))
        await batch.flush(tx)
        return stored

    async def _one(
        self, tx: Transaction, batch: Batch, packer: Dictionary, entry: NewEntry
    ) -> Stored:
        number = keys.type_number(entry.type)
        rows = await tx.rows("record.current", type=number, id=entry.id)
        live = rows[0] if rows else None
        gone = None
        if live is None:
            ended = await tx.rows("record.deletion", type=number, id=entry.id)
            gone = ended[0] if ended else None
        before = live or gone
        if entry.deleted:
            return await self._delete(tx, batch, entry, live, gone)
        if live is not None:
            same = await self._unchanged(tx, entry, live)
            if same is not None:
                return same
        version = 1 if before is None else cast("int", before[1]) + 1
        place = await self._place(tx, batch, entry, before)
        if live is not None:
            await self._supersede(tx, batch, entry, live, place)
        body = fhir_bytes.splice(entry.body, id=entry.id, version=version, updated=entry.updated)
        cls = await self._classes.intern(tx, entry.cls)
        seq = await self._seq(tx)
        self._add(batch, entry, place, cls)
        batch.rows["res"].append(
            {"entry": place, "version": version, "seq": seq, "body": packer.packed(body)}
        )
        kind = "update" if live else "create"
        batch.rows["outbox"].append(_change(seq, place, version, kind))
        return _stored(entry, version, body)

    async def _unchanged(self, tx: Transaction, entry: NewEntry, live: Row) -> Stored | None:
        """Return the current version if `entry` says the same, in the same class and place."""
        place, version, updated, cls = (cast("int", value) for value in live[:4])
        if keys.subject_of(place) != entry.subject:
            return None
        known = await self._classes.one(tx, cls)
        moment = keys.moment(updated)
        again = fhir_bytes.splice(entry.body, id=entry.id, version=version, updated=moment)
        (body,) = await self._bodies.unpacked(tx, [cast("bytes", live[7])])
        if known != entry.cls or again != body:
            return None
        return Stored(entry.type, entry.id, version, entry.subject, moment, known, body)

    async def _delete(
        self, tx: Transaction, batch: Batch, entry: NewEntry, live: Row | None, gone: Row | None
    ) -> Stored:
        if gone is not None:
            place, version, updated, cls = (cast("int", value) for value in gone[:4])
            known = await self._classes.one(tx, cls)
            subject = keys.subject_of(place)
            moment = keys.moment(updated)
            return Stored(entry.type, entry.id, version, subject, moment, known, b"", deleted=True)
        if live is None:
            message = f"There is no {entry.type} with this id to delete. Check the id."
            raise NotFoundError(message)
        place, version = (cast("int", value) for value in live[:2])
        await self._supersede(tx, batch, entry, live, place)
        await tx.run("record.drop_head", entry=place)
        await tx.run("record.drop_res", entry=place)
        cls = await self._classes.intern(tx, entry.cls)
        ended = _version(place, version + 1, cls, keys.micros(entry.updated), live)
        batch.rows["hist"].append(ended | {"deleted": 1, "body": b""})
        change = _change(await self._seq(tx), place, version + 1, "delete")
        names: Params = {"type": keys.type_number(entry.type), "id": entry.id}
        batch.rows["outbox"].append(change | names)
        return _stored(replace(entry, subject=keys.subject_of(place)), version + 1, b"")

    async def _supersede(
        self, tx: Transaction, batch: Batch, entry: NewEntry, live: Row, place: int
    ) -> None:
        """Move the live version into the history and take its search rows away."""
        old, version, updated, cls = (cast("int", value) for value in live[:4])
        row = _version(old, version, cls, updated, live) | {"deleted": 0, "body": live[7]}
        batch.rows["hist"].append(row)
        await drop_search_rows(tx, old, keys.type_number(entry.type))
        if old != place:
            await tx.run("record.drop_head", entry=old)
            await tx.run("record.drop_res", entry=old)

    async def _place(
        self, tx: Transaction, batch: Batch, entry: NewEntry, before: Row | None
    ) -> int:
        """Return the entry number for this version: the one it has, or a new one."""
        names: Params = {"type": keys.type_number(entry.type), "id": entry.id}
        if before is not None:
            old = cast("int", before[0])
            if keys.subject_of(old) == entry.subject:
                return old
            batch.rows["former"].append(names | {"entry": old})
        last = batch.places.get(entry.subject)
        if last is None:
            low, high = keys.first_entry(entry.subject), keys.last_entry(entry.subject)
            ((found,),) = await tx.rows("record.last_place", low=low, high=high)
            last = cast("int", found)
        place = batch.places[entry.subject] = last + 1
        batch.rows["alias"].append(names | {"entry": place})
        return place

    def _add(self, batch: Batch, entry: NewEntry, place: int, cls: int) -> None:
        rows = search_rows(place, entry.type, entry.index)
        batch.rows["head"].append(
            rows.head
            | {
                "entry": place,
                "subject": entry.subject,
                "type": keys.type_number(entry.type),
                "cls": cls,
                "updated": keys.micros(entry.updated),
                "id": entry.id,
            }
        )
        add_search_rows(batch, place, rows)

    async def _seq(self, tx: Transaction) -> int:
        ((seq,),) = await tx.rows("record.next_seq", by=1)
        return cast("int", seq)

    async def relabel(
        self, tx: Transaction, changes: Sequence[tuple[str, str, EntryClass]]
    ) -> None:
        """Give current entries other classes; see `Records.relabel`."""
        for type_, id_, cls in changes:
            rows = await tx.rows("record.current", type=keys.type_number(type_), id=id_)
            if not rows:
                continue
            place, version, _, before = (cast("int", value) for value in rows[0][:4])
            number = await self._classes.intern(tx, cls)
            if number == before:
                continue
            seq = await self._seq(tx)
            await tx.run("record.relabel_head", entry=place, cls=number)
            await tx.run("record.relabel_res", entry=place, seq=seq)
            await tx.run("record.put_outbox", **_change(seq, place, version, "relabel"))


def add_search_rows(batch: Batch, place: int, rows: SearchRows) -> None:
    """Put the search rows of the entry number `place` into `batch`, but for its head."""
    batch.rows["coded"] += rows.coded
    batch.rows["ord"] += rows.ord
    batch.rows["words"] += rows.words
    batch.rows["terms"].append({"entry": place, "terms": rows.terms})


async def drop_search_rows(tx: Transaction, place: int, type_: int) -> None:
    """Delete the search rows of the entry number `place`, but for its head."""
    subject = keys.subject_of(place)
    if subject:
        await tx.run("record.drop_coded", subject=subject, type=type_, entry=place)
    for table in ("ord", "words", "terms"):
        await tx.run(f"record.drop_{table}", entry=place)


def _version(place: int, version: int, cls: int, updated: int, live: Row) -> Params:
    """Return a history row; the date and author of the version that it ends or keeps."""
    return {
        "entry": place,
        "version": version,
        "cls": cls,
        "updated": updated,
        "date_lo": live[4],
        "date_hi": live[5],
        "author": live[6],
    }


def _change(seq: int, place: int, version: int, kind: str) -> Params:
    return {"seq": seq, "entry": place, "version": version, "kind": kind, "type": None, "id": None}


def _stored(entry: NewEntry, version: int, body: bytes) -> Stored:
    updated = entry.updated.astimezone(UTC)
    return Stored(
        entry.type,
        entry.id,
        version,
        entry.subject,
        updated,
        entry.cls,
        body,
        deleted=entry.deleted,
    )
