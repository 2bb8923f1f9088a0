"""A Binary as the bytes that it holds, in and out (FHIR R4, Binary: serving raw content)."""

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from msgspec import structs

from throughcare.api import formats
from throughcare.api.call import Call, Reply
from throughcare.api.routes import Interaction, Route
from throughcare.fhir import bytes as fhir_bytes
from throughcare.kernel import BadInputError, NotAcceptableError

TYPE: Final = "Binary"
CONTEXT: Final = "x-security-context"
UNKNOWN: Final = "application/octet-stream"
_READS: Final = re.compile(r"/fhir/Binary/[^/$_]+(/_history/[^/]+)?/?")
_WRITES: Final = frozenset({Interaction.CREATE, Interaction.UPDATE})
_OF_THE_RESOURCE: Final = frozenset({"_format", "_pretty", "_summary", "_elements"})
"""Parameters that ask for the resource."""
_FHIR: Final = frozenset({"application/fhir+json", "application/fhir+xml"})
_GENERIC: Final = (formats.JSON_TYPES | formats.XML_TYPES) - _FHIR
"""Types of FHIR resources, and of other documents."""
_XML_BINARY: Final = re.compile(rb"<(\w+:)?Binary\s[^>]*http://hl7\.org/fhir")
_BEGINNING: Final = 2_000
"""Bytes within which a resource in XML says what it is."""
_MEDIA_TYPE: Final = re.compile(
    r"""[\w.+-]+/[\w.+-]+(; ?[\w.-]+=("[\w .:/+-]*"|[\w.:/+-]+))*""", re.ASCII
)
_LONGEST_TYPE: Final = 200
PROTECTED: Final[Mapping[str, str]] = {
    "x-content-type-options": "nosniff",
    "content-disposition": "attachment",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
}
"""What a browser may not do with bytes that a client sent: guess, show or run them."""


def are_wanted(method: str, path: str, accept: str, params: Sequence[tuple[str, str]]) -> bool:
    """Tell whether a read asks for the bytes: no form of FHIR is named, in header or address."""
    if method not in {"GET", "HEAD"} or not _READS.fullmatch(path):
        return False
    if any(name in _OF_THE_RESOURCE for name, _ in params):
        return False
    return not formats.liked(accept, formats.JSON_TYPES | formats.XML_TYPES)


def content(reply: Reply, accept: str) -> Reply:
    """Return the bytes of the Binary in `reply`, which a browser won't run.

    Raises NotAcceptableError where they are of no type that `accept` names.
    """
    if reply.status != 200 or reply.stored is None:  # noqa: PLR2004 - refused, or not changed
        return reply
    resource = fhir_bytes.read_again(reply.body)
    named = str(resource.get("contentType", ""))
    media_type = named if _is_media_type(named) else UNKNOWN
    plain = media_type.partition(";")[0].lower()
    general = {plain, f"{plain.partition('/')[0]}/*", "*/*"}
    if accept and not formats.liked(accept, general):
        message = (
            "This Binary is of another type than Accept names. Accept */*, or read it as FHIR."
        )
        raise NotAcceptableError(message, place="Accept")
    body = base64.b64decode(str(resource.get("data", "")))
    about = {**reply.headers, **PROTECTED}
    context = _context_of(resource)
    if context.isascii() and context.isprintable() and context:
        about[CONTEXT] = context
    return structs.replace(reply, body=body, media_type=media_type, headers=about)


def are_sent(route: Route, content_type: str, body: bytes) -> bool:
    """Tell whether a write of a Binary has bytes as its body, and no resource."""
    if route.interaction not in _WRITES or route.type != TYPE or not content_type:
        return False
    plain = content_type.partition(";")[0].strip().lower()
    if plain in _FHIR:
        return False
    return plain not in _GENERIC or not _is_binary(plain, body)


def wrapped(route: Route, call: Call, body: bytes) -> Call:
    """Return a call that writes the resource that holds `body`.

    Raises BadInputError for no body, and for a media type that is none.
    """
    media_type = call.headers["content-type"]
    if not body or not _is_media_type(media_type):
        message = "A Binary is sent as its bytes, with their media type in Content-Type. Send both."
        raise BadInputError(message, place="Content-Type")
    context = call.headers.get(CONTEXT, "")
    resource = {
        "resourceType": TYPE,
        **({"id": route.id} if route.id else {}),
        "contentType": media_type,
        **({"securityContext": {"reference": context}} if context else {}),
        "data": base64.b64encode(body).decode(),
    }
    return structs.replace(call, body=orjson.dumps(resource))


def _is_binary(plain: str, body: bytes) -> bool:
    """Tell whether JSON or XML that is not called FHIR is a Binary all the same."""
    if plain in formats.XML_TYPES:
        return _XML_BINARY.search(body[:_BEGINNING]) is not None
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return True  # it is read, and refused, as FHIR
    return isinstance(found, dict) and found.get("resourceType") == TYPE


def _is_media_type(text: str) -> bool:
    return len(text) <= _LONGEST_TYPE and _MEDIA_TYPE.fullmatch(text) is not None


def _context_of(resource: Mapping[str, Any]) -> str:
    context = resource.get("securityContext")
    return str(context.get("reference", "")) if isinstance(context, Mapping) else ""
