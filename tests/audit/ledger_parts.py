from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from throughcare.audit.sealer import Pace
from throughcare.audit.segment import Sizes
from throughcare.model.audit import AuditEntry

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
SMALL = Sizes(segment=8192, spares=1)
BY_HAND = Pace(seal=3600, entries=1 << 30, checkpoint=3600)
"""Nothing is sealed but by an explicit call."""


@dataclass
class SetClock:
    """A clock that tells what it was set to."""

    at: datetime = field(default=datetime(2026, 11, 24, 9, tzinfo=UTC))

    def now(self) -> datetime:
        """Return the time set."""
        return self.at

    def advance(self, by: timedelta) -> None:
        """Move the time."""
        self.at += by


def entry(number: int, **changes: object) -> AuditEntry:
    values: dict[str, object] = {
        "id": f"look-{number}",
        "at": datetime(2026, 11, 24, 9, tzinfo=UTC) + timedelta(seconds=number),
        "action": "read",
        "outcome": "permit",
        "user": "crew-7",
        "role": "paramedic",
        "organisation": "RX9",
        "purpose": "TREAT",
        "persons": (7,),
        "what": f"Condition/{number}",
        "rank": 6,
    }
    return AuditEntry(**(values | changes))  # type: ignore[arg-type]
