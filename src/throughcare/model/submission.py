"""What intake hands to admission: one unit that is stored whole or rejected whole."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

Json = Any
"""A parsed FHIR JSON value: the standard's own form. Decimals are `decimal.Decimal`."""

Change = Callable[[Mapping[str, Json]], Mapping[str, Json]]
"""Makes one resource of another. Raises BadInputError or UnprocessableError where it can't."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a feed something stands."""

    file: str
    """Path relative to the folder that was loaded: never personal data of its own."""
    at: str = ""
    """``line 12``, ``message 3, segment PID, field 7``, ``entry[4].resource.code``."""

    def __str__(self) -> str:
        """Return ``file: at``."""
        return f"{self.file}: {self.at}" if self.at else self.file


@dataclass(frozen=True, slots=True)
class Rejection:
    """Input that could not be taken: nothing of it was stored."""

    place: Place
    rule: str
    """Which rule it breaks, in a sentence, with no personal data."""
    remedy: str
    """What to do about it, in a sentence."""
    of_consent: bool = False
    """True if it may be somebody's refusal to share: somebody has to look at it."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something odd that did not stop the load: kept, counted and reported."""

    place: Place
    text: str


class Method(StrEnum):
    """How an entry is written."""

    PUT = "PUT"
    """Create or replace at the given id."""
    POST = "POST"
    """Create; the id is derived from (source, fullUrl)."""
    FOLD = "FOLD"
    """Combine with what is stored by `throughcare.intake.fold`, so that the order of messages
    does not matter."""
    DELETE = "DELETE"
    PATCH = "PATCH"
    """Change what is stored by `Item.change`."""


@dataclass(frozen=True, slots=True)
class Item:
    """One resource of a submission."""

    full_url: str
    """Key of the resource within its source: ``urn:uuid:...`` of a Bundle or a key that intake
    builds, such as ``urn:throughcare:hospital:visit:V000272``. Same source and key: same id."""
    resource: Mapping[str, Json]
    """Parsed resource; references to other items are by their full_url or conditional."""
    raw: bytes | None = None
    """The received JSON text of the resource, where it was JSON: its bytes are the record."""
    method: Method = Method.POST
    if_none_exist: str = ""
    """Search of a conditional create, without the type: ``identifier=system|value``."""
    conditional: str = ""
    """Search that finds what is to be updated, patched or deleted, without the type:
    ``identifier=system|value``."""
    at: datetime | None = None
    """When the source says this became true (MSH-7, row date): orders FOLD and demographics."""
    place: Place | None = None
    if_match: int | None = None
    """Version that an update must find (FHIR R4, 3.1.0.1.9)."""
    only_new: bool = False
    """True if nothing may be stored under its id: ``If-None-Match: *``."""
    ended: frozenset[str] = frozenset()
    """Elements that a FOLD takes away, such as the link of a Patient whose merge is undone."""
    change: Change | None = None
    """What a PATCH makes of the resource that is stored; it changes no value that it is given."""


@dataclass(frozen=True, slots=True)
class Merge:
    """The source says that two of its local ids are one person (HL7 A40, A24), or two (A37)."""

    survivor: str
    """Local id that goes on."""
    retired: str
    undo: bool = False


@dataclass(frozen=True, slots=True)
class SourcePatient:
    """A source's record of a person in this submission."""

    full_url: str
    """Full url of the Patient among the items."""
    local_id: str
    """The source's own number with its prefix: ``NHS:9990000018``, ``MRN:RX700001``,
    ``LA:SC40000``, ``CAD960857``, ``R001``."""
    feed: bool = True
    """False for consents and letters, which speak about a person and are no record of one: they
    attach to the person with their NHS number, or wait."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One message, bundle, row or document, mapped to FHIR."""

    source: str
    """Name of the feed: ``gp``, ``hospital``, ``social``, ``ambulance``, ``carehome``,
    ``consents``, ``letters`` or what ``--source`` says."""
    custodian: str
    """ODS code of the sender, where the feed or its mapping names it; else the source's name."""
    key: str
    """Identity of the submission within the source (MSH-3/4/10, event key, else a digest of the
    content): a second one with the same key and digest adds nothing."""
    digest: str
    """SHA-256 of the received bytes, hexadecimal."""
    place: Place
    items: tuple[Item, ...] = ()
    patients: tuple[SourcePatient, ...] = ()
    merge: Merge | None = None
    remarks: tuple[Remark, ...] = ()
    base: str = ""
    """Address of this node as the client sees it: references below it are to what is here."""
    original: bytes = b""
    """Received bytes that the items do not carry whole: kept as a source document with the
    entries. Empty where each item has its `raw`."""
    media_type: str = "application/fhir+json"
    at: datetime | None = None
    stands_for: Rejection | None = None
    """What could not be taken, in whose place the items stand: the denial that holds until it is
    corrected."""
    last_counts: bool = False
    """True where what was said last holds, also if it was said before: a refusal that was taken
    back and is said again. Only the submission that came last under a key is then known."""
