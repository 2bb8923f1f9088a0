"""What becomes of a feed's resource that breaks a rule of FHIR which it can be stored with."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from throughcare.consent import toml

EVERY_OTHER: Final = "others"
"""Name of the table for feeds that have none of their own."""


class Faulty(StrEnum):
    """What becomes of it."""

    REJECT = "reject"
    USUAL = "usual"
    """A broken invariant is stored, and the load says so; any other fault rejects it. An allergy
    that lacks its clinicalStatus is worth more than no allergy."""
    WARN = "warn"
    """It is stored, and the load says so."""
    REPORT = "report"
    """It is stored, the load says so, and the ledger's line counts it."""


@dataclass(frozen=True, slots=True)
class Strictness:
    """How the resources of one feed are held against FHIR."""

    faulty: Faulty = Faulty.USUAL
    profiles: tuple[str, ...] = ()
    """Canonical urls; each resource is held against those of its type."""


USUAL: Final = Strictness()


def of(section: toml.Table) -> Mapping[str, Strictness]:
    """Return the strictness of each feed by its name, `EVERY_OTHER` for those without one."""
    return {name: _one(table) for name, table in section.tables()}


def _one(table: toml.Table) -> Strictness:
    faulty = Faulty(table.one_of("faults", tuple(Faulty)))
    return Strictness(faulty, tuple(table.texts("profiles", optional=True)))
