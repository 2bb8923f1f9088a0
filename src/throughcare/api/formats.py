"""JSON or XML: what a client sends, what it wants back (FHIR R4, 3.1.0.1.11)."""

from collections.abc import Collection, Mapping, Sequence
from enum import Enum, auto
from functools import lru_cache
from operator import itemgetter
from typing import Final, NamedTuple

import msgspec

from throughcare.api.call import FHIR_JSON, Reply
from throughcare.fhir import xml
from throughcare.fhir.spec import VERSION
from throughcare.kernel import NotAcceptableError, UnreadableFormatError

FHIR_XML: Final = "application/fhir+xml"
JSON_TYPES: Final = frozenset({FHIR_JSON, "application/json", "text/json", "application/json+fhir"})
XML_TYPES: Final = frozenset({FHIR_XML, "application/xml", "text/xml", "application/xml+fhir"})
LINES: Final = frozenset({"application/fhir+ndjson", "application/ndjson", "application/x-ndjson"})
"""Files of an export, which are written as they are; whatever else is said beside them is JSON."""
ANYTHING: Final = frozenset({"*/*", "application/*"}) | LINES
VERSIONS: Final = frozenset({VERSION, VERSION.rpartition(".")[0]})
"""Values of the media type parameter ``fhirVersion`` that mean R4."""
HEADERS_KEPT: Final = 256
"""Accept headers that need not be read again: a client sends the same one each time."""


class Format(NamedTuple):
    """How a reply is written."""

    xml: bool = False
    pretty: bool = False


class Sent(Enum):
    """What a body is."""

    JSON = auto()
    XML = auto()
    FORM = auto()
    JSON_PATCH = auto()
    MERGE_PATCH = auto()


JSON: Final = Format()

_SENT: Final[Mapping[str, Sent]] = {
    **dict.fromkeys(JSON_TYPES, Sent.JSON),
    **dict.fromkeys(XML_TYPES, Sent.XML),
    "application/x-www-form-urlencoded": Sent.FORM,
    "application/json-patch+json": Sent.JSON_PATCH,
    "application/merge-patch+json": Sent.MERGE_PATCH,
}
_NAMED: Final[Mapping[str, bool]] = {
    **dict.fromkeys({*JSON_TYPES, "json"}, False),
    **dict.fromkeys({*XML_TYPES, "xml"}, True),
}
"""Values of ``_format``, with whether they mean XML."""


def wanted(accept: str, params: Sequence[tuple[str, str]]) -> Format:
    """Return the format of the reply: ``_format`` if it is there, else what `accept` likes best.

    Raises NotAcceptableError for neither JSON nor XML, and for another version of FHIR.
    """
    if not params:
        return _of_header(accept)
    given = dict(params)
    pretty = given.get("_pretty", "") == "true"
    named = given.get("_format", "")
    if not named:
        return Format(_of_header(accept).xml, pretty)
    # A plus sign that was not encoded arrives as a space.
    type_, media = _media_type(named.replace(" ", "+"))
    if type_ not in _NAMED or not _is_r4(media):
        message = (
            f"_format asks for what this node does not write. Use json or xml, FHIR {VERSION}."
        )
        raise NotAcceptableError(message, place="_format")
    return Format(_NAMED[type_], pretty)


@lru_cache(maxsize=HEADERS_KEPT)
def _of_header(accept: str) -> Format:
    if not accept:
        return JSON
    liked: list[tuple[float, bool, bool]] = []
    for part in accept.split(","):
        type_, parameters = _media_type(part)
        weight = _weight(parameters.get("q", "1"))
        if weight and (type_ in _NAMED or type_ in ANYTHING) and _is_r4(parameters):
            liked.append((weight, type_ in _NAMED, _NAMED.get(type_, False)))
    if not liked:
        message = (
            f"Accept names neither JSON nor XML of FHIR {VERSION}. Send {FHIR_JSON} or {FHIR_XML}."
        )
        raise NotAcceptableError(message, place="Accept")
    return Format(max(liked, key=lambda each: each[:2])[2])


def liked(accept: str, types: Collection[str]) -> str:
    """Return which of the media types `types` a client likes best; "" if it names none of them."""
    found: list[tuple[float, str]] = []
    for part in accept.split(","):
        type_, parameters = _media_type(part)
        weight = _weight(parameters.get("q", "1"))
        if weight and type_ in types:
            found.append((weight, type_))
    return max(found, key=itemgetter(0), default=(0.0, ""))[1]


def sent(content_type: str, body: bytes) -> Sent:
    """Return what `body` is by its media type; without one, by how it begins.

    Raises UnreadableFormatError for another type, character set or version of FHIR.
    """
    if not content_type:
        return Sent.XML if body.lstrip()[:1] == b"<" else Sent.JSON
    type_, parameters = _media_type(content_type)
    found = _SENT.get(type_)
    if found is None or not _is_r4(parameters):
        message = (
            f"Content-Type is not read here. Send {FHIR_JSON} or {FHIR_XML} of FHIR {VERSION}."
        )
        raise UnreadableFormatError(message, place="Content-Type")
    if parameters.get("charset", "utf-8").lower() not in {"utf-8", "utf8", "us-ascii"}:
        message = "Content-Type names another character set. Send UTF-8."
        raise UnreadableFormatError(message, place="Content-Type")
    return found


def rendered(reply: Reply, format_: Format) -> Reply:
    """Return `reply`, whose body is FHIR in JSON, as `format_` has it.

    Raises NotAcceptableError for what can't be said in XML.
    """
    if format_ == JSON or not reply.body or reply.media_type != FHIR_JSON:
        return reply
    if format_.xml:
        body = xml.of_json(reply.body, pretty=format_.pretty)
        return msgspec.structs.replace(reply, body=body, media_type=FHIR_XML)
    return msgspec.structs.replace(reply, body=msgspec.json.format(reply.body, indent=2))


def refused(reply: Reply, format_: Format) -> Reply:
    """Return a refusal as `format_` has it; in JSON where it names what XML can't hold."""
    try:
        return rendered(reply, format_)
    except NotAcceptableError:
        return reply


def _media_type(text: str) -> tuple[str, Mapping[str, str]]:
    """Return a media type and its parameters, all in lower case but for their values."""
    type_, *rest = text.split(";")
    pairs = (part.partition("=") for part in rest)
    return type_.strip().lower(), {
        name.strip().lower(): value.strip().strip('"') for name, _, value in pairs
    }


def _is_r4(parameters: Mapping[str, str]) -> bool:
    return parameters.get("fhirversion", VERSION) in VERSIONS


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
