"""Writing versions: one batch becomes rows of every table, in one transaction."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import cast

from throughcare.fhir import splicing
from throughcare.kernel import NotFoundError
from throughcare.model.entry import EntryClass, Stored
from throughcare.record import keys
from throughcare.record.bodies import Bodies, Dictionary
from throughcare.record.classes import Classes
from throughcare.record.entries import NewEntry
from throughcare.record.linking import link
from throughcare.record.links import UNKNOWN
from throughcare.record.newest import Newest, is_ended, is_live
from throughcare.record.rows import Params, SearchRows, search_rows
from throughcare.store.protocol import Row, Transaction, Value

TABLES = (
    "alias",
    "former",
    "hist",
    "res",
    "head",
    "coded",
    "ord",
    "words",
    "wording",
    "terms",
    "outbox",
)
"""In the order in which their rows are written."""
WORDING_KEPT = 20_000
"""Texts beside codes that are known to be on disk."""


Rows = dict[str, list[Params]]
"""Rows that wait to be written together, by table."""


def no_rows() -> Rows:
    """Return room for the rows of every table."""
    return {name: [] for name in TABLES}


async def flush(tx: Transaction, rows: Rows) -> None:
    """Write the rows and forget them."""
    for name in TABLES:
        if rows[name]:
            await tx.run_many(f"record.put_{name}", rows[name])
            rows[name] = []


@dataclass(slots=True)
class Batch:
    """Versions that are written together; no two of them have one id."""

    packer: Dictionary
    before: Mapping[tuple[str, str], Row]
    """The newest version of each, where there is one."""
    places: dict[int, int]
    """Last entry number given, by subject."""
    rows: Rows = field(default_factory=no_rows)
    written: list[tuple[Params, bytes]] = field(default_factory=list)
    """Rows of res of somebody's entries, each with its body, not packed."""
    changes: list[Params] = field(default_factory=list)
    """Items of the change feed that wait for their sequence numbers."""
    classes: dict[EntryClass, int] = field(default_factory=dict)
    """Numbers of the classes met so far: a new one is kept by `Classes` only once it is durable."""

    async def cls(self, tx: Transaction, classes: Classes, cls: EntryClass) -> int:
        """Return the number of `cls`, a new one if it has none."""
        number = self.classes.get(cls)
        if number is None:
            number = self.classes[cls] = await classes.intern(tx, cls)
        return number

    def add(self, row: Params, body: bytes) -> None:
        """Add a row of res, with its body, not packed."""
        self.rows["res"].append(row)
        if keys.subject_of(cast("int", row["entry"])):
            self.written.append((row, body))

    def numbers(self) -> dict[str, int]:
        """Return the entry number of each entry of the batch that has one, by ``Type/id``."""
        found = {f"{type_}/{id_}": cast("int", row[0]) for (type_, id_), row in self.before.items()}
        given = (
            (keys.type_name(cast("int", row["type"])), row["id"], cast("int", row["entry"]))
            for row in self.rows["alias"]
        )
        return found | {f"{type_}/{id_!s}": entry for type_, id_, entry in given}

    async def flush(self, tx: Transaction) -> None:
        """Write the rows."""
        await flush(tx, self.rows)


