"""Looking after the record: are its tables sound, do search rows say what the bodies say, anew."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.index import extract
from throughcare.fhir.terms import Index
from throughcare.model.entry import Stored
from throughcare.record import keys
from throughcare.record.reading import Reading
from throughcare.record.rows import Params, SearchRows, search_rows
from throughcare.record.writing import SEARCHED, add_search_rows, flush, no_rows
from throughcare.store.protocol import Reader, Row, Store, Transaction, Value

Extract = Callable[[Mapping[str, Any]], Index]
AT_ONCE = 500
"""Entries that are read together."""


@dataclass(frozen=True, slots=True)
class Health:
    """What `Upkeep.check` found; sound if `faults` is empty."""

    entries: int
    versions: int
    """Superseded versions and deletions."""
    changes: int
    faults: tuple[str, ...]


class Upkeep:
    """For doctor, and for a program that extracts search values in a new way."""

    def __init__(self, store: Store, reading: Reading, extraction: Extract = extract) -> None:
        """Look after `store`; search values come from `extraction`."""
        self._store = store
        self._reading = reading
        self._extract = extraction

    async def check(self) -> Health:
        """Check the database file, and that its tables hold the same entries."""
        async with self._store.snapshot() as reader:
            integrity = [cast("str", row[0]) for row in await reader.rows("record.integrity")]
            ((heads, *others),) = await reader.rows("record.tally")
        faults = [f"The database file is damaged: {text}." for text in integrity if text != "ok"]
        entries, bodies, terms, names, versions, changes = map(_number, (heads, *others))
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

    async def rebuild(self) -> int:
        """Write all search rows anew, in one transaction; return how many entries there are.

        The clinical date and author, which consent looks at, are written anew as well.
        """

        async def work(tx: Transaction) -> int:
            for table in SEARCHED:
                await tx.run(f"record.clear_{table}")
            count, batch = 0, no_rows()
            async for place, stored in self._every(tx):
                rows = search_rows(place, stored.type, self._index(stored))
                add_search_rows(batch, place, rows)
                await tx.run("record.redate", entry=place, **rows.head)
                count += 1
                if count % AT_ONCE == 0:
                    await flush(tx, batch)
            await flush(tx, batch)
            return count

        return await self._store.transact(work)

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


def _rows(expected: Sequence[Params]) -> set[Row]:
    return {tuple(row.values()) for row in expected}


def _number(value: Value) -> int:
    return cast("int", value)
