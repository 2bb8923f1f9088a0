"""Identifier systems, code systems and keys that every reader uses in the same way."""

import hashlib
from typing import Any, Final
from urllib.parse import quote

from throughcare.fhir import nhs

NHS_NUMBER: Final = "https://fhir.nhs.uk/Id/nhs-number"
ODS: Final = "https://fhir.nhs.uk/Id/ods-organization-code"
SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
ICD10: Final = "http://hl7.org/fhir/sid/icd-10"
UCUM: Final = "http://unitsofmeasure.org"
ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
IDENTIFIER_TYPE: Final = "http://terminology.hl7.org/CodeSystem/v2-0203"
LABEL: Final = "urn:throughcare:label"
"""Security labels of our own, for what HL7 v3 ActCode has no code."""
KIND_TAG: Final = "urn:throughcare:category"
"""System of a ``meta.tag`` by which a feed names the kind of an entry (model.entry.Category)."""


def nhs_number(text: str) -> str:
    """Return `text` as ten digits, or "" if it is no NHS number (modulus 11)."""
    digits = nhs.normalise(text)
    return digits if nhs.is_nhs_number(digits) else ""


def nhs_identifier(text: str) -> dict[str, Any]:
    """Return an Identifier for `text`.

    A number that fails its check digit keeps its text and gets no system, so that nothing
    downstream takes it for an NHS number.
    """
    number = nhs_number(text)
    if number:
        return {"system": NHS_NUMBER, "value": number}
    return {"type": {"text": "NHS number as received, check digit wrong"}, "value": text.strip()}


def organisation(code: str, name: str = "") -> dict[str, Any]:
    """Return a Reference to an organisation by its ODS code, its name, or both."""
    reference: dict[str, Any] = {"type": "Organization"}
    if code:
        reference["identifier"] = {"system": ODS, "value": code}
    if name:
        reference["display"] = name
    return reference


def concept(system: str, code: str, display: str = "", text: str = "") -> dict[str, Any]:
    """Return a CodeableConcept of one coding."""
    coding = {"system": system, "code": code}
    if display:
        coding["display"] = display
    return {"coding": [coding], "text": text} if text else {"coding": [coding]}


def kind_tag(kind: str) -> dict[str, Any]:
    """Return a Meta that says which kind of entry this is."""
    return {"tag": [{"system": KIND_TAG, "code": kind}]}


def key(*parts: str) -> str:
    """Return the key of a resource within its source: ``urn:throughcare:part:part``."""
    return ":".join(("urn:throughcare", *(quote(part, safe=":") for part in parts)))


def under(full_url: str, *parts: str) -> str:
    """Return the key of a resource that belongs to `full_url`."""
    return ":".join((full_url, *(quote(part, safe=":") for part in parts)))


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data`, hexadecimal."""
    return hashlib.sha256(data).hexdigest()
