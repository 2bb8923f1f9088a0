"""What stands in the frames of a segment, as canonical JSON: msgspec's, fields in this order."""

from typing import TypeVar

import msgspec

from throughcare.model.audit import AuditEntry

T = TypeVar("T")


class Header(msgspec.Struct, frozen=True):
    """The first frame of a segment."""

    worker: int
    segment: int
    first: int
    """Sequence number of the first entry that is written here."""
    format: int = 1


class Line(msgspec.Struct, frozen=True):
    """An entry, numbered by its worker's counter, never by a clock. The first is 1."""

    worker: int
    sequence: int
    entry: AuditEntry


class Numbered(msgspec.Struct, frozen=True):
    """The part of a `Line` that the chain is checked by."""

    worker: int
    sequence: int


class Block(msgspec.Struct, frozen=True):
    """Entries ``first .. first + count - 1`` of a worker, sealed."""

    worker: int
    number: int
    """Counts the worker's blocks from 1."""
    first: int
    count: int
    root: str
    """Merkle root over the entries, hexadecimal."""
    previous: str
    """Head of the chain before this block, hexadecimal."""

    @property
    def last(self) -> int:
        """Sequence number of its newest entry."""
        return self.first + self.count - 1


class Recovery(msgspec.Struct, frozen=True):
    """After a crash: bytes after the last whole frame of the segment before, left as they were."""

    segment: int
    end: int
    """Offset of the first of these bytes."""
    digest: str
    """SHA-256 of them to the end of the file, hexadecimal."""


encode = msgspec.json.Encoder().encode


def decode(payload: bytes, kind: type[T]) -> T | None:
    """Return the payload as `kind`, or None if it isn't exactly what `encode` writes of it."""
    try:
        value = msgspec.json.decode(payload, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return value if encode(value) == payload else None


class Gist(msgspec.Struct, frozen=True):
    """The part of an entry that the index of lines is made from."""

    purpose: str
    action: str
    outcome: str
    persons: tuple[int, ...] = ()
    because: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()


class Outline(msgspec.Struct, frozen=True):
    """A `Line` of which no more is read than its `Gist`."""

    sequence: int
    entry: Gist


_LINES = msgspec.json.Decoder(Line)
_OUTLINES = msgspec.json.Decoder(Outline)
_NUMBERED = msgspec.json.Decoder(Numbered)


def read_line(payload: bytes) -> Line:
    """Return the entry's line. Raises msgspec.DecodeError if it is none."""
    return _LINES.decode(payload)


def read_outline(payload: bytes) -> Outline:
    """Return the entry's outline. Raises msgspec.DecodeError if it is none."""
    return _OUTLINES.decode(payload)


def read_number(payload: bytes) -> Numbered | None:
    """Return worker and sequence alone, several times faster; None if they can't be read."""
    try:
        return _NUMBERED.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def text(value: str) -> bytes:
    """Return `value` as it stands in a payload."""
    return encode(value)
