"""Giving free pages back to the disk while others read."""

from pathlib import Path

import apsw

from throughcare.kernel import Clock
from throughcare.store.sqlite.archive import Archive
from throughcare.store.sqlite.connection import close_writing, open_writing
from throughcare.store.sqlite.filelock import FileLock
from throughcare.store.sqlite.writer import lock_path


def compact(path: Path, clock: Clock) -> tuple[int, int]:
    """Write the database anew without free pages; return its size before and after, in bytes.

    Writers wait until it is done; readers go on. It takes as much room again for the time being,
    and as much in the archive, if there is one.
    """
    connection = open_writing(path)
    lock, archive = FileLock(lock_path(path)), Archive(path, connection, clock)
    try:
        with lock.held():
            archive.take()
            before = _size(connection)
            connection.execute("VACUUM")
            archive.take()
            archive.sync()
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            return before, _size(connection)
    finally:
        close_writing(connection, keep_log=archive.is_on)
        archive.close()
        lock.close()


def _size(connection: apsw.Connection) -> int:
    """Return the bytes of the database, those that are in the log alone included."""
    pages, bytes_each = connection.pragma("page_count"), connection.pragma("page_size")
    return int(pages) * int(bytes_each)
