"""What people and sources decide about two records, said, taken back and looked at beforehand."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from throughcare.identity import region
from throughcare.identity.cluster import Ruling, partition
from throughcare.identity.compare import Weights
from throughcare.identity.membership import Cause, PersonChange
from throughcare.identity.region import Region, grouped, listed
from throughcare.identity.reviewing import source_record
from throughcare.identity.rulings import DECIDED, Pair, Rulings
from throughcare.kernel import Clock, NotFoundError
from throughcare.model.person import Foreseen, SourceRecord
from throughcare.store.protocol import Reader, Transaction

Ends = tuple[int, int]
"""The subjects of two source records."""


NOT_WAITING: Final = "No such review waits; somebody may have decided it. Look at the list again."


class Settles(Protocol):
    """What brings persons in line with evidence and rulings: the person index."""

    weights: Weights

    async def settle(
        self, tx: Transaction, subjects: Sequence[int], cause: Cause
    ) -> PersonChange | None:
        """Derive anew the persons that a change of `subjects` can reach; return what changed."""
        ...

    async def size(self, reader: Reader) -> int:
        """Return the number of persons of the index, 1 at least."""
        ...


@dataclass(frozen=True, slots=True)
class Deciding:
    """Writes decisions into the index and makes them so, within the caller's transaction."""

    index: Settles
    clock: Clock

    # -- sources

    async def merge(  # noqa: PLR0913, PLR0917 - who, what and why
        self, tx: Transaction, source: str, survivor: str, retired: str, who: str, why: str
    ) -> PersonChange:
        """Obey a source that says its two local ids are one person (HL7 A40).

        It takes effect when both have come, whatever the order. Saying it again changes nothing.
        Raises ConflictError where a person decided otherwise: see `is_decided`.
        """
        pair = Pair(source, survivor, source, retired)
        return await self._say(tx, pair, Cause("merge", self.clock.now(), who, why), same=True)

    async def unmerge(  # noqa: PLR0913, PLR0917 - who, what and why
        self, tx: Transaction, source: str, survivor: str, retired: str, who: str, why: str
    ) -> PersonChange:
        """Obey a source that says its two local ids are two persons (HL7 A37), as `merge` does."""
        pair = Pair(source, survivor, source, retired)
        return await self._say(tx, pair, Cause("unmerge", self.clock.now(), who, why), same=False)

    async def is_decided(
        self, reader: Reader, source: str, survivor: str, retired: str, *, same: bool
    ) -> bool:
        """Tell whether a person decided that two local ids of a source are, or are not, `same`."""
        rows = await reader.rows(
            "identity.rulings_of_pair", **Pair(source, survivor, source, retired).params()
        )
        return any(row[1] == DECIDED and bool(row[2]) == same for row in rows)

    # -- people

    async def decide(
        self, tx: Transaction, review: str, *, same: bool, who: str, why: str
    ) -> PersonChange:
        """Obey a human who looked at a review. Raises NotFoundError if it does not wait."""
        subject, candidate = ends = ends_of(review)
        if not await tx.rows("identity.doubt", subject=subject, candidate=candidate):
            raise NotFoundError(NOT_WAITING)
        return await self.rule(tx, ends, same=same, who=who, why=why)

    async def postpone(
        self, tx: Transaction, review: str, *, until: date, note: str, who: str
    ) -> None:
        """Put a pair off until a day; it waits again before, if its score changes.

        Raises NotFoundError if it does not wait.
        """
        subject, candidate = ends = ends_of(review)
        done = await tx.run(
            "identity.postpone",
            subject=subject,
            candidate=candidate,
            one=min(ends),
            other=max(ends),
            until=until.isoformat(),
            note=note,
            who=who,
        )
        if not done:
            raise NotFoundError(NOT_WAITING)

    async def rule(
        self, tx: Transaction, ends: Ends, *, same: bool, who: str, why: str
    ) -> PersonChange:
        """Obey a human who says that two records are, or are not, one person's.

        Whether or not anybody was asked. Raises NotFoundError for an unknown record.
        """
        pair = await _pair(tx, ends)
        cause = Cause(DECIDED, self.clock.now(), who, why)
        await tx.run("identity.resume", one=min(ends), other=max(ends))
        return await self._say(tx, pair, cause, same=same)

    async def undo(self, tx: Transaction, ends: Ends, *, who: str, why: str = "") -> PersonChange:
        """Take the newest ruling on two records back: what was ruled before counts again.

        Where nothing was, evidence alone does. Raises NotFoundError if nothing is in force.
        """
        pair = await _pair(tx, ends)
        cause = Cause("undo", self.clock.now(), who, why)
        if not await Rulings(tx, cause).withdraw_newest(pair):
            message = "Nothing was decided about these two, so there is nothing to undo."
            raise NotFoundError(message)
        return await self._settle(tx, pair, cause)

    async def foresee(self, reader: Reader, ends: Ends, *, same: bool | None) -> Foreseen:
        """Return what `rule`, or for None `undo`, would change. Writes nothing.

        Raises NotFoundError as they do.
        """
        pair = await _pair(reader, ends)
        part = await region.around(reader, ends, await self.index.size(reader), self.index.weights)
        if same is None:
            await _withdraw(reader, part, pair)
        else:
            newest = max(part.rulings, default=0) + 1
            part.rulings[newest] = Ruling(*ends, same, newest)
        found = partition(part.graph(), part.people, part.weights, part.cross)
        before = [group for group in grouped(part.person).values() if set(ends) & group]
        touched = set().union(*before)
        after = [group for group in found.persons if touched & group]
        known = await _records(reader, touched.union(*after))
        return Foreseen(_named(before, known), _named(after, known))

    # -- within

    async def _say(self, tx: Transaction, pair: Pair, cause: Cause, *, same: bool) -> PersonChange:
        await Rulings(tx, cause).say(pair, same=same)
        return await self._settle(tx, pair, cause)

    async def _settle(self, tx: Transaction, pair: Pair, cause: Cause) -> PersonChange:
        subjects = [
            int(str(row[0]))
            for source, local_id in (pair.left, pair.right)
            for row in await tx.rows(
                "identity.subject", source=source, local_id=local_id, kind="record"
            )
        ]
        return await self.index.settle(tx, subjects, cause) or PersonChange(cause, (), ())


