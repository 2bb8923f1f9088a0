"""What became of a submission."""

from dataclasses import dataclass
from enum import StrEnum

from throughcare.kernel import ThroughcareError, UnprocessableError
from throughcare.model.entry import Stored
from throughcare.model.person import Placement
from throughcare.model.submission import Place, Rejection, Remark


class Result(StrEnum):
    """The fate of a whole submission: there is no half."""

    STORED = "stored"
    KNOWN = "known"
    """The same submission was stored before: nothing was written."""
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Written:
    """What one item came to."""

    full_url: str
    stored: Stored
    created: bool
    """True if this version is the first; False for an update, or what was there already."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to a submission; durable when you hold it."""

    result: Result
    written: tuple[Written, ...] = ()
    placements: tuple[Placement, ...] = ()
    rejection: Rejection | None = None
    error: ThroughcareError | None = None
    """For a rejection: the error that an HTTP client is answered with."""
    remarks: tuple[Remark, ...] = ()

    @property
    def waits(self) -> bool:
        """True if it was refused for something that a later file may bring."""
        return isinstance(self.error, UnprocessableError) and self.error.waits


def rejected(place: Place, error: ThroughcareError, remedy: str) -> Outcome:
    """Return the outcome of a submission of which nothing was stored."""
    at = f"{place.at}, {error.place}" if place.at and error.place else place.at or error.place or ""
    rejection = Rejection(Place(place.file, at), error.message, remedy)
    return Outcome(Result.REJECTED, rejection=rejection, error=error)
