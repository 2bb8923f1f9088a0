"""Parts of a resource that a client asks for: ``_summary``, ``_elements`` (R4, 3.1.1.5)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import msgspec

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import spec
from throughcare.fhir.spec import Element
from throughcare.fhir.xml.forms import Kind, forms
from throughcare.kernel import BadInputError

SUBSETTED: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
}
"""Tag of a resource of which parts were left out: it must not be stored in place of the whole."""
_ALWAYS: Final = frozenset({"id", "meta"})

_read: Final = msgspec.json.Decoder(float_hook=lambda digits: msgspec.Raw(digits.encode()))
"""Numbers with a point stay as they were written."""


@dataclass(frozen=True, slots=True)
class View:
    """What is left of a resource."""

    summary: str = ""
    """``true``, ``text`` or ``data``."""
    elements: frozenset[str] = frozenset()
    """Names of elements at the top, ``name`` or ``Patient.name``."""


def asked(params: Sequence[tuple[str, str]]) -> View | None:
    """Return the view that parameters ask for, or None for whole resources.

    Raises BadInputError for a summary that R4 does not know, and where both are asked for.

    >>> asked([("_elements", "name,birthDate")]).elements == {"name", "birthDate"}
    True
    """
    given = [(name, value) for name, value in params if name in {"_summary", "_elements"}]
    if not given:
        return None
    summaries = {value for name, value in given if name == "_summary"} - {"false", ""}
    lists = [value for name, value in given if name == "_elements"]
    elements = frozenset(part.strip() for value in lists for part in value.split(",") if part)
    if not summaries <= {"true", "text", "data", "count"} or len(summaries) > 1:
        message = "_summary must be one of count, true, text, data and false; correct it."
        raise BadInputError(message, place="_summary")
    if summaries and elements:
        message = "_summary and _elements can't both be asked for; send one of them."
        raise BadInputError(message, place="_elements")
    summary = (summaries - {"count"}).pop() if summaries - {"count"} else ""
    return View(summary, elements) if summary or elements else None


def shown(text: bytes, view: View) -> bytes:
    """Return what `view` leaves of a resource's JSON text, tagged as a part.

    What identifies it, what R4 requires at its top and what modifies it stays.
    """
    whole: dict[str, Any] = _read.decode(text)
    type_ = str(whole["resourceType"])
    kept = {name: value for name, value in whole.items() if _stays(type_, name, view)}
    if view.summary == "true":
        kept = {name: _summarised(type_, "", name, value) for name, value in kept.items()}
    meta = kept.pop("meta", {})
    tagged = {**meta, "tag": [*meta.get("tag", []), SUBSETTED]}
    first = {name: kept.pop(name) for name in ("resourceType", "id") if name in kept}
    return fhir_bytes.dump({**first, "meta": tagged, **kept})


def is_part(resource: Mapping[str, Any]) -> bool:
    """Tell whether a resource says of itself that parts of it were left out."""
    meta = resource.get("meta")
    tags = meta.get("tag", []) if isinstance(meta, dict) else []
    return isinstance(tags, list) and any(
        isinstance(tag, dict) and tag.get("code") == SUBSETTED["code"] for tag in tags
    )


def _stays(type_: str, name: str, view: View) -> bool:
    bare = name.removeprefix("_")
    if bare in _ALWAYS or bare == "resourceType":
        return True
    element = _elements(type_, "").get(bare)
    if element is None:
        return False
    if view.summary == "data":
        return bare != "text"
    if view.summary == "text":
        return bare == "text" or element.min > 0
    if view.summary == "true":
        return element.path in spec.in_summary(type_)
    wanted = {bare, element.name, f"{type_}.{element.name}"}
    modifies = element.path in spec.modifiers(type_)
    return element.min > 0 or modifies or not view.elements.isdisjoint(wanted)


@cache
def _elements(structure: str, path: str) -> Mapping[str, Element]:
    """Return the elements of a type, or below one of its elements, by their names in JSON."""
    children = spec.structure(structure).children(path)
    return {name: element for element in children for name, _ in element.members()}


def _summarised(structure: str, path: str, name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a member of which what is below is in the summary alone."""
    form = forms(structure, path).get(name)
    if form is None or form.kind is not Kind.OBJECT:
        return value
    below = _below(*form.below)
    if isinstance(value, list):
        return [below(one) for one in value]
    return below(value)


@cache
def _below(structure: str, path: str) -> Callable[[Any], Any]:
    known = _elements(structure, path)
    marked = spec.in_summary(structure)

    def kept(value: Any) -> Any:  # noqa: ANN401 - JSON
        if not isinstance(value, dict):
            return value
        # What has no mark at all is kept whole: else a part would be left that says nothing.
        left = {
            name: _summarised(structure, path, name, one)
            for name, one in value.items()
            if (element := known.get(name.removeprefix("_"))) and element.path in marked
        }
        return left or value

    return kept
