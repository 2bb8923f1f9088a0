"""The door out for documents: the International Patient Summary of one person."""

import uuid
from typing import Final

from throughcare.disclosure import mask
from throughcare.disclosure.choosing import Reads
from throughcare.disclosure.gates import Ground
from throughcare.disclosure.lines import Look
from throughcare.disclosure.links import persons
from throughcare.disclosure.people import People, Seen
from throughcare.disclosure.sections import kept_back, limits, limits_allergies, told
from throughcare.disclosure.wholes import Wholes
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import query
from throughcare.kernel import Clock, Ids, UnprocessableError
from throughcare.model.entry import Category, EntryClass
from throughcare.model.request import Request
from throughcare.model.submission import Json
from throughcare.summary import ips, sifting
from throughcare.summary.emergency import EmergencySummary, emergency_summary
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.ips import Frame, document

TYPES: Final = tuple(sorted(sifting.READ | ips.READ))
SECTIONS: Final = {
    "medicines": EntryClass("MedicationRequest", Category.MEDICINE),
    "conditions": EntryClass("Condition", Category.CONDITION),
}
"""Sections that a document must have, with what they are made of; allergies tell it themselves."""


class Documents:
    """Summaries as documents, each decided, masked and audited like a FHIR read."""

    def __init__(self, wholes: Wholes, people: People, ids: Ids, clock: Clock) -> None:
        """Read through `wholes` and `people`; each document gets names from `ids`."""
        self._wholes = wholes
        self._people = people
        self._ids = ids
        self._clock = clock

    async def summary(
        self, request: Request, patient: str, base: str, action: str = "summary"
    ) -> bytes:
        """Return the summary of the person of a Patient as a document Bundle in JSON.

        `base` is the node's address as the client sees it, `action` what the ledger calls it.
        Raises NotFoundError for a Patient that is hidden or unknown.
        """
        look = Look(action, f"Patient/{patient}/$summary", {}, 0)
        async with self._wholes.door.rooms.store.snapshot() as reader:
            ground = await self._wholes.door.ground(reader, request)
            subjects = await self._wholes.subjects(reader, ground, patient, look.action)
            (person,) = await persons(reader, subjects)
            seen = await self._people.seen(reader, ground, person, look, Reads(TYPES))
            frame = Frame(f"Patient/{patient}", base, *self._urns(), self._clock.now())
            shown = _summary(ground, seen)
            bundle, chosen = document(shown, seen.entries, _limited(ground, person), frame)
            links = {link for entry in chosen for link in mask.links(entry.resource)}
            supporting = await self._wholes.supporting(reader, ground, links)
        bundle["entry"] += [_entry(base, entry) for entry in chosen]
        bundle["entry"] += [
            {
                "fullUrl": f"{base}/{entry.type}/{entry.id}",
                "resource": fhir_bytes.read_again(entry.body),
            }
            for entry in supporting
        ]
        return fhir_bytes.dump(bundle)

    async def patient(self, request: Request, identifier: str) -> str:
        """Return the logical id of a Patient with an identifier, ``system|value``.

        One that may not be seen is as if it were not there. Raises NotFoundError, audited, where
        there is none, UnprocessableError where it is more than one person's.
        """
        asked = query.parse("Patient", [("identifier", identifier)])
        door = self._wholes.door
        async with door.rooms.store.snapshot() as reader:
            ground = await door.ground(reader, request)
            page = await door.rooms.records.search(reader, asked, ground.gate)
            if not page.entries:
                await door.one(reader, ground, None, "summary", "Patient/$summary?identifier")
            if len(await persons(reader, {each.subject for each in page.entries})) > 1:
                message = "This identifier is of more than one person. Ask by the id of a Patient."
                raise UnprocessableError(message, place="identifier")
            return page.entries[0].id

    def _urns(self) -> tuple[str, str, str]:
        """Return three names that nothing else has."""
        first, second, third = (uuid.UUID(hex=self._ids.new()).urn for _ in range(3))
        return first, second, third


def _summary(ground: Ground, seen: Seen) -> EmergencySummary:
    limited = limits_allergies(ground, seen.person)
    today = ground.request.day
    found = emergency_summary(
        seen.patients, seen.entries, seen.sources, today=today, title_limited=limited
    )
    return told(found, ground) if seen.decision.permitted else kept_back(found)


def _limited(ground: Ground, person: int) -> frozenset[str]:
    return frozenset(name for name, cls in SECTIONS.items() if limits(ground, person, cls))


def _entry(base: str, entry: SummaryEntry) -> Json:
    return {"fullUrl": f"{base}/{entry.reference}", "resource": entry.resource}
