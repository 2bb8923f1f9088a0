"""Looking after the record: are its tables sound, do search rows say what the bodies say, anew."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.index import extract
from throughcare.fhir.terms import Index
from throughcare.model.entry import Stored
from throughcare.record import keys
from throughcare.record.linking import link
from throughcare.record.links import UNKNOWN
from throughcare.record.reading import Reading
from throughcare.record.rows import Params, SearchRows, search_rows
from throughcare.record.sql import listed
from throughcare.record.writing import add_search_rows, flush, no_rows
from throughcare.store.protocol import Reader, Row, Store, Transaction, Value

Extract = Callable[[Mapping[str, Any]], Index]
AT_ONCE = 500
"""Entries that are read together."""
TOGETHER = 100
"""Entries that are rebuilt together: a writer waits for so many, some milliseconds."""
LAST = (1 << 62) - 1
"""Higher than the number of any entry."""


@dataclass(frozen=True, slots=True)
class Health:
    """What `Upkeep.check` found; sound if `faults` is empty."""

    entries: int
    versions: int
    """Superseded versions and deletions."""
    changes: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """Some entries, and those of them whose search rows are not those of a rebuild."""

    entries: int
    wrong: tuple[str, ...]


Progress = Callable[[int], None]
"""Told how many more entries are done."""


def _ignore(_more: int) -> None:
    """Show no progress."""


class Upkeep:
    """For doctor, and for a program that extracts search values in a new way."""

    def __init__(self, store: Store, reading: Reading, extraction: Extract = extract) -> None:
        """Look after `store`; search values come from `extraction`."""
        self._store = store
        self._reading = reading
        self._extract = extraction

    async def check(self) -> Health:
        """Check the database file, and that its tables hold the same entries."""
        async with self._store.whole() as reader:
            integrity = [cast("str", row[0]) for row in await reader.rows("record.integrity")]
            tallies = await reader.rows("record.tally")
        faults = [f"The database file is damaged: {text}." for text in integrity if text != "ok"]
        columns = zip(*tallies, strict=True)
        entries, bodies, terms, names, versions, changes = (sum(map(_number, c)) for c in columns)
        for what, count in (("bodies", bodies), ("search terms", terms), ("ids", names)):
            if count != entries:
                faults.append(
                    f"There are {entries} entries and {count} {what}. Rebuild the search rows."
                )
        return Health(entries, versions, changes, tuple(faults))

    async def verify(self, reader: Reader) -> list[str]:
        """Return ``Type/id`` of each entry whose search rows are not those of a rebuild."""
        wrong = []
        async for place, stored in self._every(reader):
            expected = search_rows(place, stored.type, self._index(stored))
            if not await self._agrees(reader, place, expected):
                wrong.append(f"{stored.type}/{stored.id}")
        return wrong

    async def sample(self, reader: Reader, after: int, count: int) -> Sample:
        """Compare `count` entries after the number `after` with a rebuild, as `verify` does."""
        rows = await reader.rows("record.every_entry", after=after, limit=count)
        entries = await self._reading.of(reader, rows)
        wrong = []
        for row, stored in zip(rows, entries, strict=True):
            place = _number(row[0])
            if not await self._agrees(
                reader, place, search_rows(place, stored.type, self._index(stored))
            ):
                wrong.append(f"{stored.type}/{stored.id}")
        return Sample(len(rows), tuple(wrong))

    async def rebuild(self, progress: Progress = _ignore) -> int:
        """Write all search rows anew while others read and write; return how many entries.

        In batches, each a transaction of its own that also notes how far it came: interrupted, it
        goes on from there the next time. Rows of entries that are gone are taken away. The clinical
        date and author, which consent looks at, are written anew as well.
        """
        done = 0
        while (count := await self._store.transact(self._rebuild_some)) is not None:
            done += count
            progress(count)
        return done

    async def _rebuild_some(self, tx: Transaction) -> int | None:
        """Rebuild the next entries; None after the last."""
        kept = await tx.rows("upkeep.place")
        after = _number(kept[0][0]) if kept else -1
        if after == LAST:
            await tx.run("upkeep.end")
            return None
        rows = await tx.rows("record.every_entry", after=after, limit=TOGETHER)
        last = _number(rows[-1][0]) if len(rows) == TOGETHER else LAST
        await _clear(tx, after, last)
        batch, linked = no_rows(), []
        for row, stored in zip(rows, await self._reading.of(tx, rows), strict=True):
            place = _number(row[0])
            found = search_rows(place, stored.type, self._index(stored))
            add_search_rows(batch, place, found)
            await tx.run("record.redate", entry=place, **found.head)
            linked.append(({"entry": place, "version": stored.version} | UNKNOWN, stored.body))
        await flush(tx, batch)
        await link(tx, linked, {})
        await tx.run_many("record.link_res", [row for row, _ in linked])
        await tx.run("upkeep.keep_place", place=last)
        return len(rows)

    async def superseded(self, reader: Reader, before: datetime) -> int:
        """Return how many versions another one took the place of before that moment.

        Deletions are not counted, nor anything about consent.
        """
        count, place = 0, (-1, -1)
        while rows := await self._superseded(reader, place, before):
            count += len(rows)
            place = rows[-1]
        return count

    async def remove_superseded(self, tx: Transaction, before: datetime) -> int:
        """Remove some of those for good; return how many, 0 when there are no more."""
        rows = await self._superseded(tx, (-1, -1), before)
        await tx.run_many(
            "upkeep.remove_version", [{"entry": entry, "version": n} for entry, n in rows]
        )
        return len(rows)

    async def _superseded(
        self, reader: Reader, after: tuple[int, int], before: datetime
    ) -> list[tuple[int, int]]:
        entry, version = after
        consents = [_number(row[0]) for row in await reader.rows("upkeep.classes_of_consents")]
        rows = await reader.rows(
            "upkeep.superseded",
            consents=listed(consents),
            entry=entry,
            version=version,
            before=keys.micros(before),
            limit=AT_ONCE,
        )
        return [(_number(row[0]), _number(row[1])) for row in rows]

    def _index(self, stored: Stored) -> Index:
        return self._extract(fhir_bytes.parse(stored.body))

    async def _every(self, reader: Reader) -> AsyncIterator[tuple[int, Stored]]:
        after = 0
        while rows := await reader.rows("record.every_entry", after=after, limit=AT_ONCE):
            for row, stored in zip(rows, await self._reading.of(reader, rows), strict=True):
                yield _number(row[0]), stored
            after = _number(rows[-1][0])

    async def _agrees(self, reader: Reader, place: int, expected: SearchRows) -> bool:
        coded = await reader.rows("record.coded_rows", entry=place, subject=keys.subject_of(place))
        ranges = await reader.rows("record.ord_rows", entry=place)
        words = await reader.rows("record.words_rows", entry=place)
        head = await reader.rows("record.head_row", entry=place)
        terms = " AND ".join(expected.terms.split())
        ((met,),) = await reader.rows("record.has_terms", terms=terms, entry=place)
        return (
            met == 1
            and head == [tuple(expected.head.values())]
            and set(coded) == _rows(expected.coded)
            and set(ranges) == _rows(expected.ord)
            and set(words) == _rows(expected.words)
        )


async def _clear(tx: Transaction, after: int, last: int) -> None:
    """Take away all search rows of the entry numbers after `after` up to `last`."""
    subjects = {"first_subject": keys.subject_of(after), "last_subject": keys.subject_of(last)}
    await tx.run("upkeep.clear_coded", after=after, last=last, **subjects)
    for table in ("ord", "words", "terms"):
        await tx.run(f"upkeep.clear_{table}", after=after, last=last)


def _rows(expected: Sequence[Params]) -> set[Row]:
    return {tuple(row.values()) for row in expected}


def _number(value: Value) -> int:
    return cast("int", value)
