"""The record room: all that the doors do with entries."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, cast

from throughcare.fhir.histories import Span
from throughcare.fhir.index import extract
from throughcare.fhir.terms import Query
from throughcare.kernel import Clock
from throughcare.model.decision import Gate
from throughcare.model.entry import EntryClass, Stored
from throughcare.model.extent import Extent
from throughcare.record import gate as gates
from throughcare.record import keys
from throughcare.record.bodies import Bodies
from throughcare.record.classes import Classes, Test
from throughcare.record.entries import Absent, Candidate, Change, NewEntry, Page
from throughcare.record.feeding import Feeding
from throughcare.record.former import Former, Judge
from throughcare.record.gate import Seen
from throughcare.record.glance import Glance
from throughcare.record.hiding import Hidden, Hiding
from throughcare.record.including import visible_ids
from throughcare.record.labelled import People, labelled
from throughcare.record.locking import held, lock_on
from throughcare.record.moving import Moving
from throughcare.record.newest import Newest, is_ended, is_live
from throughcare.record.owners import Owners, owners
from throughcare.record.reading import Reading, seen
from throughcare.record.searching import Searching
from throughcare.record.sql import ALWAYS, listed
from throughcare.record.upkeep import Extract, Health, Upkeep
from throughcare.record.whole import ALL, Amount, Whole
from throughcare.record.writing import Writing
from throughcare.store.protocol import Reader, Row, Store, Transaction, Value

Types = Sequence[str] | None
"""Names of types; None for all."""
_NOTHING: Final[Row] = (None,) * 8
"""What the statement current has of an id that never was."""


class Records:
    """Versions, search and history. A `Gate` goes into the query of every method that takes one.

    Methods take the snapshot or transaction that they work in; nothing is durable before that
    transaction is.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        """Work over `store`."""
        self.store = store
        self.clock = clock
        self._classes = Classes()
        self._bodies = bodies = Bodies()
        self._newest = Newest()
        self._writing = Writing(self._classes, bodies, self._newest)
        self._reading = Reading(self._classes, bodies)
        self._hiding = Hiding(self._classes, self._newest)
        self._searching = Searching(self._reading, self._hiding)
        self._feeding = Feeding(self, bodies)
        self._whole = Whole(self._reading)
        self._former = Former(self._classes, bodies)

    async def put(self, tx: Transaction, entries: Sequence[NewEntry]) -> list[Stored]:
        """Store the next version of each entry, in order, and return them.

        The same content (but for versionId and lastUpdated), class and subject as the current
        version is no change: that version comes back and nothing is written. A deletion keeps the
        subject, date and author of what it ends; of something deleted it returns the deletion.
        Raises NotFoundError for the deletion of an id that never was.
        """
        return await self._writing.put(tx, entries)

    async def relabel(
        self, tx: Transaction, changes: Sequence[tuple[str, str, EntryClass]]
    ) -> None:
        """Give the current versions of (type, id) other classes, and tell the change feed.

        The version number stays: nothing of the content changed. Unknown and deleted ids are
        passed over.
        """
        await self._writing.relabel(tx, changes)

    async def relabel_former(self, tx: Transaction, subject: int, judge: Judge) -> int:
        """Give superseded versions and deletions of `subject` other classes; see `Former`."""
        return await self._former.relabel(tx, subject, judge)

    async def intern(self, tx: Transaction, cls: EntryClass) -> int:
        """Return the number of a class, a new one if it has none."""
        return await self._classes.intern(tx, cls)

    async def classes(self, reader: Reader) -> Mapping[int, EntryClass]:
        """Return every interned class by number."""
        return await self._classes.all(reader)

    async def current(self, reader: Reader, type_: str, id_: str) -> Stored | None:
        """Return the newest version, which may be a deletion. Ungated: for admission only."""
        row = await self._newest.row(reader, type_, id_)
        return None if row is None else await self._reading.version(reader, type_, id_, row)

    async def subject_of(self, reader: Reader, type_: str, id_: str) -> int | None:
        """Return whose the newest version is, which may be a deletion. Ungated: for admission."""
        row = await self._newest.row(reader, type_, id_)
        return None if row is None else keys.subject_of(cast("int", row[0]))

    async def current_among(
        self, reader: Reader, names: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], Stored]:
        """Return the newest version of each (type, id) that has one, as `current` does."""
        rows = await self._newest.rows(reader, names)
        return {
            (type_, id_): await self._reading.version(reader, type_, id_, row)
            for (type_, id_), row in rows.items()
        }

    async def read(self, reader: Reader, type_: str, id_: str, gate: Gate) -> Stored | None:
        """Return the newest version, which may be a deletion, if it may be seen."""
        row = await self._newest.seen(reader, type_, id_, gate)
        return None if row is None else await self._reading.version(reader, type_, id_, row)

    async def candidate(self, reader: Reader, type_: str, id_: str) -> Candidate | None:
        """Return the current version, not decided on yet; None if there is none.

        Ungated: the door decides on `Candidate.seen` before it asks for `stored`.
        """
        found = await self.standing(reader, type_, id_)
        return found if isinstance(found, Candidate) else None

    async def standing(self, reader: Reader, type_: str, id_: str) -> Candidate | Absent:
        """Return what stands under an id, or does not, in one query where that can be.

        Of an unknown id as much is looked up as of one that may not be seen, deleted or not, so
        that an answer takes as long.
        """
        name: dict[str, Value] = {"type": keys.type_number(type_), "id": id_}
        whole = "standing" if reader.spread else "candidate"
        rows = await reader.rows(f"record.{whole}{'_facts' if reader.locked else ''}", **name)
        row = rows[0] if rows else _NOTHING
        if reader.spread:
            subject = 0 if row[0] is None else keys.subject_of(cast("int", row[0]))
            row += (await reader.rows("record.around", subject=subject))[0]
        person, epoch, newest = cast("tuple[int, int, int]", row[8:11])
        if row[0] is None:
            other = seen(type_, id_, (0, *row[1:]))
            return Absent(other, ended=False, epoch=epoch, newest_class=newest)
        if is_ended(row):
            return Absent(seen(type_, id_, row), ended=True, epoch=epoch, newest_class=newest)
        return Candidate(seen(type_, id_, row), row, person, epoch, newest)

    async def stored(self, reader: Reader, candidate: Candidate, gate: Gate) -> Stored:
        """Return the version that `candidate` is, which `gate` allows."""
        seen = candidate.seen
        row = candidate.row
        if reader.locked:
            row = await self._newest.opened(reader, row, gate)
        return await self._reading.version(reader, seen.type, seen.id, row)

    async def version(
        self, reader: Reader, type_: str, id_: str, version: int, gate: Gate
    ) -> Stored | None:
        """Return one version if it and the newest one may be seen."""
        rows = await self._visible_versions(reader, type_, id_, gate)
        found = [row for row in rows if row[1] == version]
        return await self._reading.version(reader, type_, id_, found[0]) if found else None

    async def history(self, reader: Reader, type_: str, id_: str, gate: Gate) -> list[Stored]:
        """Return the versions that may be seen, newest first; none if the newest may not be.

        A new code list labels the newest version alone, and it rules over all before it.
        """
        rows = await self._visible_versions(reader, type_, id_, gate)
        return [await self._reading.version(reader, type_, id_, row) for row in rows]

    async def feed(
        self, reader: Reader, type_: str, span: Span, gate: Gate
    ) -> tuple[list[Stored], str]:
        """Return visible versions of a type, or of all if it is "", newest change first.

        And the opaque place of the next page, "" at the end. Raises BadInputError for a page that
        can't be.
        """
        return await self._feeding.page(reader, type_, span, gate)

    async def search(
        self,
        reader: Reader,
        query: Query,
        gate: Gate,
        subjects: Sequence[int] | None = None,
        known: Owners | None = None,
    ) -> Page:
        """Return a page of the visible matches, within `subjects` if given.

        `known` is what `owners` said of the query in the same snapshot.

        Totals, order, pages and includes are those of a record in which what may not be seen does
        not exist. Without ``_sort`` the order is that in which entries first came, by subject.
        Raises BadInputError for a sort or page that can't be.
        """
        return await self._searching.search(reader, query, gate, subjects, known)

    async def owners(self, reader: Reader, query: Query) -> Owners | None:
        """Return whose records a search names, if it does so simply.

        Ungated: the door decides before the search, which looks no further than it may.
        """
        return await owners(reader, query)

    async def subjects_of(self, reader: Reader, query: Query, gate: Gate) -> frozenset[int]:
        """Return the subjects of the visible matches of a search, whatever its page."""
        return await self._searching.subjects(reader, query, gate)

    async def visible(
        self, reader: Reader, references: Sequence[str], gate: Gate
    ) -> frozenset[str]:
        """Return those of the references ``Type/id`` whose entry is current and may be seen."""
        by_type: dict[str, list[str]] = {}
        for reference in references:
            type_, _, id_ = reference.partition("/")
            by_type.setdefault(type_, []).append(id_)
        found: set[str] = set()
        for type_, ids in by_type.items():
            places = await visible_ids(reader, gate, type_, ids)
            view = held(reader, gate, set(map(keys.subject_of, places)))
            rows = await view.rows("record.ids", entries=listed(sorted(places)))
            found |= {f"{type_}/{id_!s}" for (id_,) in rows}
        return frozenset(found)

    def hidden(self, reader: Reader, names: Iterable[str], gate: Gate) -> Hidden:
        """Return those of `names` (`fhir.mentions`) whose entry is here and may not be seen.

        What was deleted is hidden from those whom it was hidden from.
        """
        return self._hiding.names(reader, names, gate)

    async def page_key(self, reader: Reader) -> bytes:
        """Return the key that links to pages of this node are sealed with."""
        return await self._searching.page_key(reader)

    async def of_subjects(
        self, reader: Reader, subjects: Sequence[int], gate: Gate, types: Types = None
    ) -> list[Stored]:
        """Return all visible entries of `subjects`, of `types` if given, by subject and place."""
        visible, view = gates.within(gate, subjects, "h"), held(reader, gate, subjects)
        return await self._whole.entries(view, subjects, visible, _of_types(types))

    async def glance(
        self, reader: Reader, subjects: Sequence[int], gate: Gate, extent: Extent
    ) -> Glance:
        """Return those within `extent`, not unpacked yet."""
        visible, view = gates.within(gate, subjects, "h"), held(reader, gate, subjects)
        return await self._whole.glance(view, subjects, visible, extent)

    async def seen_of(self, reader: Reader, subjects: Sequence[int], gate: Gate) -> list[Seen]:
        """Return what a decision looks at in each visible entry of `subjects`, without content."""
        visible, view = gates.within(gate, subjects, "h"), held(reader, gate, subjects)
        return await self._whole.seen(view, subjects, visible)

    async def extent(
        self, reader: Reader, subjects: Sequence[int], gate: Gate, extent: Extent
    ) -> list[Stored]:
        """Return the visible entries of `subjects` within `extent`, by subject and place."""
        visible, view = gates.within(gate, subjects, "h"), held(reader, gate, subjects)
        return await self._whole.linked(view, subjects, visible, extent)

    async def page(
        self, reader: Reader, subjects: Sequence[int], gate: Gate, extent: Extent
    ) -> Page:
        """Return a page of `extent`, in the same order, and the total of what may be seen.

        Raises BadInputError for a place that belongs to another record or extent.
        """
        visible, view = gates.within(gate, subjects, "h"), held(reader, gate, subjects)
        return await self._whole.page(view, subjects, visible, extent)

    async def amounts(
        self, reader: Reader, subjects: Sequence[int], gate: Gate, extent: Extent
    ) -> list[Amount]:
        """Return how much of `extent` may be seen, by subject and type."""
        visible, view = gates.within(gate, subjects, "h"), held(reader, gate, subjects)
        return await self._whole.amounts(view, subjects, visible, extent)

    async def named(self, reader: Reader, references: Iterable[str], gate: Gate) -> list[Stored]:
        """Return the current entries of ``Type/id`` that may be seen, each once."""
        by_type: dict[str, list[str]] = {}
        for reference in references:
            type_, _, id_ = reference.partition("/")
            by_type.setdefault(type_, []).append(id_)
        found: set[int] = set()
        for type_, ids in by_type.items():
            found |= await visible_ids(reader, gate, type_, ids)
        view = held(reader, gate, set(map(keys.subject_of, found)))
        return await self._reading.entries(view, sorted(found))

    async def unfiltered(
        self, reader: Reader, subjects: Sequence[int], types: Types = None
    ) -> list[Stored]:
        """Return all entries of `subjects`. Ungated: for labelling and for directives."""
        if reader.locked:
            known = await self._classes.all(reader)
            reader = reader.under(lock_on(subjects, known, types))
        return await self._whole.entries(reader, subjects, ALWAYS, _of_types(types))

    async def labelled(self, tx: Transaction, subjects: Collection[int], test: Test) -> People:
        """Return what of the people of `subjects` has labels that reach others. Ungated."""
        return await labelled(tx, self._classes, self._whole, subjects, test)

    async def count(self, reader: Reader) -> Mapping[str, int]:
        """Return how many entries there are of each type, deleted ones left out."""
        counts: Counter[str] = Counter()
        for number, count in await reader.rows("record.count"):
            counts[keys.type_name(cast("int", number))] += cast("int", count)
        return counts

    async def changes(self, reader: Reader, after: int, limit: int = 500) -> list[Change]:
        """Return the next items of the change feed after the one numbered `after`.

        Earlier changes of what has been deleted since are left out: its deletion comes.
        """
        rows = await reader.rows("record.changes", after=after, limit=limit)
        found = []
        for row in rows:
            seq, entry, type_, version = (cast("int", row[i]) for i in (0, 1, 2, 4))
            id_, kind = cast("str", row[3]), cast("str", row[5])
            subject = keys.subject_of(entry)
            found.append(Change(seq, subject, keys.type_name(type_), id_, version, kind))
        return found

    async def touched(self, reader: Reader, after: int, limit: int) -> list[tuple[int, str]]:
        """Return subject and type of the next items of the change feed after the one numbered so.

        Ungated: it tells the door what it has to look at again. Of an entry that was deleted since
        the type is "", but for its deletion.
        """
        rows = await reader.rows("record.touched", after=after, limit=limit)
        known = cast("list[tuple[int, int, int | None]]", rows)
        return [
            (keys.subject_of(entry), "" if type_ is None else keys.type_name(type_))
            for _, entry, type_ in known
        ]

    async def check(self) -> Health:
        """Check the database file and that its tables hold the same entries: for doctor."""
        return await self.upkeep().check()

    async def verify(self, reader: Reader) -> list[str]:
        """Return ``Type/id`` of each entry whose search rows are not those of a rebuild."""
        return await self.upkeep().verify(reader)

    async def rebuild_index(self, extraction: Extract = extract) -> int:
        """Write all search rows anew, in batches; return how many entries there are."""
        return await self.upkeep(extraction).rebuild()

    def upkeep(self, extraction: Extract = extract) -> Upkeep:
        """Return what looks after these records, with search values from `extraction`."""
        return Upkeep(self.store, self._reading, extraction)

    def moving(self) -> Moving:
        """Return what reads and writes these records whole. Ungated: for copies of the node."""
        return Moving(self._classes, self._bodies)

    async def _visible_versions(
        self, reader: Reader, type_: str, id_: str, gate: Gate
    ) -> list[Row]:
        params: dict[str, Value] = {"type": keys.type_number(type_), "id": id_}
        if reader.locked:
            return await self._unlocked_versions(reader, type_, id_, gate)
        facts = await reader.rows("record.facts", **params)
        if not facts:
            return []  # it never was, and so had no versions
        live = not is_ended(facts[0])
        if live and not gates.allows(gate, seen(type_, id_, facts[0])):
            # To decide took as long as finding that an id is unknown, however many there are.
            return []
        rows = await reader.rows("record.current", **params) if live else []
        rows += await reader.rows("record.versions", **params)
        allowed = [row for row in rows if gates.allows(gate, seen(type_, id_, row))]
        return allowed if rows and allowed and allowed[0] is rows[0] else []

    async def _unlocked_versions(
        self, reader: Reader, type_: str, id_: str, gate: Gate
    ) -> list[Row]:
        """Return the same, of a store that locks versions: the newest is decided on first."""
        newest = await self._newest.seen(reader, type_, id_, gate)
        if newest is None:
            return []
        params: dict[str, Value] = {"type": keys.type_number(type_), "id": id_}
        entries = await reader.rows("record.entries_ever", **params)
        subjects = {keys.subject_of(cast("int", entry)) for (entry,) in entries}
        rows = await held(reader, gate, subjects).rows("record.versions", **params)
        allowed = [row for row in rows if gates.allows(gate, seen(type_, id_, row))]
        return [newest, *allowed] if is_live(newest) else allowed


def _of_types(types: Types) -> Extent:
    return ALL if types is None else Extent(tuple(types))
