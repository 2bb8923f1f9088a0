"""Reading the ledger: the lines about a person, and those that a privacy officer looks through.

A line is seen from the moment it was written: what the index doesn't cover yet is read from the
segments' ends, and entries of writes from where they wait for the ledger.
"""

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from throughcare.audit import scan
from throughcare.audit.journal import read_marks, read_pending
from throughcare.audit.scan import Found
from throughcare.audit.segment import Place
from throughcare.audit.watch import Watch, watches
from throughcare.kernel import NotFoundError
from throughcare.model.audit import AuditEntry
from throughcare.store.protocol import Reader, Row

_ALL = 1 << 40


@dataclass(frozen=True, slots=True)
class Filter:
    """Lines of any of `kinds`, within [since, until)."""

    kinds: frozenset[Watch] = frozenset(Watch)
    since: datetime | None = None
    until: datetime | None = None

    def takes(self, entry: AuditEntry) -> bool:
        """Tell whether the line is asked for."""
        return (
            not self.kinds.isdisjoint(watches(entry))
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at < self.until)
        )


class Lines:
    """The lines of a node's ledger folder, of all its workers."""

    def __init__(self, folder: Path) -> None:
        """Read the ledger in `folder`."""
        self._folder = folder

    async def lines_about(
        self, reader: Reader, persons: Iterable[int], *, most: int = _ALL
    ) -> list[AuditEntry]:
        """Return the lines about any of `persons`, newest first, at most `most`.

        After merges, give all the numbers that the person ever had.
        """
        numbers = frozenset(persons)
        rows = [
            row
            for person in sorted(numbers)
            for row in await reader.rows("audit.about", person=person, most=most)
        ]
        return await self._read(reader, rows, lambda one: not numbers.isdisjoint(one.persons), most)

    async def lines(self, reader: Reader, wanted: Filter, *, most: int = 1000) -> list[AuditEntry]:
        """Return the lines that `wanted` takes, newest first, at most `most`.

        With a time limit, lines are read from the newest back; all kinds are indexed.
        """
        limited = wanted.since is not None or wanted.until is not None
        rows = [
            row
            for kind in sorted(wanted.kinds)
            for row in await reader.rows(
                "audit.watched", kind=kind.value, most=_ALL if limited else most
            )
        ]
        return await self._read(reader, rows, wanted.takes, most)

    async def find(self, reader: Reader, entry_id: str) -> Found:
        """Return the line with this id. Raises NotFoundError if the ledger holds none."""
        rows = await reader.rows("audit.find", id=entry_id)
        if rows:
            return scan.at(self._folder, _place(rows[0]))
        for marks in (await read_marks(reader), {}):
            for found in scan.after(self._folder, marks)[0]:
                if found.entry.id == entry_id:
                    return found
        message = "The ledger has no line with this id; writes take up to a second to arrive."
        raise NotFoundError(message)

    async def _read(
        self, reader: Reader, rows: Sequence[Row], takes: Callable[[AuditEntry], bool], most: int
    ) -> list[AuditEntry]:
        marks = await read_marks(reader)
        waiting = [entry for _, entry in await read_pending(reader)]
        fresh = scan.after(self._folder, marks)[0]
        places = {_place(row) for row in rows}
        by_worker: dict[int, list[AuditEntry]] = {}
        for place in sorted(places):
            entry = scan.at(self._folder, place).entry
            by_worker.setdefault(place.worker, []).append(entry)
        for found in fresh:
            by_worker.setdefault(found.place.worker, []).append(found.entry)
        landed = {found.entry for found in fresh}
        by_worker[0] = [entry for entry in waiting if entry not in landed]
        return _newest(by_worker.values(), takes, most)


def _newest(
    lists: Iterable[Sequence[AuditEntry]], takes: Callable[[AuditEntry], bool], most: int
) -> list[AuditEntry]:
    """Merge by time, newest first; within a worker the counter decides, whatever its clock said."""
    ordered = [[entry for entry in reversed(one) if takes(entry)] for one in lists]
    merged = heapq.merge(*ordered, key=lambda entry: entry.at, reverse=True)
    return list(islice(merged, most))


def _place(row: Row) -> Place:
    worker, _, segment, offset = (int(value or 0) for value in row)
    return Place(worker, segment, offset)
