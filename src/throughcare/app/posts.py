"""In which post somebody works: chosen as they sign in, and changed without signing out."""

from datetime import datetime
from typing import Final

from throughcare.actors.directory import Post, User
from throughcare.app.node import Node
from throughcare.app.pages import PagesOf
from throughcare.kernel import DeniedError, NotFoundError, UnauthenticatedError
from throughcare.model.audit import AuditEntry
from throughcare.store.protocol import Transaction
from throughcare.web.ports import Session, SignedIn
from throughcare.web.post_ports import Offered

NOT_THEIRS: Final = "This role was not given to you here. Choose one of those on the page."
_ENDED: Final = "Your session has ended. Ask for a new sign-in link."


class PostsOf:
    """Implements `throughcare.web.post_ports.PostNode`."""

    def __init__(self, node: Node, pages: PagesOf) -> None:
        """Sign users of `node` in."""
        self._node, self._pages = node, pages

    async def offered(self, code: str) -> tuple[Offered, ...]:
        """Return the posts of whom a code signs in, without using it up."""
        async with self._node.store.snapshot() as reader:
            link = await self._node.links.leads_to(reader, code)
            if link is None:
                return ()
            user = await self._node.directory.get(reader, link.user)
            posts = await self._node.directory.offered(reader, user)
        return _shown(posts) if len(posts) > 1 else ()

    async def sign_in(self, code: str, post: str) -> SignedIn | None:
        """Redeem a one-time code."""
        node = self._node

        async def work(tx: Transaction) -> str:
            redeemed = await node.links.redeem(tx, code)
            user = await node.directory.get(tx, redeemed.user)
            meant = next(each for each in user.posts if each.role is redeemed.role)
            return await self._opened(tx, user, _chosen(user, post) if post else meant)

        try:
            cookie = await node.store.transact(work)
        except (UnauthenticatedError, NotFoundError):
            return None
        return await self._signed_in(cookie)

    async def posts(self, session: Session) -> tuple[Offered, ...]:
        """Return the posts of whoever is signed in."""
        now = Post(session.actor.role, session.actor.organisation)
        async with self._node.store.snapshot() as reader:
            user = await self._node.directory.get(reader, session.actor.user)
        return _shown(tuple(sorted(user.posts, key=lambda post: post != now)))

    async def take(self, session: Session, post: str) -> SignedIn:
        """Go on in another post."""
        node, actor = self._node, session.actor
        before = Post(actor.role, actor.organisation).key

        async def work(tx: Transaction) -> str:
            old = await node.sessions.find(tx, session.cookie)
            user = await node.directory.get(tx, actor.user)
            chosen, what = _chosen(user, post), f"instead of {before}"
            cookie = await self._opened(tx, user, chosen, what, ends=old.expires)
            await node.sessions.end(tx, session.cookie)
            return cookie

        found = await self._signed_in(await node.store.transact(work))
        if found is None:
            raise UnauthenticatedError(_ENDED)
        return found

    async def _opened(
        self,
        tx: Transaction,
        user: User,
        post: Post,
        what: str = "",
        *,
        ends: datetime | None = None,
    ) -> str:
        """Open a session in a post, with its line in the ledger."""
        node = self._node
        entry = AuditEntry(
            id=node.ids.new(),
            at=node.clock.now(),
            action="sign-in",
            outcome="permit",
            user=user.id,
            role=post.role.value,
            organisation=post.organisation,
            purpose="",
            what=what,
        )
        await node.journal.record(tx, entry)
        await node.directory.choose(tx, user, post)
        return await node.sessions.open(tx, user, post.role, post.organisation, ends=ends)

    async def _signed_in(self, cookie: str) -> SignedIn | None:
        session = await self._pages.session(cookie)
        return SignedIn(cookie, session) if session else None


def _chosen(user: User, key: str) -> Post:
    for post in user.posts:
        if post.key == key:
            return post
    raise DeniedError(NOT_THEIRS)


def _shown(posts: tuple[Post, ...]) -> tuple[Offered, ...]:
    return tuple(Offered(post.key, post.role.value, post.organisation) for post in posts)
