"""The door out for an arrivals board: people of whom a reader may see that they come."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from throughcare.consent import finding
from throughcare.disclosure.disclosure import Disclosure
from throughcare.disclosure.gates import Ground
from throughcare.disclosure.lines import Look
from throughcare.disclosure.people import People
from throughcare.fhir import query
from throughcare.identity import PersonIndex
from throughcare.model.decision import Decision
from throughcare.model.request import Permission, Request
from throughcare.store.protocol import Reader
from throughcare.summary.arrivals import VISITS, WINDOW, Arrival, arrival, in_order, visit_of
from throughcare.summary.sifting import READ

_EMERGENCIES: Final = [("class", "EMER"), ("status", "planned,arrived,triaged,in-progress")]
About = Callable[[str], Awaitable[Request]]
"""Returns the request about a person, by opaque id: with what was said at this contact."""
_BOOKED: Final = "pending,booked,arrived,checked-in"


class Arrivals:
    """Reads the board of the reader's own organisation."""

    def __init__(self, door: Disclosure, people: People, persons: PersonIndex) -> None:
        """Stand on `door`; rows are read by `people`."""
        self._door = door
        self._people = people
        self._persons = persons

    async def board(self, request: Request, about: About) -> tuple[Arrival, ...]:
        """Return who has come within a day and who is expected within one.

        Visits are searched through the gate of a reader who was told yes, so that whose visit may
        not be seen even then is neither on the board nor in a count of it; nor is who has refused.
        Until somebody was asked, their row is the visit and who they are, as a search for people
        has it. Each time the board is shown is a look at everybody on it: one line in the ledger
        names them all. Raises DeniedError for roles that may not look people up.
        """
        async with self._door.rooms.store.snapshot() as reader:
            asked = replace(request, permission=Permission.GIVEN)
            ground = await self._door.ground(reader, asked)
            refusal = finding.refusal(request, ground.profile)
            await self._door.permit(request, refusal, "arrivals")
            board: list[Arrival] = []
            decisions: dict[int, Decision] = {}
            seen = 0
            for person in await self._coming(reader, ground):
                row, decisions[person], number = await self._row(reader, ground, person, about)
                seen += number
                if row:
                    board.append(row)
                else:
                    del decisions[person]
            look = Look("arrivals", "arrivals", decisions, seen, permitted=True)
            await self._door.lines.write(request, look)
            return in_order(board)

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

    async def _row(
        self, reader: Reader, ground: Ground, person: int, about: About
    ) -> tuple[Arrival | None, Decision, int]:
        """Return the row of a person, None if they are not due here; the decision; entries read."""
        request = ground.request
        visits, decision = await self._people.glance(reader, ground, person, VISITS)
        visit = visit_of(visits.entries, request.actor.organisation, request.at)
        if visit is None:
            return None, decision, 0
        known = await about(visits.public_id)
        if known.permission is Permission.REFUSED:
            return None, decision, 0
        if known.purpose is not request.purpose:  # a broken glass opens one record, not a list
            known = replace(request, permission=Permission.NOT_ASKED)
        own = await self._door.ground(reader, known)
        seen, decision = await self._people.glance(reader, own, person, sorted(READ))
        who = seen.banner(request.at.date())
        row = arrival(seen.public_id, who, visit, seen.entries, request.at)
        return row, decision, len(visits.entries) + len(seen.entries)
