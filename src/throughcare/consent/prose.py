"""The free text of an entry, wherever it stands."""

import base64
import binascii
import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]

_TEXTS = frozenset(
    {"text", "display", "div", "valueString", "valueMarkdown", "conclusion", "description", "title"}
    | {"comment", "summary", "detail", "patientInstruction", "reason", "note", "contentString"}
)
_TAGS = re.compile(r"<[^>]*>")


def text_of(resource: Json) -> str:
    """Return all free text of a resource: displays, notes, narrative, attached plain text."""
    return "\n".join(_texts(resource))


def _texts(value: object, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("data"), str):
            yield _decoded(value)
        for key, inner in value.items():
            if key != "meta":
                yield from _texts(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, name)
    elif isinstance(value, str) and name in _TEXTS:
        yield html.unescape(_TAGS.sub(" ", value)) if name == "div" else value


def _decoded(attachment: Json) -> str:
    """Return the text of an attachment or Binary; "" for what is no text (a scan, a sound)."""
    kind = str(attachment.get("contentType", "text/plain"))
    if not kind.startswith(("text/", "application/json", "application/fhir", "x-application/hl7")):
        return ""
    try:
        data = base64.b64decode(str(attachment["data"]), validate=True)
    except (binascii.Error, ValueError):
        return ""
    text = data.decode("utf-8", errors="replace")
    return html.unescape(_TAGS.sub(" ", text)) if "html" in kind else text
