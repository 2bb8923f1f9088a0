"""Read, vread and histories."""

from collections.abc import Sequence
from urllib.parse import urlencode

from throughcare.api import bundles, replies
from throughcare.api.call import Call, Reply
from throughcare.api.routes import Route
from throughcare.disclosure import Disclosure
from throughcare.disclosure.answer import Answer
from throughcare.fhir import histories, views


class Reading:
    """What is read by its id or its history, through the door out."""

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
        """Return one page of the versions of a resource, newest first."""
        span, view = histories.asked(call.params), views.asked(call.params)
        answer = await self._out.history(call.request, route.type, route.id, span)
        return _history(call, replies.viewed(answer, view))

    async def changes(self, route: Route, call: Call) -> Reply:
        """Return one page of the versions of a type, or of everything, newest first."""
        span, view = histories.asked(call.params), views.asked(call.params)
        answer = await self._out.changes(call.request, route.type, span)
        return _history(call, replies.viewed(answer, view))


def _history(call: Call, answer: Answer) -> Reply:
    kept = [pair for pair in call.params if pair[0] != histories.AFTER]
    links = {"self": _link(call, call.params)}
    if answer.next:
        links["next"] = _link(call, [*kept, (histories.AFTER, answer.next)])
    return Reply(200, bundles.history(answer, call.base, links))


def _link(call: Call, params: Sequence[tuple[str, str]]) -> str:
    path = f"{call.base}/{call.path}"
    return f"{path}?{urlencode(params)}" if params else path
