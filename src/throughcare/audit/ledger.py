"""The ledger: every access is written here before its answer leaves.

Promises: an entry is in the page cache, mapped from a preallocated file, when `append` returns, so
it survives the death of the process; it is on disk and under a block when `wait_sealed` says so
(after about 50 ms); it is under the node's signature after a minute and at `close`. What is not
promised: that the last 50 ms survive a power cut, unless one waited.
"""

import asyncio
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from throughcare.audit import checkpoint, frame, line, tail, tree
from throughcare.audit.checkpoint import Checkpoint
from throughcare.audit.errors import (
    LedgerBrokenError,
    LedgerClosedError,
    LedgerFullError,
    UnsealedError,
)
from throughcare.audit.frame import Kind
from throughcare.audit.sealer import Pace, Sealer
from throughcare.audit.segment import (
    Place,
    Segment,
    Sizes,
    claim,
    fill_reserve,
    is_live,
    name_of,
    segments,
    spares,
    take,
)
from throughcare.kernel import Clock, UnprocessableError
from throughcare.model.audit import AuditEntry
from throughcare.model.request import Purpose
from throughcare.store.durable import sync_folder

_ROOM_TO_SEAL = 2048
"""Kept free after every entry: a block and a checkpoint always fit behind it."""

_SECONDARY = frozenset({Purpose.HOPERAT, Purpose.PUBHLTH, Purpose.HRESCH})
_AWAITED = _SECONDARY | {Purpose.BTG}
_EMERGENCY_WAIT = 1.0
_LONGEST_WAIT = 10.0


@dataclass(frozen=True, slots=True)
class Health:
    """What ``throughcare doctor`` says of the ledger."""

    worker: int
    sequence: int
    sealed: int
    spares: int
    wanted: int
    """Spares that the reserve should hold."""
    fault: str = ""
    """Why sealing, signing or filling the reserve last failed, or ""."""


