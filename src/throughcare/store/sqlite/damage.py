"""What SQLite says of a disk that gives back other bytes than were stored, in plain words."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw

from throughcare.kernel import DamagedError
from throughcare.store.sqlite.connection import (
    file_system,
    has_checksums,
    open_file,
    open_writing,
    page_bytes,
)

DAMAGE: Final = (apsw.IOError, apsw.CorruptError, apsw.NotADBError)
"""A wrong checksum is an IOError too, with an extended code of its own."""

LOOKS: Final = 3
"""How often a page is read before it is called damaged."""


def damaged(error: apsw.Error) -> DamagedError:
    """Return what is raised in place of one of `DAMAGE`."""
    is_io = isinstance(error, apsw.IOError)
    # apsw sets it on every error and does not declare it.
    if is_io and getattr(error, "extendedresult", 0) != apsw.SQLITE_IOERR_DATA:
        message = (
            "The disk of this node can't be read or written. Stop the node and look at the disk; "
            "nothing that was acknowledged depends on it running on."
        )
    else:
        message = (
            "The store is damaged: a page of it is not as it was written, and nothing is served "
            "from it. Run throughcare doctor, and restore the last backup."
        )
    plain = DamagedError(message)
    plain.__cause__ = error
    return plain


def damaged_pages(path: Path) -> Iterator[int]:
    """Yield the number, from 1, of each page whose checksum is wrong.

    A page that somebody writes at this moment is read again before it is called damaged.
    """
    if not has_checksums(path):
        return
    size, checker = page_bytes(path), Checker()
    file = open_file(path)
    try:
        for number in range(file.xFileSize() // size):
            if not any(_fits(checker, file, number, size) for _ in range(LOOKS)):
                yield number + 1
    finally:
        file.xClose()
        checker.close()


def give_checksums(raw: Path, path: Path) -> None:
    """Make the database `path` of one put together from pages, which then is removed.

    Pages of the log have no checksums: they get theirs on their way into the database. Raises
    DamagedError if `raw` is no database.
    """
    pages = apsw.Connection(str(raw), vfs="unix")
    database = open_writing(path, page_bytes(raw))
    try:
        with database.backup("main", pages, "main") as copying:
            copying.step()
    except DAMAGE as error:
        raise damaged(error) from error
    finally:
        database.close()
        pages.close()
    raw.unlink()


class Checker:
    """Compares pages with their checksums. To be closed."""

    def __init__(self) -> None:
        """Load SQLite's own checksum."""
        self._connection = apsw.Connection(":memory:", vfs=file_system())

    def fits(self, page: bytes) -> bool:
        """Tell whether a page is as it was written."""
        ((fits,),) = self._connection.execute("SELECT verify_checksum(?)", (page,)).fetchall()
        return bool(fits)

    def close(self) -> None:
        """Close."""
        self._connection.close()


def _fits(checker: Checker, file: apsw.VFSFile, number: int, size: int) -> bool:
    return checker.fits(file.xRead(size, number * size))
