"""In what right somebody acts for a person, and what bears on it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Right(StrEnum):
    """The ground on which a Consent lets somebody act for a person."""

    PARENTAL = "parental-responsibility"
    ATTORNEY = "lasting-power-of-attorney"
    """For health and welfare."""
    DEPUTY = "deputy"
    """Appointed by the Court of Protection, for personal welfare."""
    DELEGATION = "delegation"
    """The person's own word."""


@dataclass(frozen=True, slots=True)
class CapacityFinding:
    """What somebody found of a person's capacity to decide about their care."""

    id: str
    """``Observation/{id}``."""
    lacking: bool
    since: date
    until: date | None
    """Last day; a lack of capacity without one counts for nothing (Mental Capacity Act 2005, s1:
    capacity is presumed)."""
