"""A FHIR path is its own router: method and path to an interaction (FHIR R4, 3.1.0)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from throughcare.fhir.spec import is_resource_type
from throughcare.kernel import BadInputError, NotFoundError

ID: Final = re.compile(r"[A-Za-z0-9.\-]{1,64}")


class Interaction(StrEnum):
    """What a client asks for; the value is the code of FHIR's interaction value sets."""

    READ = "read"
    VREAD = "vread"
    HISTORY = "history-instance"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
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
    Interaction.TRANSACTION: "admission; reads inside it by disclosure",
}
"""Through which door each interaction goes. A test walks it: none may be missing."""


def route(method: str, path: str) -> Route:
    """Return the route of `path` below the base, such as ``Patient/1``.

    Raises NotFoundError for a path that FHIR does not know, BadInputError for a method that the
    path does not take.
    """
    parts = [part for part in path.split("/") if part]
    read = method in {"GET", "HEAD"}
    match parts:
        case []:
            found = Route(Interaction.TRANSACTION) if method == "POST" else None
        case ["metadata"]:
            found = Route(Interaction.CAPABILITIES) if read else None
        case [type_]:
            found = _on_type(method, _type(type_))
        case [type_, "_search"]:
            found = Route(Interaction.SEARCH, _type(type_)) if method == "POST" else None
        case [type_, id_]:
            found = _on_instance(method, _type(type_), _id(id_))
        case ["Patient", id_, "$everything"]:
            found = Route(Interaction.EVERYTHING, "Patient", _id(id_)) if read else None
        case [type_, id_, "_history"]:
            found = Route(Interaction.HISTORY, _type(type_), _id(id_)) if read else None
        case [type_, id_, "_history", version]:
            number = _version(version)
            found = Route(Interaction.VREAD, _type(type_), _id(id_), number) if read else None
        case ["Patient", id_, type_]:
            whole = f"Patient/{_id(id_)}"
            kind = _type(type_)
            found = Route(Interaction.COMPARTMENT, kind, compartment=whole) if read else None
        case _:
            message = "This node has no such path. GET metadata for what works."
            raise NotFoundError(message)
    if found is None:
        message = f"{method} does not work on this path. GET metadata for what does."
        raise BadInputError(message)
    return found


def _on_type(method: str, type_: str) -> Route | None:
    if method in {"GET", "HEAD"}:
        return Route(Interaction.SEARCH, type_)
    return Route(Interaction.CREATE, type_) if method == "POST" else None


def _on_instance(method: str, type_: str, id_: str) -> Route | None:
    interactions = {
        "GET": Interaction.READ,
        "HEAD": Interaction.READ,
        "PUT": Interaction.UPDATE,
        "DELETE": Interaction.DELETE,
    }
    found = interactions.get(method)
    return Route(found, type_, id_) if found else None


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
