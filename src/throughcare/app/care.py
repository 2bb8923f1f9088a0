"""The node as pages of care professionals know it."""

import asyncio
import contextlib
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

from throughcare.admission.sight import Sight as SightIn
from throughcare.app.acting import ActingOf
from throughcare.app.grounds import Grounds
from throughcare.app.node import Node
from throughcare.app.pages import withheld
from throughcare.app.shared import Shared
from throughcare.disclosure import choosing
from throughcare.disclosure.arrivals import Newest, Stirred
from throughcare.disclosure.choosing import Picking, Reads
from throughcare.disclosure.sheets import Sheet, Shown
from throughcare.intake import noting
from throughcare.kernel import ConflictError, OutdatedError, OverloadedError
from throughcare.model.request import Actor, Request, Role
from throughcare.model.submission import Submission
from throughcare.store.protocol import Reader
from throughcare.summary.alerts import key_safe
from throughcare.summary.arrivals import Arrival
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Item
from throughcare.summary.needs import of_overview
from throughcare.summary.network import Network, network
from throughcare.summary.overview import Overview, overview
from throughcare.summary.resident import Resident, resident
from throughcare.summary.sight import Sight
from throughcare.web import care_ports, ports
from throughcare.web.acting_ports import Agent

T = TypeVar("T")

FRESH_SECONDS: Final = 0.4
"""For how long all who watch one process share what one of them asked of the store."""
_TRIES: Final = 16
"""How often a note is decided anew because consents changed before it was written."""

NETWORK: Final[Sheet[Network]] = Sheet("network", network, choosing.NETWORK)
RESIDENT: Final[Sheet[Resident]] = Sheet("resident", resident, choosing.RESIDENT)
KEY_SAFE: Final[Sheet[tuple[Item, ...]]] = Sheet(
    "key-safe", lambda sight: key_safe(sight.entries), Reads(("Flag", "Patient"))
)
FEEDS: Final = {Role.CARE_ASSISTANT: "carehome", Role.SOCIAL_WORKER: "social"}
"""Feed of those whose notes belong beside it."""
LOOKS: Final[Mapping[care_ports.Resident, Sheet[Resident]]] = {
    care_ports.Resident.TODAY: RESIDENT,
    care_ports.Resident.PACK: Sheet("handover-pack", resident, choosing.RESIDENT),
    care_ports.Resident.PAPER: Sheet("handover-paper", resident, choosing.RESIDENT),
}


def _overview(first: int | None) -> Sheet[Overview]:
    """Return the GP's overview; with `first` the charts of every result from this one on."""

    def picks(looked: datetime | None) -> Picking:
        return Picking(partial(of_overview, looked=looked, first=first))

    return Sheet("overview", partial(overview, first=first), picks=picks, tells_news=True)


def _patients_for(actor: Actor) -> Sheet[str]:
    """Return how to find the Patient that a note of `actor` is about.

    It is one of their own organisation where there is one, so that the note is told as theirs.
    """
    feed = FEEDS.get(actor.role, "")

    def best(sight: Sight) -> str:
        def rank(entry: SummaryEntry) -> int:
            own = bool(actor.organisation) and entry.custodian == actor.organisation
            return 0 if own else 1 if entry.source == feed else 2

        seen = [entry for entry in sight.entries if entry.type == "Patient"]
        return min(seen, key=rank).reference if seen else ""

    return Sheet("patients", best, Reads(("Patient",)))


class CareOf:
    """Implements `throughcare.web.care_ports.CareNode` over the doors of a node."""

    def __init__(self, node: Node) -> None:
        """Serve pages of `node`."""
        self._node = node
        self._grounds = Grounds(node)
        self._acting = ActingOf(node)
        self._newest = Shared(self._now, FRESH_SECONDS)
        self._stirred: tuple[tuple[Newest, Newest], asyncio.Future[Stirred]] | None = None

    async def overview(
        self, session: ports.Session, person_id: str, first: int | None = None
    ) -> care_ports.View[Overview]:
        """Return what a GP opens a consultation with."""
        return await self._page(session, person_id, _overview(first))

    async def network(self, session: ports.Session, person_id: str) -> care_ports.NetworkView:
        """Return how somebody lives, and who cares and decides."""
        view = await self._page(session, person_id, NETWORK)
        agents = None if view.withheld else await self._agents(session, person_id)
        return care_ports.NetworkView(view, agents)

    async def _agents(self, session: ports.Session, person_id: str) -> Sequence[Agent] | None:
        """Return who acts for a person, to the roles that record it."""
        proxies = self._node.profile.proxies
        if session.actor.role not in proxies.recorders | proxies.holders:
            return None
        return (await self._acting.agents(session, person_id)).agents

    async def resident(
        self, session: ports.Session, person_id: str, look: care_ports.Resident
    ) -> care_ports.View[Resident]:
        """Return a resident's day."""
        return await self._page(session, person_id, LOOKS[look])

    async def key_safe(
        self, session: ports.Session, person_id: str
    ) -> care_ports.View[tuple[Item, ...]]:
        """Return what is recorded of key safes."""
        return await self._page(session, person_id, KEY_SAFE)

    async def arrivals(
        self, session: ports.Session, shown: Sequence[Arrival] | None = None
    ) -> Sequence[Arrival]:
        """Return the board of the organisation of whoever is signed in."""

        async def about(reader: Reader, person: int) -> Request:
            return await self._grounds.request_in(reader, session, person)

        await self._grounds.is_signed_in(session)
        request = self._grounds.request(session, None)
        return await self._node.arrivals.board(request, about, shown)

    async def _now(self) -> Newest:
        return await self._node.arrivals.newest(self._node.clock.now())

    async def newest(self) -> Hashable:
        """Return how new the record is."""
        return await self._newest()

    async def since(self, newest: Hashable, board: Sequence[Arrival]) -> tuple[Hashable, bool]:
        """Return how new the record is, and whether what came after `newest` may be on `board`."""
        now = await self._newest()
        if now == newest or not isinstance(newest, Newest):
            return now, now != newest
        if self._stirred is None or self._stirred[0] != (newest, now):
            asked = asyncio.ensure_future(self._node.arrivals.stirred(newest, now))
            self._stirred = (newest, now), asked  # all boards of a process ask the same
        return now, (await asyncio.shield(self._stirred[1])).touches(board)

    async def note(self, session: ports.Session, person_id: str, noted: care_ports.Noted) -> None:
        """Add what somebody noted to the record that they see of the person."""
        request = await self._grounds.request_about(session, person_id)
        found = await self._node.sheets.read(request, person_id, _patients_for(session.actor))
        if not found.content:
            message = "You do not see the record of this person, so nothing was noted. Tell them."
            raise ConflictError(message)
        by = noting.By(session.name, session.actor.organisation, request.at, request.id)
        made = noting.submission(found.content, noted.kind, noted.value, by)
        await self._store(request, made)

    async def _store(self, request: Request, made: Submission) -> None:
        for _ in range(_TRIES):
            sight = SightIn(*await self._node.disclosure.sight(request))
            with contextlib.suppress(OutdatedError):
                await self._node.admission.interact(request, made, sight)
                return
        message = "Consents change faster than this can be decided. Try again shortly."
        raise OverloadedError(message)

    async def _page(
        self, session: ports.Session, person_id: str, sheet: Sheet[T]
    ) -> care_ports.View[T]:
        request = await self._grounds.request_about(session, person_id)
        found: Shown[T] = await self._node.sheets.read(request, person_id, sheet)
        return care_ports.View(
            found.person_id,
            found.banner,
            withheld(found.withheld),
            found.content,
            request.at,
            found.warning,
        )
