"""From a partition to persons with lasting numbers: who keeps the id, who moves, who waits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from throughcare.identity.cluster import Doubt, Partition
from throughcare.identity.numbering import claims
from throughcare.identity.region import Region, Waiting, grouped
from throughcare.kernel import Ids
from throughcare.model.person import State
from throughcare.store.protocol import Transaction, Value

Sets = tuple[tuple[int, tuple[int, ...]], ...]
"""Subjects by person, both rising."""

ACTIVE, REVIEW, REDIRECTED = "active", State.REVIEW.value, "redirected"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why persons change: ``link``, ``merge``, ``unmerge``, ``decide``, ``undo``, ``rebuild``."""

    kind: str
    at: datetime
    who: str = ""
    why: str = ""

    @property
    def micros(self) -> int:
        """The time in microseconds since 1970, UTC."""
        return int(self.at.timestamp() * 1_000_000)


@dataclass(frozen=True, slots=True)
class PersonChange:
    """One change of who is whom, with the record sets before and after. Attachments count."""

    cause: Cause
    before: Sets
    after: Sets

    @property
    def persons(self) -> tuple[int, ...]:
        """Every person whose record is another one now."""
        return tuple(sorted({person for person, _ in (*self.before, *self.after)}))

    @property
    def regroups(self) -> bool:
        """Tell whether records that were somebody's before are together, or apart, otherwise now.

        A record that only comes to a person changes nothing of this, nor does one that waited.
        """
        before = {frozenset(records) for _, records in self.before}
        known = frozenset().union(*before)
        after = {frozenset(records) & known for _, records in self.after}
        return after - {frozenset()} != before


def change_of(
    cause: Cause, before: Mapping[int, int], after: Mapping[int, int]
) -> PersonChange | None:
    """Return the change between two states (subject to person), or None if no record set differs.

    A new record that makes a new person of its own changes nobody's record.
    """
    old, new = grouped(before), grouped(after)
    touched = {person for person in old.keys() | new.keys() if old.get(person) != new.get(person)}
    arrived = after.keys() - before.keys()
    touched -= {person for person in touched if person not in old and new[person] <= arrived}
    if not touched:
        return None
    return PersonChange(cause, _sets(old, touched), _sets(new, touched))


def _sets(groups: Mapping[int, set[int]], persons: Iterable[int]) -> Sets:
    return tuple(
        (person, tuple(sorted(groups[person]))) for person in sorted(persons) if person in groups
    )


def separate(change: PersonChange) -> tuple[PersonChange, ...]:
    """Divide a change into those that have no person and no record in common."""
    rest = {("before", *group) for group in change.before} | {
        ("after", *group) for group in change.after
    }
    found: list[PersonChange] = []
    while rest:
        part = {min(rest)}
        persons: set[int] = set()
        subjects: set[int] = set()
        while part:
            for _, person, members in part:
                persons.add(person)
                subjects.update(members)
            rest -= part
            part = {
                group for group in rest if group[1] in persons or subjects.intersection(group[2])
            }
        before = tuple(group for group in change.before if group[0] in persons)
        after = tuple(group for group in change.after if group[0] in persons)
        found.append(PersonChange(change.cause, before, after))
    return tuple(found)


async def note(tx: Transaction, change: PersonChange, event: int) -> None:
    """Write the change down as the event of this number, the next one."""
    await tx.run(
        "identity.add_event",
        event=event,
        at=change.cause.micros,
        kind=change.cause.kind,
        who=change.cause.who,
        why=change.cause.why,
        before=_written(change.before),
        after=_written(change.after),
    )
    people = [{"person": person, "event": event} for person in change.persons]
    await tx.run_many("identity.add_event_person", people)


def _written(sets: Sets) -> str:
    """Return record sets as JSON, of which a list of numbers in Python's own words is a piece."""
    return str([[person, list(subjects)] for person, subjects in sets])


