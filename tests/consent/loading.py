"""The case files on a node: each person of theirs is loaded as feeds would send them."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent import cases
from consent.cases import Case
from doors.node_parts import ACT, LOADER, NHS, submission
from throughcare.actors import snapshots
from throughcare.app.node import Node
from throughcare.consent.objections import DISSENT
from throughcare.fhir.nhs import check_digit, is_nhs_number
from throughcare.kernel import UnprocessableError
from throughcare.model.granting import (
    CAPACITY,
    HOLD,
    LACKING,
    NOT_FOR_PATIENT,
    SAFEGUARDING,
)
from throughcare.model.permit import Entry, Items
from throughcare.model.request import Actor, Purpose, Request, Role
from throughcare.model.submission import Submission

HOME_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
"""Of the node that tells of Consents (`cases.HOME`)."""
OFFICER = Actor("officer", Role.PRIVACY_OFFICER, "")
NUMBERS = [f"{nine}{check_digit(nine)}" for nine in map(str, range(999000100, 999000300))]
NUMBERS = [number for number in NUMBERS if is_nhs_number(number)]
SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
_SUBJECT = {
    "AllergyIntolerance": "patient",
    "NutritionOrder": "patient",
    "Consent": "patient",
    "Appointment": "",
}
_NEEDED: Mapping[str, Mapping[str, Any]] = {
    "Encounter": {"status": "finished", "class": {"code": "AMB"}},
    "DocumentReference": {
        "status": "current",
        "content": [{"attachment": {"contentType": "text/plain", "data": "bm90ZQ=="}}],
    },
    "MedicationStatement": {"status": "active"},
    "MedicationRequest": {"status": "active", "intent": "order"},
    "NutritionOrder": {"status": "active", "intent": "order", "dateTime": "2026-01-02"},
    "ClinicalImpression": {"status": "completed"},
    "Observation": {"status": "final"},
    "Procedure": {"status": "completed"},
    "Appointment": {"status": "booked"},
}


@dataclass(frozen=True)
class Loaded:
    """A person of the case files on a node."""

    person: int
    number: str
    names: Mapping[str, str]
    """``Type/id`` of each entry, by the name that the cases call it."""


def key(case: Case) -> str:
    """Return what makes the person of a case another one; cases of equal key share a person."""
    said = [case.get(part) for part in ("consents", "about", "snapshot")]
    return json.dumps(said, default=str)


async def load(node: Node, chosen: list[Case], today: date) -> dict[str, Loaded]:
    """Load the people of `chosen` as of `today`, open the register, and ask about opt-outs."""
    keys = list(dict.fromkeys(map(key, chosen)))
    of_key = {key(case): case for case in chosen}
    found, clear = {}, []
    for place, one in enumerate(keys):
        case = of_key[one]
        found[one] = await _person(node, case, place, today)
        if case.get("about", {}).get("clear"):
            clear.append(found[one].number)
    for one in keys:
        for name in of_key[one].get("about", {}).get("permits", ()):
            await _register(node, name, found[one].person, today)
    officer = Request(OFFICER, Purpose.HOPERAT, datetime.combine(today, datetime.min.time(), UTC))
    await node.admission.ask_opt_outs(officer)
    await node.admission.answer_opt_outs(officer, clear)
    return found


async def _person(node: Node, case: Case, place: int, today: date) -> Loaded:
    """Load one person, a feed for each custodian."""
    number = NUMBERS[place]
    names: dict[str, str] = {}
    for custodian in sorted({entry["custodian"] for entry in cases.ENTRIES.values()}):
        outcome = await node.admission.admit(
            replace(_feed(case, custodian, place, number, today), custodian=custodian), LOADER
        )
        assert outcome.rejection is None, outcome.rejection
        here = [name for name in cases.ENTRIES if cases.ENTRIES[name]["custodian"] == custodian]
        written = outcome.written[1 : 1 + len(here)]
        names |= {
            name: f"{each.stored.type}/{each.stored.id}"
            for name, each in zip(here, written, strict=True)
        }
    await _tell(node, case, number, today)
    async with node.store.snapshot() as reader:
        (person,) = await node.persons.holders(reader, number)
    return Loaded(person, number, names)


async def _tell(node: Node, case: Case, number: str, today: date) -> None:
    """Hand over what the person's home told; one that is forged is refused."""
    snapshot = cases.snapshot_of(case, today, node.tokens.node, number)
    if snapshot is None:
        return
    request = Request(LOADER, Purpose.HOPERAT, snapshot.issued + timedelta(minutes=1))
    if case["snapshot"].get("forged"):
        text = snapshots.signed(Ed25519PrivateKey.generate(), snapshot)
        with pytest.raises(UnprocessableError):
            await node.admission.snapshots.take(request, text)
    else:
        await node.admission.snapshots.take(request, snapshots.signed(HOME_KEY, snapshot))


