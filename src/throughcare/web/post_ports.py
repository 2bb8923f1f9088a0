"""What signing in, and working in another post, ask of a node."""

from dataclasses import dataclass
from typing import Protocol

from throughcare.web.ports import Session, SignedIn


@dataclass(frozen=True, slots=True)
class Offered:
    """A post that somebody may work in: a role in an organisation."""

    key: str
    """What the form names it by."""
    role: str
    """As `throughcare.model.request.Role`."""
    organisation: str
    """ODS code; "" for the person themselves and their family."""


class PostNode(Protocol):
    """The node, as far as posts go."""

    async def offered(self, code: str) -> tuple[Offered, ...]:
        """Return the posts of whom a one-time code signs in, the one chosen last first.

        Uses nothing up. Empty where there is nothing to choose, or the code is not good.
        """
        ...

    async def sign_in(self, code: str, post: str) -> SignedIn | None:
        """Redeem a one-time code, audited; None if it is unknown, used or expired.

        "" is the post that the code was made for. Raises DeniedError for a post that is not theirs;
        the code is good still.
        """
        ...

    async def posts(self, session: Session) -> tuple[Offered, ...]:
        """Return all posts of whoever is signed in, the one that they work in first."""
        ...

    async def take(self, session: Session, post: str) -> SignedIn:
        """Go on in another post, audited: a fresh session, and the one given ends.

        What was stated about people ends with it: it was stated in another role. Raises DeniedError
        for a post that is not theirs.
        """
        ...
