"""A FHIR path is its own router: method and path to an interaction (FHIR R4, 3.1.0)."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from throughcare.fhir.spec import is_resource_type
from throughcare.kernel import BadInputError, NotAllowedError, NotFoundError, Word

COMPARTMENTS: Final = ("Patient", "Encounter", "RelatedPerson", "Practitioner", "Device")
"""Resource types that R4 defines a compartment of."""
ID: Final = re.compile(r"[A-Za-z0-9.\-]{1,64}")


class Interaction(Word):
    """What a client asks for; the value is the code of FHIR's interaction value sets."""

    READ = "read"
    VREAD = "vread"
    HISTORY = "history-instance"
    TYPE_HISTORY = "history-type"
    SYSTEM_HISTORY = "history-system"
    CREATE = "create"
    UPDATE = "update"
    PATCH = "patch"
    DELETE = "delete"
    CONDITIONAL_UPDATE = "conditional-update"
    CONDITIONAL_PATCH = "conditional-patch"
    CONDITIONAL_DELETE = "conditional-delete"
    SEARCH = "search-type"
    SEARCH_TYPES = "search-system"
    COMPARTMENT = "search-compartment"
    TRANSACTION = "transaction"
    EVERYTHING = "everything"
    LASTN = "lastn"
    SUMMARY = "summary"
    MATCH = "match"
    MERGE = "merge"
    UNMERGE = "unmerge"
    EXPLAIN_ACCESS = "explain-access"
    COUNT_PEOPLE = "count-people"
    TAKE_SNAPSHOT = "take-snapshot"
    VALIDATE = "validate"
    EXPORT = "export"
    EXPORT_PATIENTS = "export-patients"
    EXPORT_GROUP = "export-group"
    EXPORT_STATUS = "export-status"
    EXPORT_FILE = "export-file"
    EXPORT_END = "export-end"
    RUN = "run"
    EXPAND = "expand"
    MEMBER = "validate-code-of-value-set"
    VALIDATE_CODE = "validate-code"
    LOOKUP = "lookup"
    SUBSUMES = "subsumes"
    TRANSLATE = "translate"
    CAPABILITIES = "capabilities"
    DESCRIPTION = "description"


class Route(msgspec.Struct, frozen=True):
    """An interaction with the parts of its path."""

    interaction: Interaction
    type: str = ""
    id: str = ""
    version: int = 0
    compartment: str = ""
    """``Patient/id`` of a compartment search; its `type` is "" where all types are searched."""
    job: str = ""
    file: str = ""
    """Of a bulk export."""


TERMINOLOGY: Final = (
    *(Interaction.EXPAND, Interaction.MEMBER, Interaction.VALIDATE_CODE, Interaction.LOOKUP),
    *(Interaction.SUBSUMES, Interaction.TRANSLATE),
)
"""Interactions that ask about codes, not about people."""

POLICY: Final = {
    Interaction.CAPABILITIES: "public: says what works, holds nobody's data",
    Interaction.DESCRIPTION: "public: says how to ask, holds nobody's data",
    Interaction.READ: "disclosure",
    Interaction.VREAD: "disclosure",
    Interaction.HISTORY: "disclosure",
    Interaction.TYPE_HISTORY: "disclosure",
    Interaction.SYSTEM_HISTORY: "disclosure",
    Interaction.SEARCH: "disclosure",
    Interaction.SEARCH_TYPES: "disclosure",
    Interaction.COMPARTMENT: "disclosure",
    Interaction.EVERYTHING: "disclosure",
    Interaction.LASTN: "disclosure",
    Interaction.SUMMARY: "disclosure",
    Interaction.MATCH: "disclosure",
    Interaction.MERGE: "admission: match reviewers alone",
    Interaction.UNMERGE: "admission: match reviewers alone",
    Interaction.EXPLAIN_ACCESS: "disclosure",
    Interaction.TAKE_SNAPSHOT: "admission: the IT lead alone, with what another node signed",
    Interaction.COUNT_PEOPLE: "disclosure: figures under disclosure control, nothing of any record",
    Interaction.EXPORT: "disclosure",
    Interaction.EXPORT_PATIENTS: "disclosure",
    Interaction.EXPORT_GROUP: "disclosure",
    Interaction.EXPORT_STATUS: "disclosure: of whoever asked for it, and nothing of any record",
    Interaction.EXPORT_FILE: "disclosure",
    Interaction.EXPORT_END: "disclosure: of whoever asked for it",
    Interaction.RUN: "disclosure; resources that are sent are nobody's record",
    Interaction.CREATE: "admission",
    Interaction.UPDATE: "admission",
    Interaction.PATCH: "admission",
    Interaction.DELETE: "admission",
    Interaction.CONDITIONAL_UPDATE: "admission",
    Interaction.CONDITIONAL_PATCH: "admission",
    Interaction.CONDITIONAL_DELETE: "admission",
    Interaction.VALIDATE: "disclosure for what is stored; a body is nobody's record",
    **dict.fromkeys(TERMINOLOGY, "disclosure for what is stored; what codes mean is nobody's"),
    Interaction.TRANSACTION: "admission; reads inside it by disclosure",
}
"""Through which door each interaction goes. A test walks it: none may be missing."""


