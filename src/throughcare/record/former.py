"""Versions that another one took the place of, and deletions: other classes for them."""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from throughcare.model.entry import EntryClass
from throughcare.record import keys
from throughcare.record.bodies import Bodies
from throughcare.record.classes import Classes
from throughcare.store.protocol import Transaction

Judge = Callable[[bytes, EntryClass], EntryClass]
"""Gives the class of a version, by its body and the class that it has."""


class Former:
    """Relabels former versions; used by `Records` alone."""

    def __init__(self, classes: Classes, bodies: Bodies) -> None:
        """Read with these classes and dictionaries."""
        self._classes = classes
        self._bodies = bodies

    async def relabel(self, tx: Transaction, subject: int, judge: Judge) -> int:
        """Give former versions of `subject` the class that `judge` says; return how many changed.

        A deletion is hidden as what it ended is.
        """
        low, high = keys.first_entry(subject), keys.last_entry(subject)
        rows = await tx.rows("record.former_versions", low=low, high=high)
        found = cast("list[tuple[int, int, int, int, bytes]]", rows)
        bodies = await self._bodies.unpacked(tx, [row[4] for row in found if not row[3]])
        texts, changed = iter(bodies), 0
        before: tuple[int, EntryClass] | None = None
        for entry, version, number, deleted, _ in found:
            cls = await self._classes.one(tx, number)
            if not deleted:
                after = judge(next(texts), cls)
            elif before is not None and before[0] == entry:
                after = replace(cls, labels=cls.labels | before[1].labels)
            else:
                after = cls
            before = (entry, after)
            if after != cls:
                new = await self._classes.intern(tx, after)
                await tx.run("record.relabel_version", entry=entry, version=version, cls=new)
                changed += 1
        return changed
