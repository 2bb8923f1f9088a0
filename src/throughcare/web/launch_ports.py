"""What the launch page asks of a node."""

from dataclasses import dataclass
from typing import Protocol

from throughcare.web.ports import Session


@dataclass(frozen=True, slots=True)
class Launched:
    """A fresh session that another system opened for its user."""

    cookie: str
    session: Session
    person_id: str
    """Opaque id of the person whom the launch names; "" if there is none."""


class LaunchNode(Protocol):
    """The node, as far as launches go."""

    def check(self, text: str) -> None:
        """Raise UnauthenticatedError for a launch that is not good now; uses nothing up."""
        ...

    async def launch(self, text: str) -> Launched:
        """Use a launch up: audited, with the system's name and the reason.

        Raises UnauthenticatedError, also for one that was used before.
        """
        ...
