"""The part of a node in memory that pages of care professionals use: real pages, made-up people."""

from collections.abc import Callable, Hashable, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar

from throughcare.intake.noting import By, submission
from throughcare.model.entry import Category
from throughcare.summary.alerts import key_safe
from throughcare.summary.arrivals import Arrival, Visit, arrival, in_order
from throughcare.summary.banner import banner
from throughcare.summary.facts import Item
from throughcare.summary.network import network
from throughcare.summary.overview import Overview, overview
from throughcare.summary.resident import Resident, resident
from throughcare.summary.sight import Sight
from throughcare.web.care_ports import NetworkView, Noted, View
from throughcare.web.care_ports import Resident as Look
from throughcare.web.ports import Session
from web.made_up import NOW
from web.memory import MemoryNode

T = TypeVar("T")


class MemoryCare:
    """`throughcare.web.care_ports.CareNode`, in memory."""

    def __init__(self, node: MemoryNode) -> None:
        """Show the people of `node`."""
        self.node = node
        self.noted: list[Noted] = []

    def _view(self, session: Session, person_id: str, make: Callable[[Sight], T]) -> View[T]:
        """Make a view: it is withheld where nobody may look, and who may ask is not asked."""
        person = self.node.people[person_id]
        sight = Sight(
            person.patients,
            person.entries,
            self.node.sources,
            NOW,
            self.node.limited,
            frozenset(Category),
            NOW - timedelta(days=3),
        )
        shown = banner(person.patients, NOW.date())
        closed = self.node.denied or self.node.strangers
        withheld = self.node.withheld(session, person_id) if closed else None
        return View(person_id, shown, withheld, make(sight), NOW)

    async def overview(
        self, session: Session, person_id: str, first: int | None = None
    ) -> View[Overview]:
        """Make it."""
        return self._view(session, person_id, partial(overview, first=first))

    async def network(self, session: Session, person_id: str) -> NetworkView:
        """Make it; nobody acts for anybody."""
        return NetworkView(self._view(session, person_id, network), ())

    async def resident(self, session: Session, person_id: str, look: Look) -> View[Resident]:
        """Make it."""
        del look
        return self._view(session, person_id, resident)

    async def key_safe(self, session: Session, person_id: str) -> View[tuple[Item, ...]]:
        """Make it."""
        return self._view(session, person_id, lambda sight: key_safe(sight.entries))

    async def arrivals(
        self, session: Session, shown: Sequence[Arrival] | None = None
    ) -> Sequence[Arrival]:
        """Make a board of everybody who is here."""
        del session, shown
        visit = Visit(NOW, timed=True, state="Arrived")
        return in_order(
            arrival(id_, banner(each.patients, NOW.date()), visit, each.entries, NOW, unread=False)
            for id_, each in self.node.people.items()
        )

    async def since(self, newest: Hashable, board: Sequence[Arrival]) -> tuple[Hashable, bool]:
        """Say that nothing ever changes."""
        del board
        return newest, False

    async def newest(self) -> int:
        """Say that nothing ever changes."""
        return 0

    async def note(self, session: Session, person_id: str, noted: Noted) -> None:
        """Keep what a node would take."""
        by = By(session.name, session.actor.organisation, NOW, "rq-1")
        submission(f"Patient/{person_id}", noted.kind, noted.value, by)
        self.noted.append(noted)
