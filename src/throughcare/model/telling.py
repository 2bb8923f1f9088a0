"""What people say themselves, as FHIR: readings, About Me, and that something is wrong. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import escape
from typing import Any, Final

Json = Mapping[str, Any]

TAG: Final = "urn:throughcare:category"
"""System of the tag that names the kind of an entry, as `throughcare.consent.categories` reads."""
ODS: Final = "https://fhir.nhs.uk/Id/ods-organization-code"
PERSON: Final = "person"
"""Custodian and source of what people say themselves."""
_LOINC: Final = "http://loinc.org"
_UCUM: Final = "http://unitsofmeasure.org"
_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
_TASK: Final = "http://hl7.org/fhir/CodeSystem/task-code"


@dataclass(frozen=True, slots=True)
class Part:
    """One number of a reading."""

    key: str
    name: str
    """In words: ``Weight``; of two parts each its own: ``Upper number``."""
    code: str
    """LOINC."""
    unit: str
    ucum: str
    least: Decimal
    most: Decimal
    """What lies outside is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of reading that people take at home."""

    key: str
    name: str
    code: str
    category: str
    parts: tuple[Part, ...]


def _kind(  # noqa: PLR0913, PLR0917 - each is a fact of the kind
    key: str, name: str, code: str, unit: str, ucum: str, least: str, most: str
) -> Kind:
    part = Part(key, name, code, unit, ucum, Decimal(least), Decimal(most))
    return Kind(key, name, code, "vital-signs", (part,))


_UPPER: Final = Part(
    "systolic", "Upper number", "8480-6", "mmHg", "mm[Hg]", Decimal(50), Decimal(300)
)
_LOWER: Final = Part(
    "diastolic", "Lower number", "8462-4", "mmHg", "mm[Hg]", Decimal(20), Decimal(200)
)
KINDS: Final[Mapping[str, Kind]] = {
    kind.key: kind
    for kind in (
        Kind("blood-pressure", "Blood pressure", "85354-9", "vital-signs", (_UPPER, _LOWER)),
        _kind("weight", "Weight", "29463-7", "kg", "kg", "1", "400"),
        _kind("pulse", "Pulse", "8867-4", "beats a minute", "/min", "20", "250"),
        _kind("temperature", "Temperature", "8310-5", "°C", "Cel", "30", "45"),
        _kind("oxygen", "Oxygen level", "2708-6", "%", "%", "50", "100"),
        _kind("glucose", "Blood sugar", "15074-8", "mmol/L", "mmol/L", "0.5", "50"),
    )
}
"""Codes of FHIR's vital signs profile; blood sugar is LOINC's in moles a volume."""

HEADINGS: Final[Mapping[str, str]] = {
    "important": "What is most important to me",
    "people": "People who are important to me",
    "communicate": "How I communicate and how to communicate with me",
    "wellness": "My wellness",
    "please": "Please do and please don't",
    "support": "How and when to support me",
    "also": "Also worth knowing about me",
}
"""Headings of the About Me standard of the Professional Record Standards Body."""


def observation(kind: Kind, values: Mapping[str, Decimal], patient: str, at: datetime) -> Json:
    """Return a reading that the person took: they are its subject and its performer."""
    when = at.isoformat(timespec="seconds")
    made: dict[str, Any] = {
        "resourceType": "Observation",
        "meta": {"tag": [{"system": TAG, "code": "vitals"}]},
        "status": "final",
        "category": [{"coding": [{"system": _CATEGORY, "code": kind.category}]}],
        "code": _concept(kind.code, kind.name),
        "subject": {"reference": patient},
        "effectiveDateTime": when,
        "issued": when,
        "performer": [{"reference": patient}],
    }
    if len(kind.parts) == 1:
        (part,) = kind.parts
        return {**made, "valueQuantity": _quantity(part, values[part.key])}
    components = [
        {"code": _concept(part.code, part.name), "valueQuantity": _quantity(part, values[part.key])}
        for part in kind.parts
    ]
    return {**made, "component": components}


def about_me(texts: Mapping[str, str], patient: str, at: datetime) -> Json:
    """Return About Me in the person's own words, a section for each heading that they filled in."""
    sections = [
        {
            "title": heading,
            "text": {
                "status": "additional",
                "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(text)}</p></div>',
            },
        }
        for key, heading in HEADINGS.items()
        if (text := texts.get(key, "").strip())
    ]
    return {
        "resourceType": "Composition",
        "meta": {"tag": [{"system": TAG, "code": "about-me"}]},
        "status": "final",
        "type": {"text": "About me"},
        "subject": {"reference": patient},
        "date": at.isoformat(timespec="seconds"),
        "author": [{"reference": patient}],
        "title": "About me, in my own words",
        "section": sections,
    }


def correction(about: str, owner: str, said: str, patient: str, at: datetime) -> Json:
    """Return the request to the organisation `owner` to look at what the person says is wrong.

    `about` is the entry, ``Type/id``, or "" for the record as a whole.
    """
    when = at.isoformat(timespec="seconds")
    made: dict[str, Any] = {
        "resourceType": "Task",
        "meta": {"tag": [{"system": TAG, "code": "other"}]},
        "status": "requested",
        "intent": "proposal",
        "code": {
            "coding": [{"system": _TASK, "code": "change"}],
            "text": "The person says that this is wrong",
        },
        "description": said,
        "for": {"reference": patient},
        "authoredOn": when,
        "lastModified": when,
        "requester": {"reference": patient},
    }
    if owner:
        made["owner"] = {"identifier": {"system": ODS, "value": owner}, "display": owner}
    return {**made, "focus": {"reference": about}} if about else made


def _concept(code: str, name: str) -> Json:
    return {"coding": [{"system": _LOINC, "code": code}], "text": name}


def _quantity(part: Part, value: Decimal) -> Json:
    return {"value": value, "unit": part.unit, "system": _UCUM, "code": part.ucum}
