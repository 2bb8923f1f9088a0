"""The door in for those who act for others: what the person gives, and what staff record."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import date, datetime
from typing import Final

import msgspec

from throughcare.admission.agency import Agencies
from throughcare.admission.announcing import Announcing
from throughcare.admission.consents import tell
from throughcare.admission.patients import OWN_RIGHT, Patients
from throughcare.admission.rooms import Rooms
from throughcare.consent.announcing import Announcement
from throughcare.consent.looks import SAFEGUARDING
from throughcare.kernel import DeniedError, Ids
from throughcare.model.audit import AuditEntry, permitted
from throughcare.model.granting import Grant
from throughcare.model.request import Request, Role
from throughcare.store.protocol import Transaction

PERSON: Final = "person"
"""Custodian of what people decide themselves."""

Work = Callable[[Agencies], Awaitable[None]]


class Agents:
    """Each call is one transaction with its line in the ledger, in force when it returns."""

    def __init__(self, rooms: Rooms, ids: Ids) -> None:
        """Stand on `rooms`."""
        self._rooms = rooms
        self._ids = ids

    async def delegate(self, request: Request, grant: Grant) -> None:
        """Let somebody act for the person who asks. Raises DeniedError to anybody else."""
        person = await self.own(request)
        await self._grant(request, "delegate", person, grant)

    async def take_back(self, request: Request, consent: str) -> None:
        """End what the person who asks has given. Raises DeniedError, NotFoundError, ConflictError.

        No look by it succeeds that begins after this returns.
        """
        person = await self.own(request)

        def work(found: Agencies) -> Awaitable[None]:
            return found.end(person, consent, delegated=True)

        await self.carry_out(request, "end-delegation", person, work)

    async def record(self, request: Request, person: int, grant: Grant) -> None:
        """Record a grant for a person; they and the privacy officer are told."""
        await self._may(request, self._rooms.profile.proxies.recorders, "grant")
        if grant.account == request.actor.user:
            await self._refuse(request, "grant", OWN_RIGHT)
        await self._grant(request, "grant", person, grant)

    async def review(self, request: Request, person: int, consent: str) -> None:
        """Write down that a grant was reviewed with the person today; they are told."""
        await self._may(request, self._rooms.profile.proxies.recorders, "review-grant")
        await self._not_own(request, person, "review-grant")
        day = request.at.date()  # as it is stored: a review dated after that was not made

        def work(found: Agencies) -> Awaitable[None]:
            return found.review(person, consent, day)

        await self.carry_out(request, "review-grant", person, work)

    async def end(self, request: Request, person: int, consent: str) -> None:
        """End a grant for a person; they are told."""
        await self._may(request, self._rooms.profile.proxies.recorders, "end-grant")

        def work(found: Agencies) -> Awaitable[None]:
            return found.end(person, consent, delegated=False)

        await self.carry_out(request, "end-grant", person, work)

    async def capacity(
        self, request: Request, person: int, *, lacking: bool, since: date, until: date | None
    ) -> None:
        """Record a finding of capacity by the role and organisation that asks."""
        await self._may(request, self._rooms.profile.proxies.recorders, "capacity")
        await self._not_own(request, person, "capacity")
        by = f"{request.actor.role.value}, {request.actor.organisation}"

        def work(found: Agencies) -> Awaitable[None]:
            return found.capacity(person, lacking=lacking, since=since, until=until, by=by)

        await self.carry_out(request, "capacity", person, work)

    async def hold(self, request: Request, person: int, *, held: bool) -> None:
        """Set or lift a safeguarding hold: nobody who acts for the person is told of it."""
        await self._may(request, self._rooms.profile.proxies.holders, "hold")
        if not held:
            await self._not_own(request, person, "lift-hold")
        by = f"{request.actor.role.value}, {request.actor.organisation}"

        def work(found: Agencies) -> Awaitable[None]:
            return found.hold(person, by) if held else found.lift(person)

        await self.carry_out(request, "hold" if held else "lift-hold", person, work)

    async def tell(self, due: Iterable[Announcement], at: datetime) -> int:
        """Tell those concerned what is due and was not told yet; return how much that was."""
        return await Announcing(self._rooms, self._ids).tell(due, at)

    async def _grant(self, request: Request, action: str, person: int, grant: Grant) -> None:
        async def work(found: Agencies) -> None:
            await found.grant(person, grant)

        await self.carry_out(request, action, person, work)

    async def own(self, request: Request) -> int:
        """Return the person who asks. Raises DeniedError, audited, to anybody else."""
        person = request.actor.person
        if request.actor.role is not Role.PATIENT or person is None:
            await self._refuse(request, "delegate", "Only the person chooses who acts for them.")
        async with self._rooms.store.snapshot() as reader:
            return await self._rooms.persons.survivor(reader, person or 0)

    async def _may(self, request: Request, roles: frozenset[Role], action: str) -> None:
        if request.actor.role not in roles:
            named = ", ".join(sorted(roles))
            await self._refuse(request, action, f"This is for the roles {named} here.")

    async def _not_own(self, request: Request, person: int, action: str) -> None:
        """Refuse to whoever acts for the person what would open the record to themselves."""
        async with self._rooms.store.snapshot() as reader:
            among = Patients(self._rooms, reader)
            subjects = await self._rooms.persons.subjects_of(reader, person)
            named = [await among.accounts(subject) for subject in subjects[:1]]
        if any(request.actor.user in each for each in named):
            await self._refuse(request, action, OWN_RIGHT)

    async def _refuse(self, request: Request, action: str, message: str) -> None:
        line = msgspec.structs.replace(self._line(request, action), outcome="deny")

        async def work(tx: Transaction) -> None:
            await self._rooms.journal.record(tx, line)

        await self._rooms.store.transact(work)
        raise DeniedError(message)

    async def carry_out(self, request: Request, action: str, person: int, work: Work) -> None:
        """Do `work` about a person in one transaction with its line."""
        line = self._line(request, action).about((person,), 1)
        custodian = request.actor.organisation or PERSON

        async def write(tx: Transaction) -> None:
            await work(Agencies(self._rooms, tx, request.at, custodian))
            if not line.labels and request.actor.role is not Role.PATIENT:
                await tell(tx, [person], line)
            await self._rooms.journal.record(tx, line)

        await self._rooms.store.transact(write)

    def _line(self, request: Request, action: str) -> AuditEntry:
        line = permitted(self._ids.new(), request, action, self._rooms.profile.version)
        held = action in {"hold", "lift-hold"}
        return msgspec.structs.replace(line, labels=(SAFEGUARDING,) if held else ())
