"""A system that hands over by a key of its own, and what has come of it."""

from dataclasses import dataclass
from datetime import datetime

from throughcare.model.rehearsal import Finding


@dataclass(frozen=True, slots=True)
class Source:
    """A system that may hand over: the name of its feed, and for whom it speaks."""

    name: str
    organisation: str
    """ODS code: all that it hands over is in the custody of this organisation, whatever it says."""
    mapping: str = ""
    """Column mapping of its CSV as TOML; "" for none of its own."""
    is_open: bool = True
    """False once its key was taken away."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of what was handed over at once."""

    at: datetime
    stored: int = 0
    """Messages, bundles, rows or documents that were stored, each whole."""
    known: int = 0
    """Those that had been stored before: twice adds nothing."""
    refused: int = 0
    findings: tuple[Finding, ...] = ()
    """Place, rule and way out of what was refused; the first of them where there are many."""

    @property
    def taken(self) -> int:
        """How many are stored, now or from before."""
        return self.stored + self.known


@dataclass(frozen=True, slots=True)
class Standing:
    """How a source is getting on."""

    source: Source
    first: datetime | None = None
    """When anything of it was taken first; None while nothing was."""
    last: Delivery | None = None
    """What it handed over last."""
