"""What of a record has labels: looked up before each write to it, one statement for all of it."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Final, cast

from throughcare.model.entry import Stored
from throughcare.record.classes import Classes, Kinds, Test, kinds, marked
from throughcare.record.locking import lock_on
from throughcare.record.sql import Sql, listed
from throughcare.record.whole import Whole
from throughcare.store.protocol import Row, Transaction

MOST: Final = 100
"""Kinds that are looked up one by one, each 0.3 µs; a look at an entry takes 0.1."""
_ENTRY: Final = 2
_NEWEST: Final = 9
"""Places in a row of the statement labelled."""
_Row = tuple[int, int, int | None, int, str, int, int, int, bytes, int]
"""Person, subject, entry, type, id, version, updated, class, body, newest class; no entry in a row
that says whose a subject is."""
_MARKED: Final = "CASE {mark h.cls ?} WHEN {byte 1} THEN TRUE ELSE FALSE END"


@dataclass(frozen=True, slots=True)
class Labelled:
    """One person of whom a source record was ever listed as having labels that reach others."""

    subjects: frozenset[int]
    """All that are theirs."""
    packed: tuple[bytes, ...]
    """Their entries of classes that were asked for, as they are stored: the same bytes are the
    same content."""
    _rows: Sequence[Row]
    _open: Callable[[Sequence[Row]], Awaitable[list[Stored]]]

    async def opened(self) -> list[Stored]:
        """Return those entries with their content, in order."""
        return await self._open(self._rows)


People = Mapping[int, Labelled]
"""By person; nobody else has such labels."""


async def labelled(
    tx: Transaction, classes: Classes, whole: Whole, subjects: Collection[int], test: Test
) -> People:
    """Return the people of `subjects` whose labels reach others, with what `test` holds for."""
    asked = listed(sorted(subjects))
    if tx.locked or tx.spread:
        return await _apart(tx, classes, whole, asked, test)
    meant = classes.kinds(test)
    rows = await _rows(tx, asked, meant)
    if rows and rows[0][_NEWEST] > meant.highest:
        rows = await _rows(tx, asked, kinds(await classes.all(tx), test))
    theirs = _subjects(rows)
    entries: dict[int, dict[int, _Row]] = {person: {} for person in theirs}
    for row in rows:
        if row[_ENTRY] is not None:
            entries[row[0]][row[_ENTRY]] = row
    return {
        person: _labelled(theirs[person], sorted(found.values(), key=itemgetter(_ENTRY)), whole, tx)
        for person, found in entries.items()
    }


async def _rows(tx: Transaction, asked: str, meant: Kinds) -> list[_Row]:
    if meant.count <= MOST:
        rows = await tx.rows("record.labelled", subjects=asked, kinds=meant.numbers)
    else:
        rows = await tx.rows("record.labelled_of_many", subjects=asked, marks=meant.marks)
    return cast("list[_Row]", rows)


def _labelled(
    subjects: frozenset[int], rows: Sequence[_Row], whole: Whole, tx: Transaction
) -> Labelled:
    packed = tuple([body for *_, body, _ in rows])
    return Labelled(subjects, packed, rows, partial(_opened, whole, tx))


async def _opened(whole: Whole, tx: Transaction, rows: Sequence[Row]) -> list[Stored]:
    return await whole.opened(tx, [row[_ENTRY:_NEWEST] for row in rows])


async def _apart(tx: Transaction, classes: Classes, whole: Whole, asked: str, test: Test) -> People:
    """Return the same where the store locks entries, or they lie in several databases."""
    theirs = _subjects(await tx.rows("record.labelled_people", subjects=asked))
    known = await classes.all(tx) if theirs else {}
    meant = Sql(_MARKED, (marked(known, test),))
    people = {}
    for person, every in theirs.items():
        lock = lock_on(sorted(every), known, None)
        view = tx.under(lock) if tx.locked else tx
        found = (await whole.glance(view, sorted(every), meant)).entries
        packed = tuple(each.packed for each in found)
        rows = [each.row for each in found]
        people[person] = Labelled(every, packed, rows, partial(whole.opened, view))
    return people


def _subjects(rows: Collection[Row]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for row in rows:
        found.setdefault(cast("int", row[0]), set()).add(cast("int", row[1]))
    return {person: frozenset(subjects) for person, subjects in found.items()}