def _asked(operation: Interaction) -> Mapping[str, Interaction]:
    """Return the methods of an operation that changes nothing: parameters in address or body."""
    return {"GET": operation, "POST": operation}


PATHS: Final[Mapping[str, Mapping[str, Interaction]]] = {
    "": {"GET": Interaction.SEARCH_TYPES, "POST": Interaction.TRANSACTION},
    "_search": {"POST": Interaction.SEARCH_TYPES},
    "metadata": {"GET": Interaction.CAPABILITIES},
    "openapi.json": {"GET": Interaction.DESCRIPTION},
    "_history": {"GET": Interaction.SYSTEM_HISTORY},
    "{type}": {
        "GET": Interaction.SEARCH,
        "POST": Interaction.CREATE,
        "PUT": Interaction.CONDITIONAL_UPDATE,
        "PATCH": Interaction.CONDITIONAL_PATCH,
        "DELETE": Interaction.CONDITIONAL_DELETE,
    },
    "{type}/_search": {"POST": Interaction.SEARCH},
    "{type}/_history": {"GET": Interaction.TYPE_HISTORY},
    "{type}/$count-people": _asked(Interaction.COUNT_PEOPLE),
    "Consent/$take-snapshot": {"POST": Interaction.TAKE_SNAPSHOT},
    "{type}/$validate": {"POST": Interaction.VALIDATE},
    "ValueSet/$expand": _asked(Interaction.EXPAND),
    "ValueSet/$validate-code": _asked(Interaction.MEMBER),
    "ValueSet/{id}/$expand": _asked(Interaction.EXPAND),
    "ValueSet/{id}/$validate-code": _asked(Interaction.MEMBER),
    "CodeSystem/$validate-code": _asked(Interaction.VALIDATE_CODE),
    "CodeSystem/{id}/$validate-code": _asked(Interaction.VALIDATE_CODE),
    "CodeSystem/$lookup": _asked(Interaction.LOOKUP),
    "CodeSystem/$subsumes": _asked(Interaction.SUBSUMES),
    "ConceptMap/$translate": _asked(Interaction.TRANSLATE),
    "{type}/{id}": {
        "GET": Interaction.READ,
        "PUT": Interaction.UPDATE,
        "PATCH": Interaction.PATCH,
        "DELETE": Interaction.DELETE,
    },
    "{type}/{id}/_history": {"GET": Interaction.HISTORY},
    "{type}/{id}/$validate": {"GET": Interaction.VALIDATE, "POST": Interaction.VALIDATE},
    "{type}/{id}/_history/{version}": {"GET": Interaction.VREAD},
    "Patient/{id}/$everything": _asked(Interaction.EVERYTHING),
    "Patient/$match": {"POST": Interaction.MATCH},
    "Patient/$merge": {"POST": Interaction.MERGE},
    "Patient/$unmerge": {"POST": Interaction.UNMERGE},
    "Patient/{id}/$explain-access": _asked(Interaction.EXPLAIN_ACCESS),
    "Patient/$explain-access": _asked(Interaction.EXPLAIN_ACCESS),
    "Patient/{id}/$summary": _asked(Interaction.SUMMARY),
    "Patient/$summary": _asked(Interaction.SUMMARY),
    "Observation/$lastn": _asked(Interaction.LASTN),
    **{f"{owner}/{{id}}/_search": {"POST": Interaction.COMPARTMENT} for owner in COMPARTMENTS},
    **{f"{owner}/{{id}}/{{type}}": {"GET": Interaction.COMPARTMENT} for owner in COMPARTMENTS},
    **{
        f"{owner}/{{id}}/{{type}}/_search": {"POST": Interaction.COMPARTMENT}
        for owner in COMPARTMENTS
    },
    "$export": _asked(Interaction.EXPORT),
    "Patient/$export": _asked(Interaction.EXPORT_PATIENTS),
    "Group/{id}/$export": _asked(Interaction.EXPORT_GROUP),
    "_export/jobs/{job}": {
        "GET": Interaction.EXPORT_STATUS,
        "DELETE": Interaction.EXPORT_END,
    },
    "_export/jobs/{job}/{file}": {"GET": Interaction.EXPORT_FILE},
    "$viewdefinition-run": {"POST": Interaction.RUN},
    "ViewDefinition/$run": {"POST": Interaction.RUN},
}
"""Every path below the base, with what each method does there. Of those that fit, the first counts.

Statement and description of the interface are made of this table, so that they can't differ.
"""


