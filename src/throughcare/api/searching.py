"""Searches."""

from urllib.parse import urlencode

from throughcare.api import bundles, replies
from throughcare.api.call import Call, Reply
from throughcare.api.routes import Route
from throughcare.disclosure import Disclosure
from throughcare.fhir import query, views
from throughcare.kernel import BadInputError


class Searching:
    """What is found, through the door out."""

    def __init__(self, disclosure: Disclosure) -> None:
        """Search in `disclosure`."""
        self._out = disclosure

    async def search(self, route: Route, call: Call) -> Reply:
        """Return one page of a search on a type or in a patient's compartment."""
        params, view = call.params, views.asked(call.params)
        asked = query.parse(route.type, params, compartment=route.compartment or None)
        if asked.ignored and "handling=strict" in call.headers.get("prefer", ""):
            unknown = ", ".join(asked.ignored)
            message = f"Unknown search parameters for {route.type}: {unknown}."
            raise BadInputError(message)
        answer = await self._out.search(call.request, asked)
        path = f"{call.base}/{call.path.removesuffix('/_search')}"
        links = {"self": f"{path}?{asked.self_link}" if asked.self_link else path}
        if answer.next:
            kept = [pair for pair in params if pair[0] != "_after"]
            links["next"] = f"{path}?{urlencode([*kept, ('_after', answer.next)])}"
        return Reply(200, bundles.searchset(replies.viewed(answer, view), call.base, links))
