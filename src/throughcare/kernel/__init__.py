"""The ground floor: errors, closed lists, days, and the protocols for time and identifiers."""

from throughcare.kernel.clock import Clock, Ids
from throughcare.kernel.days import LONDON, day_of
from throughcare.kernel.errors import (
    BadInputError,
    ConflictError,
    DamagedError,
    DeniedError,
    FullError,
    GoneError,
    NotAcceptableError,
    NotAllowedError,
    NotFoundError,
    OutdatedError,
    OverloadedError,
    PreconditionFailedError,
    ThroughcareError,
    TooLargeError,
    UnauthenticatedError,
    UnprocessableError,
    UnreadableFormatError,
    WrongPasscodeError,
)
from throughcare.kernel.words import Word

__all__ = [
    "LONDON",
    "BadInputError",
    "Clock",
    "ConflictError",
    "DamagedError",
    "DeniedError",
    "FullError",
    "GoneError",
    "Ids",
    "NotAcceptableError",
    "NotAllowedError",
    "NotFoundError",
    "OutdatedError",
    "OverloadedError",
    "PreconditionFailedError",
    "ThroughcareError",
    "TooLargeError",
    "UnauthenticatedError",
    "UnprocessableError",
    "UnreadableFormatError",
    "Word",
    "WrongPasscodeError",
    "day_of",
]
