"""Bringing the layout of a node's store up to date, and to its end."""

from throughcare.app import storing
from throughcare.app.checks import layout
from throughcare.app.folder import Folder
from throughcare.audit.segment import is_in_use
from throughcare.kernel import Clock, ConflictError
from throughcare.model.health import Check


async def migrate(node: Folder, clock: Clock, *, finish: bool) -> Check:
    """Bring the layout of a node's store up to date, and say how it is.

    With `finish` also what waits until no older program is left. Which programs use a PostgreSQL
    database, that tells itself; who uses a SQLite file is known by the ledger alone, and not of
    which version, so that nobody may. Raises ConflictError if an older one is there, or anybody.
    """
    if finish and not node.dsns() and is_in_use(node.ledger):
        message = f"The node in {node.root} is in use, perhaps by an older program. Stop it first."
        raise ConflictError(message)
    store = await storing.open_store(node, clock, finish=finish)
    try:
        async with store.snapshot() as reader:
            return await layout.check(reader, node.root)
    finally:
        await store.close()
