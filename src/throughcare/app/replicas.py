"""Replicas that a node reads from: named once, looked after by whoever looks after PostgreSQL."""

from collections.abc import Sequence

from throughcare.app.folder import Folder
from throughcare.audit.segment import is_in_use
from throughcare.kernel import BadInputError, ConflictError
from throughcare.store.postgres import replicas


async def name(node: Folder, dsns: Sequence[str]) -> None:
    """Let a node read from the replicas at `dsns` from its next start on, instead of others before.

    Raises BadInputError for what is no replica of the node's one database, ConflictError if the
    node is in use: a process that knows of no replicas would write unnoticed by them.
    """
    primary, *others = node.dsns() or ("", "")
    if others:
        message = "--replica is for a node whose record is in one PostgreSQL database (--store)."
        raise BadInputError(message)
    if is_in_use(node.ledger):
        message = f"The node in {node.root} is in use. Stop it, then name its replicas."
        raise ConflictError(message)
    for dsn in dsns:
        await replicas.check(primary, dsn)
    node.keep_replicas(dsns)
