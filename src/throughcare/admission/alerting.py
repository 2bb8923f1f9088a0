"""When a record is split, whoever read it while it was one is told, and so are those it is about.

They may have acted on what was somebody else's. The privacy officer has each such look in the
queue. When records are joined, whoever read one of them lately is told that it says more now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from throughcare.admission.rooms import Rooms
from throughcare.admission.splits import Change, Split, changes, joins, splits
from throughcare.audit.lines import Lines
from throughcare.audit.suspicion import NOT_STAFF
from throughcare.kernel import Ids
from throughcare.model.audit import JOIN, NODE, PARTED, TO_READER, AuditEntry, reads_one, told
from throughcare.store.protocol import Reader, Transaction

FOLLOWER: Final = "alerts"
TO_THE_READER: Final = (
    "A record that you read was of two people, and has been split since. Look again at both before "
    "you rely on what you read, and say so where you acted on it."
)
LATELY: Final = timedelta(days=30)
"""How long before records were joined somebody may have read one of them, to be told."""
TO_WHO_READ_LESS: Final = (
    "A record that you read has been joined with another of the same person since. Allergies, "
    "medicines or plans may stand in it now that you did not see: look again if you still care for "
    "them."
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


@dataclass(frozen=True, slots=True)
class Joined:
    """What is to be told of records that were made one."""

    event: int
    person: int
    lines: tuple[AuditEntry, ...]
    """The last look of each who read one of them lately."""


class Alerting:
    """Follows splits and joins; each is told once, whichever process comes first."""

    def __init__(self, rooms: Rooms, ids: Ids, ledger: Path) -> None:
        """Read who has looked from the ledger in the folder `ledger`."""
        self._rooms = rooms
        self._ids = ids
        self._lines = Lines(ledger)

    async def follow(self, now: datetime) -> int:
        """Tell of splits and joins since the last call; return how many readers were told."""
        async with self._rooms.store.snapshot() as reader:
            reached, found = await changes(reader, FOLLOWER)
            told, joined = [], []
            for change in found:
                for person, were in joins(change):
                    joined.append(await self._joined(reader, change, person, were))
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
            for one in joined:
                await self._tell_joined(tx, one, now)
            lines = [*(each.lines for each in told), *(one.lines for one in joined)]
            return sum(map(len, lines))

        return await self._rooms.store.transact(work)

    async def _told(
        self, reader: Reader, event: int, person: int, split: Split, until: datetime
    ) -> Told:
        since = min(
            split.joined(one, other) for one in split.parts for other in split.parts if one != other
        )
        lines = await self._last_looks(reader, [person], since, until)
        parts = [min(part) for part in split.parts]
        now = await self._rooms.persons.persons_of(reader, parts)
        return Told(event, person, tuple(now), since, lines)

    async def _joined(
        self, reader: Reader, change: Change, person: int, were: Sequence[int]
    ) -> Joined:
        since = change.at - LATELY
        lines = await self._last_looks(reader, were, since, change.at)
        return Joined(change.number, person, lines)

    async def _last_looks(
        self, reader: Reader, persons: Sequence[int], since: datetime, until: datetime
    ) -> tuple[AuditEntry, ...]:
        """Return the last look of each who read the record of one of `persons` in that time."""
        last: dict[tuple[str, str], AuditEntry] = {}
        for line in await self._lines.lines_about(reader, persons):  # newest first
            if since <= line.at <= until and _reads(line):
                last.setdefault((line.user, line.organisation), line)
        return tuple(last.values())

    async def _tell_joined(self, tx: Transaction, joined: Joined, now: datetime) -> None:
        if not joined.lines:
            return
        audit = self._line(now, "join")
        await self._rooms.journal.record(tx, audit.about((joined.person,), 0))
        for line in joined.lines:
            name = f"{JOIN}{joined.event}:{joined.person}:{line.user}:{line.organisation}"
            to = TO_READER, name, joined.person, now, audit.id, line.user, TO_WHO_READ_LESS
            await self._notice(tx, *to)

    async def _write(self, tx: Transaction, told: Told, now: datetime) -> None:
        audit = self._line(now, "split")
        await self._rooms.journal.record(tx, audit.about(told.parts, 0))
        for line in told.lines:
            name = f"split:{told.event}:{told.person}:{line.user}:{line.organisation}"
            said = f"{line.role} looked for {line.purpose}: {TO_THE_READER}"
            who = f"{line.user} {line.organisation}".strip()
            await self._notice(tx, PARTED, name, told.person, now, line.id, who, said)
            to = TO_READER, name, told.person, now, audit.id, line.user, TO_THE_READER
            await self._notice(tx, *to)
        text = _to_the_person(told, now)
        for person in told.parts:
            name = f"split:{told.event}:{person}"
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
            "notice": f"{kind}:{name}",
            "kind": kind,
            "person": person,
            "at": at.isoformat(),
            "audit": audit,
            "who": who,
            "text": text,
        }
        await tx.run("admission.add_notice", **values)

    def _line(self, at: datetime, because: str) -> AuditEntry:
        return told(self._ids.new(), at, self._rooms.profile.version, because)


def _reads(line: AuditEntry) -> bool:
    """Tell whether a line is of staff who read some of a record."""
    return reads_one(line) and line.role not in {role.value for role in NOT_STAFF}


def _to_the_person(told: Told, until: datetime) -> str:
    text = TO_THE_PERSON.format(since=_day(told.since), until=_day(until))
    return text + READ.format(count=len(told.lines)) if told.lines else text


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"
