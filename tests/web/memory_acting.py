"""The part of the node in memory about people who act for others: Sara Khan for Amina Khan."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from throughcare.consent.explain import NO_RIGHT, STAFF
from throughcare.kernel import BadInputError, NotFoundError
from throughcare.summary.banner import banner
from throughcare.web.acting_ports import (
    ActingFor,
    Agent,
    AgentsView,
    Charge,
    Record,
    Wish,
    WishView,
)
from throughcare.web.ports import Session
from web.made_up import KHAN, NOW, people

UNTIL = date(2028, 5, 31)
GIVEN = Agent("c1", "Sara Khan", "Chosen by the person", UNTIL, ("medicines",), "", True, False)  # noqa: FBT003 - as its fields stand
BY_LAW = replace(
    GIVEN,
    id="c2",
    name="Omar Khan",
    right="Lasting power of attorney for health and welfare",
    until=None,
    text="Holds only while the person can't decide; they see nothing now.",
    own=False,
)


class MemoryActing:
    """`throughcare.web.acting_ports.ActingNode`, in memory."""

    def __init__(self) -> None:
        """Start with two who act."""
        self.given = [GIVEN, BY_LAW]
        self.held = False
        self.recorded: list[Record] = []

    def _banner(self, person_id: str) -> str:
        return banner(people()[person_id].patients, NOW.date()).name

    async def bar(self, session: Session, person_id: str) -> ActingFor:
        """Sara acts for Amina alone."""
        if person_id != KHAN or not self.given or self.held:
            raise NotFoundError(NO_RIGHT)
        limit = "What is kept back as sensitive is not shown here, whether or not there is any."
        name = self._banner(person_id)
        return ActingFor(session.actor, name, "Chosen by the person", UNTIL, limit)

    async def charges(self, session: Session) -> Sequence[Charge]:
        """Return Amina, and a child who has grown up."""
        del session
        name, seen, parent = self._banner(KHAN), "You see medicines.", "Parental responsibility"
        return [
            Charge(KHAN, name, "Chosen by the person", UNTIL, seen, is_open=True),
            Charge("p-2", "", parent, None, STAFF["suspended"], is_open=False),
        ]

    async def told(self, session: Session) -> Sequence[str]:
        """Return one notice."""
        del session
        return ["24 November 2026: Your right to see a child's record ends on 1 May 2027."]

    async def agents(self, session: Session, person_id: str) -> AgentsView:
        """Return who acts."""
        del session
        shown = banner(people()[person_id].patients, NOW.date())
        kinds = (("medicines", "medicines"), ("results", "test results"))
        told = ("24 November 2026: gp recorded or changed a consent",)
        return AgentsView(person_id, shown, tuple(self.given), kinds, told, self.held)

    async def wish(self, session: Session, person_id: str, wish: Wish) -> WishView:
        """Know Sara alone."""
        del session
        if wish.account != "skhan":
            message = "Nobody else has this sign-in name here."
            raise BadInputError(message, place="account")
        shown = banner(people()[person_id].patients, NOW.date())
        return WishView(person_id, shown, wish, "Sara Khan", ("medicines",))

    async def allow(self, session: Session, person_id: str, wish: Wish) -> None:
        """Add her once more."""
        view = await self.wish(session, person_id, wish)
        self.given.append(replace(GIVEN, id="c3", sees=view.sees))

    async def take_back(self, session: Session, person_id: str, consent: str) -> None:
        """Take it out."""
        del session, person_id
        self.given = [each for each in self.given if each.id != consent]

    async def record(self, session: Session, person_id: str, form: Record) -> None:
        """Keep it."""
        del session, person_id
        self.recorded.append(form)
        self.held = form.what == "hold" or (self.held and form.what != "lift")
