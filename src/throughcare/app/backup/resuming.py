"""What a restored node needs before it goes on: numbers that were used, and lost changes named."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from throughcare.app.folder import Folder
from throughcare.audit import line as lines
from throughcare.audit import scan
from throughcare.kernel import Ids
from throughcare.model.audit import AuditEntry
from throughcare.store.protocol import Store, Transaction

LOOKS: Final = frozenset(
    {"read", "search", "summary", "explain", "looks", "backup", "export", "restore"}
)
"""Actions that change nothing of the record."""


@dataclass(frozen=True, slots=True)
class Past:
    """What the ledger says of the time after the restored state."""

    highest: int
    """Highest number of a person."""
    lost: Mapping[str, int]
    """Changes that are in the ledger and not in the record, by action."""


def past(folder: Folder, at: datetime) -> Past:
    """Read the ledger of a restored node."""
    highest, lost = 0, Counter[str]()
    for found in scan.every(folder.ledger):
        highest = max(highest, *found.entry.persons, 0)
        if found.entry.at > at and found.entry.action not in LOOKS:
            lost[found.entry.action] += 1
    return Past(highest, lost)


async def resume(store: Store, entry: AuditEntry, found: Past, ids: Ids) -> None:
    """Make a restored store fit to go on, in one transaction.

    Numbers of persons that the ledger speaks of are not given to others: a person would be shown
    looks at somebody else. Sessions and sign-in links end, since one that was ended later would be
    alive again. `entry`, the line of the restore, waits in the store for the ledger.
    """
    await store.transact(_Resuming(found, entry, ids).work)


@dataclass(frozen=True, slots=True)
class _Resuming:
    found: Past
    entry: AuditEntry
    ids: Ids

    async def work(self, tx: Transaction) -> None:
        ((last,),) = await tx.rows("operations.last_person")
        if cast("int", last) < self.found.highest:
            await tx.run(
                "operations.reserve_person",
                person=self.found.highest,
                public_id=self.ids.new(),
            )
        await tx.run("operations.end_sessions")
        await tx.run("operations.end_links")
        await tx.run("audit.record", body=lines.encode(self.entry))
