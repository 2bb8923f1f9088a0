"""What a node that serves does unasked: it tells those concerned of a change.

When a right to act changes by its date, and when a record that somebody read was split.

Nothing is decided here: a right is suspended by its date, whether or not anybody was told.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from throughcare.app.node import Node
from throughcare.kernel import ThroughcareError, day_of

EVERY_SECONDS: Final = 3600.0
SPLITS_EVERY_SECONDS: Final = 60.0
LOG = logging.getLogger(__name__)


async def attend(node: Node) -> int:
    """Tell what is due now and was not told; return how much that was."""
    at = node.clock.now()
    return await node.agents.tell(await node.acting.due(day_of(at)), at)


async def follow(node: Node) -> int:
    """Tell whoever read a record that was split since; return how many that were."""
    return await node.alerting.follow(node.clock.now())


@contextlib.asynccontextmanager
async def attended(node: Node, every: float = EVERY_SECONDS) -> AsyncIterator[None]:
    """Attend to `node` at once and then every hour, to splits each minute, until it ends."""
    tasks = [
        asyncio.create_task(_keep(attend, node, every)),
        asyncio.create_task(_keep(follow, node, min(every, SPLITS_EVERY_SECONDS))),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _keep(does: Callable[[Node], Awaitable[int]], node: Node, every: float) -> None:
    """Do it for ever; what can't be written now is tried again the next time."""
    while True:
        try:
            await does(node)
        except ThroughcareError as error:
            LOG.warning("those concerned could not be told of changes: %s", error.message)
        await asyncio.sleep(every)
