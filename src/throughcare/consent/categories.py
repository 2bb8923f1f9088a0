"""The kind of an entry, and whether it is in the critical set: read off its type and its codes."""

from collections.abc import Iterator, Mapping
from typing import Any

from throughcare.consent import codelists
from throughcare.consent.codelists import Coding, coding_of
from throughcare.model.entry import Category

Json = Mapping[str, Any]

TAG = "urn:throughcare:category"
"""System of a coding, in ``meta.tag`` or ``category``, by which a feed names the kind itself."""

BY_TYPE: Mapping[str, Category] = {
    "Patient": Category.DEMOGRAPHICS,
    "Person": Category.DEMOGRAPHICS,
    "RelatedPerson": Category.CONTACT,
    "CareTeam": Category.CONTACT,
    "AllergyIntolerance": Category.ALLERGY,
    "Condition": Category.CONDITION,
    "MedicationRequest": Category.MEDICINE,
    "MedicationStatement": Category.MEDICINE,
    "MedicationAdministration": Category.MEDICINE,
    "MedicationDispense": Category.MEDICINE,
    "Medication": Category.MEDICINE,
    "CarePlan": Category.PLAN,
    "Goal": Category.PLAN,
    "Flag": Category.ALERT,
    "Device": Category.ALERT,
    "DeviceUseStatement": Category.ALERT,
    "Observation": Category.TEST_RESULT,
    "DiagnosticReport": Category.TEST_RESULT,
    "Specimen": Category.TEST_RESULT,
    "ImagingStudy": Category.TEST_RESULT,
    "Media": Category.TEST_RESULT,
    "MolecularSequence": Category.TEST_RESULT,
    "ClinicalImpression": Category.CONSULTATION,
    "Encounter": Category.ENCOUNTER,
    "EpisodeOfCare": Category.ENCOUNTER,
    "Procedure": Category.PROCEDURE,
    "Immunization": Category.IMMUNISATION,
    "ImmunizationRecommendation": Category.IMMUNISATION,
    "DocumentReference": Category.LETTER,
    "Composition": Category.LETTER,
    "Binary": Category.LETTER,
    "RiskAssessment": Category.SOCIAL_CARE,
    "NutritionOrder": Category.DIET,
    "Consent": Category.CONSENT,
    "AuditEvent": Category.AUDIT,
    "Claim": Category.ADMINISTRATIVE,
    "ClaimResponse": Category.ADMINISTRATIVE,
    "Coverage": Category.ADMINISTRATIVE,
    "ExplanationOfBenefit": Category.ADMINISTRATIVE,
    "Account": Category.ADMINISTRATIVE,
    "Appointment": Category.ADMINISTRATIVE,
    "AppointmentResponse": Category.ADMINISTRATIVE,
    "Organization": Category.DIRECTORY,
    "Practitioner": Category.DIRECTORY,
    "PractitionerRole": Category.DIRECTORY,
    "Location": Category.DIRECTORY,
    "HealthcareService": Category.DIRECTORY,
    "Endpoint": Category.DIRECTORY,
    "OrganizationAffiliation": Category.DIRECTORY,
}

_OBSERVATIONS: Mapping[str, Category] = {
    "vital-signs": Category.VITALS,
    "social-history": Category.SOCIAL_CARE,
}

_CRITICAL_TYPES = frozenset(
    {
        "Condition",
        "Flag",
        "Device",
        "DeviceUseStatement",
        "Procedure",
        "Observation",
        "CarePlan",
        "DocumentReference",
        "Composition",
        "Consent",
        "MedicationRequest",
        "MedicationStatement",
        "MedicationAdministration",
        "MedicationDispense",
        "ServiceRequest",
    }
)

_DOCUMENTS = frozenset(
    {"DocumentReference", "Composition", "CarePlan", "Consent", "ServiceRequest"}
)

_CATEGORIES = frozenset(kind.value for kind in Category)

_LIVING = frozenset({"dementia", "communication"})


