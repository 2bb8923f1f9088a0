"""Giving all records of the person index the keys of this release."""

from collections.abc import Callable

from throughcare.app.node import Node
from throughcare.identity import keying


async def rekey(node: Node, progress: Callable[[int, int], None]) -> None:
    """Give every record its keys, in batches; interrupted, it goes on from there the next time.

    For when no program of the release before uses the store any more. `progress` is told up to
    which subject of how many it came.
    """
    async with node.store.snapshot() as reader:
        rows = await reader.rows("identity.last_subject")
    last = int(str(rows[0][0]))
    while (reached := await node.store.transact(keying.rekey, again=True)) is not None:
        progress(reached, max(last, reached))
