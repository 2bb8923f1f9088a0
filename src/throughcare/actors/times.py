"""Times as the store keeps them: microseconds since 1970, UTC. Exact both ways."""

from datetime import UTC, datetime, timedelta

_START = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = timedelta(microseconds=1)


def to_store(at: datetime) -> int:
    """Return the moment as a number."""
    return (at - _START) // _STEP


def from_store(number: int) -> datetime:
    """Return the number as a moment."""
    return _START + number * _STEP


def four_hours() -> timedelta:
    """Return the time box of break-glass where no locality sets one."""
    return timedelta(hours=4)
