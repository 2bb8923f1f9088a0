"""A running node: every room made once and handed to the doors that need it."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

from throughcare.actors import keys
from throughcare.actors.directory import Directory
from throughcare.actors.health_links import HealthLinks
from throughcare.actors.links import Links
from throughcare.actors.sessions import Sessions
from throughcare.actors.sources import Sources
from throughcare.actors.tokens import Tokens
from throughcare.admission import Admission
from throughcare.admission.agents import Agents
from throughcare.admission.alerting import Alerting
from throughcare.admission.health_links import Linking
from throughcare.admission.relabelling import Relabelling
from throughcare.admission.rooms import Rooms as RoomsIn
from throughcare.admission.telling import Telling
from throughcare.app import enacting, knowledge, storing
from throughcare.app.folder import Folder
from throughcare.app.knowledge import Knowledge
from throughcare.app.storing import Waiting
from throughcare.app.system import RandomIds, SystemClock
from throughcare.audit.journal import Journal
from throughcare.audit.ledger import Ledger
from throughcare.audit.segment import Sizes
from throughcare.consent.locality import Locality
from throughcare.consent.profile import Profile
from throughcare.disclosure import Disclosure
from throughcare.disclosure.acting import Acting
from throughcare.disclosure.arrivals import Arrivals
from throughcare.disclosure.counting import Counting
from throughcare.disclosure.disclosure import Rooms as RoomsOut
from throughcare.disclosure.documents import Documents
from throughcare.disclosure.explaining import Explaining
from throughcare.disclosure.exporting import Exports, Tables
from throughcare.disclosure.exporting.shelf import Shelf
from throughcare.disclosure.health_links import Bearers
from throughcare.disclosure.matching import Matching
from throughcare.disclosure.operations import Operations
from throughcare.disclosure.oversight import Oversight
from throughcare.disclosure.owning import Owning
from throughcare.disclosure.people import People
from throughcare.disclosure.reviewers import Reviewers
from throughcare.disclosure.sharing import Sharing
from throughcare.disclosure.sheets import Sheets
from throughcare.disclosure.snapshots import Snapshots
from throughcare.disclosure.timelines import Timelines
from throughcare.disclosure.wholes import Wholes
from throughcare.identity import PersonIndex
from throughcare.kernel import Clock, Ids, ThroughcareError
from throughcare.model.request import Request
from throughcare.record import Records
from throughcare.store.protocol import Store

SETTLE_SECONDS = 1.0
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Node:
    """Everything that a process of this node works with."""

    folder: Folder
    clock: Clock
    ids: Ids
    rules: Locality
    knowledge: Knowledge
    store: Store
    records: Records
    persons: PersonIndex
    ledger: Ledger
    journal: Journal
    admission: Admission
    relabelling: Relabelling
    disclosure: Disclosure
    people: People
    sheets: Sheets
    arrivals: Arrivals
    operations: Operations
    oversight: Oversight
    sharing: Sharing
    acting: Acting
    agents: Agents
    linking: Linking
    bearers: Bearers
    alerting: Alerting
    owning: Owning
    telling: Telling
    tokens: Tokens
    directory: Directory
    links: Links
    sessions: Sessions

    @property
    def profile(self) -> Profile:
        """Return the newest profile of the locality that this process has seen."""
        return self.rules.now

    @property
    def timelines(self) -> Timelines:
        """Return what reads timelines."""
        return Timelines(self.people)

    @property
    def health_links(self) -> HealthLinks:
        """Return what people's links are kept in."""
        return self.bearers.links

    @property
    def sources(self) -> Sources:
        """Return what systems that hand over are kept in."""
        return Sources(self.clock, self.ids)

    @property
    def reviewers(self) -> Reviewers:
        """Return the door out for match reviewers, which holds nothing of its own."""
        return Reviewers(self.disclosure, self.people, self.persons)

    @property
    def snapshots(self) -> Snapshots:
        """Return the door out for what another node is told of somebody's Consents."""
        return Snapshots(self.disclosure, self.persons, self.tokens.node)

    def issue(self, request: Request, *, hours: int) -> str:
        """Return a bearer token that makes the claims of `request`."""
        return self.tokens.issue(request, lifetime=timedelta(hours=hours))


