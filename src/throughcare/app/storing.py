"""Which engine a node's folder asks for, and opening it."""

from pathlib import Path

from throughcare.app import folder
from throughcare.app.folder import Folder
from throughcare.kernel import BadInputError, Clock, ConflictError
from throughcare.store import postgres, sqlite
from throughcare.store.protocol import Store

_SCHEMES = ("postgresql://", "postgres://")


async def open_store(node: Folder, clock: Clock) -> Store:
    """Open the store of a node: the PostgreSQL database that it names, else its SQLite file."""
    dsn = node.dsn()
    if dsn is None:
        return await sqlite.open_store(node.store, clock=clock)
    return await postgres.open_store(dsn, clock=clock)


async def create(root: Path, dsn: str | None, clock: Clock) -> Folder:
    """Make a node's folder in `root`; what is there already is kept.

    `dsn` is the address of a PostgreSQL database, None for SQLite. It is written down only when
    that database has let the node in. Raises BadInputError for what is no such address, and
    ConflictError if the node has a store of another kind, for a record is not left behind
    unnoticed.
    """
    if dsn is not None:
        _check(Folder(root), dsn)
        await (await postgres.open_store(dsn, clock=clock)).close()
    made = folder.create(root)
    if dsn is not None:
        made.keep_dsn(dsn)
    return made


def _check(node: Folder, dsn: str) -> None:
    if not dsn.startswith(_SCHEMES):
        message = "--store takes the address of a PostgreSQL database: postgresql://HOST/DATABASE."
        raise BadInputError(message)
    if node.store.exists() or node.dsn() not in {None, dsn}:
        message = (
            f"{node.root} keeps its record in another store already. Make the new node in a "
            f"folder of its own; if only the password changed, change it in {node.address}."
        )
        raise ConflictError(message)
