"""Reading entries back from the segments, also of workers that are writing."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from throughcare.audit import frame, line
from throughcare.audit.frame import Frame, Kind
from throughcare.audit.segment import Place, name_of, segments
from throughcare.kernel import NotFoundError
from throughcare.model.audit import AuditEntry

_CHUNK = 1 << 18
Marks = Mapping[int, Place]
"""Where to read on, by worker."""


@dataclass(frozen=True, slots=True)
class Found:
    """An entry and where it stands."""

    place: Place
    sequence: int
    entry: AuditEntry


def frames_after(path: Path, offset: int) -> Iterator[Frame]:
    """Yield the frames of a segment from `offset` to the end of what is written, in order."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = _CHUNK
        while True:
            data = os.pread(descriptor, size, offset)
            end = 0
            for found in frame.frames(data):
                yield Frame(found.kind, offset + found.place, found.payload)
                end = found.end
            if end:
                offset, size = offset + end, _CHUNK
            elif len(data) < size or not any(data[:4]):
                return
            else:
                size *= 2
    finally:
        os.close(descriptor)


def after(folder: Path, marks: Marks) -> tuple[list[Found], dict[int, Place]]:
    """Return the entries after `marks`, as each worker wrote them, and the marks to go on from."""
    entries: list[Found] = []
    reached: dict[int, Place] = {}
    for worker, numbers in segments(folder).items():
        start = marks.get(worker, Place(worker, 0, 0))
        place = start
        for number in numbers:
            if number < start.segment:
                continue
            place = max(start, Place(worker, number, 0))
            for found in frames_after(folder / name_of(worker, number), place.offset):
                if found.kind is Kind.ENTRY:
                    entries.append(_found(worker, number, found))
                place = Place(worker, number, found.place + frame.HEAD + len(found.payload))
        reached[worker] = place
    return entries, reached


def every(folder: Path) -> Iterator[Found]:
    """Yield every entry of the ledger, as each worker wrote them."""
    for worker, numbers in segments(folder).items():
        for number in numbers:
            for found in frames_after(folder / name_of(worker, number), 0):
                if found.kind is Kind.ENTRY:
                    yield _found(worker, number, found)


def make_durable(folder: Path, marks: Marks, reached: Marks) -> None:
    """Bring to disk what `after` returned between the two, whoever wrote it."""
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


def at(folder: Path, place: Place) -> Found:
    """Return the entry at `place`. Raises NotFoundError if the ledger no longer holds it."""
    path = folder / name_of(place.worker, place.segment)
    found = next(frames_after(path, place.offset), None) if path.exists() else None
    if found is None or found.kind is not Kind.ENTRY:
        message = (
            f"The ledger holds no entry at byte {place.offset} of {path.name} any more; run"
            " 'throughcare audit verify'."
        )
        raise NotFoundError(message)
    return _found(place.worker, place.segment, found)


def _found(worker: int, segment: int, found: Frame) -> Found:
    read = line.read_line(found.payload)
    return Found(Place(worker, segment, found.place), read.sequence, read.entry)
