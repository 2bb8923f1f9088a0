"""On what ground somebody on the pages looks: what they stated about a person, and until when."""

from typing import Final

from msgspec import structs

from throughcare.actors.sessions import Session as Open
from throughcare.actors.sessions import Statement
from throughcare.app import relationships
from throughcare.app.node import Node
from throughcare.disclosure.people import NO_PERSON
from throughcare.kernel import ConflictError, DeniedError, NotFoundError
from throughcare.model.audit import AuditEntry, permitted
from throughcare.model.request import Permission, Purpose, Reason, Relationship, Request, Role
from throughcare.store.protocol import Reader, Transaction
from throughcare.web import ports

PURPOSES: Final = {
    Role.PATIENT: Purpose.PATRQT,
    Role.PROXY: Purpose.FAMRQT,
    Role.PRIVACY_OFFICER: Purpose.HOPERAT,
    Role.IT_LEAD: Purpose.HOPERAT,
    Role.ANALYST: Purpose.HOPERAT,
    Role.RESEARCHER: Purpose.HRESCH,
    Role.SOCIAL_WORKER: Purpose.CAREMGT,
    Role.CARE_ASSISTANT: Purpose.CAREMGT,
}
"""Ordinary purpose of each role; TREAT where none is given."""
UNABLE: Final = Reason("the person cannot be asked", "cannot-be-asked")


