"""Relabelling: everything that is stored, by other code lists, while others read and write."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from throughcare.admission.code_lists import Standing
from throughcare.admission.labelling import Labelling
from throughcare.admission.owner import NOBODY
from throughcare.admission.rooms import Rooms
from throughcare.consent.lists import Row, made, text_of
from throughcare.kernel import Clock
from throughcare.model.audit import AuditEntry
from throughcare.store.protocol import Transaction

TOGETHER: Final = 20
"""Persons that are relabelled in one transaction: other writers wait for so many."""
LAST: Final = (1 << 62) - 1
"""Higher than the number of any person: what is nobody's is still to do."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one transaction of a relabelling did."""

    persons: int
    changed: int
    """Entries, and former versions of them, that have another class now."""
    finished: bool = False


Progress = Callable[[Step], None]


class Relabelling:
    """Brings the record under other code lists. Interrupted, it goes on where it was."""

    def __init__(self, rooms: Rooms, clock: Clock) -> None:
        """Stand on `rooms`."""
        self._rooms = rooms
        self._clock = clock

    async def begin(self, rows: Sequence[Row], line: AuditEntry) -> Standing:
        """Put the lists of `rows` in force, if they are not: for all that is written from now on.

        They are in force, and it is in the ledger, on return; what is stored already follows with
        `step`.
        """
        lists = made(rows)

        async def work(tx: Transaction) -> Standing:
            before = await self._rooms.lists.standing(tx)
            if before is not None and before.version == lists.version:
                return before
            number = before.number + 1 if before else 1
            await tx.run(
                "admission.put_code_list",
                number=number,
                version=lists.version,
                body=text_of(rows),
                begun=self._clock.now().isoformat(),
            )
            await self._rooms.journal.record(tx, line)
            return Standing(number, lists.version, 0, finished=False)

        return await self._rooms.store.transact(work)

    async def standing(self) -> Standing | None:
        """Return which lists are in force; None for those shipped."""
        async with self._rooms.store.snapshot() as reader:
            return await self._rooms.lists.standing(reader)

    async def version(self) -> str:
        """Return the version by which everything is labelled that no relabelling has to reach yet.

        "" for a record that an earlier release began and that was never relabelled.
        """
        async with self._rooms.store.snapshot() as reader:
            standing = await self._rooms.lists.standing(reader)
            return standing.version if standing else await self._rooms.lists.begun(reader)

    async def left(self) -> int:
        """Return how many persons are not relabelled yet."""
        async with self._rooms.store.snapshot() as reader:
            standing = await self._rooms.lists.standing(reader)
            if standing is None or standing.finished:
                return 0
            rows = await reader.rows("admission.persons_in_all", after=standing.reached)
        return int(rows[0][0] or 0)

    async def run(self, progress: Progress) -> int:
        """Relabel all that is left; return how many entries and versions have changed.

        A person is relabelled whole, in one transaction. What was done is kept if this is
        interrupted.
        """
        changed = 0
        while True:
            step = await self._rooms.store.transact(self.step)
            changed += step.changed
            progress(step)
            if step.finished:
                return changed

    async def step(self, tx: Transaction) -> Step:
        """Relabel some persons, in order of their numbers; at the end, what is nobody's."""
        standing = await self._rooms.lists.standing(tx)
        if standing is None or standing.finished:
            return Step(0, 0, finished=True)
        rows = await tx.rows("admission.persons_after", after=standing.reached, limit=TOGETHER)
        persons = [int(row[0] or 0) for row in rows]
        records: list[tuple[int, ...]]
        if persons:
            records = [await self._rooms.persons.subjects_of(tx, person) for person in persons]
            reached = persons[-1]
        else:
            alone = await tx.rows("disclosure.subjects_without_person")
            records = [*((int(row[0] or 0),) for row in alone), (NOBODY,)]
            reached = LAST
        changed = sum([await self._relabel(tx, subjects) for subjects in records])
        await tx.run("admission.reach", number=standing.number, reached=reached)
        if changed:
            # Every process decides anew; nobody's own consents have changed.
            await tx.run("admission.raise_epoch", subject=NOBODY)
        if not persons:
            await tx.run(
                "admission.finish_code_list",
                number=standing.number,
                finished=self._clock.now().isoformat(),
            )
        return Step(len(persons), changed, finished=not persons)

    async def _relabel(self, tx: Transaction, subjects: Sequence[int]) -> int:
        labelling = Labelling(self._rooms, tx, "")
        return await labelling.relabel(subjects) + await labelling.relabel_former(subjects)