@contextlib.asynccontextmanager
async def opened(
    folder: Folder,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    looks_a_day: int = 0,
    waiting: Waiting | None = None,
) -> AsyncIterator[Node]:
    """Open the node in `folder` and close it again, its ledger sealed and signed.

    `looks_a_day` is how many looks the ledger keeps room for, so that a full disk leaves a day to
    make room; 0 is enough for a command. Who gives `waiting` waits for a database that is not there
    yet, and is told so.
    """
    sizes = Sizes.for_reads(looks_a_day) if looks_a_day else Sizes()
    node = await _compose(folder, clock or SystemClock(), ids or RandomIds(), sizes, waiting)
    settling = asyncio.create_task(_settle(node))
    try:
        yield node
    finally:
        await node.operations.exports.close()
        settling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await settling
        try:
            await node.journal.settle()
        finally:
            await asyncio.to_thread(node.ledger.close)
            await node.store.close()


async def _compose(
    folder: Folder, clock: Clock, ids: Ids, sizes: Sizes, waiting: Waiting | None
) -> Node:
    """Make every room once, and hand each what it needs."""
    rules, known = Locality(folder.profile()), knowledge.load(folder.root)
    key = keys.load(folder.keys)
    store = await storing.open_store(folder, clock, waiting=waiting)
    ledger = Ledger.open(folder.ledger, clock, key, sizes=sizes)
    journal = Journal(store, ledger)
    records = Records(store, clock)
    persons = PersonIndex(clock, ids)
    disclosure = Disclosure(RoomsOut(store, records, ledger, rules, ids))
    people = People(disclosure, persons, folder.handling())
    own = keys.fingerprint(key.public_key())
    rooms_in = RoomsIn(store, records, persons, journal, rules, known.profiles, own)
    health_links = HealthLinks(key, clock, ids)
    operations = _operations(disclosure, people, persons, Shelf(folder.exports), clock)
    await enacting.adopt(folder, store, journal, clock, ids)
    return Node(
        folder=folder,
        clock=clock,
        ids=ids,
        rules=rules,
        knowledge=known,
        store=store,
        records=records,
        persons=persons,
        ledger=ledger,
        journal=journal,
        admission=Admission(rooms_in, clock, ids),
        relabelling=Relabelling(rooms_in, clock),
        disclosure=disclosure,
        people=people,
        sheets=Sheets(people, folder.ledger),
        arrivals=Arrivals(disclosure, people, persons),
        operations=operations,
        oversight=Oversight(disclosure, persons, folder.ledger),
        sharing=Sharing(disclosure, persons),
        acting=Acting(disclosure, people, persons),
        agents=Agents(rooms_in, ids),
        linking=Linking(Agents(rooms_in, ids), health_links),
        bearers=Bearers(disclosure, operations.documents, persons, health_links, clock),
        alerting=Alerting(rooms_in, ids, folder.ledger),
        owning=Owning(disclosure, people),
        telling=Telling(rooms_in, ids),
        tokens=Tokens(key, clock, ids, time_box=lambda: rules.now.time_box),
        directory=Directory(),
        links=Links(clock, ids),
        sessions=Sessions(clock, ids, time_box=lambda: rules.now.time_box),
    )


def _operations(
    disclosure: Disclosure, people: People, persons: PersonIndex, shelf: Shelf, clock: Clock
) -> Operations:
    """Make what there is besides reading and searching."""
    wholes = Wholes(disclosure)
    return Operations(
        wholes,
        Documents(wholes, people, disclosure.rooms.ids, clock),
        Matching(disclosure, persons),
        Explaining(disclosure, persons),
        Counting(disclosure, persons),
        Exports(disclosure, shelf, clock),
        Tables(disclosure),
    )


async def _settle(node: Node) -> None:
    """Bring audit entries of writes into the ledger, and see new rules, every second.

    What can't be moved stays pending in the store, where readers see it, and is tried again; the
    doctor shows the ledger's fault.
    """
    while True:
        await asyncio.sleep(SETTLE_SECONDS)
        try:
            await node.journal.settle()
            await node.disclosure.refresh()
        except ThroughcareError as error:
            LOG.warning("audit entries of writes wait for the ledger: %s", error.message)
