"""Operations on one person's record."""

from typing import Any, Final
from urllib.parse import urlencode

from throughcare.api import bundles, parameters, replies
from throughcare.api.call import Call, Reply
from throughcare.api.parameters import Pairs
from throughcare.api.routes import Route
from throughcare.disclosure.answer import Answer
from throughcare.disclosure.operations import Operations
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import query, views
from throughcare.fhir.criteria import split
from throughcare.kernel import BadInputError

EVERYTHING: Final = ("start", "end", "_since", "_type", "_count", "_after")
MOST_OF_A_CODE: Final = 1000
MOST_MATCHES: Final = 50
_PEOPLE: Final = frozenset({"patient", "subject"})
_KINDS: Final = frozenset({"code", "category"})
_NEGATIONS: Final = frozenset({"missing", "not", "not-in"})


class Operating:
    """What is asked of a whole record, through the door out."""

    def __init__(self, operations: Operations) -> None:
        """Answer from `operations`."""
        self._wholes = operations.wholes
        self._documents = operations.documents
        self._matching = operations.matching

    async def everything(self, route: Route, call: Call) -> Reply:
        """Return the record of the person that this Patient belongs to, whole or by pages."""
        pairs = parameters.known(parameters.given(call), *EVERYTHING)
        extent = parameters.extent(pairs)
        answer = await self._wholes.everything(call.request, route.id, extent)
        return _searchset(call, answer, pairs)

    async def lastn(self, _route: Route, call: Call) -> Reply:
        """Return the newest observations of each code of one person.

        Raises BadInputError for what names no person or kind, or may mean several persons.
        """
        pairs = parameters.given(call)
        most = parameters.whole(pairs, "max", most=MOST_OF_A_CODE, default=1)
        criteria = tuple(parameters.without(pairs, "max", *parameters.OF_THE_REPLY))
        asked = query.parse("Observation", criteria)
        _refuse_wide(criteria)
        named = {_parameter(name) for name, _ in criteria}
        if asked.ignored or asked.sort or asked.after or not named & _PEOPLE or not named & _KINDS:
            message = (
                "$lastn takes search parameters of Observation, patient or subject and code or "
                "category among them, and max; complete or correct them."
            )
            raise BadInputError(message)
        answer = await self._wholes.last(call.request, asked, most)
        return _searchset(call, answer, pairs)

    async def summary(self, route: Route, call: Call) -> Reply:
        """Return the International Patient Summary of the person that this Patient belongs to."""
        pairs = parameters.known(parameters.given(call), *(() if route.id else ("identifier",)))
        patient = route.id
        if not patient:
            identifier = parameters.one(pairs, "identifier")
            if not identifier.partition("|")[2]:
                message = "Ask for Patient/ID/$summary, or with identifier as system|value."
                raise BadInputError(message, place="identifier")
            patient = await self._documents.patient(call.request, identifier)
        return Reply(200, await self._documents.summary(call.request, patient, call.base))

    async def match(self, _route: Route, call: Call) -> Reply:
        """Return the Patients that a description may mean, each with how sure that is.

        The body is Parameters with the Patient as resource, or the Patient itself (ITI-119).
        """
        body = fhir_bytes.parse(call.body) if call.body else {}
        if body.get("resourceType") == "Patient":
            described: list[Any] = [body]
            given = call.params
        else:
            parts = parameters.parts(call.body)
            described = [each.get("resource") for each in parts if each["name"] == "resource"]
            given = parameters.given(call)
        pairs = parameters.known(given, "onlyCertainMatches", "count")
        if len(described) != 1 or not isinstance(described[0], dict):
            message = "$match takes one Patient, as the parameter resource. Send it."
            raise BadInputError(message, place="resource")
        found = await self._matching.match(
            call.request,
            described[0],
            certain=parameters.yes(pairs, "onlyCertainMatches"),
            most=parameters.whole(pairs, "count", most=MOST_MATCHES, default=MOST_MATCHES),
        )
        return Reply(200, bundles.matches(found, call.base, f"{call.base}/{call.path}"))


def _parameter(name: str) -> str:
    """Return a search parameter without its modifier and what is chained to it."""
    return name.partition(":")[0].partition(".")[0]


def _refuse_wide(criteria: Pairs) -> None:
    """Raise BadInputError where $lastn is not told one person and which kinds, but what not."""
    for name, value in criteria:
        code, is_chain = _parameter(name), "." in name
        if code in _PEOPLE | _KINDS and name.rpartition(":")[2] in _NEGATIONS:
            message = f"{name} tells $lastn no person and no kind; leave its modifier out."
            raise BadInputError(message, place=name)
        if code in _PEOPLE and not is_chain and len(split(value)) > 1:
            message = "$lastn is about one person; ask for each alone."
            raise BadInputError(message, place=name)


def _searchset(call: Call, answer: Answer, pairs: Pairs) -> Reply:
    path = f"{call.base}/{call.path}"
    links = {"self": f"{path}?{urlencode(pairs)}" if pairs else path}
    if answer.next:
        kept = parameters.without(pairs, "_after")
        links["next"] = f"{path}?{urlencode([*kept, ('_after', answer.next)])}"
    shown = replies.viewed(answer, views.asked(call.params))
    return Reply(200, bundles.searchset(shown, call.base, links))
