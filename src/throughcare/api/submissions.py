"""From a call that writes to what admission takes: one item a call, or an entry of a Bundle."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from throughcare.api import conditions, patches
from throughcare.api.call import Call
from throughcare.api.routes import Interaction, Route
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import views
from throughcare.kernel import BadInputError, UnprocessableError
from throughcare.model.submission import Item, Method, Place, SourcePatient, Submission

BODY = "body"
"""Name of the file in places of faults."""

METHODS: Final[Mapping[Interaction, Method]] = {
    Interaction.CREATE: Method.POST,
    Interaction.UPDATE: Method.PUT,
    Interaction.CONDITIONAL_UPDATE: Method.PUT,
    Interaction.PATCH: Method.PATCH,
    Interaction.CONDITIONAL_PATCH: Method.PATCH,
    Interaction.DELETE: Method.DELETE,
    Interaction.CONDITIONAL_DELETE: Method.DELETE,
}
"""The interactions that write, with how."""

_CONDITIONAL: Final = frozenset(
    {
        Interaction.CONDITIONAL_UPDATE,
        Interaction.CONDITIONAL_PATCH,
        Interaction.CONDITIONAL_DELETE,
    }
)
_OF_THE_REPLY: Final = frozenset({"_format", "_pretty", "_summary", "_elements"})


def item(
    route: Route,
    call: Call,
    *,
    full_url: str = "",
    at: str = "",
    resource: Mapping[str, Any] | None = None,
) -> Item:
    """Return what a call writes: `full_url` and `at` name it and its place in a Bundle.

    `resource` is what the body says, where that is known already. Raises BadInputError if the body
    is another type than the path says, or has another id.
    """
    method = METHODS[route.interaction]
    stub = {"resourceType": route.type, **({"id": route.id} if route.id else {})}
    made = Item(
        full_url=full_url or f"urn:uuid:{call.request.id}",
        resource=stub,
        method=method,
        conditional=_condition(route, call),
        if_match=conditions.version_in(call.headers),
        at=call.request.at,
        place=Place(BODY, at),
    )
    if method is Method.DELETE:
        return made
    if method is Method.PATCH:
        return replace(made, change=patches.change(call, route.type))
    sent = fhir_bytes.parse(call.body) if resource is None else resource
    _check_names(sent, route)
    return replace(
        made,
        resource=sent,
        raw=fhir_bytes.compact(call.body),
        if_none_exist=_if_none_exist(method, call),
        only_new=method is Method.PUT and conditions.only_new(call.headers),
    )


def _if_none_exist(method: Method, call: Call) -> str:
    """Return the search of a conditional create: its header, or what stands behind the path."""
    if method is not Method.POST:
        return ""  # R4 knows If-None-Exist for create alone
    return call.headers.get("if-none-exist", "").removeprefix("?") or _search(call)


def _search(call: Call) -> str:
    return urlencode([pair for pair in call.params if pair[0] not in _OF_THE_REPLY])


def _condition(route: Route, call: Call) -> str:
    """Return the search of a conditional interaction. Raises BadInputError where it has none."""
    if route.interaction not in _CONDITIONAL:
        return ""
    asked = _search(call)
    if not asked:
        message = (
            f"{call.method} on a type needs a search that finds one: {route.type}?identifier=..."
        )
        raise BadInputError(message)
    return asked


def _check_names(resource: Mapping[str, Any], route: Route) -> None:
    if resource.get("resourceType") != route.type:
        message = f"The body is no {route.type}. Send it to the path of its own type."
        raise BadInputError(message, place="resourceType")
    if route.id and resource.get("id") != route.id:
        message = "The id in the body differs from the one in the path. Make them the same."
        raise BadInputError(message, place=f"{route.type}.id")
    if views.is_part(resource):
        message = (
            "This copy says of itself that parts were left out (SUBSETTED). Read the whole "
            "resource, change that and send it, or send a PATCH."
        )
        raise UnprocessableError(message, place=f"{route.type}.meta.tag")


def of(call: Call, items: Sequence[Item]) -> Submission:
    """Return the submission of `items`, which is stored whole or not at all."""
    patients = tuple(
        SourcePatient(item.full_url, local_id(item))
        for item in items
        if item.resource["resourceType"] == "Patient" and item.method is not Method.DELETE
    )
    return Submission(
        source=_source(call),
        custodian=call.request.actor.organisation or _source(call),
        key=f"{call.request.id}/{items[0].full_url if len(items) == 1 else ''}",
        digest=hashlib.sha256(call.body).hexdigest(),
        place=Place(BODY),
        items=tuple(items),
        patients=patients,
        at=call.request.at,
        base=call.base,
    )


def local_id(item: Item) -> str:
    """Return the number by which a client's Patient is known in the person index."""
    if item.method is Method.PUT and not item.conditional:
        return f"Patient/{item.resource['id']}"
    return item.full_url


def _source(call: Call) -> str:
    organisation = call.request.actor.organisation
    return f"api-{organisation}" if organisation else "api"
