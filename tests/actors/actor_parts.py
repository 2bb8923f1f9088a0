import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 24, 9, tzinfo=UTC)


@dataclass
class SetClock:
    """A clock that tells what it was set to."""

    at: datetime = START

    def now(self) -> datetime:
        """Return the time set."""
        return self.at

    def advance(self, **by: float) -> None:
        """Move the time."""
        self.at += timedelta(**by)


@dataclass
class CountedIds:
    """Ids that can be told apart."""

    numbers: itertools.count = field(default_factory=lambda: itertools.count(1))

    def new(self) -> str:
        """Return the next."""
        return f"{next(self.numbers):032x}"
