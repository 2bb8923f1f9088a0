"""What keeping the emergency summary on a crew's device asks of a node."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from throughcare.web.ports import EmergencyView, Session


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that is handed out: what stands on it, until when, and how it is asked about."""

    view: EmergencyView
    """Without what is for the screen only."""
    until: datetime
    mark: str
    """Good as long as session, ground and the person's choices are as they were."""


class KeepingNode(Protocol):
    """The node, as far as copies on devices go."""

    async def keep(self, session: Session, person_id: str) -> Copy:
        """Hand out a copy, with a line of its own in the ledger.

        Raises DeniedError where the locality or the person does not allow it.
        """
        ...

    async def still(self, session: Session, person_id: str, mark: str) -> bool:
        """Tell whether a copy with this mark may be kept on. It is no look, and shows nothing."""
        ...
