"""Commits as bytes: the pages that each one changed, with its time, chained by digest.

A record is a head, a digest and the pages, compressed. The digest is over the digest before it,
the head and the pages: a bit that flipped, a record that is missing and one out of its place are
all found. A long commit takes several records, of which the last is marked.
"""

import hashlib
import struct
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import zstandard

from throughcare.kernel import ConflictError

MAGIC = b"TCA1"
TOGETHER = 512
"""Pages in a record, at most."""
_HEAD = struct.Struct("<4sIQq8sIIII")
_PAGE = struct.Struct("<I")
_DIGEST = 32
_LEVEL = 1
_LAST = 1


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of the chain: everything up to the commit `number` is before it."""

    number: int
    at: int
    """When it was committed, in microseconds since 1970, UTC."""
    salt: bytes
    frame: int
    """Where the write-ahead log was then."""
    digest: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """One commit, or a part of a long one."""

    mark: Mark
    pages: int
    """Size of the database after the commit, in pages."""
    page_size: int
    is_last: bool
    body: bytes
    """The pages, compressed."""
    end: int
    """Offset of the next record in its file."""

    def changed(self) -> Iterator[tuple[int, bytes]]:
        """Yield number (from 1) and content of each page."""
        size = _PAGE.size + self.page_size
        raw = zstandard.ZstdDecompressor().decompress(self.body, max_output_size=TOGETHER * size)
        for start in range(0, len(raw), size):
            (number,) = _PAGE.unpack_from(raw, start)
            yield number, raw[start + _PAGE.size : start + size]


_TOOLS = threading.local()
"""A compressor serves one thread at a time, and is dear to make."""


def _compressor() -> zstandard.ZstdCompressor:
    if not hasattr(_TOOLS, "compressor"):
        _TOOLS.compressor = zstandard.ZstdCompressor(level=_LEVEL)
    found: zstandard.ZstdCompressor = _TOOLS.compressor
    return found


def beginning(name: str) -> bytes:
    """Return the digest that the chain called `name` begins with."""
    return hashlib.blake2b(name.encode(), digest_size=_DIGEST).digest()


def pack(mark: Mark, pages: int, page_size: int, changed: Iterable[tuple[int, bytes]]) -> "Packed":
    """Return the records of one commit, to be iterated over; `mark.digest` is the one before."""
    return Packed(mark, pages, page_size, changed)


class Packed:
    """The records of one commit as bytes; `digest` is that of the last one handed out."""

    def __init__(
        self, mark: Mark, pages: int, page_size: int, changed: Iterable[tuple[int, bytes]]
    ) -> None:
        """Pack `changed`, pages with their numbers, as they come."""
        self.digest = mark.digest
        self._mark, self._pages, self._page_size, self._changed = mark, pages, page_size, changed

    def __iter__(self) -> Iterator[bytes]:
        """Yield the records."""
        waiting: list[bytes] = []
        for number, content in self._changed:
            if len(waiting) == TOGETHER:
                yield self._record(waiting, 0)
                waiting = []
            waiting.append(_PAGE.pack(number) + content)
        yield self._record(waiting, _LAST)

    def _record(self, pages: list[bytes], flags: int) -> bytes:
        body = _compressor().compress(b"".join(pages))
        mark = self._mark
        head = _HEAD.pack(
            MAGIC, len(body), mark.number, mark.at, mark.salt, mark.frame, self._pages,
            self._page_size, flags,
        )  # fmt: skip
        self.digest = _chained(self.digest, head, body)
        return head + self.digest + body


def read(path: Path, before: bytes, start: int = 0) -> Iterator[Record]:
    """Yield the records of a file from byte `start`; the digest `before` is the one before them.

    Raises ConflictError, with file and byte, at the first that is not whole and in its place.
    """
    with path.open("rb") as file:
        offset = file.seek(start)
        while head := file.read(_HEAD.size):
            found = _next(file, head, offset, before)
            if found is None:
                message = (
                    f"{path.name} is damaged at byte {offset}: what stands there is not what was "
                    "written. Take another copy of this file, or restore to a time before it."
                )
                raise ConflictError(message, place=str(path))
            yield found
            before, offset = found.mark.digest, found.end


def whole(path: Path, before: bytes, start: int = 0) -> list[Record]:
    """Return the records up to the first that is torn: of a file that somebody was writing."""
    found: list[Record] = []
    with suppress(ConflictError):
        found.extend(read(path, before, start))
    while found and not found[-1].is_last:
        found.pop()
    return found


def _next(file: BinaryIO, head: bytes, offset: int, before: bytes) -> Record | None:
    if len(head) < _HEAD.size:
        return None
    magic, length, number, at, salt, frame, pages, page_size, flags = _HEAD.unpack(head)
    if magic != MAGIC:
        return None
    digest, body = file.read(_DIGEST), file.read(length)
    if _chained(before, head, body) != digest:
        return None
    mark = Mark(number, at, salt, frame, digest)
    end = offset + _HEAD.size + _DIGEST + length
    return Record(mark, pages, page_size, bool(flags & _LAST), body, end)


def _chained(before: bytes, head: bytes, body: bytes) -> bytes:
    return hashlib.blake2b(before + head + body, digest_size=_DIGEST).digest()
