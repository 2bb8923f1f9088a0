"""An item ready to be stored, and what it bears on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from throughcare.admission.validity import invalid
from throughcare.consent import bearings, directory, objections, security
from throughcare.consent.references import READERS
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.terms import Index
from throughcare.identity.compare import demographics_of
from throughcare.kernel import NotFoundError, UnprocessableError
from throughcare.model.entry import EntryClass, Stored
from throughcare.model.submission import Change, Item

BEARING: Final = frozenset({"Patient", "Flag", "Consent"}) | READERS
"""Types of which an entry may bear on decisions about its person, or about whom it names."""

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
    before: Mapping[str, Any] = field(default_factory=dict)
    """What it replaces, where that may bear on consent (`BEARING`, an objection)."""

    @property
    def bears_on_consent(self) -> bool:
        """Tell whether decisions about the person may differ after this."""
        either = (self.resource, self.before)
        restricted = any(is_restricted(each) for each in either)
        flagged = any(bearings.bears(each) or objections.speaks(each) for each in either)
        other = self.is_of_other_age or self.is_renumbered
        return self.name.startswith("Consent/") or restricted or flagged or other

    @property
    def bears_on_readers(self) -> bool:
        """Tell whether a Consent that names this entry may name somebody else after this."""
        return directory.bears(self.before, self.resource)

    @property
    def is_of_other_age(self) -> bool:
        """Tell whether it gives a known person another birth date, or by its end none."""
        if self.before.get("resourceType") != "Patient":
            return False
        after = {} if self.ended is not None else self.resource
        return bool(self.before.get("birthDate") != after.get("birthDate"))

    @property
    def is_renumbered(self) -> bool:
        """Tell whether it gives a known person another NHS number, or one that counts otherwise.

        Snapshots speak of a number, and opt-outs are asked of those that may be relied on.
        """
        if self.before.get("resourceType") != "Patient" or self.ended is not None:
            return False
        before, after = (demographics_of(each) for each in (self.before, self.resource))
        return (before.nhs_number, before.verified) != (after.nhs_number, after.verified)


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
    return resource.get("resourceType") == "Patient" and security.restricted(resource)


def bearing(stored: Stored | None) -> Mapping[str, Any]:
    """Return what is stored, if it may bear on decisions about its person; else nothing."""
    if stored is None or stored.deleted:
        return {}
    if stored.type not in BEARING and not objections.may_speak(stored.type, stored.body):
        return {}
    return fhir_bytes.read_again(stored.body)


def _at(item: Item) -> str:
    return str(item.place.at) if item.place else ""