def category(resource: Json) -> Category:
    """Return the kind of a FHIR R4 resource; its own tag comes first, then codes, then its type."""
    kind = str(resource.get("resourceType", ""))
    tagged = _tagged(resource)
    if tagged is not None and kind not in {"Patient", "Consent", "AuditEvent"}:
        return tagged
    if kind == "Condition" and limits_living(resource):
        return Category.FUNCTIONAL
    if kind == "Observation":
        codes = {code for _, code in _codings(resource.get("category"))}
        return next((_OBSERVATIONS[code] for code in codes & _OBSERVATIONS.keys()), BY_TYPE[kind])
    if kind in _DOCUMENTS and "plan" in kinds(resource):
        return Category.PLAN
    return BY_TYPE.get(kind, Category.OTHER)


def is_critical(resource: Json) -> bool:
    """Tell whether the entry belongs to the critical set (docs/consent/labels.md)."""
    if resource.get("resourceType") == "AllergyIntolerance":
        return True
    return bool(kinds(resource))


def limits_living(resource: Json) -> bool:
    """Tell whether a condition is one of those that a social worker needs to know."""
    return bool(kinds(resource) & _LIVING or marks(resource, codelists.functional()))


def kinds(resource: Json) -> frozenset[str]:
    """Return why an entry is critical: ``dementia``, ``plan``, ``anticoagulant`` ...; or nothing.

    A document or care plan is critical only as an emergency plan, not by a condition it names.
    """
    kind = str(resource.get("resourceType", ""))
    if kind not in _CRITICAL_TYPES:
        return frozenset()
    critical = codelists.critical()
    why = marks(resource, critical)
    if kind.startswith("Medication"):
        why |= codelists.found(critical.medicines, " ".join(names(resource)))
    if kind == "Consent" and "adr" in {code for _, code in _codings(resource.get("scope"))}:
        why |= {"plan"}
    return why & {"plan"} if kind in _DOCUMENTS else why - {"plan"}


def principal(resource: Json) -> Iterator[Json]:
    """Yield the codeable concepts that say what the entry is about."""
    for name in ("code", "medicationCodeableConcept", "vaccineCode", "type", "category"):
        value = resource.get(name)
        if name == "category" and resource.get("resourceType") not in _DOCUMENTS:
            continue
        for concept in value if isinstance(value, list) else [value]:
            if isinstance(concept, dict):
                yield concept


def codings(resource: Json) -> list[Coding]:
    """Return all codings of the principal concepts."""
    return [coding for concept in principal(resource) for coding in _codings(concept)]


def names(resource: Json) -> list[str]:
    """Return the texts and displays of the principal concepts, and a document's title."""
    found = []
    for concept in principal(resource):
        found.append(str(concept.get("text", "")))
        inner = concept.get("coding")
        found.extend(
            str(coding.get("display", ""))
            for coding in (inner if isinstance(inner, list) else [])
            if isinstance(coding, dict)
        )
    if resource.get("resourceType") in _DOCUMENTS:
        found.extend(str(resource.get(name, "")) for name in ("title", "description"))
    return [name for name in found if name]


def marks(resource: Json, codelist: codelists.CodeList) -> frozenset[str]:
    """Return what `codelist` says of the principal concepts.

    Words are looked at only where no concept carries a code of SNOMED CT or ICD-10.
    """
    return codelist.of_concepts(tuple(codings(resource)), " ".join(names(resource)))


def _tagged(resource: Json) -> Category | None:
    meta = resource.get("meta")
    tags = _codings({"coding": meta.get("tag")}) if isinstance(meta, dict) else []
    for system, code in [*tags, *_codings(resource.get("category"))]:
        if system == TAG and code in _CATEGORIES:
            return Category(code)
    return None


def _codings(value: object) -> list[Coding]:
    """Return the codings of a CodeableConcept, or of a list of them."""
    concepts = value if isinstance(value, list) else [value]
    found: list[Coding] = []
    for concept in concepts:
        inner = concept.get("coding") if isinstance(concept, dict) else None
        if isinstance(inner, list):
            found.extend(coding_of(coding) for coding in inner if isinstance(coding, dict))
    return found