def named_home() -> str:
    """Return the table of a profile that names the home."""
    raw = HOME_KEY.public_key().public_bytes_raw()
    x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    key = f'{{ kty = "OKP", crv = "Ed25519", x = "{x}" }}'
    return f'\n[nodes.{cases.HOME}]\nname = "Leeds"\nkeys = [{key}]\n'


def _feed(case: Case, custodian: str, place: int, number: str, today: date) -> Submission:
    """Return what one custodian sends: the Patient, its entries, and to the practice all else."""
    about = case.get("about", {})
    family = f"Case{chr(65 + place % 26)}{chr(97 + place // 26)}"
    url = f"urn:{custodian}:{family}"
    born = about["born"] if "born" in about else date(1930 + place % 50, 1 + place % 12, 3)
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": NHS, "value": number}],
        "name": [{"family": family, "given": ["Ida"]}],
        "birthDate": str(shifted(born, today) if "born" in about else born),
    }
    resources, urls = [patient], [url]
    for name, entry in cases.ENTRIES.items():
        if entry["custodian"] == custodian:
            resources.append(_entry(name, url, place))
            urls.append(f"{resources[-1]['resourceType']}/{name}-{place}")
    if custodian == "B86001":
        extra = [*_consents(case, url), *_flags(about, url, today)]
        resources += extra
        urls += [f"urn:extra:{place}:{each}" for each in range(len(extra))]
    for practice in about.get("objected", ()):
        if practice == custodian:
            resources.append(_objection(url))
            urls.append(f"urn:objection:{place}")
    made = submission(custodian, *resources, key=f"{place}", ids=urls)
    return replace(made, source=custodian.lower())


def _entry(name: str, patient: str, place: int) -> dict[str, Any]:
    resource = cases.resource_of(name)
    if "encounter" in resource:
        resource["encounter"] = {"reference": f"{resource['encounter']['reference']}-{place}"}
    kind = resource["resourceType"]
    resource.pop("id", None)
    resource = {**_NEEDED.get(kind, {}), **resource}
    member = _SUBJECT.get(kind, "subject")
    if member:
        resource[member] = {"reference": patient}
    else:
        resource["participant"] = [{"actor": {"reference": patient}, "status": "accepted"}]
    if "date" in cases.ENTRIES[name]:
        resource["performedDateTime"] = str(cases.ENTRIES[name]["date"])
    return resource


def _consents(case: Case, patient: str) -> list[dict[str, Any]]:
    made = []
    for name in case.get("consents", ()):
        consent = cases.consent(name, patient, scope=SCOPE)
        consent.pop("id")
        made.append(_by_identifier({"policy": [{"uri": "urn:example:policy"}], **consent}))
    return made


def _by_identifier(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Name actors by identifier: a feed's own ids of practitioners are not those of users."""
    if isinstance(value, dict):
        target = value.get("reference")
        if isinstance(target, str) and target.partition("/")[0] in {"Practitioner", "Organization"}:
            return {"identifier": {"value": target.partition("/")[2]}}
        return {name: _by_identifier(inner) for name, inner in value.items()}
    return [_by_identifier(inner) for inner in value] if isinstance(value, list) else value


def _flags(about: Mapping[str, Any], patient: str, today: date) -> list[dict[str, Any]]:
    made = []
    if about.get("hold"):
        hidden = {"security": [{"system": ACT, "code": NOT_FOR_PATIENT}]}
        made.append(_flag(SAFEGUARDING, HOLD, patient) | {"meta": hidden})
    if "lacking" in about:
        period = {
            "start": str(shifted(about["lacking"]["since"], today)),
            "end": str(shifted(about["lacking"]["until"], today)),
        }
        made.append(_flag(CAPACITY, LACKING, patient) | {"period": period})
    return made


def _flag(system: str, code: str, patient: str) -> dict[str, Any]:
    return {
        "resourceType": "Flag",
        "status": "active",
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": {"reference": patient},
    }


def _objection(patient: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": DISSENT}]},
        "subject": {"reference": patient},
        "effectiveDateTime": "2026-01-05",
    }


async def _register(node: Node, name: str, person: int, today: date) -> None:
    """Enter a permit of the case files, about this person alone."""
    said = cases.permit(name)
    async with node.store.snapshot() as reader:
        public = await node.persons.public_id(reader, person)
    items = Items(
        tuple(said.recipients),
        tuple(said.purposes),
        tuple(said.categories),
        tuple(said.labels),
        (public,),
    )
    wanted = Entry("", said.basis, said.provision, said.approver, items, today, said.ends)
    at = datetime.combine(today, datetime.min.time(), UTC)
    await node.admission.register_permit(Request(OFFICER, Purpose.HOPERAT, at), wanted)


def shifted(day: date, today: date) -> date:
    """Return `day` as far from `today`, in years and days, as it is from the day of the cases."""
    years = cases.DAY.year - day.year
    rest = day - cases.DAY.replace(year=day.year)
    return today.replace(year=today.year - years) + timedelta(days=rest.days)
