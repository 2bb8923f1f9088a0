"""The newest version of logical ids: one row each, however many are asked for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from throughcare.model.decision import Gate
from throughcare.record import keys
from throughcare.record.gate import allows
from throughcare.record.locking import held
from throughcare.record.reading import seen
from throughcare.record.sql import listed
from throughcare.store.protocol import Reader, Row

_BODY = 7
"""Place of the body in a row of the statement current; one of the statement deletion has none."""


class Newest:
    """Looks up what stands under logical ids."""

    async def row(self, reader: Reader, type_: str, id_: str) -> Row | None:
        """Return the row of the newest version; see `rows`."""
        number = keys.type_number(type_)
        rows = await reader.rows("record.current", type=number, id=id_)
        return await self._or_ended(reader, rows, number, id_)

    async def seen(self, reader: Reader, type_: str, id_: str, gate: Gate) -> Row | None:
        """Return the row of the newest version, if it may be seen."""
        row = await (self._facts if reader.locked else self.row)(reader, type_, id_)
        if row is None or not allows(gate, seen(type_, id_, row)):
            return None
        return await self.opened(reader, row, gate)

    async def _facts(self, reader: Reader, type_: str, id_: str) -> Row | None:
        number = keys.type_number(type_)
        rows = await reader.rows("record.facts", type=number, id=id_)
        return await self._or_ended(reader, rows, number, id_)

    async def opened(self, reader: Reader, row: Row, gate: Gate) -> Row:
        """Return a row that was decided on, with version and body if the store locks those."""
        if not reader.locked or not is_live(row):
            return row
        entry = cast("int", row[0])
        locked = held(reader, gate, (keys.subject_of(entry),))
        ((version, body),) = await locked.rows("record.body", entry=entry)
        return entry, version, *row[2:_BODY], body

    async def rows(
        self, reader: Reader, names: Iterable[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Row]:
        """Return the row of the newest version of each (type, id) that has one.

        It is a row of the statement current or, where that is a deletion, of deletion.
        """
        by_type: dict[str, list[str]] = {}
        for type_, id_ in names:
            by_type.setdefault(type_, []).append(id_)
        found: dict[tuple[str, str], Row] = {}
        for type_, ids in by_type.items():
            number = keys.type_number(type_)
            rows = await reader.rows("record.current_among", type=number, ids=listed(ids))
            for id_, row in by_id(rows, 1).items():
                newest = row[1:] if row[1] is not None else await self._ended(reader, number, id_)
                if newest is not None:
                    found[type_, id_] = newest
        return found

    async def _or_ended(
        self, reader: Reader, rows: Sequence[Row], number: int, id_: str
    ) -> Row | None:
        """Return the one of `rows`, or the deletion that it stands for; None if there is none."""
        if not rows:
            return None
        return await self._ended(reader, number, id_) if is_ended(rows[0]) else rows[0]

    async def _ended(self, reader: Reader, number: int, id_: str) -> Row | None:
        rows = await reader.rows("record.deletion", type=number, id=id_)
        return rows[0] if rows else None


def by_id(rows: Iterable[Row], place: int) -> dict[str, Row]:
    """Return rows by the id that comes first, one for each, with a value at `place` if it can be.

    Where entries lie apart an id may be known in several databases, and its entry be in one.
    """
    found: dict[str, Row] = {}
    for row in rows:
        id_ = cast("str", row[0])
        if row[place] is not None or id_ not in found:
            found[id_] = row
    return found


def is_ended(row: Row) -> bool:
    """Tell whether a row of the statements current and facts is of what was deleted, or unknown."""
    return row[2] is None


def is_live(row: Row) -> bool:
    """Tell whether a row is of a version that is not a deletion."""
    return len(row) > _BODY
