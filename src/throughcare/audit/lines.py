"""Reading the ledger: the lines about a person, and those that a privacy officer looks through.

A line is seen from the moment it was written: what the index doesn't cover yet is read from the
segments' ends, and entries of writes from where they wait for the ledger.
"""

import asyncio
import heapq
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from throughcare.audit import line, scan
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

    async def lines_about(self, reader: Reader, persons: Iterable[int]) -> list[AuditEntry]:
        """Return the lines about any of `persons`, newest first.

        After merges, give all the numbers that the person ever had.
        """
        numbers = frozenset(persons)
        rows = await reader.rows("audit.about", persons=json.dumps(sorted(numbers)))
        stretches = sorted({(_place(row), int(row[3] or 0)) for row in rows})
        by_worker = await asyncio.to_thread(self._within, stretches, numbers)
        return await self._with_fresh(
            reader, by_worker, lambda one: not numbers.isdisjoint(one.persons), _ALL
        )

    def _within(
        self, stretches: Iterable[tuple[Place, int]], persons: frozenset[int]
    ) -> dict[int, list[AuditEntry]]:
        """Return the lines of `stretches` about any of `persons`, by worker, as it wrote them."""
        found: dict[Place, AuditEntry] = {}
        for start, until in stretches:  # those of two persons may hold the same line
            for one in scan.within(self._folder, start, until):
                if not persons.isdisjoint(line.read_outline(one.payload).entry.persons):
                    place = Place(start.worker, start.segment, one.place)
                    found[place] = line.read_line(one.payload).entry
        by_worker: dict[int, list[AuditEntry]] = {}
        for place in sorted(found):
            by_worker.setdefault(place.worker, []).append(found[place])
        return by_worker

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
        by_worker: dict[int, list[AuditEntry]] = {}
        for place in sorted({_place(row) for row in rows}):
            entry = scan.at(self._folder, place).entry
            by_worker.setdefault(place.worker, []).append(entry)
        return await self._with_fresh(reader, by_worker, wanted.takes, most)

    def find(self, entry_id: str) -> Found:
        """Return the line with this id. Raises NotFoundError if the ledger holds none.

        Reads through the ledger, newest segments first: ids are not in the index.
        """
        found = scan.named(self._folder, entry_id)
        if found is None:
            message = "The ledger has no line with this id; writes take up to a second to arrive."
            raise NotFoundError(message)
        return found

    async def _with_fresh(
        self,
        reader: Reader,
        by_worker: dict[int, list[AuditEntry]],
        takes: Callable[[AuditEntry], bool],
        most: int,
    ) -> list[AuditEntry]:
        """Add what the index does not cover yet, and return what is asked for, newest first."""
        marks = await read_marks(reader)
        waiting = [entry for _, entry in await read_pending(reader)]
        fresh = scan.after(self._folder, marks)
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
    worker, segment, offset = (int(value or 0) for value in row[:3])
    return Place(worker, segment, offset)
