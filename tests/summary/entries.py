"""Entries in the shapes that feeds send, for the tests of what people read."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from throughcare.model.entry import Category
from throughcare.summary.entry import Answer, SourceStatus, SummaryEntry

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ANSWERED = tuple(
    SourceStatus(name, Answer.ANSWERED, NOW) for name in ("gp", "hospital", "social", "ambulance")
)
SILENT = (*ANSWERED, SourceStatus("carehome", Answer.NO_ANSWER))
_numbers = count(1)

Resource = dict[str, Any]


def entry(
    resource: Resource, source: str = "gp", category: Category = Category.OTHER, id_: str = ""
) -> SummaryEntry:
    """Return `resource` as an entry of `source`."""
    name = id_ or f"e{next(_numbers)}"
    return SummaryEntry(resource["resourceType"], name, source, "", NOW, resource, category)


def concept(text: str = "", code: str = "", display: str = "", system: str = SNOMED) -> Resource:
    """Return a CodeableConcept with what is given."""
    found: Resource = {"text": text} if text else {}
    if code:
        found["coding"] = [{"system": system, "code": code}]
        if display:
            found["coding"][0]["display"] = display
    return found


def condition(
    display: str, code: str = "", source: str = "gp", on: str = "2025-03-01", **more: object
) -> SummaryEntry:
    """Return a Condition as the GP feed words it."""
    shown = concept(code=code, display=display) if code else concept(display)
    resource = {"resourceType": "Condition", "code": shown, "recordedDate": on, **more}
    return entry(resource, source, Category.CONDITION)


def allergy(
    display: str, code: str = "", source: str = "gp", on: str = "2020-01-01", **more: object
) -> SummaryEntry:
    """Return an AllergyIntolerance."""
    shown = concept(code=code, display=display) if code else concept(display)
    resource = {"resourceType": "AllergyIntolerance", "code": shown, "recordedDate": on, **more}
    return entry(resource, source, Category.ALLERGY)


def medicine(
    name: str, dose: str = "", source: str = "gp", on: str = "2026-10-01", **more: object
) -> SummaryEntry:
    """Return a MedicationRequest."""
    resource = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": concept(name),
        "authoredOn": on,
        **({"dosageInstruction": [{"text": dose}]} if dose else {}),
        **more,
    }
    return entry(resource, source, Category.MEDICINE)


def observation(
    shown: Resource, on: str, source: str = "carehome", **value: object
) -> SummaryEntry:
    """Return an Observation with its value members."""
    resource = {
        "resourceType": "Observation",
        "status": "final",
        "code": shown,
        "effectiveDateTime": on,
        **value,
    }
    return entry(resource, source, Category.CARE_NOTE)


def fall(on: str, source: str = "carehome") -> SummaryEntry:
    """Return a fall as an Observation."""
    return observation(concept("Fall", code="217082002"), on, source)


def plan(
    wording: str, on: str = "2026-02-03", signed: str = "Dr A. Okafor", **more: object
) -> SummaryEntry:
    """Return a ReSPECT plan as a document."""
    resource = {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": concept("ReSPECT", code="1382601000000107"),
        "description": wording,
        "date": f"{on}T10:00:00Z",
        **({"author": [{"display": signed}]} if signed else {}),
        **more,
    }
    return entry(resource, "hospital", Category.PLAN)


def patient(source: str = "gp", **more: object) -> SummaryEntry:
    """Return a Patient."""
    resource = {
        "resourceType": "Patient",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
        "name": [{"use": "official", "family": "Khan", "given": ["Amina"], "prefix": ["Mrs"]}],
        "gender": "female",
        "birthDate": "1941-04-18",
        **more,
    }
    return entry(resource, source, Category.DEMOGRAPHICS)
