"""A person's own pages over the doors of a node."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from throughcare.app import health_links, words
from throughcare.app.grounds import Grounds
from throughcare.app.node import Node
from throughcare.app.notices import notices
from throughcare.disclosure import choosing
from throughcare.disclosure.choosing import Reads, only
from throughcare.disclosure.owning import Owned
from throughcare.fhir import bytes as fhir_bytes
from throughcare.kernel import DeniedError, NotFoundError
from throughcare.model.audit import AuditEntry
from throughcare.model.request import Request
from throughcare.summary.own import about_me, own_record
from throughcare.summary.sifting import DOCUMENTS
from throughcare.summary.timeline import Line, timeline
from throughcare.web import owning_ports as ports
from throughcare.web.ports import Session, Withheld

ASKED: Final = {
    "open": "You asked about this. The privacy officer has not answered yet.",
    "justified": "You asked about this. The privacy officer found that it was in order.",
    "follow-up": "You asked about this. The privacy officer follows it up.",
}
"""What became of a question, by the state of its case."""
ABOUT_ME_ALONE: Final = Reads(choose=only(lambda entry: entry.type in DOCUMENTS))
_OWN: Final = "Only the person adds to their record here."


class OwningOf:
    """Implements `throughcare.web.owning_ports.OwningNode` over the doors of a node."""

    def __init__(self, node: Node) -> None:
        """Serve pages of `node`."""
        self._node = node
        self._grounds = Grounds(node)

    async def own_record(
        self, session: Session, person_id: str, *, paper: bool = False
    ) -> ports.OwnView:
        """Return the record as its person reads it; paper is told apart in the ledger."""
        action = "own-record-paper" if paper else "own-record"
        request = self._grounds.request(session, None)
        today = request.day
        reads = choosing.own_record(today)
        found = await self._node.owning.record(request, person_id, reads, action)
        record = own_record(found.entries, found.summary, today)
        told = await notices(self._node, session, person_id, request)
        return ports.OwnView(person_id, found.banner, _withheld(found), record, told)

    async def about_me(self, session: Session, person_id: str) -> ports.AboutMeView:
        """Return what they wrote about themselves last."""
        _, found = await self._found(session, person_id, ABOUT_ME_ALONE)
        return ports.AboutMeView(person_id, found.banner, about_me(found.entries))

    async def download(self, session: Session, person_id: str) -> bytes:
        """Return everything that the person may see as one Bundle."""
        request = self._own(session, person_id)
        patients = await self._node.people.patients(request, person_id)
        if not patients:
            message = "There is no record of you here yet, so there is nothing to download."
            raise NotFoundError(message)
        answer = await self._node.operations.wholes.everything(request, patients[0])
        entries = [
            {"resource": fhir_bytes.parse(entry.body), "search": {"mode": mode}}
            for mode, part in (("match", answer.entries), ("include", answer.included))
            for entry in part
        ]
        return fhir_bytes.dump(
            {"resourceType": "Bundle", "type": "searchset", "total": answer.total, "entry": entries}
        )

    async def add_reading(
        self, session: Session, person_id: str, kind: str, values: Mapping[str, Decimal]
    ) -> None:
        """Store what they measured."""
        await self._node.telling.reading(self._own(session, person_id), kind, values)

    async def write_about_me(
        self, session: Session, person_id: str, texts: Mapping[str, str]
    ) -> None:
        """Store About Me."""
        await self._node.telling.about_me(self._own(session, person_id), texts)

    async def wrong(self, session: Session, person_id: str, entry: str) -> ports.WrongView:
        """Return the entry that is to be called wrong."""
        _, found = await self._found(session, person_id, _one(entry))
        return ports.WrongView(person_id, found.banner, _line(found, entry) if entry else None)

    async def call_wrong(self, session: Session, person_id: str, entry: str, said: str) -> None:
        """Ask where the entry comes from to look at it: only at what the person sees."""
        request, found = await self._found(session, person_id, _one(entry))
        if entry:
            _line(found, entry)
        await self._node.telling.correction(request, entry, said)

    async def look(self, session: Session, person_id: str, look_id: str) -> ports.LookView:
        """Return one look."""
        request = self._own(session, person_id)
        line = await self._looked(request, person_id, look_id)
        names = await health_links.names(self._node, [line])
        shown = words.look(line, names, session.actor.user)
        banner = await self._node.people.banner_of(person_id, request.day)
        return ports.LookView(person_id, banner, shown)

    async def ask_about(self, session: Session, person_id: str, look_id: str, said: str) -> None:
        """Put the look in the privacy officer's queue."""
        request = self._own(session, person_id)
        line = await self._looked(request, person_id, look_id)
        await self._node.telling.question(request, line, said)

    async def _looked(self, request: Request, person_id: str, look_id: str) -> AuditEntry:
        found = await self._node.oversight.looks(request, person_id)
        for line in found.lines:
            if line.id == look_id and words.may_be_asked(line, request.actor.user):
                return line
        message = "There is no such look to ask about. Go back to who has looked."
        raise NotFoundError(message)

    async def _found(self, session: Session, person_id: str, reads: Reads) -> tuple[Request, Owned]:
        request = self._grounds.request(session, None)
        return request, await self._node.owning.record(request, person_id, reads)

    def _own(self, session: Session, person_id: str) -> Request:
        if not session.person_id or person_id != session.person_id:
            raise DeniedError(_OWN)
        return self._grounds.request(session, None)


def _one(entry: str) -> Reads:
    """Return how to read one entry of a record, or none."""
    return Reads(choose=only(lambda each: f"{each.type}/{each.id}" == entry))


def _line(found: Owned, entry: str) -> Line:
    shown = timeline(each for each in found.entries if each.reference == entry)
    if not shown:
        message = "There is no such entry in your record, or no longer. Go back to your record."
        raise NotFoundError(message)
    return shown[0]


def _withheld(found: Owned) -> Withheld | None:
    said = found.withheld
    if said is None:
        return None
    return Withheld(said.rank, said.code, said.text, said.break_glass, said.basis)
