"""What a look returns."""

from dataclasses import dataclass

from throughcare.fhir.outcome import Issue
from throughcare.model.entry import Stored


@dataclass(frozen=True, slots=True)
class Answer:
    """Entries that the asker may see, in stored bytes, masked where consent.md says so."""

    entries: tuple[Stored, ...]
    included: tuple[Stored, ...] = ()
    total: int | None = None
    next: str = ""
    """Opaque place of the next page; "" at the end."""
    warning: str = ""
    """The locality's sentence about withheld content; the same whether or not there is any."""
    plan: tuple[str, ...] = ()
    """How a search was run, in sentences, if that was asked for."""
    persons: tuple[int, ...] = ()
    """Persons that it speaks of."""


@dataclass(frozen=True, slots=True)
class Likely:
    """A Patient that a description may mean."""

    patient: Stored
    score: float
    """Between 0 and 1."""
    grade: str
    """Code of the value set match-grade."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Whom a description may mean, one Patient a person, the likeliest first."""

    likely: tuple[Likely, ...]
    warning: str = ""
    """As in `Answer`."""
    remarks: tuple[Issue, ...] = ()
    """What of the description could not be used, and whether the list was cut."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why a person's record is not shown."""

    decision: str
    """``deny``."""
    rank: int
    text: str
    break_glass: bool
