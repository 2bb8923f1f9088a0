"""PID, PD1 and NK1: the person, as a FHIR Patient."""

import re
from collections.abc import Iterator
from typing import Any, Final

from throughcare.intake import systems, times
from throughcare.intake.fields import gender, present
from throughcare.intake.hl7 import datatypes
from throughcare.intake.hl7.message import Message, Segment, Value

Json = dict[str, Any]

_RECORD_TYPES: Final = ("PI", "MR", "MRN")
_NO_RECORD_TYPES: Final = frozenset({"SS", "DL", "PPN", "NI", "AN", "VN", "INS", "NH"})
_BIRTH_DATE: Final = re.compile(r"\d{4}(-\d{2}){0,2}")


def local_id(values: list[Value]) -> str:
    """Return the source's number for the person among identifiers (CX): ``MRN:...`` or ``NHS:...``.

    A patient internal (PI) or medical record (MR) number, else one without a type, else any other;
    the NHS number only where it is alone. "" if there is none.
    """
    others = [value for value in values if value.part(1) and not datatypes.is_nhs(value)]
    for kind in _RECORD_TYPES:
        for value in others:
            if value.part(5).upper() == kind:
                return f"MRN:{value.part(1)}"
    others.sort(key=lambda value: value.part(5).upper() in _NO_RECORD_TYPES)
    if others:
        return f"MRN:{others[0].part(1)}"
    for value in values:
        if value.part(1):
            return f"NHS:{systems.nhs_number(value.part(1)) or value.part(1)}"
    return ""


def identifiers(segment: Segment) -> list[Value]:
    """Return the identifiers of PID: PID-3, or the older PID-2 and PID-4 where that is empty."""
    for fields in ((3,), (2, 4)):
        values = [value for field in fields for value in segment.repetitions(field)]
        if any(value.part(1) for value in values):
            return values
    return []


def patient(message: Message, segment: Segment) -> tuple[Json, list[str]]:
    """Return the Patient of a PID segment, and what in it could not be read."""
    faults: list[str] = []
    facility = message.header.text(4)
    found = present(
        identifier=[
            datatypes.identifier(value, facility) for value in identifiers(segment) if value.part(1)
        ],
        name=_each(datatypes.name(value) for value in segment.repetitions(5)),
        gender=gender(segment.text(8)),
        birthDate=_birth_date(segment, faults),
        address=_each(datatypes.address(value) for value in segment.repetitions(11)),
        telecom=_each(
            datatypes.telecom(value, use)
            for field, use in ((13, "home"), (14, "work"))
            for value in segment.repetitions(field)
        ),
        generalPractitioner=_practice(message),
        contact=_each(_contact(kin) for kin in message.all("NK1")),
    )
    if any("system" not in number for number in found.get("identifier", ())):
        faults.append(
            "field 3: an NHS number fails its check digit; kept as text, not used to link"
        )
    if segment.text(8) and "gender" not in found:
        faults.append("field 8: an unknown code for sex; left out")
    return {"resourceType": "Patient", **found, **_death(segment, faults)}, faults


def _each(found: Iterator[Json]) -> list[Json]:
    unique: list[Json] = []
    unique.extend(part for part in found if part and part not in unique)
    return unique


def _birth_date(segment: Segment, faults: list[str]) -> str:
    text = segment.text(7)
    if not text:
        return ""
    born = times.hl7(text) or times.hl7(text[:8])
    if born is None or not _BIRTH_DATE.fullmatch(born.day):
        faults.append("field 7: no date of birth in it (YYYYMMDD); left out")
        return ""
    return born.day


def _death(segment: Segment, faults: list[str]) -> Json:
    text = segment.text(29)
    died = times.hl7(text)
    if died is not None:
        return {"deceasedDateTime": died.fhir}
    if text:
        faults.append("field 29: no date in it (YYYYMMDD); left out")
    said = segment.text(30).upper()
    return {"deceasedBoolean": said == "Y"} if said in {"Y", "N"} else {}


def _practice(message: Message) -> list[Json]:
    segment = message.first("PD1")
    practice = segment.field(3)
    found = []
    if practice.part(1) or practice.part(3):
        found.append(systems.organisation(practice.part(3), practice.part(1)))
    doctor = datatypes.practitioner(segment.field(4))
    return [*found, doctor] if doctor else found


def _contact(segment: Segment) -> Json:
    """Return NK1 as Patient.contact; {} if it names nobody and no way to reach them."""
    relationship = datatypes.concept(segment.field(3))
    found = present(
        name=datatypes.name(segment.field(2)),
        telecom=_each(
            datatypes.telecom(value, use)
            for field, use in ((5, "home"), (6, "work"))
            for value in segment.repetitions(field)
        ),
        address=datatypes.address(segment.field(4)),
    )
    return found | present(relationship=[relationship] if relationship else []) if found else {}
