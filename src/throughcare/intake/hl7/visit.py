"""PV1, DG1 and AL1: the visit, its diagnoses, and allergies."""

import re
from dataclasses import dataclass
from typing import Any, Final

from throughcare.intake import systems, times
from throughcare.intake.fields import present
from throughcare.intake.hl7 import datatypes
from throughcare.intake.hl7.message import Message, Segment, Value

Json = dict[str, Any]

_ACT: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_PATIENT_CLASS: Final = "http://terminology.hl7.org/CodeSystem/v2-0004"
_CLASSES: Final = {
    "I": ("IMP", "inpatient encounter"),
    "E": ("EMER", "emergency"),
    "O": ("AMB", "ambulatory"),
    "P": ("PRENC", "pre-admission"),
}
_UNKNOWN: Final = {
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
            "valueCode": "unknown",
        }
    ]
}
_STATUSES: Final = {
    "A01": "in-progress",
    "A04": "in-progress",
    "A03": "finished",
    "A05": "planned",
}
_ROLES: Final = {"A": ("AD", "Admission diagnosis"), "F": ("DD", "Discharge diagnosis")}
_ROLE_SYSTEM: Final = "http://terminology.hl7.org/CodeSystem/diagnosis-role"
_VISIT_NUMBER: Final = re.compile(r"[A-Za-z]{1,4}\d{4,}|\d{6,}")
_ALLERGY_KINDS: Final = {
    "DA": "medication",
    "MA": "medication",
    "FA": "food",
    "EA": "environment",
    "LA": "environment",
    "PA": "environment",
    "AA": "environment",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """The Encounter of a message."""

    key: str
    """Full url."""
    resource: Json
    misplaced: bool = False
    """The visit number stood in PV1-20, where some systems put it."""


def visit(message: Message, person: str, event: str, now: times.Moment) -> Visit | None:
    """Return the visit that PV1 tells of; None without PV1.

    `person` is the full url of the Patient and `now` when the event happened. The key is the visit
    number of that person; without one, when the visit began; without either, the message.
    """
    if not message.all("PV1"):
        return None
    segment = message.first("PV1")
    number, misplaced = visit_number(segment)
    start = times.hl7(segment.text(44)) or (now if event in {"A01", "A04"} else None)
    if event == "A05" and start is None and message.all("PV2"):
        start = times.hl7(message.first("PV2").text(8))  # expected to be admitted
    end = times.hl7(segment.text(45)) or (now if event == "A03" else None)
    parts = ("visit-of-message", message.header.text(10))
    if number or start:
        parts = ("visit", number) if number else ("visit-from", start.fhir if start else "")
    key = systems.under(person, *parts)
    place = datatypes.location(segment.field(3))
    resource = {
        "resourceType": "Encounter",
        "status": "finished" if end else _STATUSES.get(event, "unknown"),
        "class": _class(segment.text(2).upper()),
        "subject": {"reference": person},
    } | present(
        identifier=[_identifier(segment, number)] if number else [],
        period=present(start=start.fhir if start else "", end=end.fhir if end else ""),
        location=[{"location": place}] if place else [],
        participant=_participants(segment),
    )
    return Visit(key, resource, misplaced)


def visit_number(segment: Segment) -> tuple[str, bool]:
    """Return the visit number, and whether it stood in PV1-20 instead of PV1-19.

    PV1-20 is the financial class; what stands there is taken for a visit number only if PV1-19 is
    empty and it looks like a number rather than like a class.
    """
    number = segment.text(19)
    if number:
        return number, False
    other = segment.text(20)
    return (other, True) if _VISIT_NUMBER.fullmatch(other) else ("", False)


def _identifier(segment: Segment, number: str) -> Json:
    return present(
        type={
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "VN"}]
        },
        system=systems.key("identifier", segment.text(19, 4) or "visit"),
        value=number,
    )


def _class(code: str) -> Json:
    if code in _CLASSES:
        return {"system": _ACT, "code": _CLASSES[code][0], "display": _CLASSES[code][1]}
    return (
        {"system": _PATIENT_CLASS, "code": code} if re.fullmatch(r"\w+", code) else dict(_UNKNOWN)
    )


def _participants(segment: Segment) -> list[Json]:
    found: list[Json] = []
    for field, code in ((7, "ATND"), (8, "REF"), (9, "CON"), (17, "ADM")):
        person = datatypes.practitioner(segment.field(field))
        if person:
            system = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
            kind = {"coding": [{"system": system, "code": code}]}
            found.append({"type": [kind], "individual": person})
    return found


def diagnoses(message: Message, person: str, seen: Visit | None) -> list[tuple[str, Json, Json]]:
    """Return (full url, Condition, its line in Encounter.diagnosis) for each DG1 that says what."""
    found = []
    for segment in message.all("DG1"):
        code = datatypes.concept(segment.field(3), segment.text(4) or segment.text(3, 2))
        if not code:
            continue
        key = systems.under(seen.key if seen else person, "diagnosis", _key(segment.field(3), code))
        onset = times.hl7(segment.text(5))
        category = "http://terminology.hl7.org/CodeSystem/condition-category"
        condition = {
            "resourceType": "Condition",
            "category": [{"coding": [{"system": category, "code": "encounter-diagnosis"}]}],
            "code": code,
            "subject": {"reference": person},
        } | present(
            encounter={"reference": seen.key} if seen else {},
            recordedDate=onset.fhir if onset else "",
        )
        line: Json = {"condition": {"reference": key}}
        if segment.text(6).upper() in _ROLES:
            role, display = _ROLES[segment.text(6).upper()]
            coding = {"system": _ROLE_SYSTEM, "code": role, "display": display}
            line["use"] = {"coding": [coding]}
        found.append((key, condition, line))
    return found


def allergies(message: Message, person: str, now: times.Moment) -> list[tuple[str, Json]]:
    """Return (full url, AllergyIntolerance) for each AL1 that says to what."""
    found = []
    for segment in message.all("AL1"):
        code = datatypes.concept(segment.field(3))
        if not code:
            continue
        clinical = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
        kind = _ALLERGY_KINDS.get(segment.text(2).upper(), "")
        onset = times.hl7(segment.text(6))
        severe = segment.text(4).upper() == "SV"
        allergy = {
            "resourceType": "AllergyIntolerance",
            "clinicalStatus": {"coding": [{"system": clinical, "code": "active"}]},
            "code": code,
            "patient": {"reference": person},
            "recordedDate": now.fhir,
        } | present(
            category=[kind] if kind else [],
            criticality="high" if severe else "",
            onsetDateTime=onset.fhir if onset else "",
            reaction=[
                {"manifestation": [{"text": value.whole()}]}
                for value in segment.repetitions(5)
                if value.whole()
            ],
        )
        key = systems.under(person, "allergy", _key(segment.field(3), code))
        found.append((key, allergy))
    return found


def _key(value: Value, code: Json) -> str:
    return value.part(1) or "-".join(str(code.get("text", "")).lower().split())