class Grounds:
    """Keeps what readers state, each statement with its line in the ledger in one transaction."""

    def __init__(self, node: Node) -> None:
        """Keep statements of `node`."""
        self._node = node

    async def permission(self, session: ports.Session, person_id: str, answer: Permission) -> None:
        """Keep what the person said at this contact."""
        purpose = Purpose.ETREAT if answer is Permission.UNABLE else Purpose.TREAT
        reason = UNABLE if answer is Permission.UNABLE else None
        await self._state(session, person_id, purpose, answer, reason, "permission")

    async def break_glass(self, session: ports.Session, person_id: str, reason: Reason) -> None:
        """Open the record by break-glass. Raises DeniedError for roles that may not."""
        if session.actor.role not in self._node.profile.break_glass_roles:
            message = "Your role may not break the glass here. Ask a clinician, or the person."
            raise DeniedError(message)
        await self._state(session, person_id, Purpose.BTG, Permission.UNABLE, reason, "break-glass")

    async def renew(self, session: ports.Session, person_id: str) -> None:
        """Break the glass again for the reason that was given in this session.

        Raises ConflictError where the glass was not broken here.
        """
        stated = await self.stated(session, person_id)
        if stated is None or stated.purpose is not Purpose.BTG or stated.reason is None:
            message = "The glass is not broken here. Open the record and say why you need it."
            raise ConflictError(message)
        await self.break_glass(session, person_id, stated.reason)

    async def hand_over(self, session: ports.Session, person_id: str) -> None:
        """Forget what was stated: from the next look on the reader is asked anew."""
        opened, person = await self._open(session), await self._person(person_id)
        line = self._line(session, person, "handover", self.request(session, None).purpose)

        async def work(tx: Transaction) -> None:
            await self._node.sessions.unstate(tx, opened, person)
            await self._node.journal.record(tx, line)

        await self._node.store.transact(work)

    async def stated(self, session: ports.Session, person_id: str) -> Statement | None:
        """Return what was stated in this session about a person, if anything."""
        opened, person = await self._open(session), await self._person(person_id)
        async with self._node.store.snapshot() as reader:
            return await self._node.sessions.stated(reader, opened, person)

    async def claim(self, session: ports.Session, person_id: str, reason: Reason) -> None:
        """Keep that the reader says they care for the person, though nobody recorded it."""
        purpose = PURPOSES.get(session.actor.role, Purpose.TREAT)
        permission = Permission.NOT_ASKED
        stated = await self.stated(session, person_id)
        if stated is not None and stated.purpose is purpose:
            permission = stated.permission
        await self._state(
            session, person_id, purpose, permission, reason, "claim", Relationship.SELF
        )

    async def request_about(self, session: ports.Session, person_id: str) -> Request:
        """Return the request that this session makes about a person now."""
        stated = await self.stated(session, person_id)
        if stated is not None:
            return self.request(session, stated)
        known = await self._relationship(session, await self._person(person_id))
        return structs.replace(self.request(session, None), relationship=known)

    async def is_signed_in(self, session: ports.Session) -> None:
        """Raise UnauthenticatedError unless the session is alive; it is not counted as use."""
        await self._open(session)

    async def request_in(self, reader: Reader, session: ports.Session, person: int) -> Request:
        """Return the request about a person in a snapshot, without counting it as use.

        Raises UnauthenticatedError once the session has ended.
        """
        opened = await self._node.sessions.find(reader, session.cookie)
        stated = await self._node.sessions.stated(reader, opened, person)
        if stated is not None:
            return self.request(session, stated)
        known = await relationships.relationship(self._node, reader, session.actor, person)
        return structs.replace(self.request(session, None), relationship=known)

    async def _relationship(self, session: ports.Session, person: int) -> Relationship:
        async with self._node.store.snapshot() as reader:
            return await relationships.relationship(self._node, reader, session.actor, person)

    def request(self, session: ports.Session, stated: Statement | None) -> Request:
        """Return the request of a session on the ground of a statement, or on none."""
        actor, now, id_ = session.actor, self._node.clock.now(), self._node.ids.new()
        if stated is None:
            purpose = PURPOSES.get(actor.role, Purpose.TREAT)
            return Request(actor, purpose, now, Relationship.YES, Permission.NOT_ASKED, id=id_)
        return Request(
            actor,
            stated.purpose,
            now,
            stated.relationship,
            stated.permission,
            stated.reason,
            until=stated.until if stated.purpose is Purpose.BTG else None,
            id=id_,
        )

    async def _state(  # noqa: PLR0913, PLR0917 - a statement has as many parts
        self,
        session: ports.Session,
        person_id: str,
        purpose: Purpose,
        permission: Permission,
        reason: Reason | None,
        action: str,
        claimed: Relationship | None = None,
    ) -> None:
        """Keep a statement; a claim of relationship stays until another ground takes its place."""
        node = self._node
        opened, person = await self._open(session), await self._person(person_id)
        before = await self.stated(session, person_id)
        if claimed is None and before is not None and before.relationship is Relationship.SELF:
            claimed = Relationship.SELF
        relationship = claimed or await self._relationship(session, person)
        kind = reason.code if reason and purpose is Purpose.BTG else permission.value
        line = self._line(session, person, action, purpose, kind, reason)

        async def work(tx: Transaction) -> None:
            await node.sessions.state(
                tx,
                opened,
                person,
                purpose,
                relationship=relationship,
                permission=permission,
                reason=reason,
            )
            await node.journal.record(tx, line)

        await node.store.transact(work)

    def _line(  # noqa: PLR0913, PLR0917 - a line has as many parts
        self,
        session: ports.Session,
        person: int,
        action: str,
        purpose: Purpose,
        what: str = "",
        reason: Reason | None = None,
    ) -> AuditEntry:
        request = Request(session.actor, purpose, self._node.clock.now())
        line = permitted(self._node.ids.new(), request, action, "", what).about((person,), 0)
        return structs.replace(line, reason=reason.text if reason else "")

    async def _open(self, session: ports.Session) -> Open:
        async with self._node.store.snapshot() as reader:
            return await self._node.sessions.find(reader, session.cookie)

    async def _person(self, person_id: str) -> int:
        async with self._node.store.snapshot() as reader:
            return await self._known(reader, person_id)

    async def _known(self, reader: Reader, person_id: str) -> int:
        found = await self._node.persons.by_public_id(reader, person_id)
        if found is None:
            raise NotFoundError(NO_PERSON)
        return found
