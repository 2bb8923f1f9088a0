"""CapabilityStatement: what a node does, generated from what is compiled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from throughcare.fhir import criteria, index, spec


@dataclass(frozen=True, slots=True)
class Service:
    """What the API offers, apart from search parameters."""

    interactions: tuple[str, ...]
    """For every type: ``read``, ``vread``, ``create``, ``update``, ``search-type`` ..."""
    system_interactions: tuple[str, ...] = ()
    """For the whole system: ``transaction``, ``batch``, ``history-system``, ``search-system``."""
    operations: tuple[tuple[str, str, str], ...] = ()
    """(resource type, ``*`` for each, "" for the system; name without $; url of its definition)."""
    includes: bool = True
    """True if ``_include`` and ``_revinclude`` are served."""
    conditional: Mapping[str, bool | str] = field(default_factory=dict)
    """What each type says of conditional interactions: ``conditionalCreate`` and so on."""
    formats: tuple[str, ...] = ("json",)
    patch_formats: tuple[str, ...] = ()
    security: Mapping[str, Any] | None = None
    """``rest.security``, as FHIR."""


def statement(
    service: Service, *, url: str, software_version: str, published: datetime
) -> dict[str, Any]:
    """Return the CapabilityStatement of a node at the base `url`.

    It lists exactly the search parameters that `throughcare.fhir.query` reads; `published` is the
    time of the release or of the start of the node.
    """
    rest: dict[str, Any] = {"mode": "server"}
    if service.security:
        rest["security"] = dict(service.security)
    rest["resource"] = [_resource(name, service) for name in sorted(spec.resource_types())]
    if service.system_interactions:
        rest["interaction"] = _codes(service.system_interactions)
    operations = _operations(service, "")
    if operations:
        rest["operation"] = operations
    patches = {"patchFormat": list(service.patch_formats)} if service.patch_formats else {}
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": published.isoformat(timespec="seconds"),
        "kind": "instance",
        "software": {"name": "Throughcare", "version": software_version},
        "implementation": {"description": "A Throughcare node", "url": url},
        "fhirVersion": spec.VERSION,
        "format": list(service.formats),
        **patches,
        "rest": [rest],
    }


def _codes(interactions: Sequence[str]) -> list[dict[str, str]]:
    return [{"code": code} for code in interactions]


def _operations(service: Service, resource_type: str) -> list[dict[str, str]]:
    return [
        {"name": name, "definition": definition}
        for owner, name, definition in service.operations
        if owner == resource_type or (owner == "*" and resource_type)
    ]


def _resource(name: str, service: Service) -> dict[str, Any]:
    known = spec.parameters(name)
    supported = index.supported(name)
    described: dict[str, Any] = {
        "type": name,
        "interaction": _codes(service.interactions),
        "versioning": "versioned",
        "readHistory": "vread" in service.interactions,
        "updateCreate": "update" in service.interactions,
        **service.conditional,
    }
    if service.includes:
        described["searchInclude"] = [
            f"{name}:{code}" for code, kind in supported.items() if kind == "reference"
        ]
        described["searchRevInclude"] = list(_referring(name))
    described["searchParam"] = [
        {"name": code, "definition": known[code].url, "type": kind}
        for code, kind in supported.items()
    ]
    operations = _operations(service, name)
    if operations:
        described["operation"] = operations
    return {key: value for key, value in described.items() if value != []}


def _referring(name: str) -> list[str]:
    """Return ``Type:parameter`` of every reference parameter that names a type as its target."""
    return [
        f"{source}:{code}"
        for source in sorted(spec.resource_types())
        for code, kind in index.supported(source).items()
        if kind == "reference"
        and 0 < len(spec.parameters(source)[code].targets) < len(spec.resource_types())
        and name in criteria.targets(source, spec.parameters(source)[code])
    ]
