"""What a visible resource may still give away, taken out: links to hidden entries, an episode."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from throughcare.disclosure import mentions
from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.submission import Json

ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

EPISODE_MEMBERS: Final = frozenset(
    {
        "encounter",
        "context",
        "recorder",
        "asserter",
        "author",
        "performer",
        "informationSource",
        "requester",
        "note",
        "text",
    }
)
"""Members that tell in which episode, and by whom, an entry was made."""

RESTRICTED_MEMBERS: Final = frozenset(
    {
        "address",
        "telecom",
        "contact",
        "generalPractitioner",
        "managingOrganization",
        "text",
        "contained",
        "extension",
        "photo",
    }
)
"""Members of a restricted person's Patient that are never shown (uk.md), or may repeat these."""

_REFERENCE: Final = re.compile(rb'"reference":"([^"]*)"')
_EMPTY: Final[tuple[Json, ...]] = ([], {})
"""What JSON of FHIR never holds: it goes with the last link in it."""
_MASKED: Final = {"extension": [{"url": ABSENT, "valueCode": "masked"}]}


def without_links(resource: Mapping[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    """Return `resource` without a trace of the `hidden` entries, by any name (`mentions`).

    In a list of entries (List.entry, Composition.section.entry) the hidden one is left out, and a
    list of which nothing is left goes; so does an extension that names one. Where a reference or an
    attachment stands alone it becomes a masked one, as does a text. Narratives around it go: they
    may say what is hidden.
    """
    return dict(_clean(resource, hidden)) if hidden else dict(resource)


def _clean(value: Json, hidden: frozenset[str]) -> Json:
    if isinstance(value, Mapping):
        return dict(_MASKED) if _points_to(value, hidden) else _cleaned(value, hidden)
    if isinstance(value, list):
        kept = (_clean(member, hidden) for member in value if not _is_about(member, hidden))
        return [member for member in kept if member not in _EMPTY]
    return value


def _cleaned(value: Mapping[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    for name, member in value.items():
        if _tells(member, hidden):
            cleaned[f"_{name}"] = dict(_MASKED)
            continue
        kept = _clean(member, hidden)
        if kept not in _EMPTY:
            cleaned[name] = kept
    if cleaned != value and _is_narrative(cleaned.get("text")):
        del cleaned["text"]
    return cleaned


def _tells(member: Json, hidden: frozenset[str]) -> bool:
    """Return whether a text names a hidden entry."""
    return isinstance(member, str) and not hidden.isdisjoint(mentions.of(member))


def _points_to(value: Mapping[str, Any], hidden: frozenset[str]) -> bool:
    """Return whether a reference or an attachment leads to a hidden entry."""
    return _tells(value.get("reference"), hidden) or _tells(value.get("url"), hidden)


def _is_about(member: Json, hidden: frozenset[str]) -> bool:
    """Return whether a member of a list names a hidden entry, or is a row for one."""
    if not isinstance(member, Mapping):
        return _tells(member, hidden)
    item = member.get("item")
    row = isinstance(item, Mapping) and _points_to(item, hidden)
    extends = "url" in member and any(_tells(text, hidden) for text in member.values())
    return row or extends or _points_to(member, hidden) or _tells(member.get("fullUrl"), hidden)


def _is_narrative(value: Json) -> bool:
    return isinstance(value, Mapping) and not {"div", "_div"}.isdisjoint(value)


def without_episode(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return `resource` with encounter, author and note masked (consent.md, critical set)."""
    return {name: member for name, member in resource.items() if name not in EPISODE_MEMBERS} | {
        name: dict(_MASKED) for name in ("encounter",) if name in resource
    }


def without_location(patient: Mapping[str, Any]) -> dict[str, Any]:
    """Return a restricted person's `patient` without what tells where they are."""
    return {name: member for name, member in patient.items() if name not in RESTRICTED_MEMBERS}


def links_in(bodies: Sequence[bytes]) -> set[str]:
    """Return `links` of stored bodies that are of this node (``Type/id``); mostly without parsing.

    A stored body has no white space between its tokens, so a reference can be read off where no
    string holds an escape; where one does, the body is parsed.
    """
    found: set[str] = set()
    whole = b"".join(bodies)  # one pass over all costs a fifth of one over each
    if b"\\" in whole:
        found = links([fhir_bytes.parse(body) for body in bodies if b"\\" in body])
        whole = b"".join(body for body in bodies if b"\\" not in body)
    texts = set(_REFERENCE.findall(whole))
    found.update(text.decode().split("/_history/")[0] for text in texts)
    return {link for link in found if link.count("/") == 1}


def links(value: Json) -> set[str]:
    """Return every literal reference inside `value`, without version."""
    if isinstance(value, Mapping):
        found = set().union(*(links(member) for member in value.values()), set())
        reference = value.get("reference")
        if isinstance(reference, str):
            found.add(reference.split("/_history/")[0])
        return found
    if isinstance(value, list):
        return set().union(*(links(member) for member in value), set())
    return set()
