"""The FHIR resources by which somebody comes to act for a person, or is stopped: pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from throughcare.model.acting import Right

Json = Mapping[str, Any]

ACCOUNT: Final = "urn:throughcare:user"
"""System of the identifier by which a grant names the account of who acts."""
RIGHT: Final = "urn:throughcare:acting-for"
"""System of the role of an actor that says in what right."""
CAPACITY: Final = "urn:throughcare:capacity"
"""System of the code of a Flag that says whether the person can decide about their care."""
LACKING: Final = "lacking"
PRESENT: Final = "present"
SAFEGUARDING: Final = "urn:throughcare:safeguarding"
HOLD: Final = "hold"
"""Code of a Flag by which nobody acts for the person."""
NOT_FOR_PATIENT: Final = "NOPAT"
POLICY: Final = "urn:throughcare:policy:acting-for-others"
_ACT_REASON: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_CONFIDENTIALITY: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_TYPES: Final = "http://hl7.org/fhir/resource-types"
_SCOPE: Final = "http://terminology.hl7.org/CodeSystem/consentscope"

WORDS: Final[Mapping[Right, str]] = {
    Right.PARENTAL: "Parental responsibility",
    Right.ATTORNEY: "Lasting power of attorney for health and welfare",
    Right.DEPUTY: "Deputy for personal welfare",
    Right.DELEGATION: "Chosen by the person",
}

KINDS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "medicines": (
        "medicines",
        frozenset(
            {
                "MedicationRequest",
                "MedicationStatement",
                "MedicationAdministration",
                "MedicationDispense",
            }
        ),
    ),
    "appointments": ("appointments", frozenset({"Appointment", "AppointmentResponse"})),
    "conditions": ("conditions", frozenset({"Condition"})),
    "allergies": ("allergies", frozenset({"AllergyIntolerance"})),
    "results": ("test results", frozenset({"Observation", "DiagnosticReport"})),
    "letters": ("letters and plans", frozenset({"DocumentReference", "CarePlan"})),
}
"""Kinds of entry that a person can let somebody see, by key: in words, and as FHIR types."""
SENSITIVE: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "sexual-health": ("sexual health", frozenset({"STD", "SEX"})),
}
"""Kinds of the sensitive set that can be named beside, by key: in words, and as labels."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What is to be recorded: who acts, in what right, how far, and between which days."""

    account: str
    right: Right
    name: str = ""
    """What whoever acts is called."""
    since: date | None = None
    until: date | None = None
    types: frozenset[str] = frozenset()
    """FHIR resource types; none for all."""
    labels: frozenset[str] = frozenset()
    """Labels that it names, so that it opens them beside what is not sensitive."""
    reviewed: date | None = None
    """When it was reviewed with the person."""


def consent(grant: Grant, patient: Json, at: datetime) -> dict[str, Any]:
    """Return the Consent of a grant; `patient` is a Reference."""
    who: dict[str, Any] = {"identifier": {"system": ACCOUNT, "value": grant.account}}
    if grant.name:
        who["display"] = grant.name
    provision: dict[str, Any] = {
        "type": "permit",
        **_period(grant.since, grant.until),
        "actor": [{"role": _concept(RIGHT, grant.right.value), "reference": who}],
        "purpose": [{"system": _ACT_REASON, "code": "FAMRQT"}],
        **_codings("class", _TYPES, grant.types),
        **_codings("securityLabel", _ACT_CODE, grant.labels),
    }
    if grant.labels:  # beside what is not sensitive, not in its place
        provision["securityLabel"].insert(0, {"system": _CONFIDENTIALITY, "code": "N"})
    verified = {} if grant.reviewed is None else verification(grant.reviewed)
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": _concept(_SCOPE, "patient-privacy"),
        "category": [_concept("http://loinc.org", "59284-0")],
        "patient": patient,
        "dateTime": at.isoformat(timespec="seconds"),
        "policy": [{"uri": POLICY}],
        **verified,
        "provision": {"provision": [provision]},
    }


def verification(reviewed: date) -> dict[str, Any]:
    """Return the part of a Consent that says that it was reviewed with the person."""
    return {"verification": [{"verified": True, "verificationDate": reviewed.isoformat()}]}


def hold(patient: Json, since: date | None, by: str) -> dict[str, Any]:
    """Return the Flag of a safeguarding hold, which neither the person nor a proxy reads."""
    flag = _flag(patient, SAFEGUARDING, HOLD, "Safeguarding hold on proxies")
    flag["meta"] = {"security": [{"system": _ACT_CODE, "code": NOT_FOR_PATIENT}]}
    return flag | _period(since, None) | {"author": {"display": by}}


def capacity(
    patient: Json, *, lacking: bool, since: date, until: date | None, by: str
) -> dict[str, Any]:
    """Return the Flag of a finding of capacity: by whom, from when and until when."""
    code = LACKING if lacking else PRESENT
    words = "Lacks capacity to decide about care" if lacking else "Has capacity to decide"
    flag = _flag(patient, CAPACITY, code, words)
    return flag | _period(since, until) | {"author": {"display": by}}


def _flag(patient: Json, system: str, code: str, words: str) -> dict[str, Any]:
    concept = _concept(system, code) | {"text": words}
    return {"resourceType": "Flag", "status": "active", "code": concept, "subject": patient}


def _period(since: date | None, until: date | None) -> dict[str, Any]:
    ends = {"start": since, "end": until}
    period = {name: day.isoformat() for name, day in ends.items() if day is not None}
    return {"period": period} if period else {}


def _codings(name: str, system: str, codes: Iterable[str]) -> dict[str, Any]:
    found = [{"system": system, "code": code} for code in sorted(codes)]
    return {name: found} if found else {}


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}
