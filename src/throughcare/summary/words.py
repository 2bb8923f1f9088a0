"""Plain names for the codes and types that people would otherwise have to read."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from throughcare.model.entry import Category

_SOURCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "gp": "GP",
        "hospital": "hospital",
        "social": "council",
        "ambulance": "ambulance",
        "carehome": "care home",
        "consents": "consent form",
        "letters": "letter",
        "node": "entered here",
        "person": "the person",
    }
)

ABOUT_SHARING: Final = frozenset({"consents", "acting"})
"""Sources of consents and of rights to act: they hold nothing about care."""

_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AllergyIntolerance": "Allergy",
        "CarePlan": "Care plan",
        "CareTeam": "Care team",
        "Communication": "Message",
        "Composition": "Document",
        "Condition": "Condition",
        "Consent": "Consent",
        "Device": "Device",
        "DiagnosticReport": "Test report",
        "DocumentReference": "Letter",
        "Encounter": "Visit",
        "Flag": "Alert",
        "Goal": "Goal",
        "Immunization": "Vaccination",
        "MedicationAdministration": "Medicine given",
        "MedicationDispense": "Medicine dispensed",
        "MedicationRequest": "Medicine",
        "MedicationStatement": "Medicine",
        "Observation": "Observation",
        "Patient": "Details",
        "Procedure": "Procedure",
        "QuestionnaireResponse": "Form",
        "RelatedPerson": "Contact",
        "ServiceRequest": "Referral",
        "Task": "Request",
    }
)

_CATEGORIES: Final[Mapping[Category, str]] = MappingProxyType(
    {
        Category.PLAN: "Plan",
        Category.CARE_NOTE: "Care note",
        Category.INCIDENT: "Ambulance call",
        Category.TEST_RESULT: "Test result",
        Category.VITALS: "Measurement",
        Category.SOCIAL_CARE: "Social care",
        Category.LETTER: "Letter",
        Category.ABOUT_ME: "About me",
        Category.DIET: "Diet",
        Category.CONTACT: "Contact",
        Category.SOURCE: "Source document",
    }
)

KINDS: Final[Mapping[Category, str]] = MappingProxyType(
    {
        Category.DEMOGRAPHICS: "name and address",
        Category.ALLERGY: "allergies",
        Category.CONDITION: "conditions",
        Category.FUNCTIONAL: "conditions that limit daily life",
        Category.MEDICINE: "medicines",
        Category.PLAN: "plans",
        Category.ALERT: "alerts",
        Category.VITALS: "measurements",
        Category.TEST_RESULT: "test results",
        Category.CONSULTATION: "consultations",
        Category.ENCOUNTER: "visits",
        Category.PROCEDURE: "operations and treatments",
        Category.IMMUNISATION: "vaccinations",
        Category.LETTER: "letters",
        Category.CARE_NOTE: "care notes",
        Category.INCIDENT: "ambulance calls",
        Category.SOCIAL_CARE: "social care",
        Category.CONTACT: "people to call",
        Category.ABOUT_ME: "about me",
        Category.DIET: "food and drink",
        Category.CONSENT: "your choices",
    }
)
"""Kinds of entry in plain words, in the order in which people ask for them."""

_GENDERS: Final[Mapping[str, str]] = MappingProxyType(
    {"male": "Male", "female": "Female", "other": "Other", "unknown": "Not known"}
)


_ROLES: Final[Mapping[str, str]] = MappingProxyType({"gp": "GP", "it-lead": "IT lead"})


def role_name(role: str) -> str:
    """Return a role in plain words.

    >>> role_name("social-worker")
    'social worker'
    """
    return _ROLES.get(role) or role.replace("-", " ")


def source_name(source: str) -> str:
    """Return a source in plain words; one that has none keeps its own name."""
    return _SOURCES.get(source, source)


def type_name(type_: str, category: Category = Category.OTHER) -> str:
    """Return what kind of entry this is, in a word or two; an unlisted type is an ``Entry``."""
    return _CATEGORIES.get(category) or _TYPES.get(type_, "Entry")


def kind_names(kinds: frozenset[Category]) -> tuple[str, ...]:
    """Return kinds of entry in plain words, those that people ask for first."""
    return tuple(text for kind, text in KINDS.items() if kind in kinds)


def gender_name(code: str) -> str:
    """Return the gender in words; "" and unknown codes are words too, never a question mark."""
    return _GENDERS.get(code, "Not recorded")


def joined(parts: list[str]) -> str:
    """Join words as a sentence does: ``a``, ``a and b``, ``a, b and c``."""
    if len(parts) <= 1:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def sentence_case(text: str) -> str:
    """Return `text` with its first letter large and the rest as it was."""
    return text[:1].upper() + text[1:]


def dialled(phone: str) -> str:
    """Return a phone number as a telephone takes it: digits, after a plus where it has one.

    The zero in brackets that is not dialled from abroad is left out.

    >>> dialled("+44 (0)7700 900123")
    '+447700900123'
    """
    abroad = phone.lstrip().startswith("+")
    meant = phone.replace("(0)", "") if abroad else phone
    digits = "".join(letter for letter in meant if letter.isascii() and letter.isdecimal())
    return f"+{digits}" if abroad else digits


def nhs_number(text: str) -> str:
    """Write ten digits 3-3-4 with spaces that never break; anything else stays as it is.

    >>> nhs_number("9990000018").replace(chr(0xA0), "_")
    '999_000_0018'
    """
    digits = "".join(text.split())
    if len(digits) != 10 or not digits.isdecimal():  # noqa: PLR2004 - an NHS number has ten digits
        return text
    return f"{digits[:3]}\u00a0{digits[3:6]}\u00a0{digits[6:]}"
