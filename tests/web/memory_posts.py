"""Posts of a node in memory: one user has two."""

from dataclasses import replace

from throughcare.kernel import DeniedError
from throughcare.model.request import Actor, Role
from throughcare.web.ports import Session, SignedIn
from throughcare.web.post_ports import Offered
from web.memory import USERS, MemoryNode

BOTH = (Offered("paramedic@RX8", "paramedic", "RX8"), Offered("nurse@RXX", "nurse", "RXX"))


class MemoryPosts:
    """Implements `throughcare.web.post_ports.PostNode`."""

    def __init__(self, node: MemoryNode) -> None:
        """Sign users of `node` in."""
        self._node = node

    async def offered(self, code: str) -> tuple[Offered, ...]:
        """Return two posts of the one who has them."""
        return BOTH if code == "bank" and code in self._node.codes else ()

    async def sign_in(self, code: str, post: str) -> SignedIn | None:
        """Redeem once."""
        node = self._node
        if code not in node.codes:
            return None
        actor, name, asks, person = USERS[code]
        session = Session(actor, name, f"csrf-{code}", asks, person)
        if post:
            session = self._as(session, post)
        del node.codes[code]
        node.sessions[f"cookie-{code}"] = session
        return SignedIn(f"cookie-{code}", session)

    async def posts(self, session: Session) -> tuple[Offered, ...]:
        """Return them, that of now first."""
        now = f"{session.actor.role.value}@{session.actor.organisation}"
        if session.actor.user != "bank":
            return (Offered(now, session.actor.role.value, session.actor.organisation),)
        return tuple(sorted(BOTH, key=lambda each: each.key != now))

    async def take(self, session: Session, post: str) -> SignedIn:
        """End the session for another."""
        made = self._as(session, post)
        self._node.sessions.pop("cookie-bank", None)
        self._node.sessions["cookie-bank-2"] = made
        return SignedIn("cookie-bank-2", made)

    def _as(self, session: Session, post: str) -> Session:
        for each in BOTH if session.actor.user == "bank" else ():
            if each.key == post:
                actor = Actor("bank", Role(each.role), each.organisation)
                return replace(session, actor=actor, posts=len(BOTH))
        message = "This role was not given to you here."
        raise DeniedError(message)
