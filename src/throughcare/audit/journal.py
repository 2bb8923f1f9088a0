"""Audit entries of writes: in the write's own transaction first, then once in the ledger.

`Journal.settle` moves them and keeps the index of lines. Exactly once: a pending row is deleted in
the transaction that moves the mark past its line, so after a crash at any point the line is either
before the mark and the row gone, or after the mark, where `settle` finds it before it would write
it again.
"""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from throughcare.audit import index, line, scan
from throughcare.audit.errors import UnsealedError
from throughcare.audit.index import Unindexed
from throughcare.audit.ledger import Ledger
from throughcare.audit.notices import owed
from throughcare.audit.segment import Place
from throughcare.model.audit import AuditEntry
from throughcare.store.protocol import Reader, Store, Transaction

_ENTRIES = msgspec.json.Decoder(AuditEntry)


class Journal:
    """Takes the audit entries of writes and hands them on to the ledger."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        """Stand on the store of the writes and this process's ledger."""
        self._store = store
        self._ledger = ledger

    async def record(self, tx: Transaction, entry: AuditEntry) -> None:
        """Write the entry in the transaction of what it speaks of: both are kept or neither."""
        await tx.run("audit.record", body=line.encode(entry))

    async def note(self, entry: AuditEntry) -> None:
        """Write the entry of what changed nothing, in the ledger; raises as `Ledger.keep`."""
        await self._ledger.keep(entry)

    async def settle(self) -> int:
        """Move what is pending to the ledger and bring the index of lines up to date.

        Returns the number of entries moved; 0 also while another process is at it. To be called
        at the start, every second or so, and before close. Raises as `Ledger.append`; whatever
        was not moved stays pending, and readers see it there.
        """
        with _only_one(self._ledger.folder) as held:
            return await self._settle() if held else 0

    async def _settle(self) -> int:
        folder = self._ledger.folder
        async with self._store.snapshot() as reader:
            marks = await read_marks(reader)
            pending = await read_pending(reader)
        known: set[AuditEntry] = set()
        if pending:
            tail = await asyncio.to_thread(scan.after, folder, marks)
            known = {found.entry for found in tail}
        moved = [entry for _, entry in pending if entry not in known]
        for entry in moved:
            self._ledger.append(entry)
        if moved and not await self._ledger.wait_sealed():
            message = "The ledger is not on disk after 10 s; nothing is lost, it is tried again."
            raise UnsealedError(message)
        found = await asyncio.to_thread(index.after, folder, marks)
        if found.reached != marks:
            await asyncio.to_thread(scan.make_durable, folder, marks, found.reached)
            await self._store.transact(_Indexing(found, [at for at, _ in pending]).work)
        return len(moved)


class _Indexing:
    """One transaction: index rows, marks, and the pending rows that are done."""

    def __init__(self, found: Unindexed, positions: list[int]) -> None:
        self._found, self._positions = found, positions

    async def work(self, tx: Transaction) -> None:
        await tx.run_many("audit.stretch", self._found.stretches)
        await tx.run_many("audit.watch", self._found.watched)
        for entry in self._found.owing:
            for notice in owed(entry):
                await tx.run("admission.add_notice", **notice)
        for worker, place in self._found.reached.items():
            await tx.run("audit.mark", worker=worker, segment=place.segment, place=place.offset)
        await tx.run_many("audit.settled", [{"position": at} for at in self._positions])


async def read_marks(reader: Reader) -> dict[int, Place]:
    """Return how far the index reaches."""
    rows = await reader.rows("audit.marks")
    places = [Place(*(int(value or 0) for value in row)) for row in rows]
    return {place.worker: place for place in places}


async def read_pending(reader: Reader) -> list[tuple[int, AuditEntry]]:
    """Return the entries of writes that are not settled yet, oldest first, by position."""
    rows = await reader.rows("audit.pending")
    return [
        (int(position), _ENTRIES.decode(body))
        for position, body in rows
        if isinstance(position, int) and isinstance(body, bytes)
    ]


@contextmanager
def _only_one(folder: Path) -> Iterator[bool]:
    """Hold the right to settle, among all processes and tasks; False if somebody else does."""
    descriptor = os.open(folder / "settle.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
