"""Letters as plain text: documents about a person whom their head names.

A letter becomes a DocumentReference that carries the text whole. Nothing in it is coded: consent
labels a letter by what it names. The Patient item beside it is evidence for the person index and
is never stored (`SourcePatient.feed` is False).
"""

import base64
import re
from collections.abc import Iterator
from typing import Any, Final

from throughcare.intake import systems
from throughcare.intake.decode import text_of
from throughcare.intake.fields import present
from throughcare.intake.tables import convert
from throughcare.model.submission import (
    Item,
    Method,
    Place,
    Rejection,
    Remark,
    SourcePatient,
    Submission,
)

HEAD_LINES: Final = 15
_LINE_LENGTH: Final = 500
"""Characters of a head line that are looked at, so that no line of spaces takes minutes."""
_LABELS: Final = (
    r"DOB|D\.O\.B\.|Date of birth|Born|NHS(?: number| no\.?)?"
    r"|Hospital (?:no\.?|number)|MRN|Address"
)
_NAME: Final = re.compile(
    rf"^[ \t]*(?:Re|Patient name|Patient|Name)[ \t]*:?[ \t]+(?!:)(.+?)"
    rf"(?=[ \t]{{2,}}|\t|,?[ \t]*\b(?:{_LABELS})\b|$)",
    re.IGNORECASE | re.MULTILINE,
)
_BORN: Final = re.compile(
    r"\b(?:DOB|D\.O\.B\.?|Date of birth|Born)\b\.?[ \t]*:?[ \t]*"
    r"(\d{1,2}[ \-][A-Za-z]{3,9}[ \-]\d{4}|\d{1,2}[/.]\d{1,2}[/.]\d{4}|\d{4}-\d{2}-\d{2})",
    re.IGNORECASE,
)
_NHS: Final = re.compile(
    r"\bNHS(?:[ \t]+(?:number|no\.?))?[ \t]*:?[ \t]*(\d{3}[ \-]?\d{3}[ \-]?\d{4})\b", re.IGNORECASE
)
_HOSPITAL: Final = re.compile(
    r"\b(?:Hospital (?:no\.?|number)|MRN)[ \t]*:?[ \t]*([A-Za-z]{0,4}\d{3,})\b", re.IGNORECASE
)
_POSTCODE: Final = re.compile(
    r"^(.*?),?[ \t]*\b([A-Z]{1,2}\d[A-Z\d]?[ \t]?\d[A-Z]{2})[ \t]*$", re.MULTILINE
)
_DATE_FORMS: Final = ("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d")


def _head(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n", HEAD_LINES)
    return "\n".join(line[:_LINE_LENGTH] for line in lines[:HEAD_LINES])


def is_letter(text: str) -> bool:
    """Tell whether the head of a text names a person, and their birth date or NHS number."""
    head = _head(text)
    return "\x00" not in head and bool(
        _NAME.search(head) and (_BORN.search(head) or _NHS.search(head))
    )


def read(file: str, data: bytes, source: str) -> Iterator[Submission | Rejection | Remark]:
    """Read one letter."""
    text = text_of(data)
    if not is_letter(text):
        rule = "The first lines name no person with a date of birth or an NHS number."
        remedy = "Add a line such as: Re: name   DOB 03 Sep 1933   NHS 999 064 1005."
        yield Rejection(Place(file, f"lines 1 to {HEAD_LINES}"), rule, remedy)
        return
    digest = systems.digest(data)
    place = Place(file)
    patient = _patient(_head(text))
    person = systems.key(source, "person-of", digest)
    document = systems.key(source, "letter", digest)
    remarks = []
    if "birthDate" not in patient:
        remarks.append(Remark(place, "No readable date of birth in the head of the letter."))
    number = _NHS.search(_head(text))
    if number and not systems.nhs_number(number[1]):
        remarks.append(Remark(place, "The NHS number fails its check digit; not used."))
    yield Submission(
        source=source,
        custodian=source,
        key=digest,
        digest=digest,
        place=place,
        items=(
            Item(person, patient, None, Method.POST, place=place),
            Item(document, _document(text, person), None, Method.POST, place=place),
        ),
        patients=(SourcePatient(person, f"LETTER:{digest[:16]}", feed=False),),
        remarks=tuple(remarks),
        original=data,
        media_type="text/plain",
    )


def _patient(head: str) -> dict[str, Any]:
    named, number, hospital = _NAME.search(head), _NHS.search(head), _HOSPITAL.search(head)
    identifiers = [systems.nhs_identifier(number[1])] if number else []
    if hospital:
        kind = {"coding": [{"system": systems.IDENTIFIER_TYPE, "code": "MR"}]}
        identifiers.append({"type": kind, "value": hospital[1]})
    name = convert.full_name(named[1].strip(), "forename surname") if named else {}
    return {"resourceType": "Patient"} | present(
        identifier=identifiers,
        name=[name] if name else [],
        birthDate=_born(head),
        address=_address(head),
    )


def _born(head: str) -> str:
    found = _BORN.search(head)
    for form in _DATE_FORMS if found else ():
        value = convert.parsed(found[1], form) if found else None
        if value:
            return value.date().isoformat()
    return ""


def _address(head: str) -> list[dict[str, Any]]:
    found = _POSTCODE.search(head)
    if not found:
        return []
    line = re.sub(r"^\s*Address\s*:?\s*", "", found[1], flags=re.IGNORECASE).strip(" ,")
    return [present(line=[line] if line else [], postalCode=found[2])]


def _document(text: str, person: str) -> dict[str, Any]:
    title = next((line.strip() for line in text.splitlines() if line.strip()), "Letter")[:200]
    body = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    attachment = {"contentType": "text/plain; charset=utf-8", "data": body, "title": title}
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": {"text": title},
        "subject": {"reference": person},
        "description": title,
        "content": [{"attachment": attachment}],
    }
