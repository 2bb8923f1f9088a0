"""Keys that many records share: who asks by a common name is compared with a part of a town."""

from collections.abc import Collection
from typing import NamedTuple

from throughcare.identity.region import listed
from throughcare.store.protocol import Reader


class Rarest(NamedTuple):
    """Some of the keys that are asked for."""

    keys: tuple[int, ...]
    is_whole: bool
    """Whether these are all that lead to anybody."""


async def rarest(reader: Reader, wanted: Collection[int], most: int) -> Rarest:
    """Return the keys that fewest records share, as far as they lead to `most` records in all."""
    rows = await reader.rows("identity.sharing", keys=listed(wanted), most=most + 1)
    kept: list[int] = []
    total = 0
    for count, key in sorted((int(str(count)), int(str(key))) for key, count in rows):
        total += count
        if total > most:
            return Rarest(tuple(kept), is_whole=False)
        kept.append(key)
    return Rarest(tuple(kept), is_whole=True)
