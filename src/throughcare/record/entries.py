"""What goes into the record room, and what a search brings out."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from throughcare.fhir.terms import Index
from throughcare.model.entry import EntryClass, Stored
from throughcare.record.gate import Seen
from throughcare.store.protocol import Row


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A version to be stored."""

    subject: int
    type: str
    id: str
    body: bytes
    """Final JSON text, compact, but for ``meta.versionId`` and ``meta.lastUpdated``.

    Ignored for a deletion."""
    index: Index
    cls: EntryClass
    updated: datetime
    deleted: bool = False


class Candidate(msgspec.Struct, frozen=True):
    """A current version before anybody has decided, with all that a decision needs to know."""

    seen: Seen
    row: Row
    """As the store gave it; `Records.stored` makes a version of it."""
    person: int | None
    """Whose it is now; None if nobody's, or nobody's yet."""
    epoch: int
    """Consent epoch of the node."""
    newest_class: int

    @property
    def is_here(self) -> bool:
        """Return True: what is current is here."""
        return True


class Absent(msgspec.Struct, frozen=True):
    """That nothing current stands under an id, with what is decided on all the same."""

    seen: Seen
    """The deletion; of what never was some entry that has nothing to do with it."""
    ended: bool
    """Whether something was here, and was deleted."""
    epoch: int
    newest_class: int

    @property
    def is_here(self) -> bool:
        """Tell whether the id is known: that of a deletion is."""
        return self.ended


@dataclass(frozen=True, slots=True)
class Change:
    """One item of the change feed."""

    seq: int
    """Rises with every change of the record, in the order of commits."""
    subject: int
    type: str
    id: str
    version: int
    kind: str
    """``create``, ``update``, ``delete`` or ``relabel``."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search; everything in it is visible."""

    entries: tuple[Stored, ...]
    included: tuple[Stored, ...]
    total: int | None
    """Exact number of visible matches over all pages; None if it was not asked for."""
    next: str
    """Opaque place where the next page begins (`Query.after`); "" on the last page."""
    plan: tuple[str, ...] = ()
    """How it was searched, in sentences, if that was asked for."""
