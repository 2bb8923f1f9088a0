"""All pages of a database as of one commit, read while others go on writing.

A read transaction holds the state: as long as it is open, SQLite moves no later commit into the
database file, and lets the log start over only when everything of this state is in that file.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

from throughcare.kernel import DamagedError
from throughcare.store.sqlite import wal
from throughcare.store.sqlite.connection import has_checksums, open_file, open_reading
from throughcare.store.sqlite.damage import Checker


class Pages:
    """The pages of one state. To be opened while the lock file is held, which may then be freed."""

    def __init__(self, database: Path, at: wal.Reach) -> None:
        """Hold the present state of `database`, whose log goes as far as `at`."""
        self._connection = open_reading(database)
        self._connection.execute("BEGIN")
        self._connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        self._checker = Checker() if has_checksums(database) else None
        self._file = open_file(database)
        self._log = wal.Log(database, at) if at.frame else None
        ((size,),) = self._connection.execute("PRAGMA page_size").fetchall()
        self.size = cast("int", size)
        """Bytes of a page."""
        self.count = at.pages or self._file.xFileSize() // self.size

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Yield number (from 1) and content of every page.

        Raises DamagedError at a page of the file that is not as it was written.
        """
        newest = self._log.newest() if self._log else {}
        for number in range(1, self.count + 1):
            frame = newest.get(number)
            logged = self._log.page(frame) if self._log and frame else None
            yield number, logged or self._filed(number)

    def _filed(self, number: int) -> bytes:
        content = self._file.xRead(self.size, (number - 1) * self.size)
        if self._checker is not None and not self._checker.fits(content):
            message = (
                f"Page {number} of the store is damaged, so nothing was copied of it. Run "
                "throughcare doctor, and restore the last backup."
            )
            raise DamagedError(message)
        return content

    def close(self) -> None:
        """Let go of the state."""
        if self._log:
            self._log.close()
        if self._checker:
            self._checker.close()
        self._file.xClose()
        self._connection.close()
