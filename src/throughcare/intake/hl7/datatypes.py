"""HL7 v2 data types to FHIR R4: names, addresses, phones, identifiers, codes, people, places."""

from typing import Any, Final

from throughcare.intake import systems
from throughcare.intake.fields import present
from throughcare.intake.hl7.message import Value

Json = dict[str, Any]

_NHS_AUTHORITIES: Final = frozenset({"NHS", "NHSNBR", "NHSNMBR", "NHSNUMBER"})
_NHS_OID: Final = "2.16.840.1.113883.2.1.4.1"
_NAME_USES: Final = {
    "L": "official",
    "M": "maiden",
    "N": "nickname",
    "B": "official",
    "A": "anonymous",
}
_ADDRESS_USES: Final = {
    "H": "home",
    "HOME": "home",
    "B": "work",
    "O": "work",
    "C": "temp",
    "BA": "old",
}
_PHONE_SYSTEMS: Final = {"FX": "fax", "BP": "pager", "INTERNET": "email", "X.400": "email"}
_CODE_SYSTEMS: Final = {
    "SCT": systems.SNOMED,
    "SNM": systems.SNOMED,
    "SNOMED": systems.SNOMED,
    "SNOMED-CT": systems.SNOMED,
    "I10": systems.ICD10,
    "ICD10": systems.ICD10,
    "ICD-10": systems.ICD10,
    "I10C": "http://hl7.org/fhir/sid/icd-10-cm",
    "I9": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9C": "http://hl7.org/fhir/sid/icd-9-cm",
    "LN": systems.LOINC,
}


def name(value: Value) -> Json:
    """Return an XPN as a HumanName; {} if it is empty."""
    given = [part for number in (2, 3) if (part := value.part(number))]
    found = present(
        family=value.part(1),
        given=given,
        prefix=_listed(value.part(5)),
        suffix=_listed(value.part(4)),
    )
    if not (found.get("family") or given):
        return {}
    return present(use=_NAME_USES.get(value.part(7).upper(), "")) | found


def _listed(text: str) -> list[str]:
    return [text] if text else []


def address(value: Value) -> Json:
    """Return an XAD as an Address; {} if it is empty."""
    street = " ".join(part for sub in (2, 1, 3) if (part := value.part(1, sub))) or value.part(1)
    if not value.part(1, 2):
        street = value.part(1)
    found = present(
        line=[part for part in (street, value.part(2)) if part],
        city=value.part(3),
        district=value.part(4),
        postalCode=value.part(5),
        country=value.part(6),
    )
    return present(use=_ADDRESS_USES.get(value.part(7).upper(), "")) | found if found else {}


def telecom(value: Value, use: str) -> Json:
    """Return an XTN as a ContactPoint; {} if it holds no number."""
    kind = value.part(3).upper()
    number = value.part(1) or value.part(12)
    if value.part(4) and (kind == "INTERNET" or not number):
        return {"system": "email", "value": value.part(4), "use": use}
    if not number:
        number = " ".join(part for index in (5, 6, 7) if (part := value.part(index)))
    if not number:
        return {}
    system = "email" if "@" in number else _PHONE_SYSTEMS.get(kind, "phone")
    return {"system": system, "value": number, "use": "mobile" if kind == "CP" else use}


def is_nhs(value: Value) -> bool:
    """Tell whether a CX says that it is an NHS number."""
    authority = value.part(4).upper().replace(" ", "").replace("_", "")
    return (
        value.part(5).upper() == "NH"
        or authority in _NHS_AUTHORITIES
        or value.part(4, 2) == _NHS_OID
    )


def identifier(value: Value, facility: str) -> Json:
    """Return a CX as an Identifier; `facility` issues numbers that name no authority."""
    if is_nhs(value):
        return systems.nhs_identifier(value.part(1))
    authority = value.part(4) or value.part(4, 2) or facility
    kind = value.part(5).upper()
    return present(
        type={"coding": [{"system": systems.IDENTIFIER_TYPE, "code": kind}]} if kind else {},
        system=systems.key("identifier", authority, kind or "MR"),
        value=value.part(1),
    )


def concept(value: Value, text: str = "") -> Json:
    """Return a CE or CWE as a CodeableConcept; {} if it is empty."""
    codings = []
    for first in (1, 4):
        code, display, system = (value.part(first + index) for index in range(3))
        if code:
            known = _CODE_SYSTEMS.get(system.upper(), "")
            codings.append(present(system=known, code=code, display=display))
    words = text or value.part(2) or value.part(5) or (value.part(1) if not codings else "")
    return present(coding=codings, text=words)


def practitioner(value: Value) -> Json:
    """Return an XCN as a Reference by name and number; {} if it is empty."""
    words = [value.part(number) for number in (6, 3, 4, 2)]
    display = " ".join(word for word in words if word)
    if not display and not value.part(1):
        return {}
    reference: Json = {"type": "Practitioner"}
    if value.part(1):
        reference["identifier"] = present(
            system=systems.key("identifier", value.part(9) or "staff"), value=value.part(1)
        )
    return reference | present(display=display)


def location(value: Value) -> Json:
    """Return a PL as a Reference that shows ward, room, bed and facility; {} if it is empty."""
    bed = value.part(3)
    parts = [value.part(1), value.part(2), f"bed {bed}" if bed else "", value.part(4)]
    display = ", ".join(part for part in parts if part)
    return {"type": "Location", "display": display} if display else {}
