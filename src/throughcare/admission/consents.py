"""What a Consent that came in leaves behind: who is told of it, and who has to look at it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from throughcare.admission.outcome import Written
from throughcare.admission.rooms import Rooms
from throughcare.admission.tasks import Kind, Tasks
from throughcare.consent import directives, directory, recording
from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.audit import AuditEntry
from throughcare.model.entry import Stored
from throughcare.model.submission import Remark, Submission
from throughcare.record import past
from throughcare.store.protocol import Transaction

RECORDED: Final = "recorded or changed a consent"
UNREAD: Final = (
    "This Consent can't be understood, so it denies all that it could cover until you send it "
    "corrected. {}"
)


@dataclass(frozen=True, slots=True)
class Consents:
    """Sees to the Consents of one submission, within its transaction."""

    rooms: Rooms
    tx: Transaction
    now: datetime

    async def see_to(
        self, submission: Submission, written: Iterable[Written], audit: AuditEntry, *, told: bool
    ) -> list[Remark]:
        """Raise and finish tasks for what was written; tell of it if a client sent it (`told`).

        Returns a remark to whoever sent it on each Consent that can't be understood.
        """
        places = {item.full_url: item.place or submission.place for item in submission.items}
        consents = [each for each in written if each.stored.type == "Consent"]
        remarks = []
        for each in consents:
            if faults := await self._look(each.stored, submission):
                place = places.get(each.full_url, submission.place)
                remarks.append(Remark(place, UNREAD.format("; ".join(faults))))
        if told:
            await self._tell([each.stored for each in consents], audit)
        return remarks

    async def _look(self, consent: Stored, submission: Submission) -> tuple[str, ...]:
        """Have somebody look at a Consent that can't be understood, until one can be.

        Returns what can't be, unless its feed was told already.
        """
        tasks = Tasks(self.tx, self.now)
        unreadable = () if consent.deleted else await self._unreadable(consent)
        if not unreadable:
            await tasks.finish(Kind.UNREADABLE_CONSENT, consent.id)
            return ()
        refused = submission.stands_for
        said = f"{refused.place}: {refused.rule}" if refused else "; ".join(unreadable)
        what = f"Consent/{consent.id} denies what it could cover until it is corrected. {said}"
        await tasks.call_for(Kind.UNREADABLE_CONSENT, consent.id, consent.subject, what)
        return () if refused else unreadable

    async def _unreadable(self, consent: Stored) -> tuple[str, ...]:
        """Return what of an active Consent can't be understood, in sentences without any value."""
        resource = fhir_bytes.read_again(consent.body)
        named, records = directory.named_in([resource]), self.rooms.records
        versions = await past.versions(records, self.tx, named, directory.behind)
        for name in sorted(versions):
            await self.tx.run("admission.name_reader", name=name)
        known = directory.names(versions)
        read = directives.read(resource, subject=0, version=0, known=known)
        return read.unreadable if read.active else ()

    async def _tell(self, consents: Collection[Stored], audit: AuditEntry) -> None:
        """Tell the person and the privacy officer that staff recorded a consent for the person.

        Nobody can then open a record for themselves unnoticed.
        """
        about = {consent.subject for consent in consents}
        own = {consent.subject for consent in consents if _is_to_own(consent, audit)}
        persons_of = self.rooms.persons.persons_of
        persons = await persons_of(self.tx, sorted(own))
        others = set(await persons_of(self.tx, sorted(about))) - set(persons)
        await tell(self.tx, persons, audit, f"{RECORDED} that opens to their own organisation")
        await tell(self.tx, sorted(others), audit)


async def tell(
    tx: Transaction, persons: Iterable[int], audit: AuditEntry, what: str = RECORDED
) -> None:
    """Tell each of `persons`, and the privacy officer, of a consent that staff recorded."""
    for person in persons:
        for kind in ("alert", "notice"):
            await tx.run(
                "admission.add_notice",
                notice=f"{kind}-{person}-{audit.id}",
                kind=kind,
                person=person,
                at=audit.at.isoformat(),
                audit=audit.id,
                who=f"{audit.user} {audit.organisation}".strip(),
                text=f"{audit.role} {what}",
            )


def _is_to_own(consent: Stored, audit: AuditEntry) -> bool:
    """Tell whether a Consent permits the organisation of whoever recorded it, by name."""
    resource = {} if consent.deleted else fhir_bytes.read_again(consent.body)
    return recording.names(resource, [audit.organisation])
