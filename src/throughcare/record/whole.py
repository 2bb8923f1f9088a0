"""Records of subjects as a whole, or the extent of them that is asked for, page by page."""
# ruff: noqa: S608 - aliases and columns are this room's own; values are parameters

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import cast

from throughcare.fhir.terms import IdIs, Query
from throughcare.model.entry import Stored
from throughcare.model.extent import Extent
from throughcare.record import keys, links, order
from throughcare.record.entries import Page
from throughcare.record.gate import Seen
from throughcare.record.glance import Glance, glance
from throughcare.record.reading import Reading
from throughcare.record.sql import Sql, among, every, listed
from throughcare.store.protocol import Reader, Row

ALL = Extent()
NOTHING = Sql("")
_COLUMNS = "h.entry, h.type, h.id, r.version, h.updated, h.cls, r.body"
_NUMBERED = f"{_COLUMNS}, {links.NUMBERS}"
_LINKED = f"{_COLUMNS}, {links.COLUMNS}"


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of a type a subject has."""

    subject: int
    type: str
    count: int
    packed: int
    """Bytes as they are stored."""


class Whole:
    """Reads entries of subjects by rising number; used by `Records` alone."""

    def __init__(self, reading: Reading) -> None:
        """Return versions through `reading`."""
        self._reading = reading

    async def entries(
        self, reader: Reader, subjects: Sequence[int], visible: Sql, extent: Extent = ALL
    ) -> list[Stored]:
        """Return the entries of `extent` for which `visible` holds, by subject and place."""
        rows = await self._rows(reader, subjects, every((visible, _within(extent))))
        return await self._reading.of(reader, rows)

    async def linked(
        self, reader: Reader, subjects: Sequence[int], visible: Sql, extent: Extent
    ) -> list[Stored]:
        """Return the same, with what each of them names."""
        tests = every((visible, _within(extent)))
        rows = await self._rows(reader, subjects, tests, columns=_LINKED)
        return await self._reading.of(reader, rows)

    async def glance(
        self, reader: Reader, subjects: Sequence[int], visible: Sql, extent: Extent = ALL
    ) -> Glance:
        """Return the same, not unpacked yet."""
        tests = every((visible, _within(extent)))
        rows = await self._rows(reader, subjects, tests, columns=_NUMBERED)
        return await glance(reader, self._reading, rows)

    async def opened(self, reader: Reader, rows: Sequence[Row]) -> list[Stored]:
        """Return rows of (entry, type, id, version, updated, cls, body) as versions."""
        return await self._reading.of(reader, rows)

    async def seen(self, reader: Reader, subjects: Sequence[int], visible: Sql) -> list[Seen]:
        """Return what a decision looks at in the entries for which `visible` holds."""
        columns = "h.entry, h.type, h.id, h.cls, h.date_lo, h.date_hi, h.author"
        statement = _select(reader, columns, subjects, visible)
        rows = await reader.query(*statement.parts, subjects=subjects)
        return [_seen(row) for row in sorted(rows, key=itemgetter(0))]

    async def page(
        self, reader: Reader, subjects: Sequence[int], visible: Sql, extent: Extent
    ) -> Page:
        """Return `extent.count` entries from its place on, and how many there are in all.

        An entry that stays is met exactly once, whatever is written meanwhile.
        """
        count = extent.count
        meant = every((visible, _within(extent)))
        about = Query("", (IdIs((repr((*subjects, replace(extent, after=""))),)),))
        ((key,),) = await reader.rows("record.page_key")
        rest = meant
        if extent.after:
            place = order.unseal(cast("bytes", key), replace(about, after=extent.after))
            rest = every((meant, Sql("h.entry > ?", (place.values[0],))))
        limit = Sql(" ORDER BY h.entry LIMIT ?", (count + 1,))
        rows = await self._rows(reader, subjects, rest, limit, columns=_LINKED)
        rows = rows[: count + 1]
        following = ""
        if len(rows) > count:
            last = order.Place((rows[count - 1][0],), "", "")
            following = order.seal(cast("bytes", key), about, last)
        shown = await self._reading.of(reader, rows[:count])
        total = await self._count(reader, subjects, meant)
        return Page(tuple(shown), (), total, following)

    async def amounts(
        self, reader: Reader, subjects: Sequence[int], visible: Sql, extent: Extent
    ) -> list[Amount]:
        """Return how much there is of each type, by subject, then type."""
        statement = _select(
            reader,
            "h.subject, h.type, count(*), sum(length(r.body))",
            subjects,
            every((visible, _within(extent))),
        ) + Sql(" GROUP BY h.subject, h.type")
        rows = await reader.query(*statement.parts, subjects=subjects)
        numbers = sorted(cast("list[tuple[int, int, int, int]]", rows))
        return [
            Amount(subject, keys.type_name(type_), count, int(packed))
            for subject, type_, count, packed in numbers
        ]

    async def _rows(
        self,
        reader: Reader,
        subjects: Sequence[int],
        tests: Sql,
        rest: Sql = NOTHING,
        *,
        columns: str = _COLUMNS,
    ) -> list[Row]:
        joined = links.JOINS if columns == _LINKED else ""
        statement = _select(reader, columns, subjects, tests, joined) + rest
        rows = await reader.query(*statement.parts, subjects=subjects)
        return sorted(rows, key=itemgetter(0))

    async def _count(self, reader: Reader, subjects: Sequence[int], tests: Sql) -> int:
        statement = _select(reader, "count(*)", subjects, tests)
        rows = await reader.query(*statement.parts, subjects=subjects)
        return sum(cast("int", count) for (count,) in rows)


def _seen(row: Row) -> Seen:
    known = cast("tuple[int, int, str, int, int | None, int | None, int | None]", row)
    entry, type_, id_, cls, low, high, author = known
    return Seen(keys.subject_of(entry), keys.type_name(type_), id_, cls, low, high, author)


def _select(
    reader: Reader, columns: str, subjects: Sequence[int], tests: Sql, joined: str = ""
) -> Sql:
    # A locked table is not looked up by what is computed of another's column.
    place = f"h.entry > s.value << {keys.PLACES} AND h.entry < (s.value + 1) << {keys.PLACES}"
    text = (
        f"SELECT {columns} FROM {{numbers ?}} s CROSS JOIN head h "
        f"ON {'h.subject = s.value' if reader.locked else place} "
        f"JOIN res r ON r.entry = h.entry{joined} WHERE "
    )
    return Sql(text, (listed(sorted(set(subjects))),)) + tests


def _within(extent: Extent) -> Sql:
    """Return the predicate on the head row ``h``."""
    tests = []
    if extent.types is not None:
        tests.append(among("h.type", sorted({keys.type_number(name) for name in extent.types})))
    if extent.since is not None:
        tests.append(Sql("h.updated > ?", (keys.micros(extent.since),)))
    if extent.until is not None:
        tests.append(Sql("h.updated <= ?", (keys.micros(extent.until),)))
    if extent.low is not None:
        tests.append(Sql("(h.date_hi IS NULL OR h.date_hi >= ?)", (extent.low,)))
    if extent.high is not None:
        tests.append(Sql("(h.date_lo IS NULL OR h.date_lo <= ?)", (extent.high,)))
    return every(tests)
