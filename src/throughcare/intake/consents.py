"""Consent CSV to FHIR Consent: ``nhs_number, decision, scope, what, until``.

One row, one Consent (plain R4: no ``type`` on the root provision). Its key is the person, the scope
and what it speaks of, so that the same row again is the same Consent, and a later file with another
decision or end makes a new version of it.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final, NoReturn

from throughcare.intake import systems
from throughcare.intake.decode import text_of
from throughcare.intake.tables import convert
from throughcare.intake.tables.table import BadRow, Row, rows
from throughcare.model.submission import (
    Item,
    Method,
    Place,
    Rejection,
    Remark,
    SourcePatient,
    Submission,
)

Json = dict[str, Any]

COLUMNS: Final = ("nhs_number", "decision", "scope", "what", "until")
_NEEDED: Final = frozenset({"nhs_number", "decision", "scope"})
_DECISIONS: Final = frozenset({"deny", "permit"})
_SCOPES: Final = frozenset({"all", "provider", "category"})
_ODS: Final = re.compile(r"[A-Z0-9]{3,8}")
_PARTICIPATION: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
POLICY: Final = "urn:throughcare:policy:locality"
"""``Consent.policy.uri``: what the Consent does not speak of is for the locality's profile."""


class _Fault(Exception):  # noqa: N818 - a fault of the row on its way to a Rejection
    def __init__(self, column: str, rule: str, remedy: str) -> None:
        super().__init__(rule)
        self.column = column
        self.rule = rule
        self.remedy = remedy


def _refuse(column: str, rule: str, remedy: str) -> NoReturn:
    raise _Fault(column, rule, remedy)


def is_header(header: tuple[str, ...]) -> bool:
    """Tell whether a header is that of a list of consents."""
    return set(header) >= _NEEDED


@cache
def categories() -> dict[str, Json]:
    """Return the words for kinds of data: each with the security labels that it stands for."""
    text = (files("throughcare.intake") / "consent_categories.toml").read_text("utf-8")
    return tomllib.loads(text)


def read(file: str, data: bytes, source: str) -> Iterator[Submission | Rejection | Remark]:
    """Read all rows of a file."""
    for row in rows(text_of(data), COLUMNS):
        place = Place(file, f"line {row.line}")
        if isinstance(row, BadRow):
            yield Rejection(place, row.rule, "Correct the row.")
            continue
        try:
            yield _submission(row, place, source)
        except _Fault as fault:
            at = Place(file, f"{place.at}, column {fault.column}")
            yield Rejection(at, fault.rule, fault.remedy)


def _submission(row: Row, place: Place, source: str) -> Submission:
    number = systems.nhs_number(row.cells.get("nhs_number", ""))
    if not number:
        _refuse("nhs_number", "The NHS number fails its check digit.", "Correct it.")
    decision, scope = row.cells.get("decision", "").lower(), row.cells.get("scope", "").lower()
    if decision not in _DECISIONS:
        _refuse("decision", "The decision is neither deny nor permit.", "Write one of them.")
    if scope not in _SCOPES:
        remedy = "Write all, provider or category."
        _refuse("scope", "The scope is unknown.", remedy)
    what = row.cells.get("what", "")
    what = what.upper() if scope == "provider" else "-".join(re.split(r"[\s_-]+", what.lower()))
    provision = {"type": decision, **_limits(scope, what), **_period(row.cells.get("until", ""))}
    person = systems.key(source, "person-of", number)
    key = systems.key(source, number, scope, what or "any")
    content = "\x1f".join(row.cells.get(column, "") for column in COLUMNS)
    patient = {"resourceType": "Patient", "identifier": [systems.nhs_identifier(number)]}
    return Submission(
        source=source,
        custodian=source,
        key=key,
        digest=systems.digest(content.encode("utf-8", "replace")),
        place=place,
        items=(
            Item(person, patient, None, Method.POST, place=place),
            Item(key, _consent(number, key, provision), None, Method.POST, place=place),
        ),
        patients=(SourcePatient(person, f"NHS:{number}", feed=False),),
        original=row.text,
        media_type="text/csv; charset=utf-8; header=present",
    )


def _consent(number: str, key: str, provision: Json) -> Json:
    patient = {"type": "Patient", "identifier": systems.nhs_identifier(number)}
    scope = "http://terminology.hl7.org/CodeSystem/consentscope"
    return {
        "resourceType": "Consent",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": key}],
        "status": "active",
        "scope": systems.concept(scope, "patient-privacy", "Privacy Consent"),
        "category": [systems.concept(systems.LOINC, "59284-0", "Consent Document")],
        "patient": patient,
        "policy": [{"uri": POLICY}],
        "provision": {"provision": [provision]},
    }


def _limits(scope: str, what: str) -> Json:
    if scope == "all":
        if what:
            _refuse("what", "Scope all takes nothing in this column.", "Leave it blank.")
        return {}
    if scope == "provider":
        if not _ODS.fullmatch(what):
            _refuse("what", "No ODS code of an organisation.", "Write one, such as RXX.")
        role = systems.concept(_PARTICIPATION, "IRCP", "information recipient")
        return {"actor": [{"role": role, "reference": systems.organisation(what)}]}
    found = categories().get(what)
    if found is None:
        allowed = ", ".join(categories())
        _refuse("what", "The category is unknown.", f"Write one of: {allowed}.")
    limits: Json = {}
    if "labels" in found:
        limits["securityLabel"] = [
            {"system": systems.ACT_CODE, "code": label} for label in found["labels"]
        ]
    if "own_labels" in found:
        limits["securityLabel"] = [
            {"system": systems.LABEL, "code": label} for label in found["own_labels"]
        ]
    return limits


def _period(until: str) -> Json:
    if not until:
        return {}
    day = convert.day(until)
    if day is None:
        _refuse("until", "No date in this column.", "Write it as 2026-12-31 or 31/12/2026.")
    return {"period": {"end": day}}
