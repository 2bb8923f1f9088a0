"""A node in a folder of its own, and what tests send to it."""

import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from throughcare.admission.outcome import Outcome
from throughcare.app.folder import create
from throughcare.app.node import Node, opened
from throughcare.model.request import (
    Actor,
    Permission,
    Purpose,
    Reason,
    Relationship,
    Request,
    Role,
)
from throughcare.model.submission import Item, Merge, Method, Place, SourcePatient, Submission

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
NHS = "https://fhir.nhs.uk/Id/nhs-number"
SCT = "http://snomed.info/sct"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
LOADER = Actor("loader", Role.IT_LEAD, "", client="cli")


@contextlib.asynccontextmanager
async def node_in(folder: Path) -> AsyncIterator[Node]:
    """Open a new node."""
    async with opened(create(folder / "node")) as node:
        yield node


def patient(family: str, number: str = "", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    identifier = [{"system": NHS, "value": number}] if number else []
    return {
        "resourceType": "Patient",
        **({"identifier": identifier} if identifier else {}),
        "name": [{"family": family, "given": ["Ida"]}],
        "birthDate": "1961-04-05",
        "gender": "female",
        **more,
    }


def condition(about: str, code: str = "35489007") -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "code": {"coding": [{"system": SCT, "code": code}]},
        "subject": {"reference": about},
    }


def consent(about: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return a no to everybody, about everything."""
    scope = "http://terminology.hl7.org/CodeSystem/consentscope"
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": scope, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": about},
        "dateTime": "2026-06-01T09:00:00Z",
        "policy": [{"uri": "urn:example:policy"}],
        "provision": {"type": "deny"},
        **more,
    }


def submission(
    source: str,
    *resources: dict[str, Any],
    key: str = "1",
    feed: bool = True,
    merge: Merge | None = None,
    ids: Sequence[str] = (),
) -> Submission:
    """Return a submission; a Patient is ``{source}-{family}`` to its source."""
    items, patients = [], []
    for number, resource in enumerate(resources):
        url = ids[number] if ids else f"urn:{source}:{key}:{number}"
        put = "id" in resource
        if resource["resourceType"] == "Patient":
            url = f"urn:{source}:{resource['name'][0]['family']}"
            patients.append(SourcePatient(url, f"{source}-{resource['name'][0]['family']}", feed))
        raw = json.dumps(resource).encode()
        method = Method.PUT if put else Method.POST
        items.append(Item(full_url=url, resource=resource, raw=raw, method=method, at=AT))
    return Submission(
        source=source,
        custodian=source.upper(),
        key=key,
        digest=key,
        place=Place("test"),
        items=tuple(items),
        patients=tuple(patients),
        merge=merge,
        at=AT,
    )


async def load(node: Node, *given: Submission) -> list[Outcome]:
    return [await node.admission.admit(each, LOADER) for each in given]


def names(outcome: Outcome) -> list[str]:
    assert outcome.rejection is None, outcome.rejection
    return [f"{each.stored.type}/{each.stored.id}" for each in outcome.written]


def asks(  # noqa: PLR0913 - each is a fact of the request
    role: Role = Role.NURSE,
    purpose: Purpose = Purpose.TREAT,
    *,
    organisation: str = "RXX",
    person: int | None = None,
    reason: Reason | None = None,
    permission: Permission = Permission.GIVEN,
) -> Request:
    actor = Actor("somebody", role, organisation, person=person)
    return Request(actor, purpose, AT, Relationship.YES, permission, reason, id="request-1")


async def person_of(node: Node, name: str) -> int:
    async with node.store.whole() as reader:
        type_, _, id_ = name.partition("/")
        stored = await node.records.current(reader, type_, id_)
        assert stored is not None
        (person,) = await node.persons.persons_of(reader, [stored.subject])
        return person
