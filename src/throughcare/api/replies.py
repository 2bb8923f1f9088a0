"""Replies to interactions with one resource: headers of its version, and what Prefer asks for."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import orjson

from throughcare.api import bundles, conditions
from throughcare.api.call import Call, Reply
from throughcare.disclosure.answer import Answer
from throughcare.fhir import views
from throughcare.fhir.outcome import Issue, Severity, outcome
from throughcare.fhir.views import View
from throughcare.model.entry import Stored


def about(stored: Stored) -> dict[str, str]:
    """Return the headers that name a version."""
    return {"etag": bundles.etag(stored), "last-modified": conditions.http_date(stored.updated)}


def version(stored: Stored, base: str) -> str:
    """Return the address of a version."""
    return f"{base}/{stored.type}/{stored.id}/_history/{stored.version}"


def shown(call: Call, stored: Stored) -> Reply:
    """Return the reply that is a version or a part of it, or 304 where the client has it."""
    view = views.asked(call.params) if call.params else None
    if conditions.has_it_already(call.headers, stored):
        return Reply(304, headers=about(stored), stored=stored)
    body = stored.body if view is None else views.shown(stored.body, view)
    return Reply(200, body, about(stored), stored=stored)


def viewed(answer: Answer, view: View | None) -> Answer:
    """Return an answer with what `view` leaves of each of its resources."""
    if view is None:
        return answer
    parts = ([_viewed(each, view) for each in kind] for kind in (answer.entries, answer.included))
    entries, included = map(tuple, parts)
    return replace(answer, entries=entries, included=included)


def _viewed(stored: Stored, view: View) -> Stored:
    if not stored.body:
        return stored
    return msgspec.structs.replace(stored, body=views.shown(stored.body, view))


def written(call: Call, stored: Stored, *, created: bool, warnings: Sequence[str] = ()) -> Reply:
    """Return the reply to a write: the resource, nothing or an outcome, as Prefer says.

    An outcome also holds the `warnings`.
    """
    status = 201 if created else 200
    headers = about(stored) | {"location": version(stored, call.base)}
    wish = call.headers.get("prefer", "")
    if "return=minimal" in wish:
        return Reply(status, b"", headers, stored=stored)
    if wishes_outcome(call):
        text = "Created." if created else "This is what is stored now."
        said = Issue(Severity.INFORMATION, "informational", "", text)
        warned = [Issue(Severity.WARNING, "business-rule", "", text) for text in warnings]
        return Reply(status, orjson.dumps(outcome([said, *warned])), headers, stored=stored)
    return Reply(status, stored.body, headers, stored=stored)


def deleted(call: Call, stored: Stored | None) -> Reply:
    """Return the reply to a deletion, `stored` being the version that says so, if there is one.

    Its ETag names the deletion, which is a version.
    """
    headers = about(stored) if stored is not None else {}
    if wishes_outcome(call):
        said = Issue(Severity.INFORMATION, "informational", "", "There is no such resource now.")
        return Reply(200, orjson.dumps(outcome([said])), headers, stored=stored)
    return Reply(204, headers=headers, stored=stored)


def wishes_outcome(call: Call) -> bool:
    """Tell whether the client prefers an OperationOutcome to the resource."""
    return "return=OperationOutcome" in call.headers.get("prefer", "")
