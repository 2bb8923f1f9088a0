"""Copies of the emergency summary on devices of crews: handed out, and asked about."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from throughcare.actors import secret
from throughcare.app.grounds import Grounds
from throughcare.app.node import Node
from throughcare.app.pages import KEEPING, PagesOf
from throughcare.kernel import DeniedError
from throughcare.summary.paper import for_copy
from throughcare.web import ports
from throughcare.web.keeping_ports import Copy

LONGEST: Final = timedelta(hours=12)
NOT_HERE: Final = "This locality lets nobody in your role keep a record on a device."
WITHHELD: Final = "This record is not shown to you now, so it cannot be kept. Open it again."


class KeepingOf:
    """Implements `throughcare.web.keeping_ports.KeepingNode` over the doors of a node."""

    def __init__(self, node: Node, pages: PagesOf) -> None:
        """Hand out copies of what `pages` show."""
        self._node, self._pages = node, pages
        self._grounds = Grounds(node)

    async def keep(self, session: ports.Session, person_id: str) -> Copy:
        """Hand out a copy that ends within twelve hours, and with broken glass."""
        if not self._node.profile.offline or session.actor.role not in KEEPING:
            raise DeniedError(NOT_HERE)
        mark = await self._mark(session, person_id)
        view = await self._pages.emergency(session, person_id, ports.Summary.DEVICE)
        if view.withheld:
            raise DeniedError(WITHHELD)
        ends = view.made + LONGEST
        until = min(ends, view.ground.until) if view.ground.until else ends
        return Copy(replace(view, summary=for_copy(view.summary)), until, mark)

    async def still(self, session: ports.Session, person_id: str, mark: str) -> bool:
        """Tell whether the mark is that of now."""
        now = await self._mark(session, person_id) if self._node.profile.offline else ""
        return bool(now) and secret.same(now, mark)

    async def _mark(self, session: ports.Session, person_id: str) -> str:
        """Return what only this session has, while it may see what it does; "" if it may not.

        Another one by other rules of the locality: they may close what is on the copy.
        """
        request = await self._grounds.request_about(session, person_id)
        epoch = await self._node.people.epoch(request, person_id)
        if epoch is None:
            return ""
        rules = self._node.profile.version  # those by which was decided just now
        ground = f"{request.purpose} {epoch} {rules}"
        return secret.derived(session.cookie, f"kept {person_id} {ground}")
