"""The door out for an arrivals board: people of whom a reader may see that they come."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Final, NamedTuple

from msgspec import structs

from throughcare.consent import finding
from throughcare.disclosure.disclosure import Disclosure
from throughcare.disclosure.gates import Ground
from throughcare.disclosure.lines import Look
from throughcare.disclosure.people import SUMMARY, People, Reads
from throughcare.fhir import query
from throughcare.identity import PersonIndex
from throughcare.model.decision import Decision
from throughcare.model.request import Permission, Request
from throughcare.store.protocol import Reader
from throughcare.summary.arrivals import VISITS, WINDOW, Arrival, arrival, in_order, visit_of

About = Callable[[Reader, int], Awaitable[Request]]
"""Returns the request about a person, by number: with what was said at this contact."""
_EMERGENCIES: Final = [("class", "EMER"), ("status", "planned,arrived,triaged,in-progress")]
_BOOKED: Final = "pending,booked,arrived,checked-in"


class Newest(NamedTuple):
    """How new a record is: another one as soon as a consent or an entry has changed."""

    epoch: int
    entry: int


@dataclass(frozen=True, slots=True)
class _Row:
    """Somebody on the board, and what the ledger is to know of it."""

    person: int
    arrival: Arrival
    decision: Decision
    seen: int


class Arrivals:
    """Reads the board of the reader's own organisation."""

    def __init__(self, door: Disclosure, people: People, persons: PersonIndex) -> None:
        """Stand on `door`; rows are read by `people`."""
        self._door = door
        self._people = people
        self._persons = persons

    async def newest(self) -> Newest:
        """Return how new the record is: cheap enough to be asked twice a second."""
        async with self._door.rooms.store.snapshot() as reader:
            ((epoch, entry),) = await reader.rows("disclosure.newest")
            return Newest(int(epoch or 0), int(entry or 0))

    async def board(
        self, request: Request, about: About, shown: Collection[Arrival] | None = None
    ) -> tuple[Arrival, ...]:
        """Return who has come within a day and who is expected within one.

        Visits are searched through the gate of a reader who was told yes, so that whose visit may
        not be seen even then is neither on the board nor in a count of it; nor is who has refused.
        Until somebody was asked, their row is the visit and who they are, as a search for people
        has it. Each time the board is shown is a look at everybody on it: one line in the ledger
        names them all. Where the reader has it open, `shown` is what stands there: then a look is
        what is new or has changed, and where nothing has, nobody was looked at. Raises DeniedError
        for roles that may not look people up.
        """
        async with self._door.rooms.store.snapshot() as reader:
            asked = structs.replace(request, permission=Permission.GIVEN)
            ground = await self._door.ground(reader, asked)
            refusal = finding.refusal(request, ground.profile)
            await self._door.permit(request, refusal, "arrivals")
            coming = await self._coming(reader, ground)
            board = [
                row
                for person in coming
                if (row := await self._row(reader, ground, person, about)) is not None
            ]
            fresh = (
                board if shown is None else [each for each in board if each.arrival not in shown]
            )
            if fresh or shown is None:
                decisions = {each.person: each.decision for each in fresh}
                seen = sum(each.seen for each in fresh)
                look = Look("arrivals", "arrivals", decisions, seen, permitted=True)
                await self._door.lines.write(request, look)
            return in_order(each.arrival for each in board)

    async def _coming(self, reader: Reader, ground: Ground) -> tuple[int, ...]:
        now, records = ground.request.at, self._door.rooms.records
        booked = [
            ("status", _BOOKED),
            ("date", f"ge{(now - WINDOW).isoformat()}"),
            ("date", f"le{(now + WINDOW).isoformat()}"),
        ]
        subjects: frozenset[int] = frozenset()
        for type_, asked in (("Encounter", _EMERGENCIES), ("Appointment", booked)):
            subjects |= await records.subjects_of(reader, query.parse(type_, asked), ground.gate)
        return await self._persons.persons_of(reader, subjects - {0})

    async def _row(self, reader: Reader, ground: Ground, person: int, about: About) -> _Row | None:
        """Return the row of a person; None if they are not due here, or have refused."""
        request = ground.request
        visits, _ = await self._people.glance(reader, ground, person, Reads(VISITS))
        visit = visit_of(visits.entries, request.actor.organisation, request.at)
        if visit is None:
            return None
        known = await about(reader, person)
        if known.permission is Permission.REFUSED:
            return None
        if known.purpose is not request.purpose:  # a broken glass opens one record, not a list
            known = structs.replace(request, permission=Permission.NOT_ASKED)
        own = await self._door.ground(reader, known)
        seen, decision = await self._people.glance(reader, own, person, SUMMARY)
        who = seen.banner(request.at.date())
        row = arrival(seen.public_id, who, visit, seen.entries, request.at, unread=not seen.count)
        return _Row(person, row, decision, visits.count + seen.count)
