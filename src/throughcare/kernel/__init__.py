"""The ground floor: the error tree, and the protocols for time and identifiers."""

from throughcare.kernel.clock import Clock, Ids
from throughcare.kernel.errors import (
    BadInputError,
    ConflictError,
    DamagedError,
    DeniedError,
    FullError,
    GoneError,
    NotFoundError,
    OutdatedError,
    OverloadedError,
    PreconditionFailedError,
    ThroughcareError,
    TooLargeError,
    UnauthenticatedError,
    UnprocessableError,
)

__all__ = [
    "BadInputError",
    "Clock",
    "ConflictError",
    "DamagedError",
    "DeniedError",
    "FullError",
    "GoneError",
    "Ids",
    "NotFoundError",
    "OutdatedError",
    "OverloadedError",
    "PreconditionFailedError",
    "ThroughcareError",
    "TooLargeError",
    "UnauthenticatedError",
    "UnprocessableError",
]
