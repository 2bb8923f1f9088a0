"""Type 1 objections: what a GP practice's record says of uses beyond the person's care; pure.

A practice enters them as coded entries, a withdrawal as another code. Source: SNOMED CT UK
edition, 827241000000103 and 827261000000102 (dissent from secondary use of general practitioner
patient identifiable data, and its withdrawal).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from throughcare.consent.codelists import coding_of, meanings

DISSENT: Final = "827241000000103"
WITHDRAWN: Final = "827261000000102"
TYPES: Final = ("Observation", "Condition")
CODES: Final = f"{DISSENT},{WITHDRAWN}"
"""Both codes, as a search asks for them, by whatever name their system goes."""

_DATES: Final = ("effectiveDateTime", "recordedDate", "onsetDateTime", "issued")


def may_speak(type_: str, body: bytes) -> bool:
    """Tell at little cost whether a stored resource could be an objection or its withdrawal."""
    return type_ in TYPES and (DISSENT.encode() in body or WITHDRAWN.encode() in body)


def speaks(resource: Mapping[str, Any]) -> bool:
    """Tell whether a resource is an objection or its withdrawal, in force or not."""
    codes = _codes(resource) if resource.get("resourceType") in TYPES else frozenset()
    return bool(codes & {DISSENT, WITHDRAWN})


def objected(entries: Iterable[tuple[str, Mapping[str, Any]]]) -> frozenset[str]:
    """Return the custodians whose newest word is an objection, of (custodian, resource).

    A day with both counts as an objection. Without a date an objection stands until it is deleted
    or marked as an error, and a withdrawal ends nothing. A withdrawal with a date to come was said
    when it was stored: else it would be newer than every objection until then.
    """
    newest: dict[str, tuple[str, bool]] = {}
    undated: set[str] = set()
    for custodian, resource in entries:
        dissents = _dissents(resource)
        if dissents is None:
            continue
        day = _day(resource, "-99-99" if dissents else "-00-00")
        if not dissents:
            day = min(day, _stored(resource) or day)
        if day:
            newest[custodian] = max(newest.get(custodian, ("", False)), (day, dissents))
        elif dissents:
            undated.add(custodian)
    return frozenset(undated | {name for name, (_, dissents) in newest.items() if dissents})


def _dissents(resource: Mapping[str, Any]) -> bool | None:
    """Tell whether an entry objects (True) or withdraws (False); None where it does neither."""
    if _is_error(resource):
        return None
    codes = _codes(resource)
    if DISSENT in codes:
        return True
    return False if WITHDRAWN in codes else None


def _codes(resource: Mapping[str, Any]) -> frozenset[str]:
    codings = map(coding_of, resource.get("code", {}).get("coding", ()))
    meant = (each for coding in codings for each in meanings(coding))
    return frozenset(code for system, code in meant if system == "snomed")


def _is_error(resource: Mapping[str, Any]) -> bool:
    status = resource.get("verificationStatus", {}).get("coding", ())
    return resource.get("status") == "entered-in-error" or any(
        each.get("code") == "entered-in-error" for each in status
    )


def _day(resource: Mapping[str, Any], rest: str) -> str:
    """Return the day as text, "" without one; `rest` stands in where only year or month is known.

    It makes an objection late and a withdrawal early: an error is then a denial.
    """
    found = next((str(resource[name]) for name in _DATES if resource.get(name)), "")
    return f"{found}{rest}"[: len("2026-01-01")] if found else ""


def _stored(resource: Mapping[str, Any]) -> str:
    """Return the day that it was stored, "" for what is not stored yet."""
    return str(resource.get("meta", {}).get("lastUpdated", ""))[: len("2026-01-01")]