def ends_of(review: str) -> Ends:
    """Return the subjects that the id of a review names. Raises NotFoundError for what is none."""
    left, _, right = review.partition("-")
    if not (left.isdecimal() and right.isdecimal()):
        message = "There is no such review. Look at the list again."
        raise NotFoundError(message)
    return int(left), int(right)


async def _pair(reader: Reader, ends: Ends) -> Pair:
    found = []
    for subject in ends:
        rows = await reader.rows("identity.subject_key", subject=subject)
        if not rows:
            message = "There is no such pair of records. Look at the list again."
            raise NotFoundError(message)
        found += [str(part) for part in rows[0]]
    return Pair(*found)


async def _withdraw(reader: Reader, part: Region, pair: Pair) -> None:
    rows = await reader.rows("identity.rulings_of_pair", **pair.params())
    if not rows:
        message = "Nothing was decided about these two, so there is nothing to undo."
        raise NotFoundError(message)
    part.rulings.pop(int(str(rows[0][0])))


async def _records(reader: Reader, subjects: Iterable[int]) -> dict[int, SourceRecord]:
    rows = await reader.rows("identity.source_records_among", subjects=listed(subjects))
    return {record.subject: record for record in map(source_record, rows)}


def _named(
    groups: Iterable[Collection[int]], known: dict[int, SourceRecord]
) -> tuple[tuple[SourceRecord, ...], ...]:
    return tuple(
        tuple(known[each] for each in sorted(group)) for group in sorted(map(sorted, groups))
    )
