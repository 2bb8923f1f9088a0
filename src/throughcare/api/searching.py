"""Searches."""

import contextlib
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from throughcare.api import bundles, replies
from throughcare.api.call import Call, Reply
from throughcare.api.knowing import Knowing
from throughcare.api.routes import Route
from throughcare.disclosure import Disclosure
from throughcare.fhir import query, views
from throughcare.fhir.codes import Codes, Terminology
from throughcare.fhir.outcome import Issue, Severity
from throughcare.fhir.terminology import Terms
from throughcare.fhir.terms import Query
from throughcare.kernel import BadInputError

STRICT: Final = "handling=strict"


class Searching:
    """What is found, through the door out."""

    def __init__(self, disclosure: Disclosure, terms: Terms) -> None:
        """Search in `disclosure`, for the codes that `terms` knows or value sets there name."""
        self._out = disclosure
        self._terms = terms
        self._knowing = Knowing(terms.library, disclosure)

    async def search(self, route: Route, call: Call) -> Reply:
        """Return one page of a search on a type, on all types or in a compartment."""
        view, asked = views.asked(call.params), await self._asked(route, call)
        if asked.ignored and STRICT in call.headers.get("prefer", ""):
            unknown = ", ".join(asked.ignored)
            message = f"Unknown search parameters: {unknown}. GET metadata for those that work."
            raise BadInputError(message, place=asked.ignored[0])
        answer = await self._out.search(call.request, asked)
        path = f"{call.base}/{call.path.removesuffix('_search')}".rstrip("/")
        links = {"self": f"{path}?{asked.self_link}" if asked.self_link else path}
        if answer.next:
            left = {query.AFTER, *asked.ignored}
            kept = [(name, value) for name, value in call.params if value and name not in left]
            links["next"] = f"{path}?{urlencode([*kept, (query.AFTER, answer.next)])}"
        remarks = [_unknown(name) for name in asked.ignored]
        remarks += [Issue(Severity.INFORMATION, "informational", "", text) for text in answer.plan]
        return Reply(
            200, bundles.searchset(replies.viewed(answer, view), call.base, links, remarks)
        )

    async def _asked(self, route: Route, call: Call) -> Query:
        """Return what is asked, by value sets that are loaded and, where these lack, stored."""
        with contextlib.suppress(BadInputError):
            return _read(route, call, self._terms)
        noting = Noting(self._terms)
        _read(route, call, noting)  # whatever else is wrong is said before anything is looked up
        terms = Terms(await self._knowing.of_urls(call, noting.lacking))
        found = ((url, terms.members(url)) for url in noting.lacking)
        stored = frozenset((url, codes) for url, codes in found if codes is not None)
        return _read(route, call, Widened(self._terms, stored))


class Noting:
    """What is known of codes, noting the value sets that are not: they are empty here."""

    def __init__(self, terms: Terms) -> None:
        """Answer what `terms` answers."""
        self.lacking: list[str] = []
        self.below = terms.below
        self.above = terms.above
        self._terms = terms

    def members(self, value_set: str) -> Codes | None:
        """Return the codes of a value set."""
        found = self._terms.members(value_set)
        if found is None and value_set not in self.lacking:
            self.lacking.append(value_set)
        return frozenset() if found is None else found


@dataclass(frozen=True, slots=True)
class Widened:
    """What is loaded with value sets more: equal where these are, since readings are kept."""

    terms: Terms
    more: frozenset[tuple[str, Codes]]

    def members(self, value_set: str) -> Codes | None:
        """Return the codes of a value set."""
        found = (codes for url, codes in self.more if url == value_set)
        known = next(found, None)
        return self.terms.members(value_set) if known is None else known

    def below(self, system: str, code: str) -> Codes | None:
        """Return `code` and all codes that it subsumes."""
        return self.terms.below(system, code)

    def above(self, system: str, code: str) -> Codes | None:
        """Return `code` and all codes that subsume it."""
        return self.terms.above(system, code)


def _read(route: Route, call: Call, terms: Terminology) -> Query:
    compartment = route.compartment or None
    if route.type:
        return query.parse(route.type, call.params, compartment=compartment, terminology=terms)
    return query.parse_types(call.params, compartment=compartment, terminology=terms)


def _unknown(name: str) -> Issue:
    text = f"{name} is no search parameter here; it was left out. GET metadata for those that work."
    return Issue(Severity.WARNING, "not-supported", name, text)
