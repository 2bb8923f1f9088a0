"""Searches."""

from typing import Final
from urllib.parse import urlencode

from throughcare.api import bundles, replies
from throughcare.api.call import Call, Reply
from throughcare.api.routes import Route
from throughcare.disclosure import Disclosure
from throughcare.fhir import query, views
from throughcare.fhir.outcome import Issue, Severity
from throughcare.fhir.terminology import Terms
from throughcare.fhir.terms import Query
from throughcare.kernel import BadInputError

STRICT: Final = "handling=strict"


class Searching:
    """What is found, through the door out."""

    def __init__(self, disclosure: Disclosure, terms: Terms) -> None:
        """Search in `disclosure`, for the codes that `terms` knows."""
        self._out = disclosure
        self._terms = terms

    async def search(self, route: Route, call: Call) -> Reply:
        """Return one page of a search on a type, on all types or in a compartment."""
        view, asked = views.asked(call.params), _asked(route, call, self._terms)
        if asked.ignored and STRICT in call.headers.get("prefer", ""):
            unknown = ", ".join(asked.ignored)
            message = f"Unknown search parameters: {unknown}. GET metadata for those that work."
            raise BadInputError(message, place=asked.ignored[0])
        answer = await self._out.search(call.request, asked)
        path = f"{call.base}/{call.path.removesuffix('_search')}".rstrip("/")
        links = {"self": f"{path}?{asked.self_link}" if asked.self_link else path}
        if answer.next:
            kept = [pair for pair in call.params if pair[0] != query.AFTER]
            links["next"] = f"{path}?{urlencode([*kept, (query.AFTER, answer.next)])}"
        remarks = [_unknown(name) for name in asked.ignored]
        remarks += [Issue(Severity.INFORMATION, "informational", "", text) for text in answer.plan]
        return Reply(
            200, bundles.searchset(replies.viewed(answer, view), call.base, links, remarks)
        )


def _asked(route: Route, call: Call, terms: Terms) -> Query:
    compartment = route.compartment or None
    if route.type:
        return query.parse(route.type, call.params, compartment=compartment, terminology=terms)
    return query.parse_types(call.params, compartment=compartment, terminology=terms)


def _unknown(name: str) -> Issue:
    text = f"{name} is no search parameter here; it was left out. GET metadata for those that work."
    return Issue(Severity.WARNING, "not-supported", name, text)
