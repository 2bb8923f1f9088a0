"""A task finished by hand: what holds on its account ends with it."""

from dataclasses import dataclass
from datetime import datetime

from throughcare.admission.rooms import Rooms
from throughcare.admission.switching import Switching
from throughcare.admission.tasks import Kind, Tasks, task_of
from throughcare.fhir import bytes as fhir_bytes
from throughcare.intake.consents import UNREADABLE
from throughcare.kernel import ConflictError, NotFoundError
from throughcare.model.entry import Stored
from throughcare.store.protocol import Transaction


@dataclass(frozen=True, slots=True)
class Finishing:
    """Finishes tasks within one transaction."""

    rooms: Rooms
    tx: Transaction
    now: datetime

    async def finish(self, task: str) -> tuple[int, ...]:
        """Finish an open task; return the persons whose consents are others since.

        The denial that stands for an unread row ends, and a Consent that binds two people binds
        its own record alone. Any other Consent that can't be read goes on
        denying, so its task is finished by correcting it: ConflictError. NotFoundError for no open
        task with this id.
        """
        rows = await self.tx.rows("admission.task", task=task)
        if not rows:
            message = "There is no open task with this id. 'throughcare tasks' lists them."
            raise NotFoundError(message)
        found = task_of(rows[0])
        persons: tuple[int, ...] = ()
        if found.kind == Kind.UNREADABLE_CONSENT:
            consent = await self._stand_in(found.id.partition(":")[2])
            await Switching(self.rooms, self.tx, self.now).end(consent)
            persons = tuple(await self.rooms.persons.persons_of(self.tx, [consent.subject]))
        elif found.kind == Kind.UNASSIGNED_CONSENT:
            persons = await self._unbind(found.id.partition(":")[2])
        await Tasks(self.tx, self.now).close(found.id)
        return persons

    async def _unbind(self, consent: str) -> tuple[int, ...]:
        """Have a Consent count for the record that it stands in alone; return whom it bound."""
        rows = await self.tx.rows("admission.bound_by", consent=consent)
        subjects = sorted({int(str(subject)) for row in rows for subject in row})
        await self.tx.run("admission.unbind", consent=consent)
        for subject in subjects:
            await self.tx.run("admission.raise_epoch", subject=subject)
        return tuple(await self.rooms.persons.persons_of(self.tx, subjects))

    async def _stand_in(self, id_: str) -> Stored:
        """Return the Consent that stands for an unread row. Raises ConflictError if it is none."""
        consent = await self.rooms.records.current(self.tx, "Consent", id_)
        resource = {} if consent is None else fhir_bytes.read_again(consent.body)
        marks = {each.get("url") for each in resource.get("modifierExtension", ())}
        if consent is None or UNREADABLE not in marks:
            message = (
                f"Consent/{id_} denies until it is corrected: send a version of it that can be "
                "read, or one with status inactive. The task then finishes by itself."
            )
            raise ConflictError(message)
        return consent
