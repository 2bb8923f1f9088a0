"""A segment: one preallocated, memory-mapped file of a worker's lines, and its reserve.

A sparse file would end in SIGBUS on a full disk; ``posix_fallocate`` takes the blocks beforehand.
Files of a ledger folder: ``w0001-000001.segment`` (worker, number), ``w0001.spare-1`` (reserve,
nothing but zeros), ``w0001.spare-0`` and ``w0001.next`` (being allocated), ``w0001.lock`` and
``checkpoints``.
"""

import contextlib
import fcntl
import os
import re
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path

from throughcare.audit import frame, line
from throughcare.audit.frame import Kind
from throughcare.store.claim import claimed

_NAME = re.compile(r"w(\d{4})-(\d{6})\.segment")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much a worker of the ledger sets aside on the disk."""

    segment: int = 4 << 20
    """Bytes of a segment: about 10,000 entries."""
    spares: int = 1
    """Segments that are kept preallocated, so that reads go on when the disk is full."""

    @classmethod
    def for_reads(cls, a_day: int, *, entry: int = 420, segment: int = 16 << 20) -> "Sizes":
        """Return sizes whose reserve holds a day of reads, an entry taking `entry` bytes."""
        return cls(segment, max(1, -(-a_day * entry // segment)))


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a frame starts in the ledger. Ordered as a worker writes."""

    worker: int
    segment: int
    offset: int


def name_of(worker: int, number: int) -> str:
    """Return the file name of a segment."""
    return f"w{worker:04d}-{number:06d}.segment"


def segments(folder: Path) -> dict[int, list[int]]:
    """Return the numbers of the segments of each worker, both ascending."""
    found: dict[int, list[int]] = {}
    for path in sorted(folder.glob("w*.segment")):
        if match := _NAME.fullmatch(path.name):
            found.setdefault(int(match[1]), []).append(int(match[2]))
    return found


def allocate(path: Path, size: int) -> None:
    """Create the file with its blocks taken, or leave nothing. Raises OSError (disk full)."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError:
        path.unlink()
        raise
    finally:
        os.close(descriptor)


class Segment:
    """A segment open for writing. Not safe for several threads: the ledger holds its lock."""

    def __init__(self, folder: Path, worker: int, number: int, *, end: int) -> None:
        """Map the segment, which exists; `end` is the offset that the next frame goes to."""
        self.number = number
        self.end = end
        path = folder / name_of(worker, number)
        self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self.size = os.fstat(self._file).st_size
        self._map = mmap(self._file, self.size)

    @classmethod
    def create(cls, folder: Path, header: line.Header, *, sizes: Sizes) -> "Segment":
        """Take a spare, or allocate, and write the header. Raises OSError (disk full)."""
        path = folder / name_of(header.worker, header.segment)
        spare = next(iter(spares(folder, header.worker)), None)
        if spare is None:  # under a name of its own: the reserve may be filled at this moment
            spare = folder / f"w{header.worker:04d}.next"
            spare.unlink(missing_ok=True)
            allocate(spare, sizes.segment)
        descriptor = os.open(spare, os.O_RDWR | os.O_CLOEXEC)
        try:
            head = frame.pack(Kind.HEADER, line.encode(header))
            os.pwrite(descriptor, head, 0)
        finally:
            os.close(descriptor)
        spare.rename(path)
        return cls(folder, header.worker, header.segment, end=len(head))

    def room(self) -> int:
        """Return the number of bytes that are left."""
        return self.size - self.end

    def write(self, kind: Kind, payload: bytes, *, leaving: int = 0) -> bool:
        """Write a frame, if `leaving` bytes stay free behind it; tell whether it was written.

        Its first word comes last, so that a reader never meets half a frame.
        """
        end = self.end + frame.HEAD + len(payload)
        if end + leaving > self.size:
            return False
        word, rest = frame.halves(kind, payload)
        start = self.end + len(word)
        self._map[start:end] = rest
        self._map[self.end : start] = word
        self.end = end
        return True

    def sync(self) -> None:
        """Return once everything written is on disk. Raises OSError if the disk failed."""
        os.fdatasync(self._file)

    def close(self) -> None:
        """Unmap and close."""
        self._map.close()
        os.close(self._file)


def spares(folder: Path, worker: int) -> list[Path]:
    """Return the preallocated segments of a worker."""
    return sorted(folder.glob(f"w{worker:04d}.spare-[1-9]*"))


def fill_reserve(folder: Path, worker: int, sizes: Sizes) -> None:
    """Allocate the spares that are missing. Raises OSError (disk full)."""
    for number in range(1, sizes.spares + 1):
        path = folder / f"w{worker:04d}.spare-{number}"
        if path.exists():
            continue
        unfinished = folder / f"w{worker:04d}.spare-0"
        unfinished.unlink(missing_ok=True)
        allocate(unfinished, sizes.segment)
        unfinished.rename(path)


def claim(folder: Path) -> tuple[int, int]:
    """Take the lowest free worker number; return it and the descriptor that holds its lock."""
    worker = 1
    while (held := take(folder, worker)) is None:
        worker += 1
    return worker, held


def take(folder: Path, worker: int) -> int | None:
    """Return the descriptor that holds a worker's lock; None if another process writes for it."""
    return claimed(folder / f"w{worker:04d}.lock")


def is_in_use(folder: Path) -> bool:
    """Tell whether any process has the ledger in `folder` open, which may be absent."""
    workers = segments(folder) if folder.is_dir() else {}
    return any(is_live(folder, worker) for worker in workers)


def is_live(folder: Path, worker: int) -> bool:
    """Tell whether a process writes for this worker at the moment."""
    with contextlib.suppress(FileNotFoundError):
        descriptor = os.open(folder / f"w{worker:04d}.lock", os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False
