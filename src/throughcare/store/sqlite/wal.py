"""The write-ahead log as bytes: how far it reaches, and the pages in it.

Read beside SQLite and never written. The layout is SQLite's own and stable (its page "WAL-mode File
Format"): the log is a header of 32 bytes and frames of 24 bytes and a page each. Which frame is the
last committed one stands in the index beside it; SQLite is asked for it, since nothing but SQLite
may open the index (see `connection.open_file`). What is read here is exact while the caller holds
the writers' lock file, for then nobody commits.
"""

import os
import struct
from dataclasses import dataclass
from pathlib import Path

import apsw

UNKNOWN_SALT = bytes(8)
"""The salt while the log is empty: the next one may have any."""
_HEADER = struct.Struct(">IIII8sII")
_FRAME = struct.Struct(">II8s8s")
_AT_ONCE = 64
"""Frames that are read together."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the log of a database goes."""

    salt: bytes
    """Eight bytes; others each time the log starts over. `UNKNOWN_SALT` while it is empty."""
    frame: int
    """Number of the last committed frame; 0 while there is none."""
    pages: int
    """Size of the database after it, in pages; 0 while there is no frame."""
    page_size: int

    @property
    def turn(self) -> int:
        """Return the first half of the salt, which goes up by one when the log starts over."""
        return int.from_bytes(self.salt[:4], "big")


def reach(connection: apsw.Connection, database: Path) -> Reach:
    """Return how far the log of `database` goes.

    `connection` has it open for writing and is in no transaction; the checkpoint does nothing.
    """
    frame, _ = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
    if not frame:
        return Reach(UNKNOWN_SALT, 0, 0, 0)
    with _log_of(database).open("rb") as log:
        _, _, page_size, _, salt, _, _ = _HEADER.unpack(log.read(_HEADER.size))
        log.seek(_offset(frame, page_size))
        _, pages, _, _ = _FRAME.unpack(log.read(_FRAME.size))
    return Reach(salt, frame, pages, page_size)


class Log:
    """The frames of a log, open for reading."""

    def __init__(self, database: Path, at: Reach) -> None:
        """Open the log of `database`, of which only frames of the turn `at` are read."""
        self._file = os.open(_log_of(database), os.O_RDONLY | os.O_CLOEXEC)
        self._at = at

    def newest(self, after: int = 0) -> dict[int, int]:
        """Return the last frame of each page that has one after frame `after`."""
        found: dict[int, int] = {}
        step = _FRAME.size + self._at.page_size
        for first in range(after + 1, self._at.frame + 1, _AT_ONCE):
            count = min(_AT_ONCE, self._at.frame + 1 - first)
            content = os.pread(self._file, count * step, self._offset(first))
            for place in range(count):
                page, _, salt, _ = _FRAME.unpack_from(content, place * step)
                if salt == self._at.salt:
                    found[page] = first + place
        return found

    def page(self, frame: int) -> bytes | None:
        """Return the page in `frame`; None if the log has started over meanwhile.

        A frame's head is written before its page, so a head that is still of this turn after the
        page was read says that the page was, too.
        """
        content = os.pread(self._file, self._at.page_size, self._offset(frame) + _FRAME.size)
        return content if self._head(frame)[2] == self._at.salt else None

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _head(self, frame: int) -> tuple[int, int, bytes, bytes]:
        head = os.pread(self._file, _FRAME.size, self._offset(frame))
        return _FRAME.unpack(head)

    def _offset(self, frame: int) -> int:
        return _offset(frame, self._at.page_size)


def _log_of(database: Path) -> Path:
    return database.with_name(f"{database.name}-wal")


def _offset(frame: int, page_size: int) -> int:
    return _HEADER.size + (frame - 1) * (_FRAME.size + page_size)
