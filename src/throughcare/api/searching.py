"""Searches, and the whole record of a person."""

from urllib.parse import urlencode

from throughcare.api import bundles, replies
from throughcare.api.call import Call, Reply
from throughcare.api.routes import Route
from throughcare.disclosure import Disclosure
from throughcare.fhir import query, views
from throughcare.fhir.spec import is_resource_type
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

    async def everything(self, route: Route, call: Call) -> Reply:
        """Return the whole record of the person that this Patient belongs to."""
        view = views.asked(call.params)
        wanted = [value for name, value in call.params if name == "_type"]
        types = [name for value in wanted for name in value.split(",")] or None
        if types and not all(map(is_resource_type, types)):
            message = "_type names no resource type of FHIR R4. GET metadata for the types."
            raise BadInputError(message, place="_type")
        answer = await self._out.everything(call.request, route.id, types)
        links = {"self": f"{call.base}/{call.path}"}
        return Reply(200, bundles.searchset(replies.viewed(answer, view), call.base, links))
