"""Copies of a node in memory: a crew may have one."""

from dataclasses import replace
from datetime import timedelta

from throughcare.kernel import DeniedError
from throughcare.summary.paper import for_copy
from throughcare.web.keeping_ports import Copy
from throughcare.web.ports import Session, Summary
from web.memory import MemoryNode


class MemoryKeeping:
    """Implements `throughcare.web.keeping_ports.KeepingNode`."""

    def __init__(self, node: MemoryNode) -> None:
        """Hand out copies of `node`."""
        self._node = node

    async def keep(self, session: Session, person_id: str) -> Copy:
        """Hand out what may be shown."""
        view = await self._node.emergency(session, person_id, Summary.DEVICE)
        if view.withheld:
            message = "This record is not shown to you now."
            raise DeniedError(message)
        shown = replace(view, summary=for_copy(view.summary))
        return Copy(shown, view.made + timedelta(hours=12), "mark")

    async def still(self, session: Session, person_id: str, mark: str) -> bool:
        """Tell whether it is the one mark."""
        return bool(session and person_id) and mark == "mark"
