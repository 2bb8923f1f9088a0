"""What a visible resource may still give away, taken out: links to hidden entries, an episode."""

import re
from collections.abc import Mapping, Sequence
from itertools import chain, islice
from typing import Any, Final

from throughcare.disclosure import narratives
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import mentions, references
from throughcare.fhir.references import ABSENT
from throughcare.model.submission import Json
from throughcare.record.masking import MEMBERS

_SUBSTANCE: Final = frozenset({"Medication", "Substance", "Device"})
"""Contained resources that say what an entry is about; all others say who or where."""

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

SEARCHED_MEMBERS: Final = ("contentType", "language")
"""Members of an attachment that its document is searched by, whatever it leads to."""

_REFERENCE: Final = re.compile(rb'"reference":"([^"]*)"')
_ROWS: Final = ("item", "entity")
"""Members by which a row of a List, or of a Group, is one for an entry."""
_EMPTY: Final[tuple[Json, ...]] = ([], {})
"""What JSON of FHIR never holds: it goes with the last link in it."""
_MASKED: Final = {"extension": [{"url": ABSENT, "valueCode": "masked"}]}


def without_links(resource: Mapping[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    """Return `resource` without a trace of the `hidden` entries, by any name (`mentions`).

    In a list of entries (List.entry, Group.member, Composition.section.entry) the hidden one is
    left out, as is an extension that names one. Where a reference or an attachment stands alone it
    becomes a masked one, as does a text; so does the first of a list of which nothing else is left.
    Thus a search for what is missing says the same of what is shown and of what is stored
    (`fhir.references`).
    Narratives around it go: they may say what is hidden. Some are written anew from what is left
    (`disclosure.narratives`).
    """
    return dict(_clean(resource, hidden)) if hidden else dict(resource)


def _clean(value: Json, hidden: frozenset[str]) -> Json:
    if isinstance(value, Mapping):
        return _masked(value) if _points_to(value, hidden) else _cleaned(value, hidden)
    if isinstance(value, list):
        left = [member for member in value if not _is_about(member, hidden)]
        kept = (_clean(member, hidden) for member in left or _first_link(value, hidden))
        return [member for member in kept if member not in _EMPTY]
    return value


def _masked(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is left of a reference or an attachment that leads to a hidden entry.

    Of whom or where it was, if searches keep these apart; what an attachment is written in.
    """
    kept = {name: value[name] for name in SEARCHED_MEMBERS if name in value}
    of = [name for name in references.TYPED if references.refers(value, name, f"/{name}/")]
    return {**_MASKED, **kept, **({"type": of[0]} if of else {})}


def _first_link(value: Sequence[Json], hidden: frozenset[str]) -> list[Json]:
    """Return the first link of a list, all of whose members are about hidden entries."""
    members = [member for member in value if isinstance(member, Mapping)]
    rows = ({name: row[name]} for row in members for name in _ROWS if name in row)
    found = (member for member in members if _points_to(member, hidden))
    return list(islice(chain(rows, found), 1))


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
        return _retold(cleaned)
    return cleaned


def _retold(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Return `cleaned` with the narrative of what it holds in place of its own, or without."""
    told = narratives.of(cleaned)
    found = {name: told if name == "text" else member for name, member in cleaned.items()}
    return {name: member for name, member in found.items() if member is not None or name != "text"}


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
    links = (member[name] for name in _ROWS if name in member)
    row = any(isinstance(link, Mapping) and _points_to(link, hidden) for link in links)
    extends = "url" in member and any(_tells(text, hidden) for text in member.values())
    return row or extends or _points_to(member, hidden) or _tells(member.get("fullUrl"), hidden)


def _is_narrative(value: Json) -> bool:
    return isinstance(value, Mapping) and not {"div", "_div"}.isdisjoint(value)


def without_episode(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return `resource` without encounter, author, reason and note (consent.md, critical set).

    Whatever says in which episode it was made goes, at any depth, and narratives, which may repeat
    it. What R4 demands is masked.
    """
    shown = dict(_plain(resource))
    if "contained" in shown:
        shown["contained"] = [
            each for each in shown["contained"] if each.get("resourceType") in _SUBSTANCE
        ]
    masked: dict[str, Json] = {}
    if _leads(resource.get("encounter")):
        masked["encounter"] = dict(_MASKED)
    if resource.get("resourceType") == "Composition":
        masked["author"] = [dict(_MASKED)]
        shown.pop("event", None)
    # In their places: the order of members must not tell why something is masked.
    found = {name: masked.get(name, shown.get(name, {})) for name in (*resource, *masked)}
    return {name: member for name, member in found.items() if member not in _EMPTY}


def _plain(value: Json) -> Json:
    """Return a value without the members of an episode, at any depth."""
    if isinstance(value, list):
        return [_plain(member) for member in value]
    if not isinstance(value, Mapping):
        return value
    masked = _MASKED if references.is_masked(value) else {}
    return masked | {
        name: plain
        for name, member in value.items()
        if (
            name == "text" or name.removeprefix("_") not in MEMBERS or _is_masked_text(name, member)
        )
        and not (name == "text" and _is_narrative(member))
        and (plain := _plain(member)) not in _EMPTY
    }


def _is_masked_text(name: str, member: Json) -> bool:
    """Tell whether a member is what is left of a text that named something hidden."""
    return name == "_text" and member == _MASKED


def _leads(reference: Json) -> bool:
    """Tell whether a reference leads, or led, to something: a display alone does not."""
    if not isinstance(reference, Mapping):
        return False
    return not {"reference", "identifier"}.isdisjoint(reference) or references.is_masked(reference)


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
