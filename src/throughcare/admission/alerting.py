"""When a record is split, whoever read it while it was one is told, and so are those it is about.

They may have acted on what was somebody else's. The privacy officer has each such look in the
queue.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from throughcare.admission.parting import Split, changes, splits
from throughcare.admission.rooms import Rooms
from throughcare.audit.lines import Lines
from throughcare.audit.suspicion import NOT_STAFF
from throughcare.kernel import Ids
from throughcare.model.audit import NODE, PARTED, TO_READER, AuditEntry, told
from throughcare.store.protocol import Reader, Transaction

FOLLOWER: Final = "alerts"
LISTS: Final = frozenset({"find", "match", "export"})
"""Actions that show who somebody is, or many at once: no reading of one record."""
TO_THE_READER: Final = (
    "A record that you read was of two people, and has been split since. Look again at both before "
    "you rely on what you read, and say so where you acted on it."
)
TO_THE_PERSON: Final = (
    "Records of somebody else and yours were kept as one, from {since} to {until}, and have been "
    "parted."
)
READ: Final = " Read in between by {count} of those who care for you; each is told to look again."


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be told of one split."""

    event: int
    person: int
    parts: tuple[int, ...]
    """Persons that the parts are now."""
    since: datetime
    lines: tuple[AuditEntry, ...]
    """The last look of each reader in between."""


class Alerting:
    """Follows splits; each is told once, whichever process comes first."""

    def __init__(self, rooms: Rooms, ids: Ids, ledger: Path) -> None:
        """Read who has looked from the ledger in the folder `ledger`."""
        self._rooms = rooms
        self._ids = ids
        self._lines = Lines(ledger)

    async def follow(self, now: datetime) -> int:
        """Tell of the splits since the last call; return how many readers were told."""
        async with self._rooms.store.snapshot() as reader:
            reached, found = await changes(reader, FOLLOWER)
            told = []
            for change in found:
                async for person, split in splits(reader, change):
                    told.append(await self._told(reader, change.number, person, split, change.at))
        if not found:
            return 0
        newest = found[-1].number

        async def work(tx: Transaction) -> int:
            if not await tx.run("admission.follow_from", name=FOLLOWER, event=newest, seen=reached):
                return 0  # another process has told
            for each in told:
                await self._write(tx, each, now)
            return sum(len(each.lines) for each in told)

        return await self._rooms.store.transact(work)

    async def _told(
        self, reader: Reader, event: int, person: int, split: Split, until: datetime
    ) -> Told:
        since = min(
            split.joined(one, other) for one in split.parts for other in split.parts if one != other
        )
        lines = await self._lines.lines_about(reader, [person])
        last: dict[tuple[str, str], AuditEntry] = {}
        for line in lines:  # newest first
            if since <= line.at <= until and _reads(line):
                last.setdefault((line.user, line.organisation), line)
        parts = [min(part) for part in split.parts]
        now = await self._rooms.persons.persons_of(reader, parts)
        return Told(event, person, tuple(now), since, tuple(last.values()))

    async def _write(self, tx: Transaction, told: Told, now: datetime) -> None:
        audit = self._line(now)
        await self._rooms.journal.record(tx, audit.about(told.parts, 0))
        for line in told.lines:
            name = f"{told.event}:{told.person}:{line.user}:{line.organisation}"
            said = f"{line.role} looked for {line.purpose}: {TO_THE_READER}"
            who = f"{line.user} {line.organisation}".strip()
            await self._notice(tx, PARTED, name, told.person, now, line.id, who, said)
            to = TO_READER, name, told.person, now, audit.id, line.user, TO_THE_READER
            await self._notice(tx, *to)
        text = _to_the_person(told, now)
        for person in told.parts:
            name = f"{told.event}:{person}"
            await self._notice(tx, "notice", name, person, now, audit.id, NODE, text)

    async def _notice(  # noqa: PLR0913, PLR0917 - the columns of a notice
        self,
        tx: Transaction,
        kind: str,
        name: str,
        person: int,
        at: datetime,
        audit: str,
        who: str,
        text: str,
    ) -> None:
        values: Mapping[str, str | int] = {
            "notice": f"{kind}:split:{name}",
            "kind": kind,
            "person": person,
            "at": at.isoformat(),
            "audit": audit,
            "who": who,
            "text": text,
        }
        await tx.run("admission.add_notice", **values)

    def _line(self, at: datetime) -> AuditEntry:
        return told(self._ids.new(), at, self._rooms.profile.version, "split")


def _reads(line: AuditEntry) -> bool:
    """Tell whether a line is of staff who read some of a record."""
    if line.outcome != "permit" or not line.seen or line.action in LISTS:
        return False
    return line.role not in {role.value for role in NOT_STAFF}


def _to_the_person(told: Told, until: datetime) -> str:
    text = TO_THE_PERSON.format(since=_day(told.since), until=_day(until))
    return text + READ.format(count=len(told.lines)) if told.lines else text


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"
