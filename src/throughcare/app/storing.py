"""Which engine a node's folder asks for, and opening it."""

from collections.abc import Sequence
from pathlib import Path

from throughcare.app import folder
from throughcare.app.folder import Folder
from throughcare.kernel import BadInputError, Clock, ConflictError
from throughcare.store import postgres, sharded, sqlite
from throughcare.store.protocol import Store

_SCHEMES = ("postgresql://", "postgres://")


async def open_store(node: Folder, clock: Clock, *, finish: bool = False) -> Store:
    """Open the store of a node: the PostgreSQL databases that it names, else its SQLite file.

    Its layout is brought up to date; with `finish`, to its end (`throughcare.store.migrate`).
    """
    dsns = node.dsns()
    if not dsns:
        return await sqlite.open_store(node.store, clock=clock, finish=finish)
    return await _open(dsns, clock, finish=finish)


async def _open(dsns: Sequence[str], clock: Clock, *, finish: bool = False) -> Store:
    if len(dsns) == 1:
        return await postgres.open_store(dsns[0], clock=clock, finish=finish)
    return await sharded.open_store(dsns, clock=clock, finish=finish)


async def create(root: Path, dsns: Sequence[str], clock: Clock) -> Folder:
    """Make a node's folder in `root`; what is there already is kept.

    `dsns` are addresses of PostgreSQL databases, none for SQLite. They are written down only when
    those have let the node in. Raises BadInputError for what is no such address, and
    ConflictError if the node has a store of another kind, for a record is not left behind
    unnoticed.
    """
    if dsns:
        _check(Folder(root), tuple(dsns))
        await (await _open(dsns, clock)).close()
    made = folder.create(root)
    if dsns:
        made.keep_dsns(dsns)
    return made


def _check(node: Folder, dsns: tuple[str, ...]) -> None:
    if not all(dsn.startswith(_SCHEMES) for dsn in dsns):
        message = "--store takes the address of a PostgreSQL database: postgresql://HOST/DATABASE."
        raise BadInputError(message)
    if node.store.exists() or node.dsns() not in {(), dsns}:
        message = (
            f"{node.root} keeps its record in another store already. Make the new node in a "
            f"folder of its own; if only a password changed, change it in {node.address}."
        )
        raise ConflictError(message)
