"""What the pages for IT lead and privacy officer ask of a node: how it is."""

from typing import Protocol

from throughcare.model.health import Health
from throughcare.web.ports import Session


class HealthNode(Protocol):
    """The node as those who run it see it: nothing of any record."""

    async def health(self, session: Session) -> Health:
        """Return all checks, worst first. Raises DeniedError for any other role.

        What takes long comes from the last examination; where that is old, another has begun.
        """
        ...

    async def ledger(self, session: Session) -> Health:
        """Return what the last examination found of the ledger, to who guards privacy here.

        Raises DeniedError for any other role.
        """
        ...

    async def look_again(self, session: Session) -> None:
        """Have everything looked at anew, aside: it is under way when this returns."""
        ...
