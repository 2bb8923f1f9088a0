"""The GP's feed: NDJSON, a FHIR R4 transaction Bundle a person."""

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import date

from throughcare.demo import names
from throughcare.demo.chance import Chance
from throughcare.demo.health import Alert, Allergy, Contact, Health, Medicine, Plan, Reading
from throughcare.demo.health import Condition as Problem
from throughcare.demo.people import Person

Resource = dict[str, object]

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
HL7 = "http://terminology.hl7.org/CodeSystem"

_READINGS: Mapping[str, tuple[str, str, str, str]] = {
    "weight": ("29463-7", "Weight", "kg", "vital-signs"),
    "hba1c": ("59261-8", "HbA1c", "mmol/mol", "laboratory"),
}
"""LOINC code, words, UCUM unit and category of a reading with one value."""


def _concept(text: str, system: str = "", code: str = "") -> Resource:
    concept: Resource = {"coding": [{"system": system, "code": code}]} if code else {}
    return {**concept, "text": text}


def _coded(name: str, code: str) -> Resource:
    return {"coding": [{"system": f"{HL7}/{name}", "code": code}]}


def _quantity(value: float, unit: str) -> Resource:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def _patient(person: Person, health: Health) -> Resource:
    patient: Resource = {
        "resourceType": "Patient",
        "identifier": [{"system": NHS_NUMBER, "value": person.nhs_number}],
        "name": [
            {
                "use": "official",
                "family": person.family,
                "given": list(person.given),
            }
        ],
        "telecom": [{"system": "phone", "value": person.phone}],
        "gender": "female" if person.is_woman else "male",
        "birthDate": person.born.isoformat(),
        "address": [
            {
                "line": [
                    *([names.CARE_HOME] if person.home.is_care_home else []),
                    person.home.line,
                ],
                "city": names.TOWN,
                "postalCode": person.home.postcode,
            }
        ],
        "generalPractitioner": [
            {
                "identifier": {"system": ODS, "value": names.PRACTICE},
                "display": names.PRACTICE_NAME,
            }
        ],
    }
    if health.language:
        code, language = health.language
        patient["extension"] = [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired",
                "valueBoolean": True,
            }
        ]
        spoken = {"coding": [{"system": "urn:ietf:bcp:47", "code": code}], "text": language}
        patient["communication"] = [{"language": spoken, "preferred": True}]
    return patient


def _condition(subject: Resource, problem: Problem) -> Resource:
    condition: Resource = {"resourceType": "Condition"}
    if problem.is_restricted:
        label = {"system": f"{HL7}/v3-Confidentiality", "code": "R"}
        condition["meta"] = {"security": [label]}
    return condition | {
        "clinicalStatus": _coded("condition-clinical", "active"),
        "code": _concept(problem.text, SNOMED, problem.code),
        "subject": subject,
        "onsetDateTime": f"{problem.since:%Y}",
        "recordedDate": problem.since.isoformat(),
    }


def _allergy(subject: Resource, allergy: Allergy) -> Resource:
    return {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": _coded("allergyintolerance-clinical", "active"),
        "verificationStatus": _coded("allergyintolerance-verification", "confirmed"),
        "criticality": "high" if allergy.is_severe else "low",
        "code": _concept(allergy.text, SNOMED, allergy.code),
        "patient": subject,
        "reaction": [{"manifestation": [{"text": allergy.reaction}]}],
    }


def _medicine(subject: Resource, medicine: Medicine, since: date) -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": medicine.name},
        "subject": subject,
        "authoredOn": since.isoformat(),
        "dosageInstruction": [{"text": medicine.dose}],
    }


def _reading(subject: Resource, reading: Reading) -> Resource:
    head: Resource = {"resourceType": "Observation", "status": "final"}
    tail: Resource = {"subject": subject, "effectiveDateTime": reading.on.isoformat()}
    if reading.kind == "blood-pressure":
        return (
            head
            | {
                "category": [_coded("observation-category", "vital-signs")],
                "code": _concept("Blood pressure", LOINC, "85354-9"),
            }
            | tail
            | {
                "component": [
                    {"code": _concept(text, LOINC, code), "valueQuantity": _pressure(value)}
                    for (text, code), value in zip(
                        (("Systolic", "8480-6"), ("Diastolic", "8462-4")),
                        reading.values,
                        strict=True,
                    )
                ]
            }
        )
    code, text, unit, category = _READINGS[reading.kind]
    shown = {"category": [_coded("observation-category", category)]}
    quantity = {"valueQuantity": _quantity(reading.values[0], unit)}
    return head | shown | {"code": _concept(text, LOINC, code)} | tail | quantity


