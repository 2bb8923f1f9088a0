"""Bytes to text: gzip, byte order marks, UTF-16 without one, and the Windows code page."""

import gzip
import zlib
from typing import Final

from throughcare.kernel import BadInputError

LIMIT: Final = 1 << 30
"""Most bytes that one compressed file may become."""
_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def expand(data: bytes) -> bytes:
    """Return `data`, decompressed if it is gzip.

    Raises BadInputError if the file is damaged, or bigger than `LIMIT` when decompressed.
    """
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        expander = zlib.decompressobj(wbits=31)
        result = expander.decompress(data, LIMIT)
        if expander.unused_data:
            result = gzip.decompress(data)
    except (zlib.error, OSError, EOFError) as error:
        message = "The gzip file is damaged. Fetch it again."
        raise BadInputError(message) from error
    if not expander.eof:
        message = "The gzip file is cut off or too big. Fetch it again, or split it."
        raise BadInputError(message)
    return result


def expand_head(data: bytes, size: int = 65536) -> bytes:
    """Return the first bytes of what `data`, itself perhaps cut off, decompresses to."""
    if not data.startswith(b"\x1f\x8b"):
        return data[:size]
    try:
        return zlib.decompressobj(wbits=31).decompress(data, size)
    except zlib.error:
        return b""


def encoding_of(data: bytes, *, whole: bool = True) -> str:
    """Return the name of the encoding that `data` is in: UTF-8 unless its bytes deny it."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    start = data[:200]
    if start[1::2].count(0) > len(start) // 4:
        return "utf-16-le"
    if start[::2].count(0) > len(start) // 4:
        return "utf-16-be"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        cut_off = not whole and error.start >= len(data) - 3 and "unexpected end" in error.reason
        if not cut_off:
            return "cp1252"
    return "utf-8"


def utf8_of(data: bytes) -> bytes:
    """Return `data` in UTF-8 without a byte order mark; what no mark explains stays as it is."""
    named = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    return data.decode(named, "replace").encode("utf-8", "replace") if named else data


def text_of(data: bytes, *, whole: bool = True) -> str:
    """Return `data` as text. Bytes that no encoding explains are read as Latin-1, never lost."""
    name = encoding_of(data, whole=whole)
    try:
        return data.decode(name, "strict" if whole else "replace")
    except UnicodeDecodeError:
        return data.decode("latin-1")
