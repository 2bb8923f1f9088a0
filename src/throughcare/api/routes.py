"""A FHIR path is its own router: method and path to an interaction (FHIR R4, 3.1.0)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from throughcare.fhir.spec import is_resource_type
from throughcare.kernel import BadInputError, NotAllowedError, NotFoundError

ID: Final = re.compile(r"[A-Za-z0-9.\-]{1,64}")


class Interaction(StrEnum):
    """What a client asks for; the value is the code of FHIR's interaction value sets."""

    READ = "read"
    VREAD = "vread"
    HISTORY = "history-instance"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    CONDITIONAL_UPDATE = "conditional-update"
    CONDITIONAL_DELETE = "conditional-delete"
    SEARCH = "search-type"
    COMPARTMENT = "search-compartment"
    TRANSACTION = "transaction"
    EVERYTHING = "everything"
    CAPABILITIES = "capabilities"


@dataclass(frozen=True, slots=True)
class Route:
    """An interaction with the parts of its path."""

    interaction: Interaction
    type: str = ""
    id: str = ""
    version: int = 0
    compartment: str = ""
    """``Patient/id`` of a compartment search."""


POLICY: Final = {
    Interaction.CAPABILITIES: "public: says what works, holds nobody's data",
    Interaction.READ: "disclosure",
    Interaction.VREAD: "disclosure",
    Interaction.HISTORY: "disclosure",
    Interaction.SEARCH: "disclosure",
    Interaction.COMPARTMENT: "disclosure",
    Interaction.EVERYTHING: "disclosure",
    Interaction.CREATE: "admission",
    Interaction.UPDATE: "admission",
    Interaction.DELETE: "admission",
    Interaction.CONDITIONAL_UPDATE: "admission",
    Interaction.CONDITIONAL_DELETE: "admission",
    Interaction.TRANSACTION: "admission; reads inside it by disclosure",
}
"""Through which door each interaction goes. A test walks it: none may be missing."""


def route(method: str, path: str) -> Route:
    """Return the route of `path` below the base, such as ``Patient/1``.

    Raises NotFoundError for a path that FHIR does not know, NotAllowedError for a method that the
    path does not take.
    """
    parts = [part for part in path.split("/") if part]
    if len(parts) == 2 and method in ON_INSTANCE and parts[1][0] not in "_$":  # noqa: PLR2004
        return Route(ON_INSTANCE[method], _type(parts[0]), _id(parts[1]))
    routes = _routes(parts)
    found = routes.get("GET" if method == "HEAD" else method)
    if found is None:
        works = sorted(routes)
        message = (
            f"{method} does not work on this path, {', '.join(works)} does. "
            "GET metadata for what does."
        )
        raise NotAllowedError(message, allowed=works)
    return found


def _routes(parts: Sequence[str]) -> Mapping[str, Route]:
    """Return the routes of a path by method. Raises NotFoundError for no path of FHIR."""
    match parts:
        case []:
            return {"POST": Route(Interaction.TRANSACTION)}
        case ["metadata"]:
            return {"GET": Route(Interaction.CAPABILITIES)}
        case [type_]:
            return {method: Route(found, _type(type_)) for method, found in ON_TYPE.items()}
        case [type_, "_search"]:
            return {"POST": Route(Interaction.SEARCH, _type(type_))}
        case [type_, id_]:
            return {
                method: Route(found, _type(type_), _id(id_))
                for method, found in ON_INSTANCE.items()
            }
        case _:
            return {"GET": _below_instance(parts)}


def _below_instance(parts: Sequence[str]) -> Route:
    match parts:
        case ["Patient", id_, "$everything"]:
            return Route(Interaction.EVERYTHING, "Patient", _id(id_))
        case [type_, id_, "_history"]:
            return Route(Interaction.HISTORY, _type(type_), _id(id_))
        case [type_, id_, "_history", version]:
            return Route(Interaction.VREAD, _type(type_), _id(id_), _version(version))
        case ["Patient", id_, type_]:
            whole = f"Patient/{_id(id_)}"
            return Route(Interaction.COMPARTMENT, _type(type_), compartment=whole)
        case _:
            message = "This node has no such path. GET metadata for what works."
            raise NotFoundError(message)


ON_TYPE: Final = {
    "GET": Interaction.SEARCH,
    "POST": Interaction.CREATE,
    "PUT": Interaction.CONDITIONAL_UPDATE,
    "DELETE": Interaction.CONDITIONAL_DELETE,
}
ON_INSTANCE: Final = {
    "GET": Interaction.READ,
    "PUT": Interaction.UPDATE,
    "DELETE": Interaction.DELETE,
}


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
