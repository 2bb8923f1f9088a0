"""The real clock and the real source of identifiers: made here, handed down from here."""

import secrets
from collections import deque
from datetime import UTC, datetime
from typing import Final

DRAWN: Final = 64
"""Identifiers drawn at a time. A process that forks MUST make its own `RandomIds` afterwards."""


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


class RandomIds:
    """Identifiers of 128 random bits from the operating system, which is asked for many at once."""

    def __init__(self) -> None:
        """Begin with none drawn."""
        self._drawn: deque[str] = deque()

    def new(self) -> str:
        """Return 32 hexadecimals."""
        while True:
            try:
                return self._drawn.popleft()  # atomic: no two threads get the same
            except IndexError:
                text = secrets.token_hex(16 * DRAWN)
                self._drawn.extend(text[at : at + 32] for at in range(0, len(text), 32))
