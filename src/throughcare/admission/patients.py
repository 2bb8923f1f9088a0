"""What no client does to a Patient that is stored: move it to another person, or make it young."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from throughcare.admission.rooms import Rooms
from throughcare.consent import bearings
from throughcare.consent.acting import turns
from throughcare.consent.proxies import ENDS_AT, Proxies
from throughcare.fhir import bytes as fhir_bytes
from throughcare.kernel import ConflictError, DeniedError
from throughcare.model.person import Placement
from throughcare.store.protocol import Reader

Json = Mapping[str, Any]

_MOVES: Final = (
    "By this change the Patient would be taken for another person's, and what its person decided "
    "would no longer bind it. Moving a record to another person is for a match reviewer: leave "
    "identifier, name, birthDate and gender as they are, and ask one."
)
_JOINS: Final = (
    "By this Patient, records that are two people's here would be taken for one person's, or those "
    "of one person for two people's, and what they decided would bind others. That is for a match "
    "reviewer: ask one, or send the Patient without the identifier that is also somebody else's."
)
_AGE: Final = (
    "A parent may act for somebody under {years}, and how far depends on the birth date. This role "
    "may not change one that is, or becomes, of that age. Ask one of: {roles} (locality.toml, "
    "[proxies])."
)

OWN_RIGHT: Final = (
    "Nobody records, reviews or reopens a right by which they act for somebody themselves. "
    "Ask a colleague who records it."
)


@dataclass(frozen=True, slots=True)
class Patients:
    """Looks at the Patients that a client changes, within one transaction."""

    rooms: Rooms
    tx: Reader

    async def mates(self, subject: int) -> Collection[int]:
        """Return the source records of the person of `subject`, itself among them."""
        found = {subject}
        for person in await self.rooms.persons.persons_of(self.tx, [subject]):
            found.update(await self.rooms.persons.subjects_of(self.tx, person))
        return found

    async def check_unmoved(self, placed: Placement, before: Collection[int], place: str) -> None:
        """Raise ConflictError where a Patient changes whose other records are, or whose it is.

        `before` are the records of its person as they were; none for a Patient that is new, which
        may come to a person, and joins no two.
        """
        if before and await self.mates(placed.subject) != before:
            raise ConflictError(_MOVES, place=place or None)
        if placed.regroups:
            raise ConflictError(_JOINS, place=place or None)

    async def check_own(self, user: str, subject: int, before: Json, after: Json) -> None:
        """Raise DeniedError if `user` opens a record to themselves, in which they act.

        By a grant to their own account, a finding of capacity, an end of a hold, or a birth date.
        """
        born = _of_other_age(before, after)
        either = (before, after)
        bears = any(map(bearings.bears, either)) and not bearings.holds(after)
        granted = user in bearings.accounts(after)
        if granted or ((born or bears) and user in await self.accounts(subject)):
            raise DeniedError(OWN_RIGHT)

    async def accounts(self, subject: int) -> Collection[str]:
        """Return every account that acts, or acted, for the person of `subject`.

        Whose grant has ended is refused as they would be under a hold: by none of the two do they
        learn which it is.
        """
        return {
            name
            for each in await self._consents(subject)
            for name in bearings.accounts(each, ended=True)
        }

    async def _consents(self, subject: int) -> list[Json]:
        found = sorted(await self.mates(subject))
        stored = await self.rooms.records.unfiltered(self.tx, found, types=["Consent"])
        return [fhir_bytes.parse(each.body) for each in stored if not each.deleted]


def check_age(role: str, proxies: Proxies, day: date, before: Json, after: Json) -> None:
    """Raise DeniedError if `role` may not make this of the birth date of a Patient on `day`.

    A parent's right ends by age, so who does not record grants does not move it either. Whether
    anybody acts for this person makes no difference: a refusal would tell it.
    """
    if not _of_other_age(before, after) or role in proxies.recorders:
        return
    if any(_is_minor(each, day) for each in (before, after)):
        roles = ", ".join(sorted(proxies.recorders))
        raise DeniedError(_AGE.format(years=ENDS_AT, roles=roles))


def _is_minor(patient: Json, day: date) -> bool:
    born = bearings.born(patient)
    return born is not None and day < turns(born, ENDS_AT)


def _of_other_age(before: Json, after: Json) -> bool:
    is_patient = before.get("resourceType") == "Patient"
    return is_patient and before.get("birthDate") != after.get("birthDate")
