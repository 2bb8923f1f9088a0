"""Connections: how the database file is opened, and which settings hold on it.

What each PRAGMA is for:

- ``journal_mode=WAL``: readers see one state and never wait for the writer.
- ``synchronous=FULL``: a commit is on disk when it returns. (NORMAL, the usual advice for WAL, lost
  up to 489 acknowledged writes at a power cut.)
- ``foreign_keys=ON``: what a room declares is kept.
- ``busy_timeout``: for the short moments in which SQLite locks by itself (recovery, checkpoint);
  writers queue at the lock file, not here.
- ``cache_size``: 16 MiB for each connection, 64 MiB for one that writes (negative = KiB): of the
  person index of a million people that is all but the leaves.
- ``temp_store=MEMORY``: sorting leaves no personal data in temporary files.
- ``ENABLE_QPSG``: a statement is planned once. Otherwise SQLite, built with STAT4, plans it anew
  for each value bound to it, which takes ten times as long as a look-up by key.
- ``page_size=4096``: of a file that is made here. What a page costs to read, to write to the log
  and to move from there goes by its size, and a record that comes changes a few bytes of each.
  Files of releases before have pages of 8,192 bytes and keep them.

Every page ends in a checksum of its own: SQLite's checksum VFS writes it and refuses a page that
does not fit, whatever lies on it. So a bit that flipped on the disk is an error, and never a
missing allergy or another person's letter. A page that is read from the file costs about 3 µs more;
one in the cache costs nothing.

A PRAGMA that answers with a row stops the execution of a text at this row: what comes after it is
carried out only when all rows are fetched.
"""

from functools import cache
from pathlib import Path
from typing import Final

import apsw
import apsw.sqlite_extra

from throughcare.store.digest import digest64

PAGE_BYTES: Final = 4_096
"""Of a file that is made here."""
FORMER_PAGE_BYTES: Final = 8_192
"""Of one that a release before 0.2.0 made."""
_WRITING = """
PRAGMA page_size={};
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
"""
_MORE = "PRAGMA cache_size=-65536"
_ALWAYS = """
PRAGMA foreign_keys=ON;
PRAGMA cache_size=-16384;
PRAGMA temp_store=MEMORY;
"""
CHECKSUM_BYTES: Final = 8
"""At the end of every page."""
_BUSY_MILLISECONDS = 20_000
_STATEMENTS_KEPT = 512
_HEADER_BYTES: Final = 100
_PAGE_BYTES_AT: Final = 16
_RESERVED_AT: Final = 20
"""Where a database says how large its pages are, and how many bytes of each are kept free (its file
format, 1.3)."""


def open_writing(path: Path, page_bytes: int = PAGE_BYTES) -> apsw.Connection:
    """Open the database for writing; make it, of pages of `page_bytes`, if it is absent."""
    connection = apsw.Connection(str(path), vfs=file_system(), statementcachesize=_STATEMENTS_KEPT)
    connection.set_busy_timeout(_BUSY_MILLISECONDS)
    connection.reserve_bytes(None, CHECKSUM_BYTES)
    connection.execute(_WRITING.format(page_bytes)).fetchall()
    _prepare(connection)
    connection.execute(_MORE)
    return connection


@cache
def file_system() -> str:
    """Return the name of the checksum VFS, which comes with apsw; loaded once in a process."""
    with apsw.Connection(":memory:") as connection:
        apsw.sqlite_extra.load(connection, "cksumvfs")
    connection.close()
    return "cksmvfs"


def open_file(path: Path) -> apsw.VFSFile:
    """Open the database file as bytes, for reading; to be closed by `xClose`.

    Through SQLite's own file system, always: POSIX frees *all* locks of a process on a file when
    the process closes *any* descriptor of it, whoever opened that. SQLite closes a file only when
    no connection of the process has a lock on it; `open` and `close` would take the locks away from
    under them, and the next process to come would start the log over while this one writes to it
    (SQLite's page "How To Corrupt", 2.2). The same holds for the index of the log, the ``-shm``
    file, which therefore nothing here opens. The log itself carries no locks.
    """
    flags = [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READONLY, 0]
    return apsw.VFSFile("unix", str(path), flags)


def has_checksums(path: Path) -> bool:
    """Tell whether the pages of a database that exists have checksums."""
    header = _header(path)
    return len(header) > _RESERVED_AT and header[_RESERVED_AT] == CHECKSUM_BYTES


def page_bytes(path: Path) -> int:
    """Return the size of the pages of a database that exists.

    If its header says none that any release had, it is damaged, and this is that of a new one.
    """
    found = int.from_bytes(_header(path)[_PAGE_BYTES_AT : _PAGE_BYTES_AT + 2], "big")
    return found if found == FORMER_PAGE_BYTES else PAGE_BYTES


def _header(path: Path) -> bytes:
    file = open_file(path)
    try:
        return file.xRead(_HEADER_BYTES, 0)
    finally:
        file.xClose()


def close_writing(connection: apsw.Connection, *, keep_log: bool) -> None:
    """Close; the last connection that closes empties the log unless the archive goes on in it."""
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, int(keep_log))
    connection.close()


def open_reading(path: Path) -> apsw.Connection:
    """Open the existing database for reading alone."""
    connection = apsw.Connection(
        str(path),
        flags=apsw.SQLITE_OPEN_READONLY,
        vfs=file_system(),
        statementcachesize=_STATEMENTS_KEPT,
    )
    connection.set_busy_timeout(_BUSY_MILLISECONDS)
    _prepare(connection)
    connection.execute("PRAGMA query_only=ON")
    return connection


def _prepare(connection: apsw.Connection) -> None:
    connection.execute(_ALWAYS).fetchall()
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    connection.create_scalar_function("digest64", _digest64, 1, deterministic=True)


def _digest64(*texts: object) -> str:
    return digest64(str(texts[0]))
