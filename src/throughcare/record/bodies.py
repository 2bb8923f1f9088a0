"""Bodies, compressed: a byte that names the dictionary, then a zstd frame with a checksum.

Short JSON texts compress badly alone and seven times with a dictionary of what they have in common.
The node trains one from its own bodies when it has `GROWTH[0]` versions, and another each time it
has grown past the next of `GROWTH`: the first hospital to come is not what the locality is like.
Version 0 is "no dictionary"; what was packed without one is packed again. The checksum finds a
flipped bit before it is served as fact.
"""

import threading
from collections.abc import Sequence
from typing import Final, cast

import zstandard

from throughcare.kernel import DamagedError
from throughcare.record import links
from throughcare.record.after import is_transaction
from throughcare.record.sql import listed
from throughcare.store.protocol import Reader, Transaction

GROWTH = (2_000, 8_000, 40_000, 400_000)
"""Numbers of versions at which a dictionary is trained."""
SAMPLES = 4_000
"""Bodies that a dictionary is trained from, at most about; spread evenly over all entries."""
LEAST = 100
"""Bodies that a dictionary is trained from, at least."""
SIZE = 112_640
"""Bytes of a dictionary, at most (zstd's own default). Twice of it compresses no better before
there are several hundred thousand entries."""
LEVEL = 3
"""With a dictionary as small as level 12 makes it, within 2 %, in a sixth of the time."""


_RES: Final = ("entry", "version", "seq", "body", *links.NAMES)
"""Columns of the statement packed_bodies."""


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

    def unpacked(self, stored: Sequence[bytes]) -> list[bytes]:
        """Return the bodies of what is stored, in the same order.

        Raises DamagedError if one is damaged.
        """
        decompressor = getattr(self._tools, "decompressor", None)
        if decompressor is None:
            decompressor = zstandard.ZstdDecompressor(dict_data=self._data)
            self._tools.decompressor = decompressor
        decompress = decompressor.decompress
        try:
            return [decompress(packed[1:]) for packed in stored]
        except zstandard.ZstdError as cause:
            message = (
                "A stored version is damaged: its checksum is wrong. "
                "Run throughcare doctor, and restore the record from the last backup."
            )
            raise DamagedError(message) from cause


class Bodies:
    """Packs and unpacks bodies with the dictionaries of the store."""

    def __init__(self) -> None:
        """Know version 0, which needs no dictionary."""
        self._known = {0: Dictionary(0, b"")}
        self._newest = 0
        self._written: int | None = None
        """Versions that the store held when this process last wrote or counted; None: unknown."""

    async def unpacked(self, reader: Reader, stored: Sequence[bytes]) -> list[bytes]:
        """Return the bodies of what is stored, in the same order."""
        versions = {packed[0] for packed in stored}
        known = await self._dictionaries(reader, versions)
        if len(versions) == 1:  # as most records are: no look-up for each
            return known[versions.pop()].unpacked(stored)
        return [body for packed in stored for body in known[packed[0]].unpacked((packed,))]

    async def one(self, reader: Reader, stored: bytes) -> bytes:
        """Return the body of what is stored."""
        known = self._known.get(stored[0])
        if known is None:
            known = (await self._dictionaries(reader, {stored[0]}))[stored[0]]
        (body,) = known.unpacked((stored,))
        return body

    async def packer(self, tx: Transaction) -> Dictionary:
        """Return the dictionary to write with; trains the next one when it is time.

        Until then no statement is needed: one that another process has trained may wait.
        """
        newest = self._known[self._newest]
        if newest.version >= len(GROWTH):
            return newest
        if self._written is not None and self._written < GROWTH[newest.version]:
            return newest
        found = await self._load(tx, newest.version)
        if found:
            newest = found[max(found)]
        ((written,),) = await tx.rows("record.last_seq")
        self._written = cast("int", written)
        due = sum(self._written >= size for size in GROWTH)
        if newest.version >= due:
            return newest
        return await self._trained(tx, due, self._written) or newest

    def wrote(self, versions: int) -> None:
        """Take note that the store holds so many versions, or fewer if that is undone."""
        self._written = versions

    async def _dictionaries(self, reader: Reader, wanted: set[int]) -> dict[int, Dictionary]:
        if wanted <= self._known.keys():
            return self._known
        # All of them: a process that trained the newest may never have met those before it.
        return self._known | await self._load(reader, 0)

    async def _load(self, reader: Reader, after: int) -> dict[int, Dictionary]:
        rows = await reader.rows("record.dictionaries", version=after)
        found = {
            cast("int", version): Dictionary(cast("int", version), cast("bytes", content))
            for version, content in rows
        }
        if is_transaction(reader):
            reader.after_commit(lambda: self._keep(found))  # one that it trained may be undone
        else:
            self._keep(found)
        return found

    def _keep(self, found: dict[int, Dictionary]) -> None:
        self._known = self._known | found
        self._newest = max(self._known)

    async def _trained(self, tx: Transaction, version: int, written: int) -> Dictionary | None:
        """Train a dictionary; None if there are too few entries, however often written."""
        found = await tx.rows("record.spread_entries", stride=max(1, written // SAMPLES))
        if len(found) < LEAST:
            return None
        entries = listed([cast("int", entry) for (entry,) in found])
        rows = await tx.rows("record.packed_bodies", entries=entries)
        bodies = await self.unpacked(tx, [cast("bytes", row[3]) for row in rows])
        samples: list[bytes | bytearray | memoryview[int]] = list(bodies)
        content = zstandard.train_dictionary(SIZE, samples).as_bytes()
        await tx.run("record.add_dictionary", version=version, dictionary=content)
        dictionary = Dictionary(version, content)
        again = [
            dict(zip(_RES, (*row[:3], dictionary.packed(body), *row[4:]), strict=True))
            for row, body in zip(rows, bodies, strict=True)
            if cast("bytes", row[3])[0] == 0
        ]
        # Taken out and put in again, they lie close: shrunk in place they would leave holes.
        await tx.run_many("record.drop_res", [{"entry": row["entry"]} for row in again])
        await tx.run_many("record.put_res", again)
        tx.after_commit(lambda: self._keep({version: dictionary}))
        return dictionary
