"""Backups: a base, what was committed since, the ledger and the rules, each with its checksum."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from throughcare.app import operator
from throughcare.app.backup.making import Backup, Made
from throughcare.app.backup.restoring import Restored, check, plan, restore
from throughcare.app.backup.resuming import Past, past, resume
from throughcare.app.backup.trial import note_restore
from throughcare.app.folder import Folder
from throughcare.app.node import Node
from throughcare.app.system import RandomIds, SystemClock
from throughcare.kernel import ConflictError
from throughcare.store.sqlite import SqliteStore, open_store

__all__ = ["Backup", "Made", "Revived", "check", "make", "plan", "restore", "revive"]


async def make(node: Node, backup: Backup, *, full: bool) -> Made:
    """Bring a backup of an open node up to date; its line is in the ledger before the first byte.

    Raises ConflictError for a node whose store is not in its folder.
    """
    if not isinstance(node.store, SqliteStore):
        message = (
            "The store of this node is PostgreSQL: back it up with its own means, as "
            "docs/operations/backup.md shows."
        )
        raise ConflictError(message)
    await operator.note(node, "backup")
    return await asyncio.to_thread(backup.make, full=full)


@dataclass(frozen=True, slots=True)
class Revived:
    """What a restore came to."""

    restored: Restored
    past: Past
    noted: bool
    """False: the backup can't be written to, so the doctor does not learn of this restore."""


def revive(
    folder: Path,
    root: Path,
    at: datetime | None = None,
    *,
    key: Path | None = None,
    ledger: Path | None = None,
) -> Revived:
    """Restore a backup to a new node in `root` and make it fit to go on.

    Raises as `restoring.plan` and `restoring.restore`.
    """
    restored = restore(plan(folder, at), root, key=key, ledger=ledger)
    node = Folder(root)
    found = past(node, restored.at)
    asyncio.run(_resume(node, restored, found))
    return Revived(restored, found, note_restore(folder, SystemClock().now()))


async def _resume(node: Folder, restored: Restored, found: Past) -> None:
    clock, ids = SystemClock(), RandomIds()
    what = f"the record as of {restored.at.isoformat()}, from a backup"
    store = await open_store(node.store, clock=clock)
    try:
        await resume(store, operator.line(clock, ids, "restore", what), found, ids)
    finally:
        await store.close()
