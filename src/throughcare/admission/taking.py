"""What another node tells of a person's Consents, within one transaction (ADR 0083)."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from throughcare.admission.rooms import Rooms
from throughcare.admission.tasks import Kind, Tasks
from throughcare.consent import snapshots
from throughcare.fhir import nhs
from throughcare.kernel import ConflictError, NotFoundError
from throughcare.model.directive import Told
from throughcare.model.snapshot import Snapshot
from throughcare.store.protocol import Transaction

NOTHING: Final = (
    "Nothing was taken: this node knows nobody whom the snapshot could be of, or holds one of them "
    "from this node that is as new or newer. Send the newest one, of somebody who is known here."
)
"""One sentence for all that depends on what is held here: nothing tells them apart."""


class Held(NamedTuple):
    """What is held of a node, in the order of its age."""

    epoch: int
    issued: int
    """Seconds since 1970."""
    body: str


@dataclass(frozen=True, slots=True)
class Taking:
    """Takes one snapshot that `throughcare.actors.snapshots.read` has passed, in a transaction."""

    rooms: Rooms
    tx: Transaction
    now: datetime

    async def take(self, snapshot: Snapshot, text: str) -> tuple[int, ...]:
        """Put a snapshot in the place of the one before, and raise the person's consent epoch.

        Returns the person; nobody where this very snapshot is held already. Raises ConflictError,
        in the same words, where the person is not known here, or what is held is newer.
        """
        persons: tuple[int, ...] = ()
        if nhs.is_nhs_number(snapshot.number):
            persons = await self.rooms.persons.holders(self.tx, snapshot.number)
        subjects = await self._subjects(snapshot.number, persons)
        newest = await self._newest(subjects, snapshot.node)
        if newest is not None and newest.body == text:
            return ()
        issued = int(snapshot.issued.timestamp())
        is_old = newest is not None and (snapshot.epoch, issued) <= (newest.epoch, newest.issued)
        if not subjects or is_old:
            raise ConflictError(NOTHING)
        await self._put(subjects, snapshot.node, Held(snapshot.epoch, issued, text))
        await self._call_for_help(snapshot, subjects)
        return persons

    async def end(self, persons: Sequence[int], number: str, node: str) -> None:
        """End what a node told of a person, in a row above it: it comes back with a newer state.

        Raises NotFoundError where nothing is held.
        """
        subjects = await self._subjects(number, persons)
        newest = await self._newest(subjects, node)
        if newest is None or not newest.body:
            message = "No snapshot of this node is held for this person. See who told of them."
            raise NotFoundError(message)
        over = Held(newest.epoch + 1, int(self.now.timestamp()), "")
        await self._put(subjects, node, over)
        for subject in subjects:
            await Tasks(self.tx, self.now).finish(Kind.UNREADABLE_CONSENT, f"{node}/{subject}")

    async def _subjects(self, number: str, persons: Sequence[int]) -> list[int]:
        """Return the source records with this number, if they are one person's."""
        person = persons[0] if len(persons) == 1 else 0
        rows = await self.tx.rows("admission.subjects_numbered", number=number, person=person)
        return [int(row[0] or 0) for row in rows]

    async def _newest(self, subjects: Sequence[int], node: str) -> Held | None:
        rows = await self.tx.rows(
            "admission.held_snapshots", subjects=json.dumps(subjects), node=node
        )
        held = [Held(int(e or 0), int(issued or 0), str(body)) for e, issued, body in rows]
        return max(held, default=None)

    async def _put(self, subjects: Sequence[int], node: str, held: Held) -> None:
        for subject in subjects:
            await self.tx.run(
                "admission.take_snapshot",
                subject=subject,
                node=node,
                epoch=held.epoch,
                issued=held.issued,
                taken=self.now.isoformat(),
                body=held.body,
            )
            await self.tx.run("admission.raise_epoch", subject=subject)

    async def _call_for_help(self, snapshot: Snapshot, subjects: Iterable[int]) -> None:
        """Have somebody look at Consents of it that can't be understood, until they can be."""
        told = Told(snapshot.node, snapshot.epoch, snapshot.issued, snapshot.until)
        tasks = Tasks(self.tx, self.now)
        for subject in subjects:
            read = snapshots.incoming(snapshot.consents, told, subject)
            unread = [each for one in read if one.active for each in one.unreadable]
            about = f"{snapshot.node}/{subject}"
            if unread:
                what = (
                    f"Node {snapshot.node} told of a Consent that can't be understood here; it "
                    f"denies what it could cover until it is corrected there. {'; '.join(unread)}"
                )
                await tasks.call_for(Kind.UNREADABLE_CONSENT, about, subject, what)
            else:
                await tasks.finish(Kind.UNREADABLE_CONSENT, about)
