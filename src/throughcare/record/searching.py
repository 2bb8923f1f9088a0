"""Runs compiled searches: pages, totals, includes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, cast

from throughcare.fhir.terms import Criterion, InRecordOf, Query
from throughcare.kernel import BadInputError
from throughcare.model.decision import Gate
from throughcare.model.entry import Stored
from throughcare.record import aside, identifiers, keys, links, order, pointing
from throughcare.record import gate as gates
from throughcare.record.entries import Page
from throughcare.record.hiding import Hiding
from throughcare.record.including import Including
from throughcare.record.locking import held, stays
from throughcare.record.owners import Owners
from throughcare.record.plan import FEW, Matches, explained, matches
from throughcare.record.reading import Reading
from throughcare.record.resolving import Resolving, subjects_of
from throughcare.record.sql import Sql, join
from throughcare.store.protocol import Reader, Row, Value

_CONTENTS: Final = 5 + 1 + 2 * links.MOST
"""Columns of `order.CONTENTS`."""


class Searching:
    """Searches; used by `Records` alone."""

    def __init__(self, reading: Reading, hiding: Hiding) -> None:
        """Return versions through `reading`; `hiding` tells what may not be seen."""
        self._reading = reading
        self.hiding = hiding
        self._key = b""

    async def search(
        self,
        reader: Reader,
        query: Query,
        gate: Gate,
        subjects: Sequence[int] | None,
        known: Owners | None,
    ) -> Page:
        """Return a page; see `Records.search`."""
        scope = None if subjects is None else frozenset(subjects)
        found = [
            await self._compiled(reader, branch, gate, scope, known) for branch in query.each()
        ]
        plan = explained(query, found) if query.explain else ()
        view = _locked(reader, gate, query, found)
        if query.count == 0 or query.summary == "count":
            return Page((), (), await _count(view, found), "", plan)
        run = _Run(self, view, query, gate, found)
        rows = await run.rows()
        page, more = rows[: query.count], len(rows) > query.count
        total = None
        if query.total:
            alone = not more and not query.after
            total = len(rows) if alone else await _count(view, found)
        entries = await run.entries(page)
        including = Including(self._reading, reader, gate)
        included = await including.of(query.includes, entries) if query.includes else []
        following = ""
        if more:
            values = tuple(page[-1][2 : 2 + len(query.sort)])
            place = order.Place(values, entries[-1].type, entries[-1].id)
            following = order.seal(await self.page_key(reader), query, place)
        return Page(tuple(entries), tuple(included), total, following, plan)

    async def subjects(self, reader: Reader, query: Query, gate: Gate) -> frozenset[int]:
        """Return the subjects of all that matches."""
        found = [await self._compiled(reader, branch, gate, None) for branch in query.each()]
        view = _locked(reader, gate, query, found)
        rows: list[Row] = []
        for one in found:
            statement = one.select(Sql("DISTINCT h.subject"))
            rows += await view.query(*statement.parts, subjects=one.scope)
        return frozenset(cast("int", subject) for (subject,) in rows)

    async def _compiled(
        self,
        reader: Reader,
        query: Query,
        gate: Gate,
        scope: frozenset[int] | None,
        known: Owners | None = None,
    ) -> Matches:
        """Compile a search of one type within `scope` and the records that it names.

        A link to what may not be seen finds nothing. Of what is `known` nothing is asked.
        """
        owners = [one for one in query.where if isinstance(one, InRecordOf)]
        others: tuple[Criterion, ...]
        others = tuple(one for one in query.where if not isinstance(one, InRecordOf))
        texts = await self._texts(reader, query.type, others, gate)
        texts = texts.union(*(one.patients for one in owners))
        hidden = frozenset[str]()
        if known is not None:
            hidden = known.hidden(gate)
            texts -= known.told(texts)
        if texts:
            hidden |= await self.hiding.texts(reader, texts, gate)
        if hidden:
            owners = [
                one for one in pointing.without(owners, hidden) if isinstance(one, InRecordOf)
            ]
            others = pointing.without(others, hidden)
        if reader.spread:
            view = reader if stays(query.where) else held(reader, gate)
            query = replace(query, where=(*owners, *others))
            query, scope = await Resolving(view, gate).resolved(query, scope)
            others = query.where
        else:
            # The scope says it now, and need not be asked of each entry again.
            for criterion in owners:
                own = known.scope(criterion) if known is not None else None
                if own is None:
                    own = await subjects_of(reader, criterion)
                scope = own if scope is None else scope & own
        return matches(query.type, others, gate, None if scope is None else tuple(sorted(scope)))

    async def _texts(
        self, reader: Reader, type_: str, criteria: tuple[Criterion, ...], gate: Gate
    ) -> frozenset[str]:
        """Return all that `criteria` ask for and that may name an entry."""
        named = pointing.named(criteria, type_)
        texts = set(named.texts)
        for there, criterion in named.identified:
            statement = identifiers.targets(criterion, there)
            rows = await held(reader, gate).query(*statement.parts)
            texts |= {cast("str", target) for (target,) in rows}
        return frozenset(texts)

    async def page_key(self, reader: Reader) -> bytes:
        """Return the key that seals the places of pages."""
        if not self._key:
            ((key,),) = await reader.rows("record.page_key")
            self._key = cast("bytes", key)
        return self._key

    async def of_rows(self, reader: Reader, rows: Sequence[Row], *, whole: bool) -> list[Stored]:
        """Return the entries of rows over `order.columns`, and `order.CONTENTS` if `whole`."""
        if whole:
            return await self._reading.of(reader, [_contents(row) for row in rows])
        return await self._reading.entries(reader, [cast("int", row[0]) for row in rows])


class _Run:
    """One page of one search: its rows, and the entries that they are of."""

    def __init__(
        self,
        searching: Searching,
        reader: Reader,
        query: Query,
        gate: Gate,
        found: Sequence[Matches],
    ) -> None:
        self.searching = searching
        self.reader = reader
        self.query = query
        self.gate = gate
        self.found = found
        self.sorts = [order.sort_keys(branch) for branch in query.each()]
        self.sort = self.sorts[0]
        self.aside = any(map(aside.is_needed, self.sorts))
        few = all(one.scope is not None and len(one.scope) <= FEW for one in found)
        self.whole = few and not self.aside  # else the sort carries much

    async def rows(self) -> list[Row]:
        """Return (entry, id, sort values...) of the page and of one entry more.

        With the rest of each entry behind, if `whole`.
        """
        most = self.query.count + 1
        after = await self._after() if self.query.after else None
        if self.aside:
            rank = None if after is None else order.rank(self.sort, *after)
            return order.merged(self.sort, await self._told(), most, rank)
        statement = self._statement(Sql(""))
        if after is not None:
            beyond = order.beyond(self.sort, *after)
            statement = join(
                (Sql("SELECT * FROM ("), statement, Sql(") AS page WHERE "), beyond), ""
            )
        statement += Sql(f" ORDER BY {order.ordered(self.sort)} LIMIT ?", (most,))
        rows = await self._query(statement)
        return order.merged(self.sort, rows, most) if self.reader.spread else rows

    async def entries(self, rows: Sequence[Row]) -> list[Stored]:
        """Return the entries of rows."""
        return await self.searching.of_rows(self.reader, rows, whole=self.whole)

    async def _query(self, statement: Sql) -> list[Row]:
        scopes = [one.scope for one in self.found]
        scope = {s for one in scopes if one is not None for s in one}
        subjects = None if any(one is None for one in scopes) else scope
        return await self.reader.query(*statement.parts, subjects=subjects)

    def _statement(self, more: Sql) -> Sql:
        """Return the statement over all branches; `more` columns stand at the end."""
        statements = []
        for found, sort in zip(self.found, self.sorts, strict=True):
            selected = [order.columns(sort, found.entry, narrow=found.narrow), more]
            if self.whole:
                selected.insert(1, order.CONTENTS)
            statements.append(found.select(join(selected, ""), whole=self.whole))
        if len(statements) == 1:
            return statements[0]
        return join(
            (Sql("SELECT * FROM ("), join(statements, " UNION ALL "), Sql(") AS found")), ""
        )

    async def _after(self) -> tuple[tuple[Value, ...], int]:
        """Return sort values and entry number of the entry that this page follows."""
        place = order.unseal(await self.searching.page_key(self.reader), self.query)
        type_ = keys.type_number(place.type)
        rows = await self.reader.rows("record.entry_of", type=type_, id=place.id)
        if not rows:
            message = "The entry that this page follows is gone for good. Search again."
            raise BadInputError(message, place="page")
        return place.values, cast("int", rows[0][0])

    async def _told(self) -> list[Row]:
        """Return the rows of all matches, with sort values that are read off the entries."""
        masked = gates.masked(gates.group(self.gate), "h")
        flag = Sql(", CASE WHEN ") + masked + Sql(" THEN 1 ELSE 0 END AS masked")
        statement = self._statement(flag) + Sql(" LIMIT ?", (aside.MOST + 1,))
        rows = await self._query(statement)
        aside.refuse_many(rows)
        told: list[Row] = []
        for place in range(0, len(rows), aside.AT_ONCE):
            some = rows[place : place + aside.AT_ONCE]
            entries = await self.searching.of_rows(self.reader, some, whole=False)
            indexes = aside.indexes(entries)
            linked = aside.texts(self.sort, indexes)
            hidden = await self.searching.hiding.texts(self.reader, linked, self.gate)
            told += [
                aside.filled(self.sort, row, entry, index, hidden)
                for row, entry, index in zip(some, entries, indexes, strict=True)
            ]
        return told


def _locked(reader: Reader, gate: Gate, query: Query, found: Sequence[Matches]) -> Reader:
    """Return the view under the lock of a search: within its subjects, if it stays there."""
    if not reader.locked:
        return reader
    scopes = [one.scope for one in found]
    if None in scopes or not all(stays(branch.where) for branch in query.each()):
        return held(reader, gate)
    return held(reader, gate, {subject for scope in scopes if scope for subject in scope})


async def _count(reader: Reader, found: Sequence[Matches]) -> int:
    total = 0
    for one in found:
        rows = await reader.query(*one.count().parts, subjects=one.scope)
        total += sum(cast("int", count) for (count,) in rows)
    return total


def _contents(row: Row) -> Row:
    """Return a row with `order.CONTENTS` at its end as one of the statement bodies."""
    return row[0], row[-_CONTENTS], row[1], *row[1 - _CONTENTS :]
