"""gzip, in and out (RFC 9110, 8.4)."""

import zlib
from typing import Final

from throughcare.api.call import LARGEST_BODY, too_large
from throughcare.kernel import BadInputError, UnreadableFormatError

GZIP: Final = "gzip"
WORTHWHILE: Final = 16 * 1024
"""Bytes from which a reply is compressed: below, it costs more time than the network saves."""
_WINDOW: Final = 31
"""Of zlib: gzip, with the largest window."""
_QUICK: Final = 1
"""Level of zlib: a quarter of the time of its default, for a tenth more bytes."""


def unpacked(body: bytes, encoding: str) -> bytes:
    """Return what `body` was packed from by the Content-Encoding `encoding`.

    Raises UnreadableFormatError for another encoding than gzip, BadInputError for what is no whole
    gzip, and TooLargeError as soon as what comes out is larger than a body may be.
    """
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return body
    if name not in {GZIP, "x-gzip"}:
        message = "Content-Encoding is not read here. Send the body as gzip, or as it is."
        raise UnreadableFormatError(message, place="Content-Encoding")
    pieces = []
    room = LARGEST_BODY + 1
    rest = body
    while rest:  # a gzip may be several, one behind the other
        packer = zlib.decompressobj(_WINDOW)
        try:
            piece = packer.decompress(rest, room)
        except zlib.error as cause:
            message = "The body is no gzip, though Content-Encoding says so. Pack it again."
            raise BadInputError(message, place="Content-Encoding") from cause
        room -= len(piece)
        if room <= 0:
            raise too_large()
        if not packer.eof:
            message = "The gzip of the body ends too early. Send it whole."
            raise BadInputError(message, place="Content-Encoding")
        pieces.append(piece)
        rest = packer.unused_data
    return b"".join(pieces)


def packed(body: bytes) -> bytes:
    """Return `body` as gzip."""
    packer = zlib.compressobj(_QUICK, wbits=_WINDOW)
    return packer.compress(body) + packer.flush()


def is_wanted(accept_encoding: str) -> bool:
    """Tell whether an Accept-Encoding takes gzip.

    >>> is_wanted("deflate, gzip;q=0.8"), is_wanted("gzip;q=0"), is_wanted("")
    (True, False, False)
    """
    for part in accept_encoding.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() in {GZIP, "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
