"""Entries of a batch or transaction, each as the call that it would be alone."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from msgspec import structs

from throughcare.api.call import FHIR_JSON, Call, params_of
from throughcare.api.routes import Interaction, Route, route
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.bytes import BundleEntry
from throughcare.kernel import BadInputError, ThroughcareError, TooLargeError

MOST_ENTRIES: Final = 50_000
"""Entries of one Bundle; 6,000 are a usual case."""
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_HEADERS: Final = {
    "ifMatch": "if-match",
    "ifNoneMatch": "if-none-match",
    "ifModifiedSince": "if-modified-since",
    "ifNoneExist": "if-none-exist",
}
_NO_ENTRY: Final = frozenset(
    {
        *(Interaction.TRANSACTION, Interaction.CAPABILITIES, Interaction.DESCRIPTION),
        *(Interaction.EXPORT_FILE, Interaction.RUN),
    }
)
"""Public texts, Bundles, and what is answered by lines or rows, not by a resource."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that has been read, and not understood yet."""

    number: int
    given: Mapping[str, Any]
    raw: BundleEntry

    @property
    def at(self) -> str:
        """Return the FHIRPath of the entry."""
        return f"Bundle.entry[{self.number}]"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as a call."""

    full_url: str
    at: str
    route: Route
    call: Call
    resource: Mapping[str, Any] | None
    """The body as it was read with the Bundle, where it is a resource that is stored."""


def drafts(call: Call) -> tuple[str, list[Draft]]:
    """Return the type of the Bundle that was sent, ``batch`` or ``transaction``, and its entries.

    Raises BadInputError, with the place, for another type and for entries of a wrong shape, and
    TooLargeError for more than `MOST_ENTRIES`.
    """
    if call.body.count(b'"request"') > MOST_ENTRIES:  # not worth reading to the end
        raise _too_many()
    found = fhir_bytes.parse(call.body)
    kind = found.get("type")
    if found.get("resourceType") != "Bundle" or kind not in {"transaction", "batch"}:
        message = "POST a Bundle of type transaction or batch here."
        raise BadInputError(message, place="Bundle.type")
    given = found.get("entry", [])
    if not isinstance(given, list):
        message = "Bundle.entry is no list. Send a list of entries."
        raise BadInputError(message, place="Bundle.entry")
    if len(given) > MOST_ENTRIES:
        raise _too_many()
    raws = fhir_bytes.split_bundle(call.body)
    return kind, [Draft(n, one, raw) for n, (one, raw) in enumerate(zip(given, raws, strict=True))]


def _too_many() -> TooLargeError:
    message = f"The Bundle has more than {MOST_ENTRIES} entries. Send it in parts."
    return TooLargeError(message, place="Bundle.entry")


@contextmanager
def placed(at: str) -> Iterator[None]:
    """Give an error that says no place the place `at`."""
    try:
        yield
    except ThroughcareError as error:
        if not error.place:
            error.place = at
        elif not error.place.startswith(at):
            error.place = f"{at}, {error.place}"
        raise


def entry(call: Call, draft: Draft) -> Entry:
    """Return an entry of the Bundle in `call` as a call of its own.

    It has the asker of the whole, and an id of its own below that of the whole. Raises what the
    call would raise where no such path or method is.
    """
    request = draft.given.get("request")
    if not isinstance(request, dict):
        message = "An entry of a transaction or batch has no request. Add method and url."
        raise BadInputError(message, place=f"{draft.at}.request")
    method, url = draft.raw.method, draft.raw.url
    if method not in METHODS:
        message = f"No method of FHIR. Send one of {', '.join(sorted(METHODS))}."
        raise BadInputError(message, place=f"{draft.at}.request.method")
    path, _, query = url.removeprefix(call.base).strip("/").partition("?")
    with placed(f"{draft.at}.request.url"):
        found = route(method, path)
    if found.interaction in _NO_ENTRY:
        message = (
            "No metadata, Bundle, file or table of its own stands in an entry. Ask for it alone."
        )
        raise BadInputError(message, place=f"{draft.at}.request.url")
    headers = {_HEADERS[key]: str(value) for key, value in request.items() if key in _HEADERS}
    body, media_type = _body(draft, method)
    own = Call(
        method=method,
        path=path.strip("/"),
        params=params_of(query),
        headers=headers | {"content-type": media_type} | _preference(call),
        body=body,
        base=call.base,
        request=structs.replace(call.request, id=f"{call.request.id}-{draft.number}"),
    )
    known = draft.given.get("resource") if method in {"POST", "PUT"} else None
    return Entry(_full_url(draft, own, found), draft.at, found, own, known)


def _preference(call: Call) -> dict[str, str]:
    """Return the Prefer of an entry: without one, an answer holds what was asked for alone."""
    given = call.headers.get("prefer", "")
    return {"prefer": given if "return=" in given else f"return=minimal {given}"}


def _full_url(draft: Draft, own: Call, found: Route) -> str:
    if draft.raw.full_url:
        return draft.raw.full_url
    if found.id:
        return f"{own.base}/{found.type}/{found.id}"
    return f"urn:uuid:{own.request.id}"


def _body(draft: Draft, method: str) -> tuple[bytes, str]:
    """Return the body of an entry and its media type; a patch may come in a Binary."""
    if method not in {"POST", "PUT", "PATCH"}:
        return b"", FHIR_JSON
    resource = draft.given.get("resource")
    if not isinstance(resource, dict):
        message = f"An entry with {method} has no resource. Add it, or drop the entry."
        raise BadInputError(message, place=f"{draft.at}.resource")
    if method != "PATCH" or resource.get("resourceType") != "Binary":
        return draft.raw.resource, FHIR_JSON
    try:
        data = base64.b64decode(str(resource.get("data", "")), validate=True)
    except binascii.Error as cause:
        message = "The data of a patch is no base64. Encode the patch again."
        raise BadInputError(message, place=f"{draft.at}.resource.data") from cause
    return data, str(resource.get("contentType", ""))
