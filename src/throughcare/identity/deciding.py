"""What people and sources decide about two records, said, taken back and looked at beforehand."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Protocol

from throughcare.identity import contradicting, region
from throughcare.identity.cluster import DECIDED, Ruling, partition
from throughcare.identity.compare import Weights
from throughcare.identity.membership import Cause, PersonChange
from throughcare.identity.region import Region, grouped
from throughcare.identity.reviewing import records_of
from throughcare.identity.rulings import Pair, Rulings
from throughcare.kernel import Clock, NotFoundError
from throughcare.model.person import Foreseen, Ruled, SourceRecord
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
        """Tell whether people decided that two local ids of a source are, or are not, `same`.

        Of the two themselves, or of others so that something said before could no longer hold.
        """
        pair = Pair(source, survivor, source, retired)
        rows = await reader.rows("identity.rulings_of_pair", **pair.params())
        if any(row[1] == DECIDED for row in rows):
            return any(row[1] == DECIDED and bool(row[2]) == same for row in rows)
        ends = await self._subjects(reader, pair)
        if len(ends) < len((survivor, retired)):
            return False
        part = await region.around(reader, ends, await self.index.size(reader), self.index.weights)
        newest = max(part.rulings, default=0) + 1
        said = Ruling(ends[0], ends[1], not same, newest, by_source=True)
        if not _overthrown(part, said):
            return False
        sources = {number: each for number, each in part.rulings.items() if each.by_source}
        return not _overthrown(replace(part, rulings=sources), said)

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

        Whether or not anybody was asked. Raises NotFoundError for an unknown record, and
        ConflictError where it can't be true beside what people decided of other pairs.
        """
        pair = await _pair(tx, ends)
        _, _, unheeded = await self._ahead(tx, ends, pair, same=same)
        contradicting.check(unheeded)
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
        part, persons, unheeded = await self._ahead(reader, ends, pair, same=same)
        before = [group for group in grouped(part.person).values() if set(ends) & group]
        touched = set().union(*before)
        after = [group for group in persons if touched & group]
        known = await records_of(reader, touched.union(*after))
        return Foreseen(_named(before, known), _named(after, known), tuple(unheeded))

    # -- within

    async def _ahead(
        self, reader: Reader, ends: Ends, pair: Pair, *, same: bool | None
    ) -> tuple[Region, Sequence[frozenset[int]], Sequence[Ruled]]:
        """Return what can be reached, the persons there afterwards, and what they do not obey.

        Of that, only what they obey today: an older contradiction is told where they all are.
        """
        part = await region.around(reader, ends, await self.index.size(reader), self.index.weights)
        today = contradicting.unheeded(part.rulings, _persons(part))
        if same is None:
            await _withdraw(reader, part, pair)
        else:
            newest = max(part.rulings, default=0) + 1
            part.rulings[newest] = Ruling(*ends, same, newest)
        persons = _persons(part)
        fresh = set(contradicting.unheeded(part.rulings, persons)).difference(today)
        return part, persons, await contradicting.told(reader, fresh) if fresh else ()

    async def _say(self, tx: Transaction, pair: Pair, cause: Cause, *, same: bool) -> PersonChange:
        await Rulings(tx, cause).say(pair, same=same)
        return await self._settle(tx, pair, cause)

    async def _settle(self, tx: Transaction, pair: Pair, cause: Cause) -> PersonChange:
        subjects = await self._subjects(tx, pair)
        return await self.index.settle(tx, subjects, cause) or PersonChange(cause, (), ())

    async def _subjects(self, reader: Reader, pair: Pair) -> list[int]:
        """Return the subjects of a pair, as far as they have come."""
        return [
            int(str(row[0]))
            for source, local_id in (pair.left, pair.right)
            for row in await reader.rows(
                "identity.subject", source=source, local_id=local_id, kind="record"
            )
        ]


def ends_of(review: str) -> Ends:
    """Return the subjects that the id of a review names. Raises NotFoundError for what is none."""
    left, _, right = review.partition("-")
    if not (left.isdecimal() and right.isdecimal()):
        message = "There is no such review. Look at the list again."
        raise NotFoundError(message)
    return int(left), int(right)


def _persons(part: Region) -> Sequence[frozenset[int]]:
    return partition(part.graph(), part.people, part.weights, part.cross).persons


def _overthrown(part: Region, said: Ruling) -> bool:
    """Tell whether something could no longer hold once `said` is said, or `said` itself not."""
    today = contradicting.unheeded(part.rulings, _persons(part))
    rulings = part.rulings | {said.order: said}
    then = contradicting.unheeded(rulings, _persons(replace(part, rulings=rulings)))
    return not set(then) <= set(today)


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


def _named(
    groups: Iterable[Collection[int]], known: Mapping[int, SourceRecord]
) -> tuple[tuple[SourceRecord, ...], ...]:
    return tuple(
        tuple(known[each] for each in sorted(group)) for group in sorted(map(sorted, groups))
    )
