"""The replicas that a node reads from: are they there, and how far behind."""

from typing import Final

from throughcare.app.checks.check import Check, ok, warn
from throughcare.app.node import Node
from throughcare.store.postgres import PostgresStore

BEHIND_SECONDS: Final = 10.0
"""A replica that is further behind is of no use to anybody."""


async def checks(node: Node) -> list[Check]:
    """Look at each replica; reads that it can't serve go to the primary."""
    if not isinstance(node.store, PostgresStore) or node.store.replicated is None:
        return []
    found = []
    for lag in await node.store.replicated.lags():
        remedy = "Reads go to the primary meanwhile. Look at that server's log."
        if lag.fault:
            found.append(warn("replica", f"{lag.place}: {lag.fault}", remedy))
        elif lag.seconds > BEHIND_SECONDS:
            behind = f"{lag.place}: {lag.seconds:.0f} seconds behind"
            found.append(warn("replica", behind, remedy))
        else:
            found.append(ok("replica", f"{lag.place}: follows"))
    return found
