"""How far acknowledged writes have come, known to every process of a node without asking anybody.

A number in a file that they all have in memory: it costs a reader a tenth of a microsecond, and
holds while the database is away.
"""

import asyncio
import fcntl
import mmap
import os
from pathlib import Path
from typing import Final

ADVANCE: Final = """
UPDATE acknowledged SET position = 1 + greatest(position,
  ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint << 40)
RETURNING position
"""
"""Counts a commit; the upper bits are the timeline of the server, one more at each promotion."""
_SIZE: Final = 8
_PAUSE_SECONDS: Final = 0.001


class Position:
    """A number that only rises. After a power cut it may be lower: whoever opens it raises it."""

    def __init__(self, path: Path) -> None:
        """Share the file at `path`, made if absent."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.posix_fallocate(self._file, 0, _SIZE)  # no hole that a full disk would leave unwritable
        self._shared = mmap.mmap(self._file, _SIZE)
        self._number = memoryview(self._shared).cast("q")

    @property
    def reached(self) -> int:
        """Return the number; it is whole, since the processor writes it at once."""
        return self._number[0]

    async def reach(self, number: int) -> None:
        """Raise it to `number` at least; on return every process sees that.

        Who can't have the lock asks again: its holder may be a process that was paused.
        """
        while number > self.reached:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                self._number[0] = max(number, self.reached)
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file; idempotent."""
        if not self._shared.closed:
            self._number.release()
            self._shared.close()
            os.close(self._file)
