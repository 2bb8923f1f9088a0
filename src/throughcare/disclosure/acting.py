"""Who acts for whom: to the one who acts, to the person, and to those who record it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from throughcare.consent.acting import Standing, State, accounts, standings
from throughcare.consent.announcing import TO_PROXY, Announcement, announcements
from throughcare.disclosure.disclosure import Disclosure
from throughcare.disclosure.former import notices_of, numbers_of
from throughcare.disclosure.gates import Ground
from throughcare.disclosure.lines import Look
from throughcare.disclosure.people import People, unknown
from throughcare.identity import PersonIndex
from throughcare.kernel import DeniedError, NotFoundError
from throughcare.model.acting import Right
from throughcare.model.agency import Agency
from throughcare.model.request import Request, Role
from throughcare.store.protocol import Reader
from throughcare.summary.banner import Banner

MOST_TOLD: Final = 50
DAY: Final = len("2026-11-24")


@dataclass(frozen=True, slots=True)
class ActedFor:
    """A person for whom somebody acts, or acted until their right was suspended."""

    person_id: str
    banner: Banner | None
    """Name, birth date and sex alone; None where nothing is open: a name may be newer than that."""
    agencies: tuple[Agency, ...]
    """Those that open something first."""


@dataclass(frozen=True, slots=True)
class Represented:
    """Who acts for a person."""

    person_id: str
    agencies: tuple[Agency, ...]
    held: bool
    """A safeguarding hold is in force: told to who may set one and does not act themselves."""


class Acting:
    """Answers "for whom may I look?" and "who acts for me?"."""

    def __init__(self, door: Disclosure, people: People, persons: PersonIndex) -> None:
        """Stand on `door`."""
        self._door = door
        self._people = people
        self._persons = persons

    async def acted_for(self, request: Request) -> tuple[ActedFor, ...]:
        """Return those for whom the proxy who asks holds a grant, open or suspended.

        A grant that has ended, and one that a safeguarding hold closes, are both left out.
        Raises DeniedError to anybody but a proxy.
        """
        self._check(request.actor.role is Role.PROXY, "Only who acts for others is told for whom.")
        async with self._door.rooms.store.snapshot() as reader:
            ground = await self._door.ground(reader, request)
            mine = ground.known.acted_for.get(request.actor.user, ())
            told = {person: _told(ground, person) for person in mine}
            persons = tuple(person for person in mine if told[person])
            look = Look("acting", "", {}, len(persons), permitted=True, persons=persons)
            await self._door.lines.write(request, look)
            return tuple([await self._one(reader, request, each, told[each]) for each in persons])

    async def in_what_right(self, request: Request, person_id: str) -> ActedFor:
        """Return in what right the proxy who asks acts for this person now.

        Raises NotFoundError without one, and under a hold, in the same words; DeniedError where
        the right is suspended. Either is audited.
        """
        async with self._door.rooms.store.snapshot() as reader:
            person = await self._persons.by_public_id(reader, person_id)
            if person is None:
                raise NotFoundError(unknown(request))
            ground = await self._door.ground(reader, request)
            await self._door.entitle(ground, person, f"person/{person_id}")
            return await self._one(reader, request, person, _told(ground, person))

    async def representing(self, request: Request, person_id: str) -> Represented:
        """Return who acts for a person: to the person, and to roles that record it.

        Under a hold each right reads as ended to the person and to whoever acts for them, in
        whatever role they ask, as it does wherever else they meet it. Raises DeniedError to anybody
        else, whether or not there is such a person.
        """
        async with self._door.rooms.store.snapshot() as reader:
            person = await self._persons.by_public_id(reader, person_id)
            ground = await self._door.ground(reader, request)
            actor, proxies = ground.request.actor, ground.profile.proxies
            own = actor.role is Role.PATIENT and person is not None and actor.person == person
            permitted = own or actor.role in proxies.recorders | proxies.holders
            about = () if person is None else (person,)
            look = Look("agents", f"person/{person_id}", {}, 0, permitted, about)
            await self._door.lines.write(request, look)
            self._check(permitted, "Only the person, and who records it, see who acts for them.")
            if person is None:
                raise NotFoundError(unknown(request))
            context, day = ground.known.context(person), request.day
            acting = accounts(context)
            untold = context.hold and (own or actor.user in acting)
            agencies = [
                agency(_ended(standing) if untold else standing, account)
                for account in sorted(acting)
                for standing in standings(context, account, proxies, day)
            ]
            held = context.hold and not untold and actor.role in proxies.holders
            return Represented(person_id, tuple(agencies), held)

    async def due(self, day: date) -> tuple[Announcement, ...]:
        """Return what those concerned are to be told by `day`. For the node's own job alone."""
        async with self._door.rooms.store.snapshot() as reader:
            known = await self._door.gates.known(reader)
        people = {person for persons in known.acted_for.values() for person in persons}
        contexts = [known.context(person) for person in sorted(people)]
        return tuple(announcements(contexts, self._door.rooms.profile.proxies, day))

    async def told(self, request: Request) -> tuple[tuple[str, str], ...]:
        """Return what the node told whoever asks: day and sentence, newest first."""
        actor = request.actor
        async with self._door.rooms.store.snapshot() as reader:
            if actor.role is Role.PROXY:
                rows = await reader.rows(
                    "admission.notices_to", kind=TO_PROXY, who=actor.user, most=MOST_TOLD
                )
            else:
                self._check(actor.person is not None, "Only people are told about themselves.")
                numbers = await numbers_of(reader, actor.person or 0)
                rows = await notices_of(reader, numbers, "notice")
        return tuple((str(row[3])[:DAY], str(row[6])) for row in rows[:MOST_TOLD])

    async def _one(
        self, reader: Reader, request: Request, person: int, told: Sequence[Standing]
    ) -> ActedFor:
        public_id = await self._persons.public_id(reader, person)
        is_open = any(standing.is_open for standing in told)
        banner = await self._people.banner_of(public_id, request.day) if is_open else None
        ordered = sorted(told, key=lambda standing: not standing.is_open)
        user = request.actor.user
        return ActedFor(public_id, banner, tuple(agency(each, user) for each in ordered))

    @staticmethod
    def _check(holds: bool, refusal: str) -> None:  # noqa: FBT001 - what is checked
        if not holds:
            raise DeniedError(refusal)


def agency(standing: Standing, account: str) -> Agency:
    """Return a standing as it is told."""
    rule = standing.rule
    return Agency(
        consent=rule.id.partition("#")[0],
        account=account,
        right=standing.right,
        state=standing.state.value,
        until=standing.until,
        types=rule.types,
        labels=rule.labels,
        own=standing.right is Right.DELEGATION,
    )


def _ended(standing: Standing) -> Standing:
    return replace(standing, state=State.OUTSIDE, until=None)


def _told(ground: Ground, person: int) -> list[Standing]:
    """Return the standings that a proxy is told of, open ones first; none under a hold.

    So a hold looks like grants that have ended, or that never were, on every day after it too.
    """
    context, request = ground.known.context(person), ground.request
    if context.hold:
        return []
    found = standings(context, request.actor.user, ground.profile.proxies, request.day)
    closed = [each for each in found if each.state is not State.OUTSIDE and not each.is_open]
    return [each for each in found if each.is_open] + closed
