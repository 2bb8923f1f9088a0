"""What a node that serves does unasked: it tells those concerned when a right to act changes.

Nothing is decided here: a right is suspended by its date, whether or not anybody was told.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Final

from throughcare.app.node import Node
from throughcare.kernel import ThroughcareError

EVERY_SECONDS: Final = 3600.0
LOG = logging.getLogger(__name__)


async def attend(node: Node) -> int:
    """Tell what is due now and was not told; return how much that was."""
    at = node.clock.now()
    return await node.agents.tell(await node.acting.due(at.date()), at)


@contextlib.asynccontextmanager
async def attended(node: Node, every: float = EVERY_SECONDS) -> AsyncIterator[None]:
    """Attend to `node` at once and then every hour, until the context ends."""
    task = asyncio.create_task(_keep(node, every))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _keep(node: Node, every: float) -> None:
    """Attend for ever; what can't be written now is tried again the next time."""
    while True:
        try:
            await attend(node)
        except ThroughcareError as error:
            LOG.warning("who acts for others could not be told of changes: %s", error.message)
        await asyncio.sleep(every)
