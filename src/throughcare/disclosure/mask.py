"""What a visible resource may still give away, taken out: links to hidden entries, an episode."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

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
    """Return `resource` without a trace of the `hidden` entries (``Type/id``).

    In a list of entries (List.entry, Composition.section.entry) the hidden one is left out, and a
    list of which nothing is left goes; where the reference stands alone it becomes a masked one.
    The narrative goes with it: it may name what is hidden.
    """
    if not hidden:
        return dict(resource)
    cleaned = _clean(resource, hidden)
    if cleaned != resource:
        cleaned.pop("text", None)
    return dict(cleaned)


def _clean(value: Json, hidden: frozenset[str]) -> Json:
    if isinstance(value, Mapping):
        if _points_to(value, hidden):
            return dict(_MASKED)
        cleaned = {name: _clean(member, hidden) for name, member in value.items()}
        return {name: member for name, member in cleaned.items() if member not in _EMPTY}
    if isinstance(value, list):
        kept = (_clean(member, hidden) for member in value if not _is_about(member, hidden))
        return [member for member in kept if member not in _EMPTY]
    return value


def _points_to(value: Mapping[str, Any], hidden: frozenset[str]) -> bool:
    reference = value.get("reference")
    return isinstance(reference, str) and reference.split("/_history/")[0] in hidden


def _is_about(member: Json, hidden: frozenset[str]) -> bool:
    """Return whether a member of a list is, or is a row for, a hidden entry."""
    if not isinstance(member, Mapping):
        return False
    item = member.get("item")
    row = isinstance(item, Mapping) and _points_to(item, hidden)
    return row or _points_to(member, hidden)


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
