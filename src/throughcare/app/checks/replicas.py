"""The replicas that a node reads from: are they there, and how far behind."""

from typing import Final

from throughcare.app.checks.check import ok, warn
from throughcare.app.node import Node
from throughcare.model.health import Check, Way
from throughcare.store.postgres import PostgresStore

BEHIND_SECONDS: Final = 10.0
"""A replica that is further behind is of no use to anybody."""


_WAY: Final = Way(
    "Reads go to the primary, which has to answer all of them.",
    words="Look at that server's log, and start it again.",
)


async def checks(node: Node) -> list[Check]:
    """Look at each replica; reads that it can't serve go to the primary."""
    if not isinstance(node.store, PostgresStore) or node.store.replicated is None:
        return [ok("other nodes", "none: this node holds its record alone")]
    found = []
    for lag in await node.store.replicated.lags():
        if lag.fault:
            found.append(warn("replica", f"{lag.place}: {lag.fault}", _WAY))
        elif lag.seconds > BEHIND_SECONDS:
            behind = f"{lag.place}: {lag.seconds:.0f} seconds behind"
            found.append(warn("replica", behind, _WAY))
        else:
            found.append(ok("replica", f"{lag.place}: follows"))
    return found
