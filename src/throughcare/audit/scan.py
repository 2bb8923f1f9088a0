"""Reading entries back from the segments, also of workers that are writing."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from throughcare.audit import frame, line
from throughcare.audit.frame import Frame, Kind
from throughcare.audit.segment import Place, name_of, segments
from throughcare.kernel import NotFoundError
from throughcare.model.audit import AuditEntry

_CHUNK = 1 << 18
_LINE = 1 << 10
"""Bytes that most entries have room in."""
Marks = Mapping[int, Place]
"""Where to read on, by worker."""


@dataclass(frozen=True, slots=True)
class Found:
    """An entry and where it stands."""

    place: Place
    sequence: int
    entry: AuditEntry


class Part(NamedTuple):
    """Frames of one segment that follow each other, and the offset after the last of them."""

    start: Place
    until: int
    frames: list[Frame]


def parts_after(path: Path, start: Place, size: int = _CHUNK) -> Iterator[Part]:
    """Yield what is written in a segment from `start` on, in parts of at most `size` bytes.

    A longer frame is a part of its own. The last part is of no frames: where the next will stand.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        place, wanted = start, size
        while True:
            data = os.pread(descriptor, wanted, place.offset)
            found = list(frame.frames(data, place.offset))
            if found:
                until = found[-1].end
                yield Part(place, until, found)
                place, wanted = Place(place.worker, place.segment, until), size
            elif len(data) < wanted or not any(data[:4]):
                yield Part(place, place.offset, [])
                return
            else:
                wanted *= 2
    finally:
        os.close(descriptor)


def frames_after(path: Path, offset: int) -> Iterator[Frame]:
    """Yield the frames of a segment from `offset` to the end of what is written, in order."""
    for part in parts_after(path, Place(0, 0, offset)):
        yield from part.frames


def parts(folder: Path, marks: Marks, size: int = _CHUNK) -> Iterator[Part]:
    """Yield the parts of every segment after `marks`, as each worker wrote them.

    The last of a worker tells where to go on from.
    """
    for worker, numbers in segments(folder).items():
        start = marks.get(worker, Place(worker, 0, 0))
        for number in numbers:
            if number >= start.segment:
                place = max(start, Place(worker, number, 0))
                yield from parts_after(folder / name_of(worker, number), place, size)


def after(folder: Path, marks: Marks) -> list[Found]:
    """Return the entries after `marks`, as each worker wrote them."""
    return [
        _found(part.start, one)
        for part in parts(folder, marks)
        for one in part.frames
        if one.kind is Kind.ENTRY
    ]


def every(folder: Path) -> Iterator[Found]:
    """Yield every entry of the ledger, as each worker wrote them."""
    for part in parts(folder, {}):
        for one in part.frames:
            if one.kind is Kind.ENTRY:
                yield _found(part.start, one)


def make_durable(folder: Path, marks: Marks, reached: Marks) -> None:
    """Bring to disk what `parts` yielded between the two, whoever wrote it."""
    for worker, numbers in segments(folder).items():
        start = marks.get(worker, Place(worker, 0, 0)).segment
        end = reached.get(worker, Place(worker, 0, 0)).segment
        for number in numbers:
            if start <= number <= end:
                descriptor = os.open(folder / name_of(worker, number), os.O_RDWR | os.O_CLOEXEC)
                try:
                    os.fdatasync(descriptor)
                finally:
                    os.close(descriptor)


def within(folder: Path, start: Place, until: int) -> list[Frame]:
    """Return the entries' frames from `start` up to offset `until`, where the next one stands.

    Raises NotFoundError if the ledger no longer holds all of them.
    """
    path = folder / name_of(start.worker, start.segment)
    found: list[Frame] = []
    reached = start.offset
    for part in parts_after(path, start, max(until - reached, _LINE)) if path.exists() else ():
        found += [one for one in part.frames if one.kind is Kind.ENTRY and one.place < until]
        reached = part.until
        if reached >= until:
            break
    if reached < until or not found:
        message = (
            f"The ledger holds no entry at byte {start.offset} of {path.name} any more; run"
            " 'throughcare audit verify'."
        )
        raise NotFoundError(message)
    return found


def at(folder: Path, place: Place) -> Found:
    """Return the entry at `place`. Raises NotFoundError if the ledger no longer holds it."""
    found = within(folder, place, place.offset + 1)
    return _found(place, found[0])


def named(folder: Path, entry_id: str) -> Found | None:
    """Return the entry with this id; None if there is none. Newest segments first.

    Reads through whole segments: a few milliseconds for each ten thousand entries.
    """
    needle = line.text(entry_id)
    for worker, numbers in segments(folder).items():
        for number in reversed(numbers):
            start = Place(worker, number, 0)
            for one in frames_after(folder / name_of(worker, number), 0):
                if one.kind is Kind.ENTRY and needle in one.payload:
                    found = _found(start, one)
                    if found.entry.id == entry_id:
                        return found
    return None


def _found(part: Place, found: Frame) -> Found:
    read = line.read_line(found.payload)
    return Found(Place(part.worker, part.segment, found.place), read.sequence, read.entry)
