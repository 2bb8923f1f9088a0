r"""Framing of a segment: kind and length, checksum, payload.

A frame is eight bytes (little-endian: ``kind << 24 | length``, then CRC-32 over these four bytes
and the payload) and the payload. A first word of zero is the end: segments are preallocated with
zeros. The first word is written last (`segment`), so that a reader never meets half a frame.
"""

import struct
from collections.abc import Iterator
from enum import IntEnum
from zlib import crc32

import msgspec

_HEAD = struct.Struct("<II")
_WORD = struct.Struct("<I")

HEAD = _HEAD.size
"""Bytes before the payload."""
LARGEST = (1 << 24) - 1
"""Longest payload, in bytes."""


class Kind(IntEnum):
    """What a frame holds."""

    HEADER = 1
    """Which segment this is: always the first frame, and nowhere else."""
    ENTRY = 2
    BLOCK = 3
    CHECKPOINT = 4
    RECOVERY = 5
    """The segment before this one was left with a torn end."""


_KINDS = {int(kind): kind for kind in Kind}


class Frame(msgspec.Struct, frozen=True):
    """A frame that was read and whose checksum holds."""

    kind: Kind
    place: int
    """Offset of its first byte."""
    payload: bytes

    @property
    def end(self) -> int:
        """Offset of the first byte after it."""
        return self.place + HEAD + len(self.payload)


def halves(kind: Kind, payload: bytes) -> tuple[bytes, bytes]:
    """Return the first word of the frame, and all that comes after it."""
    word = _WORD.pack(kind << 24 | len(payload))
    return word, _WORD.pack(crc32(payload, crc32(word))) + payload


def pack(kind: Kind, payload: bytes) -> bytes:
    """Return the frame as bytes."""
    return b"".join(halves(kind, payload))


def read(data: bytes, place: int, origin: int = 0) -> Frame | None:
    """Return the frame at `place` of `data`, or None if there is none: the end, or damage.

    It says where it stands counted from `origin`: the offset of `data` in its file.
    """
    start = place + HEAD
    if start > len(data):
        return None
    word, check = _HEAD.unpack_from(data, place)
    kind = _KINDS.get(word >> 24)
    end = start + (word & LARGEST)
    if kind is None or end > len(data):
        return None
    payload = data[start:end]
    if crc32(payload, crc32(data[place : place + 4])) != check:
        return None
    return Frame(kind, origin + place, payload)


def frames(data: bytes, origin: int = 0) -> Iterator[Frame]:
    """Yield the frames of `data`, up to the first that is none; see `read`."""
    place = 0
    while (found := read(data, place, origin)) is not None:
        yield found
        place = found.end - origin
