"""The door out for match reviewers: pairs of records, who became whom, and how the queue stands.

Every call is a line in the ledger, about the persons whose names it showed, and raises DeniedError,
audited, to all whom the locality's profile does not name.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from throughcare.consent import matching
from throughcare.disclosure.disclosure import Disclosure
from throughcare.disclosure.lines import Look
from throughcare.disclosure.people import People
from throughcare.disclosure.views import FoundPeople, FoundRecords, PairSeen
from throughcare.fhir.ranges import date_range
from throughcare.identity import PersonIndex, changing, contradicting
from throughcare.identity.compare import Score
from throughcare.identity.deciding import ends_of
from throughcare.kernel import NotFoundError
from throughcare.model.decision import Clause, Gate, Residual
from throughcare.model.person import (
    Changed,
    Decided,
    PersonQuery,
    Queued,
    QueueFigures,
    QueueQuery,
    Review,
    Ruled,
    SourceRecord,
    Standing,
)
from throughcare.model.request import Request
from throughcare.store.protocol import Reader

_ONE: Final = frozenset({Standing.ONE, Standing.LINKED})
LATELY: Final = timedelta(days=90)
BOTH_ACTIVE: Final = (
    "Both were cared for in the last 90 days: if they are two people, each would be shown what is "
    "the other's."
)


class Reviewers:
    """What those read who decide which records are one person's."""

    def __init__(self, door: Disclosure, people: People, persons: PersonIndex) -> None:
        """Stand on `door`; find people by `people`."""
        self._door = door
        self._people = people
        self._persons = persons

    async def reviews(self, request: Request, asked: QueueQuery) -> Queued:
        """Return a part of the pairs of records that wait for a human, the likeliest first.

        Raises BadInputError for a place that is none.
        """
        await self._permit(request)
        async with self._door.rooms.store.snapshot() as reader:
            found = await self._persons.reviews(reader, asked, request.day)
            shown = found.reviews
            await self._write(request, "reviews", len(shown), _of_reviews(shown))
            return found

    async def decided(self, request: Request) -> list[Decided]:
        """Return the newest decisions of people that are in force, newest first."""
        await self._permit(request)
        async with self._door.rooms.store.snapshot() as reader:
            found = await self._persons.decided(reader)
            shown = _of_reviews(each.review for each in found)
            await self._write(request, "reviews", len(found), shown)
            return found

    async def figures(self, request: Request) -> QueueFigures:
        """Return how the queue stands."""
        await self._permit(request)
        async with self._door.rooms.store.snapshot() as reader:
            found = await self._persons.queue_figures(reader, request.at)
            await self._write(request, "reviews", 0)
            return found

    async def contradictions(self, request: Request) -> list[Ruled]:
        """Return what was said of records and does not hold beside what else was said."""
        await self._permit(request)
        async with self._door.rooms.store.snapshot() as reader:
            found = await contradicting.standing(reader)
            persons = {end.person for each in found for end in (each.left, each.right)}
            await self._write(request, "reviews", len(found), persons)
            return found

    async def changes(self, request: Request, after: int) -> list[Changed]:
        """Return who became whom since the change `after`, oldest first."""
        await self._permit(request)
        async with self._door.rooms.store.snapshot() as reader:
            found = await changing.after(reader, after)
            await self._write(request, "reviews", len(found))
            return found

    async def compared(self, request: Request, one: str, other: str) -> Score:
        """Return how two Patients (``Patient/ID``) compare, field by field.

        Raises NotFoundError where one of them is not here.
        """
        await self._permit(request)
        async with self._door.rooms.store.whole() as reader:
            left, right = [await self._subject(reader, name) for name in (one, other)]
        async with self._door.rooms.store.snapshot() as reader:
            found = await self._persons.explain(reader, left, right)
            persons = await self._persons.persons_of(reader, (left, right))
            await self._write(request, "compare", 0, persons)
            return found

    async def pair(self, request: Request, review: str) -> PairSeen:
        """Return two source records side by side, by the id of their pair.

        Raises NotFoundError where one of them is not here.
        """
        await self._permit(request)
        async with self._door.rooms.store.snapshot() as reader:
            ends = ends_of(review)
            found = await self._persons.pair(reader, *ends, request.day)
            is_one = found.standing in _ONE
            ahead = await self._persons.decisions.foresee(reader, ends, same=not is_one)
            active = [await self._is_active(reader, request, side) for side in found.sides]
            if found.sides[0] != found.sides[1] and all(active):
                found = replace(found, cautions=(*found.cautions, BOTH_ACTIVE))
            await self._write(request, "compare", 0, {side[0].person for side in found.sides})
            return PairSeen(found, ahead)

    async def find(
        self, request: Request, query: PersonQuery
    ) -> tuple[list[FoundRecords], FoundPeople]:
        """Return whom a search finds, by the door that all search by, with their source records.

        And the same without them, which says what was left out.
        """
        await self._permit(request)
        found = await self._people.find(request, query)
        async with self._door.rooms.store.snapshot() as reader:
            records = [
                FoundRecords(each, await self._records(reader, each.person_id))
                for each in found.people
            ]
            return records, found

    async def _records(self, reader: Reader, person_id: str) -> tuple[SourceRecord, ...]:
        person = await self._persons.by_public_id(reader, person_id)
        return await self._persons.records_of(reader, person) if person else ()

    async def _is_active(
        self, reader: Reader, request: Request, side: Sequence[SourceRecord]
    ) -> bool:
        """Tell whether care of somebody is dated in the last months.

        Whatever may be seen of it: no more than a yes or no, to those who decide whose it is.
        """
        records, today = self._door.rooms.records, request.day
        subjects = await self._persons.subjects_of(reader, side[0].person)
        gate = Gate(others=Residual((Clause(frozenset(await records.classes(reader))),)))
        low, _ = date_range((today - LATELY).isoformat())
        _, high = date_range(today.isoformat())
        return any(
            entry.date_lo is not None and low <= entry.date_lo <= high
            for entry in await records.seen_of(reader, subjects, gate)
            if entry.type != "Patient"
        )

    async def _subject(self, reader: Reader, name: str) -> int:
        id_ = name.removeprefix("Patient/")
        subject = await self._door.rooms.records.subject_of(reader, "Patient", id_)
        if subject is None:
            message = "There is no such Patient here. Name it as Patient/ID."
            raise NotFoundError(message)
        return subject

    async def _permit(self, request: Request) -> None:
        refusal = matching.refusal(request.actor.role, self._door.rooms.profile.reviewers)
        await self._door.permit(request, refusal, "reviews")

    async def _write(
        self, request: Request, action: str, seen: int, persons: Collection[int] = ()
    ) -> None:
        concerned = tuple(sorted(set(persons)))
        look = Look(action, "", {}, seen, permitted=True, persons=concerned)
        await self._door.lines.write(request, look)


def _of_reviews(found: Iterable[Review]) -> set[int]:
    return {end.person for each in found for end in (each.left, each.right)}