def _pressure(value: float) -> Resource:
    return {"value": int(value), "unit": "mmHg", "system": UCUM, "code": "mm[Hg]"}


def _plan(subject: Resource, plan: Plan) -> Resource:
    if plan.is_document:
        text = base64.b64encode(plan.wording.encode()).decode()
        attachment = {"contentType": "text/plain; charset=utf-8", "data": text, "title": plan.title}
        return {
            "resourceType": "DocumentReference",
            "status": "current",
            "type": _concept(plan.title, SNOMED, plan.code),
            "subject": subject,
            "date": f"{plan.signed.isoformat()}T12:00:00Z",
            "author": [{"display": plan.signatory}],
            "authenticator": {"display": plan.signatory},
            "description": plan.wording,
            "content": [{"attachment": attachment}],
            "context": {"period": _period(plan)},
        }
    return {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "category": [_concept(plan.title, SNOMED, plan.code)],
        "title": plan.title,
        "description": plan.wording,
        "subject": subject,
        "period": _period(plan),
        "created": plan.signed.isoformat(),
        "author": {"display": plan.signatory},
    }


def _period(plan: Plan) -> Resource:
    return {"start": plan.signed.isoformat(), "end": plan.review.isoformat()}


def _flag(subject: Resource, alert: Alert) -> Resource:
    return {
        "resourceType": "Flag",
        "status": "active",
        "category": [_coded("flag-category", alert.category)],
        "code": {"text": alert.text},
        "subject": subject,
    }


def _contact(subject: Resource, contact: Contact) -> Resource:
    relationship = _coded("v3-RoleCode", contact.relationship) | {"text": contact.words}
    return {
        "resourceType": "RelatedPerson",
        "patient": subject,
        "relationship": [relationship],
        "name": [{"text": contact.name}],
        "telecom": [{"system": "phone", "value": contact.phone}],
    }


def _about_me(subject: Resource, words: str, on: date) -> Resource:
    text = base64.b64encode(words.encode()).decode()
    return {
        "resourceType": "DocumentReference",
        "meta": {"tag": [{"system": "urn:throughcare:category", "code": "about-me"}]},
        "status": "current",
        "type": {"text": "About me"},
        "subject": subject,
        "date": f"{on.isoformat()}T12:00:00Z",
        "description": words,
        "content": [{"attachment": {"contentType": "text/plain; charset=utf-8", "data": text}}],
    }


def _entries(subject: Resource, health: Health, today: date) -> Iterator[Resource]:
    for problem in health.conditions:
        yield _condition(subject, problem)
    for allergy in health.allergies:
        yield _allergy(subject, allergy)
    for n, medicine in enumerate(health.medicines):
        yield _medicine(subject, medicine, date(today.year - 1, 1 + n % 12, 9))
    for reading in health.readings:
        yield _reading(subject, reading)
    for plan in health.plans:
        yield _plan(subject, plan)
    for alert in health.alerts:
        yield _flag(subject, alert)
    for contact in health.contacts:
        yield _contact(subject, contact)
    if health.about_me:
        yield _about_me(subject, health.about_me, date(today.year, 1, 15))


def _bundle(person: Person, health: Health, chance: Chance, today: date) -> Resource:
    full_url = f"urn:uuid:{chance.uuid()}"
    resources = [(full_url, _patient(person, health))]
    resources += [
        (f"urn:uuid:{chance.uuid()}", resource)
        for resource in _entries({"reference": full_url}, health, today)
    ]
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": url,
                "resource": resource,
                "request": {"method": "POST", "url": resource["resourceType"]},
            }
            for url, resource in resources
        ],
    }


def write(
    people: list[Person], health: Mapping[int, Health], chance: Chance, today: date
) -> tuple[bytes, dict[str, int]]:
    """Return the feed, and the person number of each local id in it."""
    lines = [
        json.dumps(
            _bundle(person, health[person.number], chance.branch(person.nhs_number), today),
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for person in people
    ]
    truth = {f"NHS:{person.nhs_number}": person.number for person in people}
    return ("\n".join(lines) + "\n").encode(), truth
