"""Read, vread and history of one resource."""

from throughcare.api import bundles, replies
from throughcare.api.call import Call, Reply
from throughcare.api.routes import Route
from throughcare.disclosure import Disclosure
from throughcare.fhir import views


class Reading:
    """What is read by its id, through the door out."""

    def __init__(self, disclosure: Disclosure) -> None:
        """Read from `disclosure`."""
        self._out = disclosure

    async def read(self, route: Route, call: Call) -> Reply:
        """Return the current version, or 304 where the client has it."""
        stored = await self._out.read(call.request, route.type, route.id)
        return replies.shown(call, stored)

    async def vread(self, route: Route, call: Call) -> Reply:
        """Return one version, or 304 where the client has it."""
        stored = await self._out.version(call.request, route.type, route.id, route.version)
        return replies.shown(call, stored)

    async def history(self, route: Route, call: Call) -> Reply:
        """Return all versions, newest first."""
        view = views.asked(call.params)
        answer = await self._out.history(call.request, route.type, route.id)
        links = {"self": f"{call.base}/{call.path}"}
        return Reply(200, bundles.history(replies.viewed(answer, view), call.base, links))
