"""The door out for a person's Consents as another node is told of them."""

from collections.abc import Mapping
from typing import Any, Final

from throughcare.consent import directives, directory, snapshots
from throughcare.disclosure.disclosure import Disclosure
from throughcare.disclosure.gates import Ground
from throughcare.disclosure.lines import Look
from throughcare.fhir import bytes as fhir_bytes
from throughcare.identity import PersonIndex
from throughcare.kernel import ConflictError, NotFoundError
from throughcare.model.request import Request, Role
from throughcare.model.snapshot import LONGEST, Snapshot
from throughcare.record import past
from throughcare.store.protocol import Reader

ACTION: Final = "snapshot"
ISSUERS: Final = frozenset({Role.PRIVACY_OFFICER})
"""Roles that have a snapshot issued."""


class Snapshots:
    """Puts together what another node may know of a person's Consents."""

    def __init__(self, door: Disclosure, persons: PersonIndex, node: str) -> None:
        """Stand on `door`; `node` is this node's own id."""
        self._door = door
        self._persons = persons
        self._node = node

    async def issue(self, request: Request, number: str, audience: str) -> Snapshot:
        """Return the Consents in force of the person with an NHS number, for one named node.

        The line is in the ledger. Raises DeniedError for who may not, NotFoundError for a node
        that the profile does not name, or nobody with this number; ConflictError where a Consent
        here binds otherwise than it says.
        """
        what = f"consents to node {audience}"
        refusal = "" if request.actor.role in ISSUERS else "Only the privacy officer issues these."
        async with self._door.rooms.store.snapshot() as reader:
            ground = await self._door.gates.ground(reader, request)
            await self._door.permit(request, refusal, what)
            if audience not in ground.profile.nodes:
                await self._refuse(request, what)
                message = (
                    "The profile names no such node, so it is told nothing. Name it under [nodes], "
                    "with its key."
                )
                raise NotFoundError(message, place=audience)
            persons = await self._persons.holders(reader, number)
            if len(persons) != 1:
                await self._refuse(request, what)
                message = "No one person here has this NHS number. Look the person up again."
                raise NotFoundError(message)
            person = persons[0]
            consents = await self._consents(reader, ground, person)
            look = Look(ACTION, what, {}, len(consents), permitted=True, persons=(person,))
            await self._door.lines.write(request, look)
        issued = request.at.replace(microsecond=0)
        epoch = ground.known.context(person).epoch
        until = issued + LONGEST
        return Snapshot(self._node, audience, number, epoch, issued, until, tuple(consents))

    async def _refuse(self, request: Request, what: str) -> None:
        await self._door.lines.write(request, Look(ACTION, what, {}, 0, permitted=False))

    async def _consents(
        self, reader: Reader, ground: Ground, person: int
    ) -> list[Mapping[str, Any]]:
        """Return the Consents in force of this node's own record, each as it means the same there.

        Raises ConflictError where one binds otherwise than it says, since records were merged or
        split: the other node could not tell.
        """
        day, records = ground.request.day, self._door.rooms.records
        own = ground.known.context(person).directives
        said = {each.id: each for each in own if snapshots.is_in_force(each, day)}
        subjects = sorted({each.subject for each in said.values()})
        found = [
            fhir_bytes.parse(stored.body)
            for stored in await records.unfiltered(reader, subjects, types=["Consent"])
            if not stored.deleted and f"Consent/{stored.id}" in said
        ]
        named = directory.named_in(found)
        known = directory.names(await past.versions(records, reader, named, directory.behind))
        for resource in found:
            read = directives.read(resource, subject=0, version=0, known=known)
            if read.rules != said[read.id].rules:
                message = (
                    "A Consent of this person binds otherwise than it says, since records were "
                    "merged or split. See 'throughcare tasks', and have it recorded anew."
                )
                raise ConflictError(message)
        if len(found) > snapshots.MOST:
            message = f"A snapshot holds at most {snapshots.MOST} Consents. End those of old."
            raise ConflictError(message)
        return [snapshots.outgoing(each, known) for each in found]
