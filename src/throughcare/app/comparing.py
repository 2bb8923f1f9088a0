"""Two records of a node compared, for a match reviewer at the command line."""

from pathlib import Path

from throughcare.app import folder
from throughcare.app.node import opened
from throughcare.identity.compare import Score
from throughcare.model.request import Actor, Purpose, Request, Role


async def compared(root: Path, one: str, other: str, user: str) -> Score:
    """Compare the Patients ``Patient/ID`` of a node; a look, with its line in the ledger.

    Raises NotFoundError where one of them is not there.
    """
    async with opened(folder.existing(root)) as node:
        actor = Actor(user, Role.IT_LEAD, "", client="cli")
        request = Request(actor, Purpose.HOPERAT, node.clock.now(), id=node.ids.new())
        return await node.oversight.compared(request, one, other)
