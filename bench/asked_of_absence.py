"""What is asked of what is withheld, and against what: see `absence.py`."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from twins import NOBODYS


class Against(Enum):
    """What a question about something withheld is asked in turn with."""

    UNKNOWN = auto()
    """The same of an id, or a code, that nothing has."""
    DELETED = auto()
    """The same, where the withheld entry was deleted."""
    TWIN = auto()
    """The same of somebody who has the same, but nothing withheld."""
    ITSELF = auto()
    """Two people who have nothing withheld: what the measurement itself makes of that."""


UNKNOWN = {"id": "nothings-0000", "gone": "nothings-0000", "code": NOBODYS, "own": NOBODYS}


@dataclass(frozen=True)
class Question:
    """A question, with names of `Twins` in braces."""

    what: str
    against: Against
    asked: str
    method: str = "GET"
    body: str = ""
    """With PATIENT for the id of the patient, and NAME for the id that is asked for."""
    headers: tuple[tuple[bytes, str], ...] = ()
    page: bool = False
    """Whether it is asked in a browser."""
    linked: bool = False
    """Whether it is asked only of those of whom a visible entry names the withheld one."""
    cost: int = 1
    """By how much fewer rounds it is asked."""


SCT = "http://snomed.info/sct%7C"
OF_ONE = f"Condition?patient={{patient}}&code={SCT}"
OF_ANYBODY = f"Condition?code={SCT}"
HAS = f"_has:Condition:patient:code={SCT}"
REASON = "Procedure?reason-reference"
INCLUDE = "_include=Procedure:reason-reference"
FHIR = (b"content-type", "application/fhir+json")
MERGE = (b"content-type", "application/merge-patch+json")
VERSION = (b"if-match", 'W/"1"')
PDF = (b"accept", "application/pdf")
UNLESS = (b"if-none-exist", f"patient={{patient}}&code={SCT}{{code}}")
NEW = (
    '{"resourceType":"Condition","code":{"coding":[{"system":"http://snomed.info/sct",'
    '"code":"38341003"}]},"subject":{"reference":"Patient/PATIENT"}}'
)
AGAIN = NEW[:-1] + ',"id":"NAME"}'
WELSH = '{"language":"cy"}'
COUNTED = "&_summary=count"

_Given = tuple[str, str] | tuple[str, str, dict[str, Any]]


def _fhir(against: Against, *given: _Given) -> tuple[Question, ...]:
    """Return questions of (what, path) and, where there is more, all else."""
    return tuple(
        Question(what, against, f"/fhir/{asked}", **(more[0] if more else {}))
        for what, asked, *more in given
    )


def _pages(against: Against, *names: str) -> tuple[Question, ...]:
    return tuple(
        Question(f"page: {one}", against, f"/people/{{person}}/{one}", page=True, cost=2)
        for one in names
    )


LINKED = {"linked": True}
DELETE = {"method": "DELETE", "headers": (VERSION,)}
PATCH = {"method": "PATCH", "body": WELSH, "headers": (VERSION, MERGE)}
PUT = {"method": "PUT", "body": AGAIN, "headers": (VERSION, FHIR)}
QUESTIONS = (
    *_fhir(
        Against.ITSELF,
        ("control: read", "Patient/{patient}"),
        ("control: search", "Condition?patient={patient}"),
    ),
    *_fhir(
        Against.UNKNOWN,
        ("read", "Condition/{id}"),
        ("version", "Condition/{id}/_history/1"),
        ("history", "Condition/{id}/_history"),
        ("$validate", "Condition/{id}/$validate"),
        ("Binary", "Binary/{id}-file", LINKED),
        ("Binary as bytes", "Binary/{id}-file", {"headers": (PDF,), **LINKED}),
        ("by id", "Condition?_id={id}"),
        ("by what refers to it", f"{REASON}=Condition/{{id}}"),
        ("by what refers to it, something does", f"{REASON}=Condition/{{id}}", LINKED),
        ("chain by id", f"{REASON}:Condition._id={{id}}"),
        ("chain by code", f"{REASON}:Condition.code={SCT}{{own}}"),
        ("_has, of one person", f"Patient?{HAS}{{own}}"),
        ("_has, a named person", f"Patient?_id={{patient}}&{HAS}{{own}}"),
        ("_has, a named person, of all pairs", f"Patient?_id={{patient}}&{HAS}{{code}}"),
        ("code of one person", f"{OF_ONE}{{code}}"),
        ("code of one person, nobody else's", f"{OF_ONE}{{own}}"),
        ("code of one person, counted", f"{OF_ONE}{{code}}{COUNTED}"),
        ("code of one person, nobody else's, counted", f"{OF_ONE}{{own}}{COUNTED}"),
        ("code of one person, with a total", f"{OF_ONE}{{code}}&_total=accurate"),
        ("code of anybody, one has it", f"{OF_ANYBODY}{{own}}"),
        ("code of anybody, one has it, counted", f"{OF_ANYBODY}{{own}}{COUNTED}"),
        ("code of anybody, all pairs have it, counted", f"{OF_ANYBODY}{{code}}{COUNTED}"),
    ),
    *_fhir(
        Against.DELETED,
        ("read, deleted", "Condition/{id}"),
        ("version, deleted", "Condition/{id}/_history/1"),
        ("history, deleted", "Condition/{id}/_history"),
        ("$validate, deleted", "Condition/{id}/$validate"),
        ("by id, deleted", "Condition?_id={id}"),
    ),
    *_fhir(
        Against.TWIN,
        ("code of one person, of others too", f"{OF_ONE}{{code}}"),
        ("code of one person, of others too, counted", f"{OF_ONE}{{code}}{COUNTED}"),
        ("type of one person", "Condition?patient={patient}"),
        ("type of one person, counted", f"Condition?patient={{patient}}{COUNTED}"),
        ("type of one person, sorted", "Condition?patient={patient}&_sort=-recorded-date"),
        ("a page with a total", "Condition?patient={patient}&_count=1&_total=accurate"),
        ("by date", "Condition?patient={patient}&recorded-date=ge2026"),
        ("_revinclude", "Patient?_id={patient}&_revinclude=Condition:patient"),
        ("_include of it", f"Procedure?patient={{patient}}&{INCLUDE}", LINKED),
        ("read of what names it", "Procedure/{op}", LINKED),
        ("compartment", "Patient/{patient}/*", {"cost": 2}),
        ("$everything", "Patient/{patient}/$everything", {"cost": 2}),
        ("$summary", "Patient/{patient}/$summary", {"cost": 2}),
    ),
    *_pages(Against.ITSELF, "timeline"),
    *_pages(Against.TWIN, "emergency", "timeline", "overview"),
    *_fhir(
        Against.UNKNOWN,
        ("delete under If-Match", "Condition/{id}", DELETE),
        ("patch under If-Match", "Condition/{id}", PATCH),
        ("update under If-Match", "Condition/{id}", PUT),
        ("delete by condition", f"{OF_ONE}{{code}}", {"method": "DELETE"}),
        ("patch by condition", f"{OF_ONE}{{code}}", {**PATCH, "headers": (MERGE,)}),
    ),
    *_fhir(
        Against.DELETED,
        ("delete under If-Match, deleted", "Condition/{id}", DELETE),
        ("patch under If-Match, deleted", "Condition/{id}", PATCH),
    ),
    *_fhir(
        Against.TWIN,
        ("create", "Condition", {"method": "POST", "body": NEW, "headers": (FHIR,), "cost": 6}),
        (
            "create unless there",
            "Condition",
            {"method": "POST", "body": NEW, "headers": (FHIR, UNLESS), "cost": 6},
        ),
    ),
)
"""Writes that store something come last."""
