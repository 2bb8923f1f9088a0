"""An entry: one version of one FHIR resource in somebody's record, with what consent decides on."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from throughcare.kernel import Word


class Category(Word):
    """The kind of an entry, as the role views and directives of a locality name it."""

    DEMOGRAPHICS = "demographics"
    ALLERGY = "allergy"
    CONDITION = "condition"
    FUNCTIONAL = "functional"
    """A condition that limits living: dementia, frailty, learning disability, sight, hearing."""
    MEDICINE = "medicine"
    PLAN = "plan"
    """ReSPECT, DNACPR, advance decisions, emergency and care plans."""
    ALERT = "alert"
    """A flag: crew safety, implanted device, reasonable adjustment."""
    VITALS = "vitals"
    TEST_RESULT = "test-result"
    CONSULTATION = "consultation"
    ENCOUNTER = "encounter"
    PROCEDURE = "procedure"
    IMMUNISATION = "immunisation"
    LETTER = "letter"
    CARE_NOTE = "care-note"
    """A care home's or home carer's daily note: falls, fluids, mood, weight."""
    INCIDENT = "incident"
    """An ambulance attendance."""
    SOCIAL_CARE = "social-care"
    """Needs, risks, capacity, services and reviews of social care."""
    CONTACT = "contact"
    ABOUT_ME = "about-me"
    DIET = "diet"
    CONSENT = "consent"
    AUDIT = "audit"
    SOURCE = "source"
    """The document as it was received, kept beside what was read out of it."""
    ADMINISTRATIVE = "administrative"
    """Claims, coverage, appointments."""
    DIRECTORY = "directory"
    """Organisations, practitioners, places: nobody's record, subject 0."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class EntryClass:
    """What consent knows of an entry besides its date, author and id. Interned as a number."""

    type: str
    """FHIR resource type."""
    category: Category
    labels: frozenset[str] = frozenset()
    """Security labels in force: confidentiality (``R``, ``V``), sensitivity of HL7 v3 ActCode
    (``PSY``, ``STD``, ``SEX``, ``ETH``, ``HIV`` ...), and ``GRA``, ``SRC``, ``NOPAT``, ``THIRD``,
    ``LOCATION``."""
    custodian: str = ""
    """ODS code of the organisation whose record the entry is."""
    critical: bool = False
    """In the critical set of consent.md: inherits no label, its episode is masked instead."""
    episode: frozenset[str] = frozenset()
    """Labels of the encounter, document or episode of a critical entry: a reader who may not see
    them gets the entry with encounter, author and note masked."""


class Stored(msgspec.Struct, frozen=True):
    """A stored version, as the record room returns it."""

    type: str
    id: str
    version: int
    subject: int
    """Number of the source record of a person that this belongs to; 0 for nobody's."""
    updated: datetime
    cls: EntryClass
    body: bytes
    """FHIR JSON as received, id and meta spliced in; empty for a deletion."""
    deleted: bool = False
    links: tuple[int | None, ...] | None = None
    """Number and class of each entry that it names, one after the other, as of the same snapshot;
    None behind the last. None if that was not asked for or stands in its body alone."""
