"""Acting for others, as the pages know it: sessions to requests, grants to words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from throughcare.app.node import Node
from throughcare.consent.explain import NO_RIGHT, STAFF
from throughcare.disclosure.acting import ActedFor
from throughcare.kernel import BadInputError, DeniedError, NotFoundError, day_of
from throughcare.model.acting import Right
from throughcare.model.agency import Agency
from throughcare.model.granting import KINDS, SENSITIVE, WORDS, Grant
from throughcare.model.health_link import is_link
from throughcare.model.request import Actor, Permission, Purpose, Relationship, Request, Role
from throughcare.summary import dates
from throughcare.summary.words import joined
from throughcare.web import acting_ports as ports
from throughcare.web.ports import Session

PURPOSES: Final[Mapping[Role, Purpose]] = {
    Role.PATIENT: Purpose.PATRQT,
    Role.PROXY: Purpose.FAMRQT,
}
"""CAREMGT for staff who record."""
EVERYTHING: Final = "everything but what is kept back as sensitive"
LIMITED: Final = "bookings and repeat prescriptions"
SOME: Final = "some kinds of entry"
WHOLE: Final = (
    "What is kept back as sensitive, and what a service keeps to itself or from the person, is "
    "not shown here, whether or not there is any."
)


class ActingOf:
    """Implements `throughcare.web.acting_ports.ActingNode` over the doors of a node."""

    def __init__(self, node: Node) -> None:
        """Serve pages of `node`."""
        self._node = node

    async def bar(self, session: Session, person_id: str) -> ports.ActingFor:
        """Return in what right the proxy acts now."""
        actor = replace(session.actor, person=await self._person(person_id))
        found = await self._node.acting.in_what_right(self._request(actor), person_id)
        first = _first(found)
        limit = WHOLE if first.state == "permit" and not first.types else STAFF["limited"]
        if first.types:
            limit = STAFF["scope"]
        return ports.ActingFor(actor, _name(found), WORDS[first.right], first.until, limit)

    async def charges(self, session: Session) -> Sequence[ports.Charge]:
        """Return for whom the proxy acts."""
        found = await self._node.acting.acted_for(self._request(session.actor))
        return [_charge(each) for each in found]

    async def told(self, session: Session) -> Sequence[str]:
        """Return what the node has told this proxy."""
        return await self._told(session)

    async def agents(self, session: Session, person_id: str) -> ports.AgentsView:
        """Return who acts for a person."""
        request = self._request(session.actor)
        found = await self._node.acting.representing(request, person_id)
        names = await self._names()
        own = session.person_id == person_id
        notices = await self._told(session) if own else ()
        return ports.AgentsView(
            person_id,
            await self._node.people.banner_of(person_id, request.day),
            tuple(_agent(each, names) for each in found.agencies if not is_link(each.account)),
            tuple((key, words) for key, (words, _) in {**KINDS, **SENSITIVE}.items()),
            notices,
            found.held,
        )

    async def wish(self, session: Session, person_id: str, wish: ports.Wish) -> ports.WishView:
        """Return what it would come to."""
        self._check_own(session, person_id)
        grant = await self._grant(session, wish)
        today = day_of(self._node.clock.now())
        banner = await self._node.people.banner_of(person_id, today)
        return ports.WishView(person_id, banner, wish, grant.name, sees(grant.types, grant.labels))

    async def allow(self, session: Session, person_id: str, wish: ports.Wish) -> None:
        """Let them act."""
        self._check_own(session, person_id)
        grant = await self._grant(session, wish)
        await self._node.agents.delegate(self._request(session.actor), grant)

    async def take_back(self, session: Session, person_id: str, consent: str) -> None:
        """End it."""
        self._check_own(session, person_id)
        await self._node.agents.take_back(self._request(session.actor), consent)

    async def record(self, session: Session, person_id: str, form: ports.Record) -> None:
        """Record, as staff. Raises BadInputError for a last day before the first."""
        if form.since is not None and form.until is not None and form.until < form.since:
            message = "The last day lies before the first. Choose a later one."
            raise BadInputError(message, place="until")
        person, agents = await self._person(person_id), self._node.agents
        request = self._request(session.actor)
        if form.what == "grant":
            await agents.record(request, person, await self._recorded(form))
        elif form.what == "review":
            await agents.review(request, person, form.consent)
        elif form.what == "end":
            await agents.end(request, person, form.consent)
        elif form.what in {"hold", "lift"}:
            await agents.hold(request, person, held=form.what == "hold")
        elif form.what in {"lacking", "present"}:
            await agents.capacity(
                request,
                person,
                lacking=form.what == "lacking",
                since=form.since or request.day,
                until=form.until,
            )

    async def _grant(self, session: Session, wish: ports.Wish) -> Grant:
        """Return the grant of a wish. Raises BadInputError for nobody, oneself, or a past day."""
        name = (await self._names(Role.PROXY)).get(wish.account, "")
        if not name or wish.account == session.actor.user:
            message = "Nobody else has this sign-in name here. Ask them how it is spelt."
            raise BadInputError(message, place="account")
        if wish.until is not None and wish.until < day_of(self._node.clock.now()):
            message = "This day is over. Choose a later one."
            raise BadInputError(message, place="until")
        if not wish.kinds <= KINDS.keys() | SENSITIVE.keys():
            message = "One of the kinds is none that can be chosen. Load the page again."
            raise BadInputError(message, place="see")
        types = [types for key, (_, types) in KINDS.items() if key in wish.kinds]
        labels = [labels for key, (_, labels) in SENSITIVE.items() if key in wish.kinds]
        return Grant(
            wish.account,
            Right.DELEGATION,
            name,
            until=wish.until,
            types=frozenset().union(*types),
            labels=frozenset().union(*labels),
        )

    async def _recorded(self, form: ports.Record) -> Grant:
        name = (await self._names(Role.PROXY)).get(form.account, "")
        if not name:
            message = "Nobody has this sign-in name here. Make the account first."
            raise BadInputError(message, place="account")
        return Grant(form.account, Right(form.right), name, since=form.since, until=form.until)

    async def _told(self, session: Session) -> tuple[str, ...]:
        found = await self._node.acting.told(self._request(session.actor))
        return tuple(
            f"{dates.long(dates.of_date(date.fromisoformat(day)))}: {text}" for day, text in found
        )

    def _check_own(self, session: Session, person_id: str) -> None:
        if person_id != session.person_id:
            message = "Only the person chooses who acts for them."
            raise DeniedError(message)

    async def _names(self, role: Role | None = None) -> dict[str, str]:
        async with self._node.store.snapshot() as reader:
            users = await self._node.directory.all(reader)
        return {user.id: user.name for user in users if role is None or role in user.roles}

    async def _person(self, person_id: str) -> int:
        async with self._node.store.snapshot() as reader:
            found = await self._node.persons.by_public_id(reader, person_id)
        if found is None:
            raise NotFoundError(NO_RIGHT)
        return found

    def _request(self, actor: Actor) -> Request:
        return Request(
            actor,
            PURPOSES.get(actor.role, Purpose.CAREMGT),
            self._node.clock.now(),
            Relationship.YES,
            Permission.NOT_ASKED,
            id=self._node.ids.new(),
        )


def _first(found: ActedFor) -> Agency:
    """Return the agency that the bar names: one that is open, the widest first."""
    ordered = sorted(found.agencies, key=lambda one: (not one.is_open, one.state != "permit"))
    return ordered[0]


def _charge(found: ActedFor) -> ports.Charge:
    first = _first(found)
    seen = f"You see {joined(list(_seen(first)))}."
    text = seen if first.state == "permit" else STAFF[first.state]
    return ports.Charge(
        found.person_id,
        _name(found),
        WORDS[first.right],
        first.until,
        text,
        first.is_open,
    )


def _name(found: ActedFor) -> str:
    """Return the name of a person; empty where nothing of theirs is open to who asks."""
    return found.banner.name if found.banner is not None else ""


def _agent(found: Agency, names: Mapping[str, str]) -> ports.Agent:
    return ports.Agent(
        id=found.consent.removeprefix("Consent/"),
        name=names.get(found.account, found.account),
        right=WORDS[found.right],
        until=found.until,
        sees=_seen(found),
        text=_CLOSED.get(found.state, ""),
        own=found.own,
        reviewable=found.state == "review",
    )


_CLOSED: Final[Mapping[str, str]] = {
    "review": "Waits for a review with the child; until then they see nothing.",
    "suspended": "Ended at 16; they see nothing.",
    "capacity": "Holds only while the person can't decide; they see nothing now.",
    "no-grant": "Not begun, or ended; they see nothing.",
}


def _seen(found: Agency) -> tuple[str, ...]:
    if found.state == "limited":
        return (LIMITED,)
    return sees(found.types, found.labels)


def sees(types: frozenset[str], labels: frozenset[str]) -> tuple[str, ...]:
    """Return in words what is seen of these types and labels."""
    kinds: Iterable[str] = [words for words, of in KINDS.values() if of <= types]
    more = [words for words, of in SENSITIVE.values() if of <= labels]
    return (*(kinds if types else [EVERYTHING]), *more) or (SOME,)