class Membership:
    """Makes a partition true for the own records of a region."""

    def __init__(
        self, tx: Transaction, region: Region, partition: Partition, ids: Ids, cause: Cause
    ) -> None:
        """Work on `region` within `tx`."""
        self._tx = tx
        self._region = region
        self._partition = partition
        self._ids = ids
        self._at = cause.micros

    async def number(self) -> dict[int, int]:
        """Return the person of each own record from here on; make those that are new."""
        after: dict[int, int] = {}
        groups = [group for group in self._partition.persons if group <= self._region.own]
        for group, person in await self._numbered(groups):
            after |= dict.fromkeys(group, person)
        return after

    async def write(self, after: Mapping[int, int]) -> None:
        """Move the records to the persons that `number` gave, with states and doubts."""
        await self._move(after)
        await self._set_states(after)
        await self._set_doubts()

    def waiting(self, after: Mapping[int, int]) -> frozenset[int]:
        """Return the persons that somebody must look at."""
        return frozenset(
            after[record]
            for doubt in self._partition.doubts
            for record in doubt.provisional
            if record in after
        )

    async def _numbered(self, groups: Sequence[frozenset[int]]) -> list[tuple[frozenset[int], int]]:
        """Return each group with its person."""
        found: list[tuple[frozenset[int], int]] = []
        split_off: list[frozenset[int]] = []
        for group, persons in claims(groups, self._region.person, self._region.since).items():
            if persons:
                await self._redirect(persons[1:], persons[0])
                found.append((group, persons[0]))
            else:
                split_off.append(group)
        return [*found, *[(group, await self._revived(group)) for group in split_off]]

    async def _redirect(self, persons: Sequence[int], to: int) -> None:
        for person in persons:
            await self._tx.run("identity.set_state", person=person, state=REDIRECTED, redirect=to)
        if persons:
            await self._tx.run("identity.grow", more=-len(persons))

    async def _revived(self, group: frozenset[int]) -> int:
        """Return the person that a split-off group was before it was merged, else a new one."""
        await self._tx.run("identity.grow", more=1)
        if min(group) in self._region.person:
            rows = await self._tx.rows("identity.former_persons", subject=min(group))
            if rows:
                person = int(str(rows[0][0]))
                await self._tx.run("identity.set_state", person=person, state=ACTIVE, redirect=None)
                return person
        person = self._region.next_person
        self._region.next_person += 1
        await self._tx.run(
            "identity.add_person", person=person, public_id=self._ids.new(), state=ACTIVE
        )
        return person

    async def _move(self, after: Mapping[int, int]) -> None:
        before = self._region.person
        moved = [record for record, person in after.items() if before.get(record) != person]
        at = self._at
        leaving = [{"subject": record, "at": at} for record in moved if record in before]
        await self._many("unlink", leaving)
        arriving = [{"subject": record, "person": after[record], "at": at} for record in moved]
        await self._many("link", arriving)

    async def _set_states(self, after: Mapping[int, int]) -> None:
        waiting = self.waiting(after)
        for person in sorted(set(after.values())):
            wanted = REVIEW if person in waiting else ACTIVE
            if self._region.states.get(person, ACTIVE) != wanted:
                await self._tx.run("identity.set_state", person=person, state=wanted, redirect=None)

    async def _set_doubts(self) -> None:
        """Write the doubts that are new or say something else, and drop those that are no more."""
        own = self._region.own
        there = {
            ends: doubt for ends, doubt in self._region.doubts.items() if not own.isdisjoint(ends)
        }
        wanted: dict[tuple[int, int], Doubt] = {}
        for doubt in self._partition.doubts:
            ends = doubt.edge.left, doubt.edge.right
            if not own.isdisjoint(ends):
                wanted[ends if ends[0] in doubt.provisional else ends[::-1]] = doubt
        fresh = {
            ends: doubt
            for ends, doubt in wanted.items()
            if ends not in there or not there[ends].says(doubt)
        }
        gone = (there.keys() - wanted.keys()) | (there.keys() & fresh.keys())
        await self._many("drop_doubt", [{"subject": one, "candidate": two} for one, two in gone])
        now = Waiting(self._at, 0, "")
        added: list[dict[str, Value]] = [
            {
                "subject": ends[0],
                "candidate": ends[1],
                "total": doubt.total,
                "rule": doubt.rule.name,
                "raised": there.get(ends, now).raised,
            }
            for ends, doubt in fresh.items()
        ]
        await self._many("add_doubt", added)

    async def _many(self, statement: str, rows: Sequence[Mapping[str, Value]]) -> None:
        if rows:
            await self._tx.run_many(f"identity.{statement}", rows)
