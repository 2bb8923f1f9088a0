"""Who acts for a person, as the pages record it: grants, reviews, findings of capacity, holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from throughcare.admission.naming import derived_id
from throughcare.admission.rooms import Rooms
from throughcare.consent import bearings, directives, labels
from throughcare.consent.acting import is_grant, names
from throughcare.consent.choices import withdrawn
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import index as fhir_index
from throughcare.kernel import ConflictError, NotFoundError
from throughcare.model import granting
from throughcare.model.directive import Directive
from throughcare.model.entry import Stored
from throughcare.model.granting import Grant
from throughcare.record import NewEntry
from throughcare.store.protocol import Transaction


@dataclass(frozen=True, slots=True)
class Agencies:
    """Records within one transaction; all of it is in force when that is committed."""

    rooms: Rooms
    tx: Transaction
    now: datetime
    custodian: str
    """Whose record it becomes: the organisation that records it, or ``person``."""

    async def grant(self, person: int, grant: Grant) -> int:
        """Record a grant; the same account in the same right again is a new version of it.

        Returns the source record that it lies with.
        """
        subject, patient = await self._patient(person)
        resource = granting.consent(grant, patient, self.now)
        key = f"grant:{subject}:{grant.right.value}:{grant.account}"
        await self._write("Consent", derived_id(self.custodian, key), subject, resource)
        for mate in await self.rooms.persons.subjects_of(self.tx, person):
            await self.tx.run("admission.raise_epoch", subject=mate)
        return subject

    async def end_all(self, person: int, account: str) -> None:
        """End every grant of `person` to an account; none may be left."""
        subjects = await self.rooms.persons.subjects_of(self.tx, person)
        for stored in await self.rooms.records.unfiltered(self.tx, subjects, types=["Consent"]):
            if not stored.deleted and any(names(rule, account) for rule in _read(stored).rules):
                await self._rewrite(stored, withdrawn(fhir_bytes.parse(stored.body)))

    async def end(self, person: int, consent: str, *, delegated: bool) -> None:
        """End a grant of `person`. Raises NotFoundError for none, or none of the kind.

        With `delegated`, only what the person gave themselves; what law gives, staff end.
        """
        stored = await self._grant(person, consent)
        read = _read(stored)
        given = [rule for rule in read.rules if is_grant(rule) and rule.right is None]
        if delegated and (len(given) != len(read.rules) or not given):
            message = "Only what you gave yourself ends here. Ask the GP practice about the rest."
            raise ConflictError(message)
        resource = withdrawn(fhir_bytes.parse(stored.body))
        await self._rewrite(stored, resource)

    async def review(self, person: int, consent: str, on: date) -> None:
        """Write down that a grant was reviewed with the person on a day."""
        stored = await self._grant(person, consent)
        resource = {**fhir_bytes.parse(stored.body), **granting.verification(on)}
        await self._rewrite(stored, resource)

    async def capacity(
        self, person: int, *, lacking: bool, since: date, until: date | None, by: str
    ) -> None:
        """Record a finding of capacity; one of the same organisation and day replaces it."""
        subject, patient = await self._patient(person)
        flag = granting.capacity(patient, lacking=lacking, since=since, until=until, by=by)
        id_ = derived_id(self.custodian, f"capacity:{subject}:{since.isoformat()}")
        await self._write("Flag", id_, subject, flag)

    async def hold(self, person: int, by: str) -> None:
        """Set a safeguarding hold."""
        subject, patient = await self._patient(person)
        flag = granting.hold(patient, self.now.date(), by)
        await self._write("Flag", derived_id(self.custodian, f"hold:{subject}"), subject, flag)

    async def lift(self, person: int) -> None:
        """Lift every safeguarding hold of a person, whoever set it."""
        subjects = await self.rooms.persons.subjects_of(self.tx, person)
        for stored in await self.rooms.records.unfiltered(self.tx, subjects, types=["Flag"]):
            resource = {} if stored.deleted else fhir_bytes.parse(stored.body)
            if bearings.holds(resource):
                ended = {**resource, "status": "inactive"}
                await self._rewrite(stored, ended)

    async def _patient(self, person: int) -> tuple[int, dict[str, Any]]:
        subjects = await self.rooms.persons.subjects_of(self.tx, person)
        patients = await self.rooms.records.unfiltered(self.tx, subjects, types=["Patient"])
        live = [patient for patient in patients if not patient.deleted]
        if not live:
            message = "There is no record of this person here yet. Load one first."
            raise ConflictError(message)
        return live[0].subject, {"reference": f"Patient/{live[0].id}"}

    async def _grant(self, person: int, consent: str) -> Stored:
        subjects = await self.rooms.persons.subjects_of(self.tx, person)
        for stored in await self.rooms.records.unfiltered(self.tx, subjects, types=["Consent"]):
            found = stored.id == consent and not stored.deleted
            if found and any(map(is_grant, _read(stored).rules)):
                return stored
        message = "There is no such right to act, or no longer. Go back to the list."
        raise NotFoundError(message)

    async def _rewrite(self, stored: Stored, resource: Mapping[str, Any]) -> None:
        """Store the next version of an entry, which stays with its custodian."""
        where = (stored.type, stored.id, stored.subject)
        await self._write(*where, resource, custodian=stored.cls.custodian)

    async def _write(
        self,
        kind: str,
        id_: str,
        subject: int,
        resource: Mapping[str, Any],
        *,
        custodian: str = "",
    ) -> None:
        entry = NewEntry(
            subject=subject,
            type=kind,
            id=id_,
            body=fhir_bytes.dump(resource),
            index=fhir_index.extract(resource),
            cls=labels.classify(resource, custodian=custodian or self.custodian),
            updated=self.now,
        )
        await self.rooms.records.put(self.tx, [entry])
        await self.tx.run("admission.raise_epoch", subject=subject)


def _read(stored: Stored) -> Directive:
    resource = fhir_bytes.parse(stored.body)
    return directives.read(resource, subject=stored.subject, version=stored.version)
