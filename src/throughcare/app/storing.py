"""Which engine a node's folder asks for, and opening it."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from throughcare.app import folder
from throughcare.app.folder import Folder
from throughcare.kernel import BadInputError, Clock, ConflictError, OverloadedError
from throughcare.store import postgres, sharded, sqlite
from throughcare.store.postgres.connection import place
from throughcare.store.postgres.replicas import Replicas
from throughcare.store.protocol import Store

Waiting = Callable[[str], None]
"""Is told, in a sentence, what is waited for."""
TRIES: Final = 120
"""Times that a server calls databases that are not there yet, a second apart."""
CALL_SECONDS: Final = 1.0
_SCHEMES = ("postgresql://", "postgres://")


async def open_store(
    node: Folder, clock: Clock, *, finish: bool = False, waiting: Waiting | None = None
) -> Store:
    """Open the store of a node: the PostgreSQL databases that it names, else its SQLite file.

    Its layout is brought up to date; with `finish`, to its end (`throughcare.store.migrate`). A
    database that starts or recovers turns everybody away until it is done: who gives `waiting`
    waits for it, `TRIES` seconds at least, and is told so. A
    node that is still being made has no second lock: nobody reads from it.
    """
    dsns = node.dsns()
    if not dsns:
        return await sqlite.open_store(node.store, clock=clock, finish=finish)
    lock = node.locality.exists() and node.profile().second_lock
    opening = partial(_open, dsns, clock, finish=finish, replicas=node.replicas(), lock=lock)
    for turn in range(TRIES if waiting else 0):
        try:
            return await opening()
        except OverloadedError:
            if waiting and not turn:
                where = ", ".join(map(place, dsns))
                waiting(f"The database is not there yet ({where}): waiting {TRIES} seconds for it.")
            await asyncio.sleep(CALL_SECONDS)
    return await opening()


async def _open(
    dsns: Sequence[str],
    clock: Clock,
    *,
    finish: bool = False,
    replicas: Replicas | None = None,
    lock: bool = False,
) -> Store:
    if len(dsns) == 1:
        return await postgres.open_store(
            dsns[0], clock=clock, finish=finish, replicas=replicas, second_lock=lock
        )
    return await sharded.open_store(dsns, clock=clock, finish=finish, second_lock=lock)


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
