"""An entry as a FHIR R4 AuditEvent in the shape of IHE BALP. Pure.

Source: IHE Basic Audit Log Patterns 1.1.3 (FHIR R4): patient read, query, create, update, delete,
the privacy disclosure and authorisation decision patterns where no RESTful interaction fits.
"""

from collections.abc import Mapping
from typing import Any

from throughcare.model.audit import AuditEntry

_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_EVENT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ENTITY_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_PURPOSE = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_SOURCE_TYPE = "http://terminology.hl7.org/CodeSystem/security-source-type"
_BASE_PROFILE = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.Patient"
_ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
_OWN = "https://throughcare.example/fhir"
_ACTION = f"{_OWN}/CodeSystem/audit-action"
_ROLE = f"{_OWN}/CodeSystem/role"
_ENTRY = f"{_OWN}/audit-entry"

_ASKS = "requestor"  # codespell:ignore
"""Element of an agent: whether it is the one who asks."""

_REST: Mapping[str, tuple[str, str, str]] = {
    # our action: AuditEvent.action, RESTful interaction, BALP profile's ending
    "read": ("R", "read", "Read"),
    "vread": ("R", "vread", "Read"),
    "version": ("R", "vread", "Read"),
    "history": ("R", "history-instance", "Read"),
    "search": ("E", "search-type", "Query"),
    "create": ("C", "create", "Create"),
    "update": ("U", "update", "Update"),
    "delete": ("D", "delete", "Delete"),
}
_OTHER: Mapping[str, str] = {
    "load": "C",
    "write": "U",
    "link": "U",
    "merge": "U",
    "unmerge": "U",
    "keep-apart": "U",
    "undo": "U",
    "later": "U",
    "consent": "U",
}
_TRANSACTIONS: Mapping[str, tuple[dict[str, str], ...]] = {
    "match": ({"system": "urn:ihe:event-type-code", "code": "ITI-119"},),
}
"""The IHE transaction that an action is, beside its own code."""
_OUTCOMES: Mapping[str, str] = {"permit": "0", "deny": "4", "error": "8"}


def audit_event(
    entry: AuditEntry, *, node: str, patients: Mapping[int, str] | None = None
) -> dict[str, Any]:
    """Return the AuditEvent of an entry.

    `node` names the node that observed it; `patients` gives the ``Patient/id`` of each person
    number that the reader may know. Persons it doesn't hold are left out.
    """
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": entry.id,
        "type": _type(entry),
        "subtype": [_subtype(entry), *_TRANSACTIONS.get(entry.action, ())],
        "action": _action(entry),
        "recorded": entry.at.isoformat(),
        "outcome": _OUTCOMES[entry.outcome],
        "purposeOfEvent": [{"coding": [{"system": _PURPOSE, "code": entry.purpose}]}],
        "agent": _agents(entry, node),
        "source": {
            "observer": {"display": node},
            "type": [{"system": _SOURCE_TYPE, "code": "4", "display": "Application Server"}],
        },
        "entity": _entities(entry, patients or {}),
    }
    if profile := _profile(entry, event["entity"]):
        event["meta"] = {"profile": [profile]}
    if explanation := "; ".join((*entry.because, *filter(None, [entry.reason]))):
        event["outcomeDesc"] = explanation
    return event


def _type(entry: AuditEntry) -> dict[str, str]:
    if entry.action in _REST:
        return {"system": _EVENT_TYPE, "code": "rest", "display": "RESTful Operation"}
    if entry.action == "sign-in":
        return {"system": _DCM, "code": "110114", "display": "User Authentication"}
    if entry.action == "break-glass":
        return {"system": _DCM, "code": "110113", "display": "Security Alert"}
    return {"system": _DCM, "code": "110110", "display": "Patient Record"}


def _subtype(entry: AuditEntry) -> dict[str, str]:
    if entry.action in _REST:
        return {"system": _INTERACTION, "code": _REST[entry.action][1]}
    return {"system": _ACTION, "code": entry.action}


def _action(entry: AuditEntry) -> str:
    if entry.action in _REST:
        return _REST[entry.action][0]
    if entry.action in {"sign-in", "break-glass"}:
        return "E"
    return _OTHER.get(entry.action, "R")


def _profile(entry: AuditEntry, entities: list[dict[str, Any]]) -> str:
    """Return BALP's patient profile, where a patient is named as it asks."""
    names_a_patient = any(one["type"]["code"] == "1" for one in entities)
    if entry.action not in _REST or not names_a_patient:
        return ""
    return f"{_BASE_PROFILE}{_REST[entry.action][2]}"


def _agents(entry: AuditEntry, node: str) -> list[dict[str, Any]]:
    user: dict[str, Any] = {
        "type": {"coding": [{"system": _PARTICIPATION, "code": "IRCP"}]},
        "role": [{"coding": [{"system": _ROLE, "code": entry.role}]}],
        "who": {"identifier": {"value": entry.user}},
        _ASKS: True,
        "purposeOfUse": [{"coding": [{"system": _PURPOSE, "code": entry.purpose}]}],
    }
    if entry.organisation:
        organisation = {"identifier": {"system": _ODS, "value": entry.organisation}}
        custodian = {
            "type": {"coding": [{"system": _DCM, "code": "110153", "display": "Source Role ID"}]},
            "who": organisation,
            _ASKS: False,
        }
    else:
        custodian = {
            "type": {"coding": [{"system": _DCM, "code": "110153", "display": "Source Role ID"}]},
            "who": {"display": "the person's own device"},
            _ASKS: False,
        }
    server = {
        "type": {"coding": [{"system": _DCM, "code": "110152", "display": "Destination Role ID"}]},
        "who": {"display": node},
        _ASKS: False,
    }
    return [user, custodian, server]


def _entities(entry: AuditEntry, patients: Mapping[int, str]) -> list[dict[str, Any]]:
    entities = [
        _entity("1", "Person", "1", "Patient", what={"reference": patients[person]})
        for person in entry.persons
        if person in patients
    ]
    if entry.what and "/" in entry.what and entry.action != "search":
        what = {"reference": entry.what}
        entities.append(_entity("2", "System Object", "4", "Domain Resource", what=what))
    elif entry.what:
        entities.append(_entity("2", "System Object", "24", "Query", description=entry.what))
    transaction = {"identifier": {"system": _ENTRY, "value": entry.id}}
    entities.append(
        {
            "what": transaction,
            "type": {
                "system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType",
                "code": "XrequestId",
            },
        }
    )
    return entities


def _entity(kind: str, kind_name: str, role: str, role_name: str, **more: object) -> dict[str, Any]:
    return {
        "type": {"system": _ENTITY_TYPE, "code": kind, "display": kind_name},
        "role": {"system": _ENTITY_ROLE, "code": role, "display": role_name},
        **more,
    }
