"""What else than Consents bears on acting for somebody: birth date, capacity, safeguarding hold.

Capacity and hold are FHIR Flags: each says who found it, from when, and until when.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from throughcare.consent import directives
from throughcare.consent.acting import is_grant
from throughcare.consent.provisions import interval
from throughcare.consent.references import Unreadable
from throughcare.model.acting import CapacityFinding
from throughcare.model.granting import CAPACITY, HOLD, LACKING, SAFEGUARDING

Json = Mapping[str, Any]


def coded(resource: Json, system: str) -> frozenset[str]:
    """Return the codes of `system` in ``Flag.code``."""
    concept = resource.get("code")
    codings = concept.get("coding", []) if isinstance(concept, Mapping) else []
    return frozenset(
        str(coding.get("code", "")) for coding in codings if coding.get("system") == system
    )


def is_hold(resource: Json) -> bool:
    """Tell whether a resource is the Flag of a safeguarding hold, in force or not."""
    return resource.get("resourceType") == "Flag" and HOLD in coded(resource, SAFEGUARDING)


def holds(resource: Json) -> bool:
    """Tell whether a safeguarding hold is in force by this resource."""
    return is_hold(resource) and resource.get("status") == "active"


def is_capacity(resource: Json) -> bool:
    """Tell whether a resource is a finding of capacity, in force or not."""
    return resource.get("resourceType") == "Flag" and bool(coded(resource, CAPACITY))


def capacity(resource: Json) -> CapacityFinding | None:
    """Return the finding of capacity in a resource; None where there is none that counts.

    One without a beginning counts for nothing: capacity is presumed.
    """
    found = coded(resource, CAPACITY)
    if not is_capacity(resource) or resource.get("status") != "active" or len(found) != 1:
        return None
    try:
        since, until = interval(resource.get("period", {}))
    except Unreadable:
        return None
    if since is None:
        return None
    return CapacityFinding(
        f"Flag/{resource.get('id', '')}", lacking=found == {LACKING}, since=since, until=until
    )


def born(patient: Json) -> date | None:
    """Return the earliest day that the birth date of a Patient can mean."""
    try:
        return interval({"start": patient.get("birthDate")})[0]
    except Unreadable:
        return None


def grants(resource: Json) -> bool:
    """Tell whether a Consent, in force or not, lets somebody act for the person."""
    if resource.get("resourceType") != "Consent":
        return False
    read = directives.read(resource, subject=0, version=0)
    return any(is_grant(rule) for rule in read.rules)


def accounts(resource: Json, *, ended: bool = False) -> frozenset[str]:
    """Return the accounts that a Consent in force, or with `ended` one that was, lets act."""
    if resource.get("resourceType") != "Consent":
        return frozenset()
    read = directives.read(resource, subject=0, version=0)
    if not (read.active or (ended and read.ended)):
        return frozenset()
    tokens = [token for rule in read.rules if is_grant(rule) for token in rule.actors]
    return frozenset(word for token in tokens for word in token.split("&"))


def bears(resource: Json) -> bool:
    """Tell whether acting for the person may be decided otherwise after this was written."""
    return is_hold(resource) or is_capacity(resource)


def earliest(dates: Iterable[date | None]) -> date | None:
    """Return the earliest of several birth dates."""
    return min((day for day in dates if day is not None), default=None)


def bound_name(type_: str, id_: str) -> str:
    """Return by what `bound_consent` names what was said: a Consent by its id, else ``Type/id``."""
    return id_ if type_ == "Consent" else f"{type_}/{id_}"
