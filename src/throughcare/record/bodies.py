"""Bodies, compressed: a byte that names the dictionary, then a zstd frame with a checksum.

Short JSON texts compress badly alone and seven times with a dictionary of what they have in common.
The node trains one, once, after its first `SAMPLES` versions, from its own bodies, which are then
packed again; version 0 is "no dictionary". The checksum finds a flipped bit before it is served as
fact.
"""

import threading
from collections.abc import Sequence
from typing import cast

import zstandard

from throughcare.kernel import DamagedError
from throughcare.record.after import is_transaction
from throughcare.store.protocol import Reader, Transaction

SAMPLES = 2_000
"""Bodies that the dictionary is trained from."""
SIZE = 112_640
"""Bytes of a dictionary, at most (zstd's own default)."""
LEVEL = 3
"""With a dictionary as small as level 12 makes it, within 2 %, in a sixth of the time."""


class Dictionary:
    """One dictionary, ready to compress and to decompress in any thread."""

    def __init__(self, version: int, content: bytes) -> None:
        """Prepare the dictionary of a version; an empty one for version 0."""
        self.version = version
        self._data = zstandard.ZstdCompressionDict(content) if content else None
        if self._data is not None:
            self._data.precompute_compress(level=LEVEL)
        self._tools = threading.local()  # compressors serve one thread at a time

    def packed(self, body: bytes) -> bytes:
        """Return `body` as it is stored."""
        if not hasattr(self._tools, "compressor"):
            self._tools.compressor = zstandard.ZstdCompressor(
                level=LEVEL, dict_data=self._data, write_checksum=True, write_dict_id=False
            )
        frame: bytes = self._tools.compressor.compress(body)
        return bytes((self.version,)) + frame

    def unpacked(self, stored: bytes) -> bytes:
        """Return the body of what is stored.

        Raises DamagedError if it is damaged.
        """
        decompressor = getattr(self._tools, "decompressor", None)
        if decompressor is None:
            decompressor = zstandard.ZstdDecompressor(dict_data=self._data)
            self._tools.decompressor = decompressor
        try:
            body: bytes = decompressor.decompress(memoryview(stored)[1:])
        except zstandard.ZstdError as cause:
            message = (
                "A stored version is damaged: its checksum is wrong. "
                "Run throughcare doctor, and restore the record from the last backup."
            )
            raise DamagedError(message) from cause
        return body


class Bodies:
    """Packs and unpacks bodies with the dictionaries of the store."""

    def __init__(self) -> None:
        """Know version 0, which needs no dictionary."""
        self._known = {0: Dictionary(0, b"")}
        self._newest = 0

    async def unpacked(self, reader: Reader, stored: Sequence[bytes]) -> list[bytes]:
        """Return the bodies of what is stored, in the same order."""
        known = await self._dictionaries(reader, {packed[0] for packed in stored})
        return [known[packed[0]].unpacked(packed) for packed in stored]

    async def one(self, reader: Reader, stored: bytes) -> bytes:
        """Return the body of what is stored."""
        known = self._known.get(stored[0])
        if known is None:
            known = (await self._dictionaries(reader, {stored[0]}))[stored[0]]
        return known.unpacked(stored)

    async def packer(self, tx: Transaction) -> Dictionary:
        """Return the dictionary to write with; trains the first one when it is time."""
        if self._newest:
            return self._known[self._newest]
        found = await self._load(tx, 0)
        if found:
            return found[max(found)]
        return await self._trained(tx) or self._known[0]

    async def _dictionaries(self, reader: Reader, wanted: set[int]) -> dict[int, Dictionary]:
        if wanted <= self._known.keys():
            return self._known
        return self._known | await self._load(reader, self._newest)

    async def _load(self, reader: Reader, after: int) -> dict[int, Dictionary]:
        rows = await reader.rows("record.dictionaries", version=after)
        found = {
            cast("int", version): Dictionary(cast("int", version), cast("bytes", content))
            for version, content in rows
        }
        if not is_transaction(reader):
            self._keep(found)
        return found

    def _keep(self, found: dict[int, Dictionary]) -> None:
        self._known = self._known | found
        self._newest = max(self._known)

    async def _trained(self, tx: Transaction) -> Dictionary | None:
        ((written,),) = await tx.rows("record.last_seq")
        if cast("int", written) < SAMPLES:
            return None
        rows = await tx.rows("record.first_bodies", count=SAMPLES)
        bodies = await self.unpacked(tx, [cast("bytes", body) for _, body in rows])
        samples: list[bytes | bytearray | memoryview[int]] = list(bodies)
        content = zstandard.train_dictionary(SIZE, samples).as_bytes()
        await tx.run("record.add_dictionary", version=1, dictionary=content)
        dictionary = Dictionary(1, content)
        packed = [dictionary.packed(body) for body in bodies]
        again = [{"entry": row[0], "body": body} for row, body in zip(rows, packed, strict=True)]
        await tx.run_many("record.repack", again)
        tx.after_commit(lambda: self._keep({1: dictionary}))
        return dictionary
