"""Pairs of people who differ in one thing: of the first a reader is kept from some entries.

Names, codes and ids of both are as long, so that an answer about one has as many bytes as about the
other. Their entries come in one delivery each, the withheld ones last or in the middle.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random  # noqa: TID251 - seeded: the same people each time
from typing import Any

from throughcare.app.node import Node
from throughcare.demo.people import check_digit
from throughcare.model.submission import Method

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from doors.node_parts import ACT, LOADER, NHS, SCT, consent, load, person_of, submission

RESTRICTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
MASKED = {
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
            "valueCode": "masked",
        }
    ]
}
WITHHELD, NOBODYS = "86406008", "86406999"
"""A code that withheld conditions alone have, and one that nothing has."""
SIDES = ("full", "bare", "also")
UNDER_CONSENT = 3
"""Every so manieth pair has said a no of their own, to something that neither has."""
LINKED = 4
"""Every so manieth pair has a procedure that names the condition."""


@dataclass(frozen=True)
class Twins:
    """What questions are filled with: for who has something withheld, and for who has not."""

    full: Mapping[str, str]
    bare: Mapping[str, str]
    also: Mapping[str, str]
    """Of a third, who has nothing withheld either."""
    linked: bool
    """Whether a visible entry of each names the withheld one, or is masked there."""
    ended: bool
    """Whether another withheld entry of theirs was deleted."""


def _person(random: Random, number: int, side: str) -> dict[str, Any]:
    """Return a Patient unlike any other, as long as its twin."""
    letters = "abcdefghiklmnoprstuvwy"
    family = "".join(random.choice(letters) for _ in range(9)).title()
    given = "".join(random.choice(letters) for _ in range(6)).title()
    nine = next(n for n in (f"999{random.randrange(10**6):06d}" for _ in range(99)) if _digit(n))
    return {
        "resourceType": "Patient",
        "id": f"{side}-patient-{number:04d}",
        "identifier": [{"system": NHS, "value": nine + _digit(nine)}],
        "name": [{"use": "official", "family": family, "given": [given]}],
        "gender": "female",
        "birthDate": f"{1930 + number % 70}-0{random.randint(1, 9)}-{random.randint(10, 28)}",
        "address": [{"line": [f"{random.randint(10, 99)} Bobbin Court"], "city": "Marlbeck"}],
    }


def _digit(nine: str) -> str:
    return check_digit(nine) or ""


def _coded(code: str, text: str) -> dict[str, Any]:
    return {"coding": [{"system": SCT, "code": code, "display": text}], "text": text}


def _visible(about: str, id_: str, more: int) -> list[dict[str, Any]]:
    """Return what both of a pair have: 13 entries, and `more` readings."""
    me = {"reference": about}
    found: list[dict[str, Any]] = []
    for at, (code, text) in enumerate((("73211009", "Diabetes"), ("195967001", "Asthma"))):
        found.append(
            {
                "resourceType": "Condition",
                "code": _coded(code, text),
                "subject": me,
                "recordedDate": f"2025-0{at + 3}-02",
            }
        )
    found += [_pressure(me, month) for month in range(1, 9)]
    found += [_pressure(me, 1 + at % 9) for at in range(more)]
    for code, text in (("386864001", "Amlodipine 5mg tablets"), ("109081006", "Metformin 500mg")):
        found.append(
            {
                "resourceType": "MedicationRequest",
                "status": "active",
                "intent": "order",
                "medicationCodeableConcept": _coded(code, text),
                "subject": me,
                "authoredOn": "2026-04-01",
                "dosageInstruction": [{"text": "Take one a day"}],
            }
        )
    found.append(
        {
            "resourceType": "AllergyIntolerance",
            "criticality": "high",
            "code": _coded("91936005", "Penicillin allergy"),
            "patient": me,
            "recordedDate": "2019-05-05",
        }
    )
    return [one | {"id": f"{id_}-{at:02d}"} for at, one in enumerate(found)]


def _pressure(me: dict[str, str], month: int) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": _coded("271649006", "Systolic blood pressure"),
        "subject": me,
        "effectiveDateTime": f"2026-0{month}-11T09:30:00Z",
        "valueQuantity": {
            "value": 120 + month,
            "unit": "mmHg",
            "system": "http://unitsofmeasure.org",
            "code": "mm[Hg]",
        },
    }


def _procedure(about: str, id_: str, reason: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Procedure",
        "id": id_,
        "status": "completed",
        "code": _coded("80146002", "Appendectomy"),
        "subject": {"reference": about},
        "performedDateTime": "2024-02-02",
        "reasonReference": [reason],
    }


def _withheld(about: str, id_: str, own: str) -> dict[str, Any]:
    codes = [{"system": SCT, "code": code} for code in (WITHHELD, own)]
    return {
        "resourceType": "Condition",
        "id": id_,
        "meta": {"security": [RESTRICTED]},
        "code": {"coding": codes},
        "subject": {"reference": about},
        "recordedDate": "2026-01-02",
    }


def _file(about: str, id_: str) -> dict[str, Any]:
    return {
        "resourceType": "Binary",
        "id": id_,
        "meta": {"security": [RESTRICTED]},
        "contentType": "application/pdf",
        "securityContext": {"reference": about},
        "data": "JVBERi0xLjQK" * 40,
    }


def _no(about: str, id_: str) -> dict[str, Any]:
    """Return a no to something that neither of a pair has."""
    label = {"system": ACT, "code": "PSYTHPN"}
    return consent(about, id=id_, provision={"type": "deny", "securityLabel": [label]})


async def loaded(node: Node, pairs: int, each: int, more: int = 0) -> list[Twins]:
    """Load so many pairs, of whom one each has `each` conditions and a file withheld.

    All have `more` entries besides.
    """
    random = Random(75)  # noqa: S311 - no secret is made of it
    found = []
    for number in range(pairs):
        order = SIDES if number % 2 else SIDES[::-1]
        sides = {side: await _load(node, random, number, side, (each, more)) for side in order}
        found.append(Twins(*map(sides.__getitem__, SIDES), number % LINKED == 0, bool(number % 2)))
    return found


async def _load(
    node: Node, random: Random, number: int, side: str, amounts: tuple[int, int]
) -> dict[str, str]:
    each, more = amounts
    who = _person(random, number, side)
    about = f"Patient/{who['id']}"
    own = f"86407{number:03d}"
    name = f"withheld-{number:04d}"
    resources = [who, *_visible(about, f"{side}-{number:04d}", more)]
    gone = []
    if number % UNDER_CONSENT == 0:
        resources.append(_no(about, f"{side}-no-{number:04d}"))
    if side == "full":
        hidden = [_withheld(about, f"{name}{'' if at == 0 else -at}", own) for at in range(each)]
        gone = [_withheld(about, f"departed-{number:04d}", own)]
        # What comes after it, and before: it is somewhere in the middle.
        resources[4:4] = hidden
        if number % LINKED == 0:
            resources += [_file(about, f"{name}-file")]
    if number % LINKED == 0:
        reason = {"reference": f"Condition/{name}"} if side == "full" else MASKED
        resources.append(_procedure(about, f"{side}-op-{number:04d}", reason))
    given = submission("gp", *resources, key=f"{side}{number}")
    outcomes = await load(node, given)
    if number % 2 and gone:
        outcomes += await _gone(node, gone, number)
    assert all(outcome.rejection is None for outcome in outcomes), outcomes
    async with node.store.snapshot() as view:
        person = await node.persons.public_id(view, await person_of(node, about))
    return {
        "patient": str(who["id"]),
        "person": person,
        "id": name,
        "gone": f"departed-{number:04d}",
        "code": WITHHELD,
        "own": own,
        "op": f"{side}-op-{number:04d}",
    }


async def _gone(node: Node, gone: list[dict[str, Any]], number: int) -> list[Any]:
    """Load a withheld condition and delete it again."""
    given = submission("gp", *gone, key=f"gone{number}")
    ended = tuple(replace(item, method=Method.DELETE, raw=None) for item in given.items)
    again = replace(given, key=f"ended{number}", digest=f"ended{number}", items=ended)
    return [await node.admission.admit(each, LOADER) for each in (given, again)]
