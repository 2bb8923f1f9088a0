"""Time and identifiers are arguments: whoever needs them is handed one of these."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment, in UTC, with its time zone set."""
        ...


class Ids(Protocol):
    """Makes identifiers that nobody can guess."""

    def new(self) -> str:
        """Return a new opaque identifier, a valid FHIR id: ``[A-Za-z0-9-]{1,64}``."""
        ...
