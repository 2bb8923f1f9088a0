"""The door out for an arrivals board: people of whom a reader may see that they come."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from msgspec import structs

from throughcare.consent import finding
from throughcare.disclosure.choosing import ARRIVAL, Reads
from throughcare.disclosure.disclosure import Disclosure
from throughcare.disclosure.gates import Ground
from throughcare.disclosure.lines import Look
from throughcare.disclosure.people import People, Seen
from throughcare.fhir import query
from throughcare.identity import PersonIndex
from throughcare.kernel import day_of
from throughcare.model.decision import Decision
from throughcare.model.request import Permission, Request
from throughcare.store.protocol import Reader
from throughcare.summary.arrivals import (
    VISITS,
    WINDOW,
    Arrival,
    Visit,
    arrival,
    in_order,
    visit_of,
)
from throughcare.summary.sifting import READ

About = Callable[[Reader, int], Awaitable[Request]]
"""Returns the request about a person, by number: with what was said at this contact."""
MOST_CHANGES: Final = 500
"""More are not looked through: whoever has a board open then reads it anew."""
_EMERGENCIES: Final = [("class", "EMER"), ("status", "planned,arrived,triaged,in-progress")]
_BOOKED: Final = "pending,booked,arrived,checked-in"


class Newest(NamedTuple):
    """How new a record is: another one as soon as a consent or an entry has changed, or ended."""

    epoch: int
    entry: int
    ended: int = 0
    """How many moments are past at which a choice begins or ends; midnights are among them."""


@dataclass(frozen=True, slots=True)
class Stirred:
    """What was written between two moments that may be on a board."""

    persons: frozenset[str] = frozenset()
    everybody: bool = False
    """True where it may be about anybody: a visit, a consent, or more than is looked through."""

    def touches(self, board: Collection[Arrival]) -> bool:
        """Tell whether a row of `board` may be another one now, or missing."""
        return self.everybody or any(row.person_id in self.persons for row in board)


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

    async def newest(self, at: datetime) -> Newest:
        """Return how new the record is at a moment: cheap enough to be asked twice a second."""
        async with self._door.rooms.store.snapshot() as reader:
            known = await self._door.gates.known(reader)
            return (await _newest(reader))._replace(
                ended=bisect_right(known.turns, at) + day_of(at).toordinal()
            )

    async def stirred(self, before: Newest, now: Newest) -> Stirred:
        """Return what was written after `before` and until `now`, as far as boards show it.

        A consent and a visit may bring somebody to any board. All else changes the rows of those
        whom it is about, if it is of a type that a row is read from.
        """
        if (before.epoch, before.ended) != (now.epoch, now.ended):
            return Stirred(everybody=True)
        async with self._door.rooms.store.snapshot() as reader:
            if await _newest(reader) < now._replace(ended=0):  # a replica that is behind
                return Stirred(everybody=True)
            touched = await self._door.rooms.records.touched(reader, before.entry, MOST_CHANGES)
            if len(touched) == MOST_CHANGES or any(type_ in VISITS for _, type_ in touched):
                return Stirred(everybody=True)
            subjects = {subject for subject, type_ in touched if type_ in READ} - {0}
            persons = await self._persons.persons_of(reader, subjects)
            names = [await self._persons.public_id(reader, person) for person in persons]
            return Stirred(frozenset(names))

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
            board = await self._rows(reader, ground, about)
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

    async def _rows(self, reader: Reader, ground: Ground, about: About) -> list[_Row]:
        """Return the rows of who is due here and has not refused, by number of the person.

        Whoever is looked at on one ground is read together.
        """
        request = ground.request
        due: dict[int, tuple[Visit, int]] = {}
        grounds: dict[int, Ground] = {}
        together: defaultdict[int, list[int]] = defaultdict(list)
        coming = await self._coming(reader, ground)
        for seen, _ in await self._people.glances(reader, ground, coming, Reads(VISITS)):
            visit = visit_of(seen.entries, request.actor.organisation, request.at)
            known = None if visit is None else await self._known(reader, request, seen, about)
            if visit is None or known is None:
                continue
            own = await self._door.ground(reader, known)
            due[seen.person] = visit, seen.count
            grounds[id(own.gate)] = own
            together[id(own.gate)].append(seen.person)
        rows = [
            self._row(request, due[seen.person], seen, decision)
            for key, persons in together.items()
            for seen, decision in await self._people.glances(reader, grounds[key], persons, ARRIVAL)
        ]
        return sorted(rows, key=lambda row: row.person)

    async def _known(
        self, reader: Reader, request: Request, seen: Seen, about: About
    ) -> Request | None:
        """Return the request about a person; None if they refused at this contact."""
        known = await about(reader, seen.person)
        if known.permission is Permission.REFUSED:
            return None
        if known.purpose is not request.purpose:  # a broken glass opens one record, not a list
            return structs.replace(known, permission=Permission.NOT_ASKED)
        return known

    def _row(
        self, request: Request, due: tuple[Visit, int], seen: Seen, decision: Decision
    ) -> _Row:
        visit, visits = due
        who = seen.banner(request.day)
        row = arrival(seen.public_id, who, visit, seen.entries, request.at, unread=not seen.count)
        return _Row(seen.person, row, decision, visits + seen.count)


async def _newest(reader: Reader) -> Newest:
    ((epoch, entry),) = await reader.rows("disclosure.newest")
    return Newest(int(epoch or 0), int(entry or 0))
