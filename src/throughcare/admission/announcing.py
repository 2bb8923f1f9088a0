"""Telling those concerned that a right to act changes by a date: each once."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from throughcare.admission.rooms import Rooms
from throughcare.admission.tasks import Kind, Tasks
from throughcare.consent.announcing import TO_PROXY, Announcement
from throughcare.kernel import Ids
from throughcare.model.audit import NODE, AuditEntry, told
from throughcare.store.protocol import Transaction

WORK: Final = {
    Kind.PROXY_REVIEW: "A parent's right to act is due for a review with the child, or is over.",
    Kind.CAPACITY_REVIEW: "A finding that a person lacks capacity is ending. Assess it again.",
}


class Announcing:
    """Writes notices, and the tasks that come with them, in one transaction each."""

    def __init__(self, rooms: Rooms, ids: Ids) -> None:
        """Stand on `rooms`."""
        self._rooms = rooms
        self._ids = ids

    async def tell(self, due: Iterable[Announcement], at: datetime) -> int:
        """Tell what was not told yet; return how much that was. Several processes may do it."""
        told = 0
        for each in due:
            told += await self._rooms.store.transact(
                _Telling(self._rooms, self._ids, each, at).work
            )
        return told


class _Telling:
    def __init__(self, rooms: Rooms, ids: Ids, what: Announcement, at: datetime) -> None:
        self._rooms, self._ids, self._what, self._at = rooms, ids, what, at

    async def work(self, tx: Transaction) -> int:
        what, line = self._what, self._line()
        both = (("notice", NODE, what.to_person), (TO_PROXY, what.account, what.to_proxy))
        new = 0
        for kind, who, text in both:
            if text:
                new += await tx.run(
                    "admission.add_notice",
                    notice=f"{kind}:{what.key}",
                    kind=kind,
                    person=what.person,
                    at=self._at.isoformat(),
                    audit=line.id,
                    who=who,
                    text=text,
                )
        if not new:
            return 0
        if what.task:
            await self._call(tx, Kind(what.task))
        await self._rooms.journal.record(tx, line.about((what.person,), 0))
        return 1

    async def _call(self, tx: Transaction, kind: Kind) -> None:
        subjects = await self._rooms.persons.subjects_of(tx, self._what.person)
        about = f"{self._what.person}:{self._what.account}"
        await Tasks(tx, self._at).call_for(kind, about, min(subjects, default=0), WORK[kind])

    def _line(self) -> AuditEntry:
        because = self._what.key.partition(":")[0]
        return told(self._ids.new(), self._at, self._rooms.profile.version, because)