class Writing:
    """Puts versions in; used by `Records` alone."""

    def __init__(self, classes: Classes, bodies: Bodies, newest: Newest) -> None:
        """Write with these classes and dictionaries, over what is `newest`."""
        self._classes = classes
        self._bodies = bodies
        self._newest = newest
        self._wording: set[tuple[Value, Value]] = set()

    async def put(self, tx: Transaction, entries: Sequence[NewEntry]) -> list[Stored]:
        """Store a version of each entry; see `Records.put`."""
        packer = await self._bodies.packer(tx)
        places: dict[int, int] = {}
        stored: list[Stored] = []
        for distinct in _distinct(entries):
            batch = Batch(packer, await self._newest.rows(tx, map(_name, distinct)), places)
            stored += [await self._one(tx, batch, entry) for entry in distinct]
            await link(tx, batch.written, batch.numbers())
            await self._number(tx, batch)
            self._shorten(tx, batch)
            await batch.flush(tx)
        return stored

    async def _one(self, tx: Transaction, batch: Batch, entry: NewEntry) -> Stored:
        before = batch.before.get((entry.type, entry.id))
        live = before if before is not None and is_live(before) else None
        if entry.deleted:
            return await self._delete(tx, batch, entry, before)
        if live is not None:
            same = await self._unchanged(tx, entry, live)
            if same is not None:
                return same
        version = 1 if before is None else cast("int", before[1]) + 1
        place = await self._place(tx, batch, entry, before)
        if live is not None:
            await self._supersede(tx, batch, entry, live, place)
        body = splicing.splice(entry.body, id=entry.id, version=version, updated=entry.updated)
        self._add(batch, entry, place, await batch.cls(tx, self._classes, entry.cls))
        row: Params = {"entry": place, "version": version, "body": batch.packer.packed(body)}
        batch.add(row | UNKNOWN, body)
        batch.changes.append(_change(place, version, "update" if live else "create"))
        return _stored(entry, version, body)

    async def _number(self, tx: Transaction, batch: Batch) -> None:
        """Give the changes of a batch, and the versions that they made, their sequence numbers."""
        count = len(batch.changes)
        if not count:
            return
        ((last,),) = await tx.rows("record.next_seq", by=count)
        self._bodies.wrote(cast("int", last))
        seqs: dict[Value, int] = {}
        for seq, change in enumerate(batch.changes, start=cast("int", last) - count + 1):
            change["seq"] = seqs[change["entry"]] = seq
        for row in batch.rows["res"]:
            row["seq"] = seqs[row["entry"]]
        batch.rows["outbox"] = batch.changes

    def _shorten(self, tx: Transaction, batch: Batch) -> None:
        """Leave out texts that are known to be on disk: the same few stand in most entries."""
        if tx.spread:
            return  # what one database has another may not
        texts = {(row["param"], row["folded"]): row for row in batch.rows["wording"]}
        new = texts.keys() - self._wording
        batch.rows["wording"] = [texts[key] for key in new]
        if new:
            tx.after_commit(lambda: self._remember(new))

    def _remember(self, texts: Collection[tuple[Value, Value]]) -> None:
        if len(self._wording) > WORDING_KEPT:
            self._wording.clear()
        self._wording.update(texts)

    async def _unchanged(self, tx: Transaction, entry: NewEntry, live: Row) -> Stored | None:
        """Return the current version if `entry` says the same, in the same class and place."""
        place, version, updated, cls = (cast("int", value) for value in live[:4])
        if keys.subject_of(place) != entry.subject:
            return None
        known = await self._classes.one(tx, cls)
        if known != entry.cls:
            return None
        moment = keys.moment(updated)
        again = splicing.splice(entry.body, id=entry.id, version=version, updated=moment)
        (body,) = await self._bodies.unpacked(tx, [cast("bytes", live[7])])
        if again != body:
            return None
        return Stored(entry.type, entry.id, version, entry.subject, moment, known, body)

    async def _delete(
        self, tx: Transaction, batch: Batch, entry: NewEntry, before: Row | None
    ) -> Stored:
        if before is None:
            message = f"There is no {entry.type} with this id to delete. Check the id."
            raise NotFoundError(message)
        place, version, updated, cls = (cast("int", value) for value in before[:4])
        if not is_live(before):
            known = await self._classes.one(tx, cls)
            subject = keys.subject_of(place)
            moment = keys.moment(updated)
            return Stored(entry.type, entry.id, version, subject, moment, known, b"", deleted=True)
        await self._supersede(tx, batch, entry, before, place)
        await tx.run("record.drop_head", entry=place)
        await tx.run("record.drop_res", entry=place)
        cls = await batch.cls(tx, self._classes, entry.cls)
        ended = _version(place, version + 1, cls, keys.micros(entry.updated), before)
        batch.rows["hist"].append(ended | {"deleted": 1, "body": b""})
        names: Params = {"type": keys.type_number(entry.type), "id": entry.id}
        batch.changes.append(_change(place, version + 1, "delete") | names)
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
        head = rows.head
        head["entry"] = place
        head["subject"] = entry.subject
        head["type"] = keys.type_number(entry.type)
        head["cls"] = cls
        head["updated"] = keys.micros(entry.updated)
        head["id"] = entry.id
        batch.rows["head"].append(head)
        add_search_rows(batch.rows, place, rows)

    async def relabel(
        self, tx: Transaction, changes: Sequence[tuple[str, str, EntryClass]]
    ) -> None:
        """Give current entries other classes; see `Records.relabel`."""
        for type_, id_, cls in changes:
            rows = await tx.rows("record.current", type=keys.type_number(type_), id=id_)
            if not rows or is_ended(rows[0]):
                continue
            place, version, _, before = (cast("int", value) for value in rows[0][:4])
            number = await self._classes.intern(tx, cls)
            if number == before:
                continue
            ((seq,),) = await tx.rows("record.next_seq", by=1)
            await tx.run("record.relabel_head", entry=place, cls=number)
            await tx.run("record.relabel_res", entry=place, seq=seq)
            await tx.run("record.put_outbox", **_change(place, version, "relabel") | {"seq": seq})


def _name(entry: NewEntry) -> tuple[str, str]:
    return entry.type, entry.id


def _distinct(entries: Sequence[NewEntry]) -> Iterator[list[NewEntry]]:
    """Yield the entries in order, in runs in which no id comes twice."""
    run: dict[tuple[str, str], NewEntry] = {}
    for entry in entries:
        name = _name(entry)
        if name in run:
            yield list(run.values())
            run = {}
        run[name] = entry
    yield list(run.values())


def add_search_rows(batch: Rows, place: int, rows: SearchRows) -> None:
    """Put the search rows of the entry number `place` into `batch`, but for its head."""
    batch["coded"] += rows.coded
    batch["ord"] += rows.ord
    batch["words"] += rows.words
    batch["wording"] += rows.wording
    batch["terms"].append({"entry": place, "terms": rows.terms})


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


def _change(place: int, version: int, kind: str) -> Params:
    return {"entry": place, "version": version, "kind": kind, "type": None, "id": None}


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
