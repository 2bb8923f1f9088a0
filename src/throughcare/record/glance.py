"""The visible entries of a record, not unpacked yet: a page may read few of them."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import cast

import msgspec

from throughcare.model.entry import EntryClass, Stored
from throughcare.record import keys
from throughcare.record.reading import Reading
from throughcare.store.protocol import Reader, Row

Unpack = Callable[[Sequence[Row]], Awaitable[list[Stored]]]
"""Makes versions of rows, in their order."""


class Glanced(msgspec.Struct, frozen=True, gc=False):
    """One visible entry, as far as it is known without its content."""

    place: int
    """Its entry number."""
    type: str
    id: str
    cls: EntryClass
    packed: bytes
    """Its content as it is stored; the same bytes are the same content."""
    row: Row
    """As the store gave it; `Glance.opened` makes a version of it."""

    @property
    def subject(self) -> int:
        """Whose source record it belongs to."""
        return keys.subject_of(self.place)


class Glance:
    """What may be seen of some subjects, by subject and place."""

    def __init__(self, entries: Sequence[Glanced], unpack: Unpack) -> None:
        """Hold `entries`, whose rows `unpack` makes versions of."""
        self.entries = entries
        self._unpack = unpack

    @property
    def visible(self) -> Collection[int]:
        """The numbers of all entries that it holds."""
        return {each.place for each in self.entries}

    async def opened(self, wanted: Sequence[Glanced] | None = None) -> list[Stored]:
        """Return these of the entries with their content, all if none are named, in order."""
        chosen = self.entries if wanted is None else wanted
        return await self._unpack([each.row for each in chosen])


async def glance(reader: Reader, reading: Reading, rows: Sequence[Row]) -> Glance:
    """Return rows of (entry, type, id, version, updated, cls, body ...) as a glance at them."""
    known = cast("Sequence[tuple[int, int, str, int, int, int, bytes]]", rows)
    classes = await reading.classes(reader, {row[5] for row in known})
    entries = [
        Glanced(row[0], keys.type_name(row[1]), row[2], classes[row[5]], row[6], row)
        for row in known
    ]
    return Glance(entries, partial(reading.of, reader))