class Ledger:
    """One worker's part of a node's ledger. Safe for several threads; one process each.

    Several processes may open the same folder: each takes a worker number of its own.
    """

    def __init__(  # noqa: PLR0913 - `open` is what people call
        self,
        folder: Path,
        clock: Clock,
        key: Ed25519PrivateKey,
        *,
        worker: int,
        sizes: Sizes,
        pace: Pace,
    ) -> None:
        """Go on where the worker's chain ends. Use `open`."""
        self.worker = worker
        self._folder, self._clock, self._key, self._sizes = folder, clock, key, sizes
        self._node = checkpoint.fingerprint(key.public_key())
        self._lock = threading.Lock()
        """Guards the segment and the counters; held for microseconds."""
        self._sealing = threading.Lock()
        """Held while a block is made and brought to disk."""
        self._closed = False
        self._claim = -1
        self._fault: OSError | None = None
        end = tail.find(folder, self.worker, segments(folder).get(self.worker, []))
        self._sequence, self._sealed, self._on_disk = end.sequence, end.sealed, end.sealed
        self._block, self._head, self._signed = end.block, end.head, end.signed
        self._unsealed = list(end.unsealed.values())
        self._dirty: dict[int, Segment] = {}
        self._segment = self._resume(end)
        self._complete_checkpoints()
        self._sealer = Sealer(self, pace)

    @classmethod
    def open(
        cls,
        folder: Path,
        clock: Clock,
        key: Ed25519PrivateKey,
        *,
        sizes: Sizes | None = None,
        pace: Pace | None = None,
    ) -> Self:
        """Open the ledger in `folder` (made if absent), which recovers from a crash, and seal.

        Raises LedgerFullError if there is no room for a segment.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        worker, held = claim(folder)
        try:
            ledger = cls(
                folder, clock, key, worker=worker, sizes=sizes or Sizes(), pace=pace or Pace()
            )
            ledger.seal()
            ledger._note_torn_ends()
        except BaseException:
            os.close(held)
            raise
        ledger._claim = held
        ledger.refill()
        ledger._sealer.start()
        return ledger

    def append(self, entry: AuditEntry) -> int:
        """Write the entry and return its sequence number.

        Raises LedgerFullError, LedgerClosedError, LedgerBrokenError: then nothing was written and
        what the entry is about MUST be refused.
        """
        with self._lock:
            if self._closed or self._fault is not None:
                self._refuse()
            sequence = self._sequence + 1
            payload = line.encode(line.Line(self.worker, sequence, entry))
            if not self._segment.write(Kind.ENTRY, payload, leaving=_ROOM_TO_SEAL):
                self._roll(len(payload))
                self._segment.write(Kind.ENTRY, payload)
            self._sequence = sequence
            self._unsealed.append(payload)
            waiting = len(self._unsealed)
        self._sealer.nudge(waiting)
        return sequence

    async def keep(self, entry: AuditEntry) -> None:
        """Append, and wait for the disk as far as the purpose asks for it.

        Break-glass waits at most 1 s and goes on; secondary use waits until the entry is sealed;
        everything else doesn't wait. Raises as `append`, and UnsealedError for secondary use.
        """
        sequence = self.append(entry)
        if entry.purpose not in _AWAITED and entry.action != "break-glass":
            return
        if entry.purpose not in _SECONDARY:
            await self.wait_sealed(sequence, at_most=_EMERGENCY_WAIT)
        elif not await self.wait_sealed(sequence):
            message = "The audit entry is not on disk after 10 s; try again, and look at the disk."
            raise UnsealedError(message)

    async def wait_sealed(
        self, sequence: int | None = None, *, at_most: float = _LONGEST_WAIT
    ) -> bool:
        """Wait until this entry (default: the newest) is on disk under a block.

        Returns False if that takes longer than `at_most` seconds.
        """
        wanted = self._sequence if sequence is None else sequence
        if self._on_disk >= wanted:
            return True
        try:
            async with asyncio.timeout(at_most):
                await self._sealer.reached(wanted)
        except TimeoutError:
            return self._on_disk >= wanted
        return True

    def seal(self) -> None:
        """Put what is new under a block; on return it is on disk. Blocks the caller.

        Raises LedgerBrokenError if the disk failed.
        """
        with self._sealing:
            with self._lock:
                batch, self._unsealed = self._unsealed, []
            if batch:
                root = tree.root([tree.leaf(payload) for payload in batch])
                with self._lock:
                    self._write_block(root, len(batch))
            self._sync()
        self._sealer.tell(self._on_disk)

    def checkpoint(self) -> Checkpoint | None:
        """Seal, sign the head and keep the signature; None while there is nothing to sign.

        Raises OSError if the separate file can't be written (disk full): the signature is then in
        the segment alone, and the next one or the next start completes the file.
        """
        self.seal()
        with self._sealing:
            newest = line.decode(self._signed, Checkpoint)
            if self._block == 0 or (newest is not None and newest.block == self._block):
                return newest
            made = checkpoint.sign(
                Checkpoint(
                    self._node,
                    self.worker,
                    self._sealed,
                    self._block,
                    self._head.hex(),
                    self._clock.now(),
                ),
                self._key,
            )
            payload = line.encode(made)
            with self._lock:
                self._segment.write(Kind.CHECKPOINT, payload)
                self._signed = payload
            self._sync()
            checkpoint.keep(self._folder, payload)
            return made

    def refill(self) -> None:
        """Bring the reserve back to its size as far as the disk has room."""
        try:
            fill_reserve(self._folder, self.worker, self._sizes)
        except OSError as error:
            self._sealer.fault = f"the reserve can't be filled: {error.strerror}"

    def places(self) -> tuple[Place, int]:
        """Return the offset that the next frame goes to, and the newest sequence."""
        with self._lock:
            return Place(self.worker, self._segment.number, self._segment.end), self._sequence

    def health(self) -> Health:
        """Say how the ledger is."""
        held = len(spares(self._folder, self.worker))
        fault = self._sealer.fault if self._fault is None else str(self._fault)
        return Health(self.worker, self._sequence, self._on_disk, held, self._sizes.spares, fault)

    @property
    def folder(self) -> Path:
        """Folder of the ledger."""
        return self._folder

    def close(self) -> None:
        """Seal, sign, and give the worker number back; idempotent."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._sealer.stop()
        try:
            if self._fault is None:
                self.checkpoint()
        finally:
            self._segment.close()
            os.close(self._claim)

    def __enter__(self) -> Self:
        """Return the ledger."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def _refuse(self) -> None:
        """Raise what says why nothing can be written."""
        if self._closed:
            message = "The ledger is closed because the node is stopping; try again shortly."
            raise LedgerClosedError(message)
        message = "The disk of the ledger failed; stop the node, look at the disk, then start it."
        raise LedgerBrokenError(message) from self._fault

    def _resume(self, end: tail.Tail) -> Segment:
        """Open the segment to go on in: the newest, unless its end is torn or it has none."""
        if end.segment and end.end and end.torn is None:
            segment = Segment(self._folder, self.worker, end.segment, end=end.end)
            if segment.room() >= _ROOM_TO_SEAL:
                return segment
            self._dirty[segment.number] = segment
        elif end.segment and end.torn is None:  # a crash between its name and its header
            (self._folder / name_of(self.worker, end.segment)).unlink()
            end.segment -= 1
        segment = self._new_segment(end.segment + 1)
        if end.torn is not None:
            segment.write(Kind.RECOVERY, line.encode(end.torn))
        return segment

    def _note_torn_ends(self) -> None:
        """Note what a crash tore in the chains of workers that nobody is at the moment.

        A node may go on with fewer workers than it had, and its ledger has to verify.
        """
        for worker, numbers in segments(self._folder).items():
            if is_live(self._folder, worker):
                continue
            if tail.find(self._folder, worker, numbers).torn is None:
                continue
            held = take(self._folder, worker)
            if held is not None:  # else it has started since, and notes that itself
                self._as_worker(worker, held).close()

    def _as_worker(self, worker: int, held: int) -> "Ledger":
        """Open the ledger of another worker, whose lock is `held`; it seals by hand alone."""
        try:
            other = Ledger(
                self._folder, self._clock, self._key, worker=worker, sizes=self._sizes, pace=Pace()
            )
        except BaseException:
            os.close(held)
            raise
        other._claim = held
        return other

    def _complete_checkpoints(self) -> None:
        """Add the newest checkpoint to the separate file, if a crash came between the two."""
        if self._signed and self._signed not in checkpoint.kept(self._folder)[-64:]:
            checkpoint.keep(self._folder, self._signed)

    def _new_segment(self, number: int) -> Segment:
        header = line.Header(self.worker, number, self._sequence + 1)
        try:
            segment = Segment.create(self._folder, header, sizes=self._sizes)
        except OSError as error:
            message = (
                "The disk is full and the reserve of the ledger is used up, so nothing can be"
                " audited; make room, no restart is needed."
            )
            raise LedgerFullError(message) from error
        self._dirty[number] = segment
        return segment

    def _roll(self, payload: int) -> None:
        """Go on in a new segment; the old one is brought to disk with the next block."""
        if payload + frame.HEAD + 2 * _ROOM_TO_SEAL > self._sizes.segment:
            message = f"An audit entry of {payload} bytes is too long; ask for less at once."
            raise UnprocessableError(message)
        full = self._segment
        self._segment = self._new_segment(full.number + 1)
        self._dirty[full.number] = full

    def _write_block(self, root: bytes, count: int) -> None:
        block = line.Block(
            self.worker, self._block + 1, self._sealed + 1, count, root.hex(), self._head.hex()
        )
        payload = line.encode(block)
        self._segment.write(Kind.BLOCK, payload)
        self._block, self._sealed, self._head = block.number, block.last, tree.link(payload)

    def _sync(self) -> None:
        """Bring everything written so far to disk."""
        with self._lock:
            dirty, self._dirty = self._dirty, {}
            current, sealed = self._segment, self._sealed
        try:
            for segment in _each(dirty, current):
                segment.sync()
            if dirty:
                sync_folder(self._folder)
        except OSError as error:  # after a failed sync nobody knows what is on disk
            self._fault = error
            self._refuse()
        for segment in dirty.values():
            if segment is not current:
                segment.close()
        self._on_disk = sealed


def _each(dirty: dict[int, Segment], current: Segment) -> Iterable[Segment]:
    return {**dirty, current.number: current}.values()
