"""Going on with a database that PostgreSQL's own means brought back to an earlier time."""

from datetime import datetime

from throughcare.app import operator, storing
from throughcare.app.backup.resuming import Past, past, resume
from throughcare.app.folder import Folder
from throughcare.app.system import RandomIds, SystemClock
from throughcare.audit.segment import is_in_use
from throughcare.kernel import ConflictError


async def go_on(node: Folder, at: datetime) -> Past:
    """Make a node fit to go on whose database is as of `at`, and its ledger newer.

    Returns what the ledger says of the time after. Raises ConflictError if the node is in use, or
    has a store of its own, which 'restore' brings back.
    """
    if not node.dsns():
        message = "This node keeps its record in a file: bring it back with 'throughcare restore'."
        raise ConflictError(message)
    if is_in_use(node.ledger):
        message = f"The node in {node.root} is in use. Stop it first."
        raise ConflictError(message)
    clock, ids = SystemClock(), RandomIds()
    found = past(node, at)
    store = await storing.open_store(node, clock)
    try:
        what = f"the database as of {at.isoformat()}"
        await resume(store, operator.line(clock, ids, "restore", what), found, ids)
    finally:
        await store.close()
    return found
