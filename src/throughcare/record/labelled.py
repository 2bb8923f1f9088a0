"""What of a record has labels: looked up before each write to it, one statement for all of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, cast

from throughcare.record.classes import Classes, Test, marked
from throughcare.record.glance import Glance
from throughcare.record.locking import lock_on
from throughcare.record.sql import Sql, listed
from throughcare.record.whole import Whole
from throughcare.store.protocol import Row, Transaction

_ENTRY: Final = 2
"""Place of the entry in a row of the statement labelled."""
_MARKED: Final = "CASE {mark h.cls ?} WHEN {byte 1} THEN TRUE ELSE FALSE END"


@dataclass(frozen=True, slots=True)
class Labelled:
    """One person of whom a source record was ever listed as having labels that reach others."""

    subjects: frozenset[int]
    """All that are theirs."""
    entries: Glance
    """Those of classes that were asked for, and maybe some of classes that are new here."""


People = Mapping[int, Labelled]
"""By person; nobody else has such labels."""


async def labelled(
    tx: Transaction, classes: Classes, whole: Whole, subjects: Collection[int], test: Test
) -> People:
    """Return the people of `subjects` whose labels reach others, with what `test` holds for."""
    asked = listed(sorted(subjects))
    if tx.locked or tx.spread:
        theirs = _subjects(await tx.rows("record.labelled_people", subjects=asked))
        known = await classes.all(tx) if theirs else {}
        meant = Sql(_MARKED, (marked(known, test),))
        found = {}
        for person, every in theirs.items():
            lock = lock_on(sorted(every), known, None)
            view = tx.under(lock) if tx.locked else tx
            found[person] = Labelled(every, await whole.glance(view, sorted(every), meant))
        return found
    highest, marks = classes.marks(test)
    rows = await tx.rows("record.labelled", subjects=asked, known=highest, marks=marks)
    given: dict[int, dict[int, Row]] = {}
    for row in rows:
        entries = given.setdefault(cast("int", row[0]), {})
        if row[_ENTRY] is not None:
            entries[cast("int", row[_ENTRY])] = row[_ENTRY:]
    theirs = _subjects(rows)
    return {
        person: Labelled(theirs[person], await whole.given(tx, list(entries.values())))
        for person, entries in given.items()
    }


def _subjects(rows: Collection[Row]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for row in rows:
        found.setdefault(cast("int", row[0]), set()).add(cast("int", row[1]))
    return {person: frozenset(subjects) for person, subjects in found.items()}
