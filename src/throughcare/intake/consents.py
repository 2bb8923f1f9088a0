"""Consent CSV to FHIR Consent: ``nhs_number, decision, scope, what, until``.

One row, one Consent (plain R4: no ``type`` on the root provision). Its key is the person, the scope
and what it speaks of, so that the same row again is the same Consent, and a later file with another
decision or end makes a new version of it.

A row that can't be read is not passed over: it may be a refusal. Whoever it names gets a Consent
that nobody can read, which denies everything until it is corrected (consent.md). Where scope and
what can be read, the corrected row is the next version of it; else a human ends it.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any, Final

from throughcare.intake import systems
from throughcare.intake.decode import text_of
from throughcare.intake.statement import Statement
from throughcare.intake.tables import convert
from throughcare.intake.tables.fault import RowFault, refuse
from throughcare.intake.tables.table import BadRow, Row, rows
from throughcare.model.submission import Place, Rejection, Remark, Submission

Json = dict[str, Any]

COLUMNS: Final = ("nhs_number", "decision", "scope", "what", "until")
_NEEDED: Final = frozenset({"nhs_number", "decision", "scope"})
_DECISIONS: Final = frozenset({"deny", "permit"})
_SCOPES: Final = frozenset({"all", "provider", "category"})
_ODS: Final = re.compile(r"[A-Z0-9]{3,8}")
_PARTICIPATION: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_NUMBER: Final = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)")
UNREADABLE: Final = "urn:throughcare:unreadable-row"
"""Modifier extension of a Consent that stands for a row that can't be read: says why."""
POLICY: Final = "urn:throughcare:policy:locality"
"""``Consent.policy.uri``: what the Consent does not speak of is for the locality's profile."""


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
            fault = Rejection(place, row.rule, "Correct the row.", of_consent=True)
            yield from _held_back(row.text, fault, source)
            continue
        try:
            yield _submission(row, place, source)
        except RowFault as error:
            at = Place(file, f"{place.at}, column {error.column}")
            fault = Rejection(at, error.rule, error.remedy, of_consent=True)
            yield from _unread(row, fault, source)


def _submission(row: Row, place: Place, source: str) -> Submission:
    number, decision = _person(row), row.cells.get("decision", "").lower()
    if decision not in _DECISIONS:
        refuse("decision", "The decision is neither deny nor permit.", "Write one of them.")
    scope, what = _subject(row)
    provision = {"type": decision, **_limits(scope, what), **_period(row.cells.get("until", ""))}
    key = systems.key(source, number, scope, what or "any")
    consent = {**_consent(number, key), "provision": {"provision": [provision]}}
    content = "\x1f".join(row.cells.get(column, "") for column in COLUMNS)
    return Statement(number, consent, content, row.text, place).submission(source)


def _person(row: Row) -> str:
    number = systems.nhs_number(row.cells.get("nhs_number", ""))
    if not number:
        remedy = "Correct it; no record can be held back before, for the row names nobody."
        refuse("nhs_number", "The NHS number fails its check digit.", remedy)
    return number


def _subject(row: Row) -> tuple[str, str]:
    """Return scope and what it speaks of, in their one spelling."""
    scope, what = row.cells.get("scope", "").lower(), row.cells.get("what", "")
    if scope not in _SCOPES:
        refuse("scope", "The scope is unknown.", "Write all, provider or category.")
    what = what.upper() if scope == "provider" else "-".join(re.split(r"[\s_-]+", what.lower()))
    _limits(scope, what)
    return scope, what


def _unread(row: Row, fault: Rejection, source: str) -> Iterator[Submission | Rejection]:
    """Yield the denial of a row that has its columns, under the key of the row corrected."""
    number = systems.nhs_number(row.cells.get("nhs_number", ""))
    if not number:
        yield fault
        return
    text = "\x1f".join(row.cells.get(column, "") for column in COLUMNS)
    try:
        scope, what = _subject(row)
        key = systems.key(source, number, scope, what or "any")
    except RowFault:
        key = systems.key(source, number, "unreadable", systems.digest(text.encode())[:16])
    yield _denial(number, key, text, row.text, fault, source)


def _held_back(text: str, fault: Rejection, source: str) -> Iterator[Submission | Rejection]:
    """Yield the denial of each person that a row without columns names by a valid NHS number."""
    found = dict.fromkeys(systems.nhs_number(match) for match in _NUMBER.findall(text))
    numbers = [number for number in found if number]
    for number in numbers:
        key = systems.key(source, number, "unreadable", systems.digest(text.encode())[:16])
        yield _denial(number, key, text, text.encode(), fault, source)
    if not numbers:
        yield fault


def _denial(  # noqa: PLR0913, PLR0917 - what a submission needs
    number: str, key: str, content: str, original: bytes, fault: Rejection, source: str
) -> Submission:
    """Return the Consent that nobody can read: the system's denial, until it is corrected."""
    consent = _consent(number, key)
    consent["modifierExtension"] = [{"url": UNREADABLE, "valueString": fault.rule}]
    place = Place(fault.place.file, fault.place.at.partition(",")[0])
    unread = f"unreadable\x1f{fault.rule}\x1f{content}"
    held = Statement(number, consent, unread, original, place).submission(source)
    remedy = f"{fault.remedy} Until then nothing of this person's record is shared."
    return replace(held, stands_for=replace(fault, remedy=remedy))


def _consent(number: str, key: str) -> Json:
    """Return a Consent about the person with this number, that says nothing yet."""
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
    }


def _limits(scope: str, what: str) -> Json:
    if scope == "all":
        if what:
            refuse("what", "Scope all takes nothing in this column.", "Leave it blank.")
        return {}
    if scope == "provider":
        if not _ODS.fullmatch(what):
            refuse("what", "No ODS code of an organisation.", "Write one, such as RXX.")
        role = systems.concept(_PARTICIPATION, "IRCP", "information recipient")
        return {"actor": [{"role": role, "reference": systems.organisation(what)}]}
    found = categories().get(what)
    if found is None:
        allowed = ", ".join(categories())
        refuse("what", "The category is unknown.", f"Write one of: {allowed}.")
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
        refuse("until", "No date in this column.", "Write it as 2026-12-31 or 31/12/2026.")
    return {"period": {"end": day}}
