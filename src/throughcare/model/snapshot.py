"""What one node tells another of a person's Consents, and of what state of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

LONGEST: Final = timedelta(hours=24)
"""How long a snapshot is relied on, at most."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A person's Consents in force, as their consent home knew them when it was issued."""

    node: str
    """Id of the node that issued it: the person's consent home."""
    audience: str
    """Id of the node that it is for."""
    number: str
    """The person's NHS number."""
    epoch: int
    """Consent epoch of the person at the home: a newer state has a higher one."""
    issued: datetime
    until: datetime
    consents: tuple[Mapping[str, Any], ...]
    """FHIR R4 Consents."""
