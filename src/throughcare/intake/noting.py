"""A note that somebody taps in at the bedside: from a form to a submission."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from throughcare.fhir import bytes as fhir_bytes
from throughcare.kernel import BadInputError
from throughcare.model.submission import Item, Json, Place, Submission

_SNOMED: Final = "http://snomed.info/sct"
_UCUM: Final = "http://unitsofmeasure.org"
_LONGEST: Final = 500
_CATEGORIES: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
_TAG: Final = "urn:throughcare:category"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of note: its words, its code where it has one, and its unit where it is a number."""

    text: str
    code: tuple[str, str] | None = None
    unit: str = ""
    most: Decimal = Decimal(0)
    """Largest number that is taken, so that a slip of the finger is asked about."""
    said: str = ""
    """The unit in words and an example, for who has to write a number."""


KINDS: Final[Mapping[str, Kind]] = {
    "drink": Kind("Fluid intake", (_SNOMED, "251992000"), "mL", Decimal(3000), "ml, such as 200"),
    "weight": Kind(
        "Body weight", ("http://loinc.org", "29463-7"), "kg", Decimal(400), "kg, such as 62.5"
    ),
    "fall": Kind("Fall", (_SNOMED, "217082002")),
    "meal": Kind("Care note: Meal"),
    "mood": Kind("Care note: Mood"),
    "sleep": Kind("Care note: Sleep"),
    "note": Kind("Care note"),
}
"""Every kind of note by its key, as the care home's own feed words it."""
_EMPTY: Final = {
    "weight": "Write the weight in kg first.",
    "fall": "Say in a few words what happened.",
}


@dataclass(frozen=True, slots=True)
class By:
    """Who notes it, and when."""

    name: str
    organisation: str
    at: datetime
    request: str
    """Id of the request: the same form sent twice is two notes, one of them a repeat by name."""


def submission(patient: str, kind: str, value: str, by: By) -> Submission:
    """Return a note about ``Patient/id`` as a submission of one Observation.

    Raises BadInputError for an unknown kind, an empty value or a number that can't be.
    """
    found = KINDS.get(kind)
    said = value.strip()[:_LONGEST]
    if found is None or not said:
        raise BadInputError(_EMPTY.get(kind, "Write the note first."), place="value")
    resource = _observation(patient, kind, found, said, by)
    body = fhir_bytes.dump(resource)
    source = f"api-{by.organisation}" if by.organisation else "api"
    return Submission(
        source=source,
        custodian=by.organisation or source,
        key=f"{by.request}/note",
        digest=hashlib.sha256(body).hexdigest(),
        place=Place("form"),
        items=(Item(f"urn:uuid:{by.request}", resource, body, at=by.at),),
        at=by.at,
    )


def _observation(patient: str, key: str, kind: Kind, said: str, by: By) -> dict[str, Json]:
    code: dict[str, Json] = {"text": kind.text}
    if kind.code:
        system, value = kind.code
        code["coding"] = [{"system": system, "code": value}]
    resource: dict[str, Json] = {"resourceType": "Observation", "status": "final"}
    if key == "weight":
        resource["category"] = [{"coding": [{"system": _CATEGORIES, "code": "vital-signs"}]}]
    resource["meta"] = {"tag": [{"system": _TAG, "code": "care-note"}]}
    resource |= {
        "code": code,
        "subject": {"reference": patient},
        "effectiveDateTime": by.at.isoformat(timespec="seconds"),
        "performer": [{"display": by.name}],
    }
    if kind.unit:
        amount = {"unit": kind.unit, "system": _UCUM, "code": kind.unit}
        return resource | {"valueQuantity": {"value": _number(said, kind), **amount}}
    if key == "fall":
        return resource | {"note": [{"text": said}]}
    return resource | {"valueString": said}


def _number(said: str, kind: Kind) -> Decimal:
    try:
        number = Decimal(said.casefold().removesuffix(kind.unit.casefold()).strip())
    except InvalidOperation as error:
        message = f"Write the number alone, in {kind.said}."
        raise BadInputError(message, place="value") from error
    if not number.is_finite() or not 0 < number <= kind.most:
        message = f"Write a number of {kind.said} up to {kind.most}. Check it."
        raise BadInputError(message, place="value")
    return number
