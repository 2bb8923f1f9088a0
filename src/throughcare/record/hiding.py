"""Which entries may not be seen, by whatever name a text calls them."""

from collections.abc import Collection, Coroutine, Iterable, Mapping
from typing import Final, cast

from throughcare.fhir import mentions
from throughcare.fhir.mentions import URN
from throughcare.model.decision import Gate
from throughcare.record import gate as gates
from throughcare.record import keys
from throughcare.record.classes import Classes
from throughcare.record.gate import Seen
from throughcare.record.newest import Newest, by_id, is_ended
from throughcare.record.reading import seen
from throughcare.record.sql import listed
from throughcare.store.protocol import Reader, Row

_TOGETHER: Final = 64
"""Look-ups that one statement makes for several types, most of them of ids of another type."""
_ONE_BY_ONE: Final = 4
"""Names that are sooner asked for one by one than listed, where no statement crosses a network."""
Hidden = Coroutine[object, object, frozenset[str]]
"""Names whose entries may not be seen."""


class Hiding:
    """Tells; used by `Records` and `Searching`."""

    def __init__(self, classes: Classes, newest: Newest) -> None:
        """Decide with these classes on what is `newest`."""
        self._classes = classes
        self._newest = newest

    async def names(self, reader: Reader, names: Iterable[str], gate: Gate) -> frozenset[str]:
        """Return those of `names` (see `mentions`) whose entry is here and may not be seen.

        A ``urn:uuid:`` may mean an entry of any type. What was deleted is hidden from those whom
        it was hidden from.
        """
        asked = set(names)
        urns = {name for name in asked if name.startswith(URN)}
        if not urns:
            return await self._hidden(reader, asked, gate)
        types = {cls.type for cls in (await self._classes.all(reader)).values()}
        meant = mentions.meant(urns, types)
        hidden = await self._hidden(reader, (asked - urns).union(*meant.values()), gate)
        telling = {urn for urn, entries in meant.items() if not hidden.isdisjoint(entries)}
        return (hidden & asked) | telling

    async def texts(self, reader: Reader, texts: Collection[str], gate: Gate) -> frozenset[str]:
        """Return those of `texts` that name an entry which may not be seen."""
        named = {text: mentions.of(text) for text in texts if mentions.may_be_in(text)}
        if not named:
            return frozenset()
        hidden = await self.names(reader, set().union(*named.values()), gate)
        return frozenset(text for text, names in named.items() if not hidden.isdisjoint(names))

    async def _hidden(self, reader: Reader, asked: Collection[str], gate: Gate) -> frozenset[str]:
        if len(asked) <= _ONE_BY_ONE and not (reader.locked or reader.spread):
            return frozenset([name for name in asked if await self._is_hidden(reader, name, gate)])
        by_type: dict[str, list[str]] = {}
        for name in asked:
            type_, _, id_ = name.partition("/")
            by_type.setdefault(type_, []).append(id_)
        found = set()
        for type_, id_, row in await targets(reader, by_type):
            if row[2] is None:
                shown = await self._newest.seen(reader, type_, id_, gate) is not None
            else:
                shown = _may_be_seen(gate, type_, id_, row)
            if not shown:
                found.add(f"{type_}/{id_}")
        return frozenset(found)

    async def _is_hidden(self, reader: Reader, name: str, gate: Gate) -> bool:
        type_, _, id_ = name.partition("/")
        rows = await reader.rows("record.facts", type=keys.type_number(type_), id=id_)
        if not rows:
            return False
        if is_ended(rows[0]):
            return await self._newest.seen(reader, type_, id_, gate) is None
        return not gates.allows(gate, seen(type_, id_, rows[0]))


async def targets(reader: Reader, by_type: Mapping[str, list[str]]) -> list[tuple[str, str, Row]]:
    """Return type, id and the row of (id, entry, cls, date_lo, date_hi, author) of what is here."""
    if len(by_type) > 1 and not reader.spread:
        ids = [id_ for listed_ in by_type.values() for id_ in listed_]
        if len(ids) * len(by_type) <= _TOGETHER:
            types = [keys.type_number(type_) for type_ in by_type]
            rows = await reader.rows(
                "record.targets_of_types", types=listed(types), ids=listed(ids)
            )
            named = ((keys.type_name(cast("int", row[0])), row[1:]) for row in rows)
            return [(type_, str(row[0]), row) for type_, row in named if row[0] in by_type[type_]]
    found = []
    for type_, ids in by_type.items():
        number = keys.type_number(type_)
        rows = await reader.rows("record.targets", type=number, ids=listed(ids))
        found += [(type_, id_, row) for id_, row in by_id(rows, 2).items()]
    return found


def _may_be_seen(gate: Gate, type_: str, id_: str, row: Row) -> bool:
    """Tell whether a row of (id, entry, cls, date_lo, date_hi, author) may be seen."""
    _, entry, cls, low, high, author = cast("tuple[str, int, int, int, int, int]", row)
    return gates.allows(gate, Seen(entry >> keys.PLACES, type_, id_, cls, low, high, author))
