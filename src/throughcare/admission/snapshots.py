"""What other nodes tell of people's Consents: taken whole, or refused and nothing changed."""

from dataclasses import dataclass
from typing import Final

import msgspec

from throughcare.actors import snapshots
from throughcare.admission.rooms import Rooms
from throughcare.admission.taking import Taking
from throughcare.kernel import DeniedError, Ids, NotFoundError, OverloadedError, ThroughcareError
from throughcare.model.audit import AuditEntry, permitted
from throughcare.model.request import Request, Role
from throughcare.store.protocol import Transaction

TAKERS: Final = frozenset({Role.IT_LEAD})
"""Roles that hand over what other nodes signed."""
ENDERS: Final = frozenset({Role.PRIVACY_OFFICER})
"""Roles that end what another node told."""


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Takes and ends snapshots. Each call is one transaction, with its line."""

    rooms: Rooms
    ids: Ids

    async def take(self, request: Request, text: str) -> None:
        """Take what another node signed of a person's Consents: it binds when this returns.

        Raises DeniedError for who may not, UnprocessableError whose place names the rule for what
        can't be believed, ConflictError where the person is not known here or what is held is
        newer. Each refusal is a line, and changes nothing.
        """
        audit = self._line(request)
        try:
            await self._take(request, text, audit)
        except ThroughcareError as error:
            if not isinstance(error, OverloadedError):
                await self._refuse(audit, error.place or type(error).__name__)
            raise

    async def _take(self, request: Request, text: str, audit: AuditEntry) -> None:
        if request.actor.role not in TAKERS:
            message = "Only the IT lead hands over consent snapshots. Ask for a token of that role."
            raise DeniedError(message)
        keys = {id_: peer.keys for id_, peer in self.rooms.profile.nodes.items()}
        found = snapshots.read(text, keys, self.rooms.node, request.at)
        what = f"{len(found.consents)} consents of node {found.node}, epoch {found.epoch}"

        async def work(tx: Transaction) -> None:
            persons = await Taking(self.rooms, tx, request.at).take(found, text)
            line = msgspec.structs.replace(audit.about(persons, len(persons)), what=what)
            await self.rooms.journal.record(tx, line)

        await self.rooms.store.transact(work)

    async def end(self, request: Request, number: str, node: str, why: str) -> None:
        """End what another node told of a person, with the reason in the ledger.

        Raises DeniedError for who may not, NotFoundError where nothing is held; each is a line.
        """
        what = f"what node {node} told is ended"
        audit = msgspec.structs.replace(self._line(request), what=what, reason=why)
        if request.actor.role not in ENDERS:
            await self._refuse(audit, what)
            message = "Only the privacy officer ends what another node told."
            raise DeniedError(message)

        async def work(tx: Transaction) -> None:
            persons = await self.rooms.persons.holders(tx, number)
            await Taking(self.rooms, tx, request.at).end(persons, number, node)
            await self.rooms.journal.record(tx, audit.about(persons, len(persons)))

        try:
            await self.rooms.store.transact(work)
        except NotFoundError:
            await self._refuse(audit, what)
            raise

    async def _refuse(self, audit: AuditEntry, what: str) -> None:
        line = msgspec.structs.replace(audit, id=self.ids.new(), outcome="deny", what=what)

        async def work(tx: Transaction) -> None:
            await self.rooms.journal.record(tx, line)

        await self.rooms.store.transact(work)

    def _line(self, request: Request) -> AuditEntry:
        return permitted(self.ids.new(), request, "snapshot", self.rooms.profile.version, "")
