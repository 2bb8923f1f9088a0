"""The kind of an entry: read off its type and its codes."""

from collections.abc import Mapping
from functools import lru_cache

from throughcare.consent.codelists import KEPT
from throughcare.consent.lists import Lists
from throughcare.consent.topics import DOCUMENTS, Topic, kinds, marks
from throughcare.fhir.definitional import DEFINITIONS
from throughcare.model.entry import Category

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
    "Group": Category.DIRECTORY,
    **dict.fromkeys(sorted(DEFINITIONS), Category.DIRECTORY),
}

_OBSERVATIONS: Mapping[str, Category] = {
    "vital-signs": Category.VITALS,
    "social-history": Category.SOCIAL_CARE,
}

_CATEGORIES = frozenset(kind.value for kind in Category)

_LIVING = frozenset({"dementia", "communication"})


@lru_cache(maxsize=KEPT)
def category(topic: Topic, lists: Lists) -> Category:
    """Return the kind of an entry; its own tag comes first, then codes, then its type."""
    kind = topic.kind
    tagged = _tagged(topic)
    if tagged is not None and kind not in {"Patient", "Consent", "AuditEvent"}:
        return tagged
    if kind == "Condition" and limits_living(topic, lists):
        return Category.FUNCTIONAL
    if kind == "Observation":
        codes = {code for _, code in topic.categories}
        return next((_OBSERVATIONS[code] for code in codes & _OBSERVATIONS.keys()), BY_TYPE[kind])
    if kind in DOCUMENTS and "plan" in kinds(topic, lists):
        return Category.PLAN
    return BY_TYPE.get(kind, Category.OTHER)


def limits_living(topic: Topic, lists: Lists) -> bool:
    """Tell whether a condition is one of those that a social worker needs to know."""
    return bool(kinds(topic, lists) & _LIVING or marks(topic, lists.functional))


def is_tagged(topic: Topic) -> bool:
    """Tell whether the kind of an entry is what its feed says of it."""
    return _tagged(topic) is not None


def _tagged(topic: Topic) -> Category | None:
    for system, code in (*topic.tags, *topic.categories):
        if system == TAG and code in _CATEGORIES and _may_be(topic.kind, Category(code)):
            return Category(code)
    return None


def _may_be(kind: str, category: Category) -> bool:
    """Tell whether a tag may name this: the directory is everybody's, and so none by a tag."""
    return category is not Category.DIRECTORY or is_directory(kind)


def is_directory(kind: str) -> bool:
    """Tell whether entries of this type are of the directory, which is everybody's."""
    return BY_TYPE.get(kind) is Category.DIRECTORY
