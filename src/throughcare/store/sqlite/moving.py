"""Moving the write-ahead log into the database, beside the writer and not in its turn.

A log of some thousand pages takes a tenth of a second to move, which everybody who waits for the
writer would wait for. So a thread of its own moves it, up to where it reached at a moment: a view
that is held open says so to SQLite, which moves nothing beyond it and lets the log not start over
meanwhile. What is written in that time is moved next. The log can start over only when nothing is
left in it: once it is long, the writer moves what little is left in its turn.

Whatever is moved is in the archive on disk before, since the view begins when the archive was
brought there, with the lock file held.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import apsw

from throughcare.store.sqlite.connection import close_writing, open_reading, open_writing

FEW: Final = 1_500
"""Pages left in the log from which they are moved beside the writer; about those of a hundred
records that come one by one, and more than a commit of 64 leaves."""
LONG: Final = 8_000
"""Pages in the log from which the writer moves what is left, if that is few, so that it starts
over."""
MANY: Final = 32_000
"""Pages left in the log from which the writer moves them, however many: it can't outgrow the disk
where commits come faster than they are moved."""


class Moving:
    """Moves the log of one writer, on whose thread it is called."""

    def __init__(self, path: Path, connection: apsw.Connection) -> None:
        """Stand beside `connection`, the writer's, to the database at `path`."""
        self._connection = connection
        connection.set_wal_hook(self._note_pages)
        self._pages = 0
        self._moved = 0
        self._view = open_reading(path)
        self._own = open_writing(path)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store-log")
        self._under_way: Future[None] | None = None

    @property
    def is_under_way(self) -> bool:
        """Tell whether some of the log is being moved beside the writer."""
        return self._under_way is not None and not self._under_way.done()

    @property
    def is_due(self) -> bool:
        """Tell whether there is enough to move, and none of it is being moved."""
        if self.is_under_way:
            return False
        self._moved = self._moved if self._moved <= self._pages else 0  # it started over
        return self._pages >= LONG or self._pages - self._moved > FEW

    def move(self) -> None:
        """Move what is in the log now, or begin to; it is due, and the lock file held."""
        if self._under_way is not None:
            self._under_way.result()
            self._under_way = None
        self._pages, self._moved = self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
        left = self._pages - self._moved
        if FEW < left < MANY:
            self._view.execute("BEGIN")
            self._view.execute("SELECT count(*) FROM sqlite_master").fetchall()
            self._under_way = self._thread.submit(self._beside)
        elif self._pages >= LONG:
            self._moved = _move(self._connection)

    def close(self) -> None:
        """Wait for what is under way, and close. The writer's connection stays open."""
        self._thread.shutdown()
        self._view.close()
        close_writing(self._own, keep_log=True)

    def _note_pages(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._pages = pages
        return 0

    def _beside(self) -> None:
        """Move the log as far as the view reaches, and let go of that."""
        try:
            self._moved = _move(self._own)
        finally:
            self._view.execute("ROLLBACK")


def _move(connection: apsw.Connection) -> int:
    """Move as much of the log as nobody looks at otherwise; return how many pages of it are."""
    try:
        return connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)[1]
    except (apsw.BusyError, apsw.FullError):
        return 0  # the log stays durable, and is moved next time
