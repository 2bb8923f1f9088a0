"""The interface as an OpenAPI 3.1 description, made of the table of paths."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from throughcare.api.call import FHIR_JSON
from throughcare.api.formats import FHIR_XML
from throughcare.api.patches import MEDIA_TYPES
from throughcare.api.routes import ID, PATHS, Interaction
from throughcare.api.tabling import MEDIA_TYPES as MEDIA_TYPES_OF_TABLES
from throughcare.fhir import spec

PATH: Final = "openapi.json"
"""Where it is published, below the base."""

Json = dict[str, Any]

_FHIR: Final = (FHIR_JSON, FHIR_XML)
_FORM: Final = "application/x-www-form-urlencoded"
_REPLY: Final = ("_format", "_pretty")
_VIEW: Final = (*_REPLY, "_summary", "_elements")
_PAGE: Final = ("_count", "_after")
_CACHED: Final = ("If-None-Match", "If-Modified-Since")
_WRITTEN: Final = ("Prefer", *_REPLY)


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of an interaction."""

    summary: str
    parameters: tuple[str, ...] = _REPLY
    """Names in `_PARAMETERS`, besides those in the path."""
    body: tuple[str, ...] = ()
    """Media types of the body, if it has one."""
    statuses: tuple[int, ...] = (200,)
    """Of success."""
    written: tuple[str, ...] = ()
    """Media types of the answer, if it is no resource."""


_SEARCH: Final = ("Prefer", *_VIEW, *_PAGE, "_sort", "_total", "_include", "_revinclude")
_HISTORY: Final = (*_VIEW, *_PAGE, "_since", "_at")

_TOLD: Final[Mapping[Interaction, Told]] = {
    Interaction.READ: Told("Read a resource", (*_VIEW, *_CACHED), statuses=(200, 304)),
    Interaction.VREAD: Told("Read a version", (*_VIEW, *_CACHED), statuses=(200, 304)),
    Interaction.HISTORY: Told("Versions of a resource", _HISTORY),
    Interaction.TYPE_HISTORY: Told("Versions of all resources of a type", _HISTORY),
    Interaction.SYSTEM_HISTORY: Told("Versions of all resources", _HISTORY),
    Interaction.CREATE: Told(
        "Create a resource", (*_WRITTEN, "If-None-Exist"), _FHIR, statuses=(200, 201)
    ),
    Interaction.UPDATE: Told(
        "Update a resource, or create it at its id",
        (*_WRITTEN, "If-Match", "If-None-Match"),
        _FHIR,
        statuses=(200, 201),
    ),
    Interaction.PATCH: Told("Change parts of a resource", (*_WRITTEN, "If-Match"), MEDIA_TYPES),
    Interaction.DELETE: Told(
        "Delete a resource; its versions stay", (*_WRITTEN, "If-Match"), statuses=(200, 204)
    ),
    Interaction.CONDITIONAL_UPDATE: Told(
        "Update the one resource that a search finds, or create it",
        (*_WRITTEN, "_id", "identifier"),
        _FHIR,
        statuses=(200, 201),
    ),
    Interaction.CONDITIONAL_PATCH: Told(
        "Change the one resource that a search finds",
        (*_WRITTEN, "_id", "identifier"),
        MEDIA_TYPES,
    ),
    Interaction.CONDITIONAL_DELETE: Told(
        "Delete the one resource that a search finds",
        (*_WRITTEN, "_id", "identifier"),
        statuses=(200, 204),
    ),
    Interaction.SEARCH: Told("Search a type", _SEARCH),
    Interaction.SEARCH_TYPES: Told("Search several types", (*_SEARCH, "_type")),
    Interaction.COMPARTMENT: Told("Search what belongs to one resource", _SEARCH),
    Interaction.TRANSACTION: Told("Carry out a batch or transaction", _WRITTEN, _FHIR),
    Interaction.EVERYTHING: Told(
        "The whole record of a person", (*_VIEW, *_PAGE, "_since", "_type")
    ),
    Interaction.RUN: Told(
        "The rows that a ViewDefinition makes of what may be seen, or of what is sent",
        ("_since",),
        _FHIR,
        written=tuple(MEDIA_TYPES_OF_TABLES.values()),
    ),
    Interaction.CAPABILITIES: Told("The CapabilityStatement"),
    Interaction.DESCRIPTION: Told("This description", ()),
}


def _query(text: str, schema: Json, **more: object) -> Json:
    return {"in": "query", "description": text, "schema": schema, **more}


def _header(text: str, **more: object) -> Json:
    return {"in": "header", "description": text, "schema": {"type": "string"}, **more}


_TEXT: Final = {"type": "string"}
_LIST: Final = {"type": "array", "items": {"type": "string"}}
_NUMBER: Final = {"type": "integer", "minimum": 0}
_DATE: Final = {"type": "string", "examples": ["2026-11-24", "2026-11-24T09:30:00Z"]}

