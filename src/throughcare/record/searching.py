"""Runs compiled searches: pages, totals, includes."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import cast

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.index import extract
from throughcare.fhir.terms import Include, InRecordOf, Query
from throughcare.kernel import BadInputError
from throughcare.model.decision import Gate
from throughcare.model.entry import Stored
from throughcare.record import gate as gates
from throughcare.record import keys, masking, order, pointing
from throughcare.record.entries import Page
from throughcare.record.plan import FEW, Matches, matches
from throughcare.record.reading import Reading
from throughcare.record.resolving import Resolving, subjects_of
from throughcare.record.sql import Sql, every, join, listed, negated
from throughcare.store.protocol import Reader, Row


class Searching:
    """Searches; used by `Records` alone."""

    def __init__(self, reading: Reading) -> None:
        """Return versions through `reading`."""
        self._reading = reading
        self._key = b""

    async def search(
        self,
        reader: Reader,
        query: Query,
        gate: Gate,
        subjects: Sequence[int] | None,
        hidden: frozenset[str],
    ) -> Page:
        """Return a page; see `Records.search`. A link to one of `hidden` finds nothing."""
        scope = None if subjects is None else frozenset(subjects)
        seen = replace(query, where=pointing.without(query.where, hidden)) if hidden else query
        found = await _compiled(reader, seen, gate, scope)
        sort = order.sort_keys(query)
        if query.count == 0 or query.summary == "count":
            return Page((), (), await _count(reader, found), "")
        whole = found.scope is not None and len(found.scope) <= FEW  # else the sort carries much
        rows = await self._rows(reader, query, found, sort, whole=whole)
        page, more = rows[: query.count], len(rows) > query.count
        total = None
        if query.total:
            alone = not more and not query.after
            total = len(rows) if alone else await _count(reader, found)
        if whole:
            entries = await self._reading.of(reader, [_contents(row) for row in page])
        else:
            entries = await self._reading.entries(reader, [cast("int", row[0]) for row in page])
        included = await self._included(reader, query, gate, entries)
        following = await self._next(reader, query, page[-1][: len(sort) + 2]) if more else ""
        return Page(tuple(entries), tuple(included), total, following)

    async def _rows(
        self,
        reader: Reader,
        query: Query,
        found: Matches,
        sort: Sequence[order.Key],
        *,
        whole: bool,
    ) -> list[Row]:
        """Return (entry, id, sort values...) of the page and of one entry more.

        With the rest of each entry behind, if `whole`.
        """
        selected = order.columns(sort, narrow=found.narrow)
        if whole:
            selected += order.contents()
            found = replace(found, source=found.source + Sql(" JOIN res r ON r.entry = h.entry"))
        statement = found.select(selected)
        if query.after:
            place = order.unseal(await self._page_key(reader), query)
            type_ = keys.type_number(query.type)
            rows = await reader.rows("record.entry_of", type=type_, id=place.id)
            if not rows:
                message = "The entry that this page follows is gone for good. Search again."
                raise BadInputError(message, place="page")
            after = order.beyond(sort, place.values, cast("int", rows[0][0]))
            statement = join(
                (Sql("SELECT * FROM ("), statement, Sql(") AS found WHERE "), after), ""
            )
        statement += Sql(f" ORDER BY {order.ordered(sort)} LIMIT ?", (query.count + 1,))
        rows = await reader.query(*statement.parts, subjects=found.scope)
        return order.merged(sort, rows, query.count + 1) if reader.spread else rows

    async def _next(self, reader: Reader, query: Query, last: Row) -> str:
        place = order.Place(tuple(last[2:]), cast("str", last[1]))
        return order.seal(await self._page_key(reader), query, place)

    async def _page_key(self, reader: Reader) -> bytes:
        if not self._key:
            ((key,),) = await reader.rows("record.page_key")
            self._key = cast("bytes", key)
        return self._key

    async def _included(
        self, reader: Reader, query: Query, gate: Gate, entries: Sequence[Stored]
    ) -> list[Stored]:
        """Return visible entries that the page's point to, or that point to the page's."""
        found: set[int] = set()
        for include in query.includes:
            if include.reverse:
                found |= await self._pointing(reader, include, query.type, gate, entries)
            else:
                found |= await self._pointed(reader, include, gate, entries)
        met = {(entry.type, entry.id) for entry in entries}
        extra = await self._reading.entries(reader, sorted(found))
        return [entry for entry in extra if (entry.type, entry.id) not in met]

    async def _pointed(
        self, reader: Reader, include: Include, gate: Gate, entries: Sequence[Stored]
    ) -> set[int]:
        sources = [entry for entry in entries if entry.type == include.type]
        if masking.tells_episode(include.type, include.param):
            sources = await self._unmasked(reader, gate, sources)
        targets: dict[str, list[str]] = {}
        for entry in sources:
            for param, target in extract(fhir_bytes.parse(entry.body)).references:
                type_, _, id_ = target.partition("/")
                if param == include.param and include.target in {"", type_}:
                    targets.setdefault(type_, []).append(id_)
        found: set[int] = set()
        for type_, ids in targets.items():
            found |= await self.visible_ids(reader, gate, type_, ids)
        return found

    async def visible_ids(
        self, reader: Reader, gate: Gate, type_: str, ids: Iterable[str]
    ) -> set[int]:
        """Return the entry numbers of those of `ids` that may be seen."""
        seen = gates.visible(gates.group(gate), "h")
        text = (
            "SELECT h.entry FROM {texts ?} j "
            "CROSS JOIN alias a ON a.type = ? AND a.id = j.value "
            "JOIN head h ON h.entry = a.entry WHERE "
        )
        head = Sql(text, (listed(sorted(set(ids))), keys.type_number(type_)))
        return await _entries(reader, head + seen)

    async def _unmasked(
        self, reader: Reader, gate: Gate, entries: Sequence[Stored]
    ) -> list[Stored]:
        hidden = gates.masked(gates.group(gate), "h")
        kept = []
        for entry in entries:
            where = every((Sql("a.type = ? AND a.id = ?", _name(entry)), negated(hidden)))
            text = "SELECT h.entry FROM alias a JOIN head h ON h.entry = a.entry WHERE "
            if await _entries(reader, Sql(text) + where, (entry.subject,)):
                kept.append(entry)
        return kept

    async def _pointing(
        self, reader: Reader, include: Include, type_: str, gate: Gate, entries: Sequence[Stored]
    ) -> set[int]:
        names = [f"{e.type}/{e.id}" for e in entries if e.type == type_]
        if type_ == "Patient" and include.param in {"patient", "subject"}:
            scope = await subjects_of(reader, InRecordOf(tuple(names)))
            found = matches(Query(include.type, count=0), gate, tuple(sorted(scope)))
            return await _entries(reader, found.select(Sql("h.entry")), found.scope)
        grouped = gates.group(gate)
        tests = [gates.visible(grouped, "h")]
        if masking.tells_episode(include.type, include.param):
            tests.append(negated(gates.masked(grouped, "h")))
        wanted = [keys.reference(include.type, include.param, name) for name in names]
        text = (
            "SELECT h.entry FROM {texts ?} j CROSS JOIN tok t ON {has t j.value} "
            "CROSS JOIN head h ON h.entry = t.rowid WHERE "
        )
        return await _entries(reader, Sql(text, (listed(wanted),)) + every(tests))


def _name(entry: Stored) -> tuple[int, str]:
    return keys.type_number(entry.type), entry.id


async def _compiled(
    reader: Reader, query: Query, gate: Gate, scope: frozenset[int] | None
) -> Matches:
    """Compile `query` within `scope` and the records that it names."""
    if reader.spread:
        query, scope = await Resolving(reader, gate).resolved(query, scope)
    else:
        for criterion in query.where:
            if isinstance(criterion, InRecordOf):
                found = await subjects_of(reader, criterion)
                scope = found if scope is None else scope & found
    return matches(query, gate, None if scope is None else tuple(sorted(scope)))


async def _count(reader: Reader, found: Matches) -> int:
    rows = await reader.query(*found.count().parts, subjects=found.scope)
    return sum(cast("int", count) for (count,) in rows)


async def _entries(
    reader: Reader, statement: Sql, subjects: Collection[int] | None = None
) -> set[int]:
    rows = await reader.query(*statement.parts, subjects=subjects)
    return {cast("int", entry) for (entry,) in rows}


def _contents(row: Row) -> Row:
    """Return (entry, type, id, version, updated, cls, body) of a row that has them at its end."""
    return row[0], row[-5], row[1], *row[-4:]
