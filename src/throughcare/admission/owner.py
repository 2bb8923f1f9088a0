"""Whose record an item belongs to: the subject that it is stored under."""

from collections.abc import Mapping
from typing import Any, Final

from throughcare.fhir import spec
from throughcare.fhir.definitional import DEFINITIONS
from throughcare.fhir.terms import Index
from throughcare.kernel import UnprocessableError
from throughcare.model.submission import Item

NOBODY: Final = 0
"""The subject of directory entries."""
BINARY: Final = "Binary"
"""The type that may be anybody's, and says so in no search parameter."""

DIRECTORY: Final = DEFINITIONS | {
    "Organization",
    "OrganizationAffiliation",
    "Practitioner",
    "PractitionerRole",
    "Location",
    "HealthcareService",
    "Endpoint",
}
"""Types that are nobody's record."""


COLLECTIVE: Final = frozenset({"Group"})
"""Types that list many persons: nobody's record, whoever stands in them first."""


SUBJECTS: Final = ("subject", "patient", "beneficiary", "individual")
"""Search parameters that say who a resource is about; others (performer, author, recipient) say
who else had to do with it."""


def compartment_params(type_: str) -> tuple[str, ...]:
    """Return the search parameters that place a type in a patient compartment; none for others."""
    return spec.compartment("Patient").get(type_, ())


def patients_named(type_: str, index: Index) -> list[str]:
    """Return the ``Patient/id`` that place a resource in a patient compartment (R4, 2.3.1).

    Where it says who it is about, these alone: what a daughter reports of her mother is her
    mother's, also while the mother is not known here.
    """
    params = compartment_params(type_)
    found = [
        (param, target)
        for param, target in index.references
        if param in params and target.startswith("Patient/")
    ]
    about = [target for param, target in found if param in SUBJECTS]
    return list(dict.fromkeys(about or [target for _, target in found]))


def is_directory(type_: str) -> bool:
    """Tell whether entries of a type are nobody's record by nature, and shown as such."""
    return type_ in DIRECTORY | COLLECTIVE


def comes_last(item: Item) -> bool:
    """Tell whether what an item belongs to may stand behind it in its submission."""
    return bool(item.resource["resourceType"] == BINARY)


def context(resource: Mapping[str, Any]) -> str:
    """Return the ``Type/id`` of what a Binary belongs to, where it says so; else "".

    Patients and all other entries give it their record.
    """
    named = resource.get("securityContext") if resource["resourceType"] == BINARY else None
    return str(named.get("reference", "")) if isinstance(named, Mapping) else ""


def owner(
    type_: str, named: Mapping[str, int], sole: int | None, *, personal: bool, place: str
) -> int:
    """Return the subject that a resource of `type_` belongs to.

    `named` are the subjects of the patients (or of the context) that it names, in order; `sole` is
    the subject of the only patient of its submission, if there is one; `personal` says whether the
    type can be in a patient compartment. Raises UnprocessableError for a personal resource without
    a patient, and for a Binary without anything that it belongs to.
    """
    if type_ in COLLECTIVE:
        return NOBODY
    if named:
        return next(iter(named.values()))
    if type_ in DIRECTORY:
        return NOBODY
    if sole is not None:
        return sole
    if type_ == BINARY:
        message = (
            "This Binary does not say whose it is, or what is not known here. Name its Patient, "
            "its document or whatever it belongs to as securityContext (X-Security-Context)."
        )
        raise UnprocessableError(message, place=place, waits=True)
    if personal:
        message = (
            f"This {type_} names no patient that is known here. "
            "Send the Patient in the same bundle, or refer to one that is stored."
        )
        raise UnprocessableError(message, place=place, waits=True)
    return NOBODY
