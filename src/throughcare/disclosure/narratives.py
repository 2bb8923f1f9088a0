"""The narrative of what is left of a resource, where its own may say what was taken out; pure.

INVARIANT: every word of it stands in the members that are shown. So it tells nothing that they do
not, and is the same whether something was taken out or had never been there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from throughcare.fhir import narrative
from throughcare.model.submission import Json

_TYPED: Final = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/[^/]+(?:/_history/[^/]+)?$")
_SECTION: Final = ""
"""What a section of a Composition calls its type: it has none."""


def of(value: Mapping[str, Any]) -> dict[str, Json] | None:
    """Return the narrative of a List, a Composition, a section of one or a DiagnosticReport.

    Title or code, then what each row says of itself, one line each. None for other types, and where
    nothing is left to say.
    """
    told = _TOLD.get(str(value.get("resourceType", _SECTION)))
    lines = [line for line in told(value) if line] if told else []
    return narrative.listed(lines) if lines else None


def _list(value: Mapping[str, Any]) -> Iterator[str]:
    yield _text(value, "title") or _concept(value.get("code"))
    for row in _rows(value, "entry"):
        said = _link(row.get("item"))
        yield f"{said} (removed)" if said and row.get("deleted") is True else said


def _section(value: Mapping[str, Any]) -> Iterator[str]:
    yield _text(value, "title") or _concept(value.get("code"))
    yield from map(_link, _rows(value, "entry"))
    yield from (_text(each, "title") for each in _rows(value, "section"))


def _composition(value: Mapping[str, Any]) -> Iterator[str]:
    yield _text(value, "title") or _concept(value.get("type"))
    yield from (_text(each, "title") for each in _rows(value, "section"))


def _report(value: Mapping[str, Any]) -> Iterator[str]:
    yield _concept(value.get("code"))
    yield _text(value, "conclusion")
    yield from map(_concept, _rows(value, "conclusionCode"))
    yield from map(_link, _rows(value, "result"))


_TOLD: Final = {
    _SECTION: _section,
    "List": _list,
    "Composition": _composition,
    "DiagnosticReport": _report,
}


def _rows(value: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found = value.get(name)
    rows = found if isinstance(found, list) else []
    return [row for row in rows if isinstance(row, Mapping)]


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return found.strip() if isinstance(found, str) else ""


def _concept(value: Json) -> str:
    """Return how a concept is worded; "" where it has only codes."""
    if not isinstance(value, Mapping):
        return ""
    displays = (_text(coding, "display") for coding in _rows(value, "coding"))
    return _text(value, "text") or next(filter(None, displays), "")


def _link(value: Json) -> str:
    """Return what a reference calls what it leads to, else of which type that is."""
    if not isinstance(value, Mapping):
        return ""
    found = _TYPED.search(_text(value, "reference"))
    return _text(value, "display") or (found[1] if found else "")
