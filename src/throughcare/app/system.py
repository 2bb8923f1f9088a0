"""The real clock and the real source of identifiers: made here, handed down from here."""

import secrets
from datetime import UTC, datetime


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


class RandomIds:
    """Identifiers of 128 random bits from the operating system."""

    def new(self) -> str:
        """Return 32 hexadecimals."""
        return secrets.token_hex(16)
