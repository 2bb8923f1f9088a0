"""The door out for a person's own page: all that they may see of their record."""

from dataclasses import dataclass

from throughcare.disclosure.choosing import EVERYTHING, Reads
from throughcare.disclosure.disclosure import Disclosure
from throughcare.disclosure.people import People
from throughcare.disclosure.sections import kept_back, limits_allergies, told
from throughcare.disclosure.views import Withheld
from throughcare.model.request import Request
from throughcare.summary.banner import Banner
from throughcare.summary.emergency import EmergencySummary, emergency_summary
from throughcare.summary.entry import SummaryEntry


@dataclass(frozen=True, slots=True)
class Owned:
    """A whole record as its person, or who acts for them, may see it."""

    person_id: str
    banner: Banner
    withheld: Withheld | None
    summary: EmergencySummary
    entries: tuple[SummaryEntry, ...]


class Owning:
    """Reads a person's own record, decided, masked and audited like a FHIR read."""

    def __init__(self, door: Disclosure, people: People) -> None:
        """Read through `people`."""
        self._door = door
        self._people = people

    async def record(
        self,
        request: Request,
        person_id: str,
        reads: Reads = EVERYTHING,
        action: str = "own-record",
    ) -> Owned:
        """Return all that may be seen, as far as it is read; the ledger calls the look `action`.

        Raises NotFoundError for an unknown person.
        """
        async with self._door.rooms.store.snapshot() as reader:
            ground, seen = await self._people.see(reader, request, person_id, action, reads)
            today = request.day
            summary = emergency_summary(
                seen.patients,
                seen.entries,
                seen.sources,
                today=today,
                title_limited=limits_allergies(ground, seen.person),
            )
            withheld = self._people.withheld(request, seen.decision)
            shown = kept_back(summary) if withheld else told(summary, ground)
            return Owned(
                seen.public_id,
                seen.banner(today),
                withheld,
                shown,
                () if withheld else seen.entries,
            )
