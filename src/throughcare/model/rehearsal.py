"""What a file would come to if it were handed over: told to whoever sent it, and to nobody else."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, or odd."""

    refused: bool
    """True if nothing of its message, bundle, row or document would be stored."""
    place: str
    """``line 3, column 15``, ``message 1, segment PID, field 7``, ``row 2, column DOB``."""
    rule: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """One message, bundle, row or document as it would be stored."""

    place: str
    fhir: str
    """Its resources as indented JSON."""
    kinds: str
    """``1 Patient, 2 Condition``."""
    person: str
    """Whose it would be, as far as what was sent says so."""
    accepted: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """By what a file is tried: what its locality asks of it. It says nothing of anybody."""

    mappings: tuple[str, ...] = ()
    """Column mappings of the locality as TOML, before those that come with the program."""
    faults: str = "usual"
    """As ``[validation.FEED]`` has it (`throughcare.consent.strictness.Faulty`)."""
    profiles: tuple[str, ...] = ()
    """Canonical urls of profiles that resources of their types are held against."""
    source: str = ""
    """Name of the source that would hand it over; "" where nobody would."""
    organisation: str = ""
    """ODS code of that source."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What became of it. It was worked out from the file alone."""

    format: str
    """What it was recognised as, "" if as nothing."""
    why: str
    mapped: tuple[Mapped, ...] = ()
    findings: tuple[Finding, ...] = ()
    more: int = 0
    """Messages, bundles, rows or documents beyond those that are shown."""

    @property
    def accepted(self) -> int:
        """How many of those that are shown would be stored."""
        return sum(each.accepted for each in self.mapped)
