"""A person's own switch: the Consents that it records or withdraws."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from throughcare.admission.naming import derived_id
from throughcare.admission.rooms import Rooms
from throughcare.consent import conflicts, directives, labels
from throughcare.consent.choices import SWITCHES, Switch, closing, refusal, said_again, withdrawn
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import index as fhir_index
from throughcare.kernel import ConflictError, NotFoundError
from throughcare.model.entry import Stored
from throughcare.record import NewEntry
from throughcare.store.protocol import Transaction

SOURCE = "person"
"""Source of what people decide themselves; they are the custodian too."""


@dataclass(frozen=True, slots=True)
class Switching:
    """Sets switches within one transaction."""

    rooms: Rooms
    tx: Transaction
    now: datetime

    async def set(self, person: int, key: str, *, share: bool, keep: bool = False) -> None:
        """Set the switch `key` of `person`; `keep` says again the exceptions that it would end.

        Raises NotFoundError for no such switch.
        """
        switch = SWITCHES.get(key)
        if switch is None:
            message = "There is no such choice. Go back to who can see."
            raise NotFoundError(message)
        subjects = await self.rooms.persons.subjects_of(self.tx, person)
        if share:
            await self._withdraw(subjects, switch)
        else:
            await self._refuse(subjects, switch)
            if keep:
                await self._keep(subjects, await self._ended(subjects, switch))

    async def keep(self, person: int, consent: str) -> None:
        """Date one active Consent of `person` anew. Raises NotFoundError for none of theirs."""
        if not await self._keep(
            await self.rooms.persons.subjects_of(self.tx, person), frozenset({consent})
        ):
            message = "There is no such choice any more. Go back to who can see."
            raise NotFoundError(message)

    async def _ended(self, subjects: tuple[int, ...], switch: Switch) -> frozenset[str]:
        """Return the Consents with an exception that the switch, as it now stands, ended."""
        read = [
            directives.read(
                fhir_bytes.parse(stored.body), subject=stored.subject, version=stored.version
            )
            for stored in await self._consents(subjects)
        ]
        by = {directive.id for directive in closing(read, switch)}
        return frozenset(each.consent for name in by for each in conflicts.ended(read, name))

    async def _keep(self, subjects: tuple[int, ...], consents: frozenset[str]) -> int:
        """Date `consents` anew, and return how many there were."""
        kept = 0
        for stored in await self._consents(subjects):
            resource = fhir_bytes.parse(stored.body)
            if f"Consent/{stored.id}" in consents and resource.get("status") == "active":
                await self._write(stored.subject, stored.id, said_again(resource, self.now), stored)
                kept += 1
        return kept

    async def _consents(self, subjects: tuple[int, ...]) -> list[Stored]:
        return await self.rooms.records.unfiltered(self.tx, subjects, types=["Consent"])

    async def _withdraw(self, subjects: tuple[int, ...], switch: Switch) -> None:
        for consent in await self._consents(subjects):
            resource = fhir_bytes.parse(consent.body)
            read = directives.read(resource, subject=consent.subject, version=consent.version)
            if closing([read], switch):
                await self.end(consent)

    async def end(self, consent: Stored) -> None:
        """Make a Consent inactive: a new version of it, so that what was said stays."""
        resource = fhir_bytes.parse(consent.body)
        await self._write(consent.subject, consent.id, withdrawn(resource), consent)

    async def _refuse(self, subjects: tuple[int, ...], switch: Switch) -> None:
        patients = await self.rooms.records.unfiltered(self.tx, subjects, types=["Patient"])
        if not patients:
            message = "There is no record of you here yet, so there is nothing to share."
            raise ConflictError(message)
        first = patients[0]
        id_ = derived_id(SOURCE, f"switch:{first.subject}:{switch.key}")
        await self._write(
            first.subject, id_, refusal(switch, f"Patient/{first.id}", self.now), None
        )

    async def _write(
        self, subject: int, id_: str, resource: Mapping[str, Any], before: Stored | None
    ) -> None:
        custodian = before.cls.custodian if before else SOURCE
        body = fhir_bytes.dump(resource)
        entry = NewEntry(
            subject=subject,
            type="Consent",
            id=id_,
            body=body,
            index=fhir_index.extract(resource),
            cls=labels.classify(resource, custodian=custodian),
            updated=self.now,
        )
        await self.rooms.records.put(self.tx, [entry])
        await self.tx.run("admission.raise_epoch", subject=subject)
