"""The operator: whoever may run commands as the node's user, and what the ledger says of them.

Copying or restoring a node is an access to everybody's records. It is not decided by consent, since
whoever can run the command could as well copy the files; it is in the ledger before it begins.
"""

import getpass
from typing import Final, Protocol

from throughcare.audit.ledger import Ledger
from throughcare.kernel import Clock, Ids
from throughcare.model.audit import AuditEntry
from throughcare.model.request import Purpose, Role

EVERYBODY: Final = "every record of the node"


class Noting(Protocol):
    """What of a node a note needs."""

    @property
    def ledger(self) -> Ledger:
        """Return the ledger."""

    @property
    def clock(self) -> Clock:
        """Return the clock."""

    @property
    def ids(self) -> Ids:
        """Return where ids come from."""


def line(
    clock: Clock, ids: Ids, action: str, what: str, *, because: tuple[str, ...] = ()
) -> AuditEntry:
    """Return the audit line of what the operator does, with the rules it rests on."""
    return AuditEntry(
        id=ids.new(),
        at=clock.now(),
        action=action,
        outcome="permit",
        user=f"operator:{getpass.getuser()}",
        role=Role.IT_LEAD,
        organisation="",
        purpose=Purpose.HOPERAT,
        what=what,
        because=because,
    )


async def note(node: Noting, action: str, what: str = EVERYBODY) -> None:
    """Write the line to the ledger, on disk on return. Raises the ledger's error: then do not."""
    await node.ledger.keep(line(node.clock, node.ids, action, what))
