"""An item ready to be stored, and what it bears on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from throughcare.admission.validity import invalid
from throughcare.consent import labels
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.terms import Index
from throughcare.kernel import NotFoundError, UnprocessableError
from throughcare.model.entry import EntryClass, Stored
from throughcare.model.submission import Change, Item

NOTHING_TO_DELETE = "There is nothing with this id to delete."


@dataclass(slots=True)
class Prepared:
    """An item ready to be stored."""

    item: Item
    name: str
    resource: Mapping[str, Any]
    body: bytes
    index: Index
    subject: int
    is_new: bool = False
    """True if nothing is stored under this name, or what was is deleted."""
    ended: EntryClass | None = None
    """For a deletion: the class of what it ends, so that it is hidden from the same readers."""
    was_restricted: bool = False
    """True if what it replaces was the Patient of a restricted person."""

    @property
    def bears_on_consent(self) -> bool:
        """Tell whether decisions about the person may differ after this."""
        restricted = self.was_restricted or is_restricted(self.resource)
        return self.name.startswith("Consent/") or restricted


def changed(item: Item, change: Change, current: Stored) -> Mapping[str, Any]:
    """Return what a patch makes of the current version.

    Raises what `change` raises, and UnprocessableError where it makes another resource of it or
    one that is not valid.
    """
    after = change(fhir_bytes.read_again(current.body))
    if (after.get("resourceType"), after.get("id")) != (current.type, current.id):
        message = "A patch can't change resourceType or id. Leave both as they are."
        raise UnprocessableError(message, place=_at(item) or None)
    fault = invalid(after, _at(item))
    if fault is not None:
        raise fault
    return after


def deletion(item: Item, name: str, current: Stored | None) -> Prepared:
    """Return the end of what is stored under `name`. Raises NotFoundError if nothing is."""
    if current is None:
        raise NotFoundError(NOTHING_TO_DELETE)
    return Prepared(item, name, item.resource, b"", Index(), current.subject, ended=current.cls)


def is_restricted(resource: Mapping[str, Any]) -> bool:
    """Tell whether this is the Patient of a restricted person."""
    return resource["resourceType"] == "Patient" and labels.restricted(resource)


def was_of_restricted(stored: Stored) -> bool:
    """Tell whether `stored` is the Patient of a restricted person."""
    live = stored.type == "Patient" and not stored.deleted
    return live and is_restricted(fhir_bytes.read_again(stored.body))


def _at(item: Item) -> str:
    return str(item.place.at) if item.place else ""
