"""Rows as stored versions: the shape that every reading method returns."""

from collections.abc import Mapping, Sequence
from typing import Final, cast

from throughcare.model.entry import EntryClass, Stored
from throughcare.record import keys, links
from throughcare.record.bodies import Bodies
from throughcare.record.classes import Classes
from throughcare.record.gate import Seen
from throughcare.record.sql import listed
from throughcare.store.protocol import Reader, Row

_BODIES: Final = 7
_CANDIDATE: Final = 11
"""Columns of the statements bodies and candidate before those of `links`."""


class Reading:
    """Makes `Stored` of rows; used by `Records` and `Searching`."""

    def __init__(self, classes: Classes, bodies: Bodies) -> None:
        """Read with these classes and dictionaries."""
        self._classes = classes
        self._bodies = bodies

    async def entries(self, reader: Reader, places: Sequence[int]) -> list[Stored]:
        """Return the current versions of these entry numbers, in the same order."""
        rows = await reader.rows("record.bodies", entries=listed(places))
        by_place = {
            row[0]: stored for row, stored in zip(rows, await self.of(reader, rows), strict=True)
        }
        return [by_place[place] for place in places]

    async def of(self, reader: Reader, rows: Sequence[Row]) -> list[Stored]:
        """Return rows of (entry, type, id, version, updated, cls, body) as versions.

        With what each names, where the columns for it (`links`) stand behind.
        """
        kept: list[links.Links | None] = [None] * len(rows)
        if rows and len(rows[0]) > _BODIES:
            kept = [links.of(cast("int", row[3]), row, _BODIES) for row in rows]
            rows = [row[:_BODIES] for row in rows]
        rows_of = cast("Sequence[tuple[int, int, str, int, int, int, bytes]]", rows)
        bodies = await self._bodies.unpacked(reader, [row[6] for row in rows_of])
        classes = await self.classes(reader, {row[5] for row in rows_of})
        return [
            Stored(
                keys.type_name(type_),
                id_,
                version,
                entry >> keys.PLACES,
                keys.moment(updated),
                classes[cls],
                body,
                links=named,
            )
            for (entry, type_, id_, version, updated, cls, _), body, named in zip(
                rows_of, bodies, kept, strict=True
            )
        ]

    async def classes(self, reader: Reader, numbers: set[int]) -> Mapping[int, EntryClass]:
        """Return the classes of these numbers, and maybe others."""
        return await self._classes.among(reader, numbers)

    async def version(self, reader: Reader, type_: str, id_: str, row: Row) -> Stored:
        """Return a row of the statements current, candidate, deletion and versions as a version."""
        known = cast("tuple[int, int, int, int, None, None, None, bytes]", row)
        entry, version, updated, cls = known[:4]
        body = known[7] if len(row) > 7 else b""  # noqa: PLR2004 - deletion has none
        if body:
            body = await self._bodies.one(reader, body)
        return Stored(
            type_,
            id_,
            version,
            entry >> keys.PLACES,
            keys.moment(updated),
            self._classes.known(cls) or await self._classes.one(reader, cls),
            body,
            not body,
            links.of(version, row, _CANDIDATE) if len(row) > _CANDIDATE else None,
        )


def seen(type_: str, id_: str, row: Row) -> Seen:
    """Return what the gate looks at in a row of current, deletion or versions."""
    entry, _, _, cls, low, high, author = cast("tuple[int, ...]", row[:7])
    return Seen(entry >> keys.PLACES, type_, id_, cls, low, high, author)
