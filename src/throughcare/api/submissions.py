"""From an HTTP body to submissions: one resource, a deletion, or a Bundle."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from throughcare.api import conditions
from throughcare.api.call import Call
from throughcare.fhir import bytes as fhir_bytes
from throughcare.intake import fhir_json
from throughcare.kernel import BadInputError
from throughcare.model.submission import Item, Method, Place, Rejection, SourcePatient, Submission

BODY = "body"
"""Name of the file in places of faults."""


def single(call: Call, type_: str, method: Method, id_: str = "") -> Submission:
    """Return the submission of one resource.

    Raises BadInputError if the body is another type than the path says, or has another id.
    """
    resource = fhir_bytes.parse(call.body)
    if resource.get("resourceType") != type_:
        message = f"The body is no {type_}. Send it to the path of its own type."
        raise BadInputError(message, place="resourceType")
    if id_ and resource.get("id") != id_:
        message = "The id in the body differs from the one in the path. Make them the same."
        raise BadInputError(message, place=f"{type_}.id")
    url = f"urn:uuid:{call.request.id}"
    item = Item(
        full_url=url,
        resource=resource,
        raw=fhir_bytes.compact(call.body),
        method=method,
        if_none_exist=call.headers.get("if-none-exist", ""),
        if_match=conditions.version_in(call.headers),
        at=call.request.at,
    )
    return _submission(call, (item,))


def deletion(call: Call, type_: str, id_: str) -> Submission:
    """Return the submission that deletes one resource."""
    item = Item(
        full_url=f"{type_}/{id_}",
        resource={"resourceType": type_, "id": id_},
        method=Method.DELETE,
        if_match=conditions.version_in(call.headers),
        at=call.request.at,
    )
    return _submission(call, (item,))


def bundle(call: Call) -> tuple[str, list[Submission]]:
    """Return the kind of a Bundle and its units: a transaction is one, a batch one an entry.

    Raises BadInputError, naming the entry, for a Bundle that can't be read.
    """
    found = fhir_bytes.parse(call.body)
    kind = found.get("type")
    if found.get("resourceType") != "Bundle" or kind not in {"transaction", "batch"}:
        message = "POST a Bundle of type transaction or batch here."
        raise BadInputError(message, place="Bundle.type")
    items: list[Item] = []
    for unit in fhir_json.read_document(BODY, call.body, _source(call)):
        if isinstance(unit, Rejection):
            message = f"{unit.rule} {unit.remedy}"
            raise BadInputError(message, place=unit.place.at)
        if isinstance(unit, Submission):
            items.extend(unit.items)
    if kind == "transaction":
        return kind, [_submission(call, items)]
    return kind, [_submission(call, (item,)) for item in items]


def _submission(call: Call, items: Sequence[Item]) -> Submission:
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
        items=tuple(replace(item, at=call.request.at) for item in items),
        patients=patients,
        at=call.request.at,
    )


def local_id(item: Item) -> str:
    """Return the number by which a client's Patient is known in the person index."""
    if item.method is Method.PUT:
        return f"Patient/{item.resource['id']}"
    return item.full_url


def _source(call: Call) -> str:
    organisation = call.request.actor.organisation
    return f"api-{organisation}" if organisation else "api"