def route(method: str, path: str) -> Route:
    """Return the route of `path` below the base, such as ``Patient/1``. HEAD is routed as GET.

    Raises NotFoundError for a path that FHIR does not know, NotAllowedError for a method that the
    path does not take.
    """
    type_, _, id_ = path.partition("/")
    if method in _ON_INSTANCE and ID.fullmatch(id_) and is_resource_type(type_):
        return Route(_ON_INSTANCE[method], type_, id_)
    parts = [part for part in path.split("/") if part]
    if len(parts) == 1 and method in _ON_TYPE and is_resource_type(parts[0]):
        return Route(_ON_TYPE[method], parts[0])
    methods, captured = _fitting(parts)
    found = methods.get("GET" if method == "HEAD" else method)
    if found is None:
        works = sorted(methods)
        message = (
            f"{method} does not work on this path, {', '.join(works)} does. "
            "GET metadata for what does."
        )
        raise NotAllowedError(message, allowed=works)
    type_, id_ = captured.get("{type}", ""), captured.get("{id}", "")
    if found is Interaction.COMPARTMENT:
        compartment = f"{parts[0]}/{_id(id_)}"
        return Route(found, _type(type_) if type_ not in _EVERY else "", compartment=compartment)
    return Route(
        found,
        _type(type_ or parts[0]) if type_ or id_ else "",
        _id(id_) if id_ else "",
        _version(captured["{version}"]) if "{version}" in captured else 0,
        job=captured.get("{job}", ""),
        file=captured.get("{file}", ""),
    )


_EVERY: Final = frozenset({"", "*"})
"""What stands for all types in the path of a compartment."""
_ON_INSTANCE: Final = PATHS["{type}/{id}"]
_ON_TYPE: Final = PATHS["{type}"]
_TEMPLATES: Final = tuple((tuple(filter(None, path.split("/"))), path) for path in PATHS)


def _fitting(parts: Sequence[str]) -> tuple[Mapping[str, Interaction], Mapping[str, str]]:
    """Return the methods of the first path that fits, and what stands for its names in braces.

    Raises NotFoundError where none fits.
    """
    for template, path in _TEMPLATES:
        if len(template) != len(parts):
            continue
        pairs = tuple(zip(template, parts, strict=True))
        if all(name == part or (name[0] == "{" and part[0] != "$") for name, part in pairs):
            return PATHS[path], {name: part for name, part in pairs if name[0] == "{"}
    message = "This node has no such path. GET metadata for what works."
    raise NotFoundError(message)


def _type(name: str) -> str:
    if not is_resource_type(name):
        message = "The path names no resource type of FHIR R4. GET metadata for the types."
        raise NotFoundError(message)
    return name


def _id(text: str) -> str:
    if not ID.fullmatch(text):
        message = "An id has 1 to 64 letters, digits, '-' or '.'."
        raise BadInputError(message)
    return text


def _version(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:  # noqa: PLR2004 - nine digits are plenty
        message = "There is no version with this number."
        raise NotFoundError(message)
    return int(text)
