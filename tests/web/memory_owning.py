"""The part of the node in memory that a person's own pages use, over the same made-up people."""

from collections.abc import Mapping
from decimal import Decimal

from throughcare.kernel import DeniedError, NotFoundError
from throughcare.summary.own import own_record
from throughcare.summary.timeline import timeline
from throughcare.web.owning_ports import AboutMeView, LookView, OwnView, WrongView
from throughcare.web.ports import Session
from web.made_up import NOW, looked_before
from web.memory import MemoryNode


class MemoryOwning:
    """`throughcare.web.owning_ports.OwningNode`, in memory."""

    def __init__(self, node: MemoryNode) -> None:
        """Read the people of `node`."""
        self._node = node
        self.said: list[tuple[str, str]] = []
        self.papers = 0

    async def own_record(self, session: Session, person_id: str, *, paper: bool = False) -> OwnView:
        """Make it of what the emergency page shows."""
        self.papers += paper
        view = await self._node.emergency(session, person_id)
        entries = self._node.people[person_id].entries
        record = own_record(entries, view.summary, NOW.date())
        return OwnView(person_id, view.summary.banner, view.withheld, record)

    async def about_me(self, session: Session, person_id: str) -> AboutMeView:
        """Return that of the record."""
        view = await self.own_record(session, person_id)
        return AboutMeView(person_id, view.banner, view.record.about_me)

    async def download(self, session: Session, person_id: str) -> bytes:
        """Return an empty Bundle."""
        self._own(session, person_id)
        return b'{"resourceType":"Bundle","type":"searchset"}'

    async def add_reading(
        self, session: Session, person_id: str, kind: str, values: Mapping[str, Decimal]
    ) -> None:
        """Keep it."""
        self._own(session, person_id)
        self.said.append((kind, ", ".join(map(str, values.values()))))

    async def write_about_me(
        self, session: Session, person_id: str, texts: Mapping[str, str]
    ) -> None:
        """Keep it."""
        self._own(session, person_id)
        self.said.append(("about-me", " ".join(texts.values()).strip()))

    async def wrong(self, session: Session, person_id: str, entry: str) -> WrongView:
        """Return the line of the entry."""
        view = await self.own_record(session, person_id)
        found = [each for each in self._node.people[person_id].entries if each.reference == entry]
        if entry and not found:
            message = "There is no such entry in your record."
            raise NotFoundError(message)
        return WrongView(person_id, view.banner, timeline(found)[0] if found else None)

    async def call_wrong(self, session: Session, person_id: str, entry: str, said: str) -> None:
        """Keep it."""
        await self.wrong(session, person_id, entry)
        self.said.append((entry, said))

    async def look(self, session: Session, person_id: str, look_id: str) -> LookView:
        """Return the last look of before this run."""
        self._own(session, person_id)
        banner = (await self.own_record(session, person_id)).banner
        return LookView(person_id, banner, looked_before()[int(look_id[-1]) - 1])

    async def ask_about(self, session: Session, person_id: str, look_id: str, said: str) -> None:
        """Keep it."""
        self._own(session, person_id)
        self.said.append((look_id, said))

    def _own(self, session: Session, person_id: str) -> None:
        if session.person_id != person_id:
            message = "Only the person adds to their record here."
            raise DeniedError(message)
