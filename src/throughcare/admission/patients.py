"""What no client does to a Patient that is stored: move it to another person, or make it young."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from throughcare.admission.rooms import Rooms
from throughcare.consent import bearings
from throughcare.fhir import bytes as fhir_bytes
from throughcare.kernel import ConflictError, DeniedError
from throughcare.store.protocol import Transaction

Json = Mapping[str, Any]

_MOVES: Final = (
    "By this change the Patient would be taken for another person's, and what its person decided "
    "would no longer bind it. Moving a record to another person is for a match reviewer: leave "
    "identifier, name, birthDate and gender as they are, and ask one."
)
_AGE: Final = (
    "A parent acts for this person, and how long depends on the birth date. This role may not "
    "change it. Ask one of: {roles} (locality.toml, [proxies])."
)


@dataclass(frozen=True, slots=True)
class Patients:
    """Looks at the Patients that a client changes, within one transaction."""

    rooms: Rooms
    tx: Transaction

    async def mates(self, subject: int) -> Collection[int]:
        """Return the source records of the person of `subject`, itself among them."""
        found = {subject}
        for person in await self.rooms.persons.persons_of(self.tx, [subject]):
            found.update(await self.rooms.persons.subjects_of(self.tx, person))
        return found

    async def check_unmoved(self, subject: int, before: Collection[int], place: str) -> None:
        """Raise ConflictError where other records are its person's than those `before`."""
        if await self.mates(subject) != before:
            raise ConflictError(_MOVES, place=place or None)

    async def check_age(self, role: str, subject: int, before: Json, after: Json) -> None:
        """Raise DeniedError if `role` may not make this of the birth date of a Patient.

        A parent's right ends by age, so who does not record grants does not move it either.
        """
        roles = self.rooms.profile.proxies.recorders
        is_other = before.get("birthDate") != after.get("birthDate")
        if before.get("resourceType") != "Patient" or not is_other or role in roles:
            return
        found = sorted(await self.mates(subject))
        for stored in await self.rooms.records.unfiltered(self.tx, found, types=["Consent"]):
            if not stored.deleted and bearings.by_age(fhir_bytes.parse(stored.body)):
                raise DeniedError(_AGE.format(roles=", ".join(sorted(roles))))