_PARAMETERS: Final[Mapping[str, Json]] = {
    "_format": _query("Format of the reply", {"enum": ["json", "xml", *_FHIR]}),
    "_pretty": _query("Whether the reply is broken into lines", {"type": "boolean"}),
    "_summary": _query(
        "Part of each resource", {"enum": ["true", "text", "data", "count", "false"]}
    ),
    "_elements": _query("Elements of each resource", _LIST, style="form", explode=False),
    "_count": _query("Entries of a page", _NUMBER),
    "_after": _query("Place of a page; links of an answer hold it", _TEXT),
    "_since": _query("Only what was made at this instant or after", _DATE),
    "_at": _query("Only what was current at this time", _DATE),
    "_sort": _query("Parameters to sort by, falling with a minus", _TEXT),
    "_total": _query("Whether matches are counted", {"enum": ["none", "estimate", "accurate"]}),
    "_include": _query("Type:parameter whose targets come too", _LIST),
    "_revinclude": _query("Type:parameter of what points here and comes too", _LIST),
    "_type": _query("Resource types, separated by commas", _TEXT),
    "_id": _query("Search: logical id", _TEXT),
    "identifier": _query("Search: system|value", _TEXT),
    "If-Match": _header('Version that must be current, W/"3"'),
    "If-None-Match": _header('Version that the client has, W/"3"; * on an update: none may be'),
    "If-Modified-Since": _header("When the client's copy was current"),
    "If-None-Exist": _header("Search that must find nothing, or nothing is created"),
    "Prefer": _header("return=minimal, representation or OperationOutcome; handling=strict"),
}

_IN_PATHS: Final[Mapping[str, Json]] = {
    "type": {"enum": sorted(spec.resource_types())},
    "id": {"type": "string", "pattern": f"^{ID.pattern}$"},
    "version": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
}
_NAME: Final = {"type": "string", "minLength": 1}
_NAMES: Final = re.compile(r"\{(\w+)\}")


def description(*, url: str, software_version: str) -> Json:
    """Return the description of a node at the base `url`.

    Every path and method that is routed is in it, and no other.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Throughcare: FHIR R4",
            "version": software_version,
            "summary": "The FHIR R4 interface of one node; its metadata says more",
        },
        "servers": [{"url": url}],
        "security": [{"token": []}],
        "paths": {f"/{path}": _methods(path) for path in PATHS},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Resource": {
                    "type": "object",
                    "properties": {"resourceType": _IN_PATHS["type"]},
                    "required": ["resourceType"],
                }
            },
            "parameters": {name: {"name": name, **said} for name, said in _PARAMETERS.items()},
            "responses": {"Error": _response("An OperationOutcome that says why not")},
        },
    }


def _methods(path: str) -> Json:
    found: Json = {
        method.lower(): _operation(path, method, interaction)
        for method, interaction in PATHS[path].items()
    }
    names = _NAMES.findall(path)
    if names:
        found["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": _IN_PATHS.get(name, _NAME)}
            for name in names
        ]
    return found


def _operation(path: str, method: str, interaction: Interaction) -> Json:
    told = _TOLD.get(interaction) or Told(f"The operation {interaction.value}", _VIEW)
    operation: Json = {
        "operationId": "-".join([method.lower(), *_words(path), interaction.value]),
        "summary": told.summary,
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in told.parameters],
        "responses": {
            **{str(status): _answer(told, status) for status in told.statuses},
            "4XX": {"$ref": "#/components/responses/Error"},
        },
    }
    body = told.body or (_usual_body(path) if method == "POST" else ())
    if body:
        operation["requestBody"] = {"required": True, "content": dict(_content(body))}
    if interaction in {Interaction.CAPABILITIES, Interaction.DESCRIPTION}:
        operation["security"] = []
    return operation


def _usual_body(path: str) -> tuple[str, ...]:
    return (_FORM,) if path.endswith("_search") else _FHIR


def _words(path: str) -> Iterator[str]:
    return (part.strip("{}$_") for part in path.split("/") if part)


def _content(media_types: tuple[str, ...]) -> Iterator[tuple[str, Json]]:
    for media_type in media_types:
        if media_type in _FHIR:
            yield media_type, {"schema": {"$ref": "#/components/schemas/Resource"}}
        elif media_type == MEDIA_TYPES[0]:
            operation = {"type": "object", "required": ["op", "path"]}
            yield media_type, {"schema": {"type": "array", "items": operation}}
        else:
            yield media_type, {"schema": {"type": "object"}}


def _answer(told: Told, status: int) -> Json:
    if told.written:
        return {"description": told.summary, "content": {name: {} for name in told.written}}
    return _response(told.summary, status)


def _response(text: str, status: int = 200) -> Json:
    if status in {204, 304}:
        return {"description": text}
    return {"description": text, "content": dict(_content(_FHIR))}
