"""Is the history of one resource linearizable? Decided in near-linear time by its version numbers.

An operation that saw or made a version has a *rank*: 2v for seeing version v, 2v - 1 for making it.
A linear order exists if and only if no operation that had ended before another began has the higher
rank: sorting by rank, then by time, is such an order. Three kinds leave a choice:

- a refusal by If-Match and a 410 name no version: each takes the lowest that its answer allows,
  which is never worse than a higher one, for it binds what comes later least;
- of several DELETEs that name the same version one made it: the first to begin, where the order
  lets it, for each of the others may as well have come second;
- a deletion that no answered DELETE can have made was made by one without an answer: the first to
  begin goes to the version that needs one first.

`naive.linearizable` decides the same by trying every order.
"""

import heapq
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from faults.histories import NEVER, Chain, Operation, Saw


def anomalies(operations: Sequence[Operation], chain: Chain) -> list[str]:
    """Return what contradicts one order of `operations` that ends in `chain`; empty if nothing."""
    found = [*_of_chain(operations, chain), *_of_answers(operations, chain)]
    return found or _Sweep(chain).anomalies(operations)


def _of_chain(operations: Iterable[Operation], chain: Chain) -> Iterator[str]:
    """Every version has one writer, and a deletion ends something."""
    put = {o.value for o in operations if o.saw in {Saw.WROTE, Saw.PUT_LOST}}
    seen: set[int] = set()
    for version, value in enumerate(chain, 1):
        if value is None:
            if version == 1 or chain[version - 2] is None:
                yield f"version {version} deletes what was not there"
        elif value in seen:
            yield f"version {version} holds {value}, which an earlier version held"
        elif value not in put:
            yield f"version {version} holds {value}, which nobody put"
        else:
            seen.add(value)


def _of_answers(operations: Iterable[Operation], chain: Chain) -> Iterator[str]:
    """Every answer fits the version that it names."""
    versions = {value: version for version, value in enumerate(chain, 1) if value is not None}
    for operation in operations:
        made = versions.get(operation.value)
        fits = made is None or operation.expected in {None, made - 1}
        match operation.saw:
            case Saw.WROTE | Saw.READ if made is None or made != operation.version:
                yield f"lost: {operation}, and the history has it as version {made}"
            case Saw.REFUSED if made is not None:
                yield f"refused and stored: {operation}, version {made}"
            case Saw.WROTE | Saw.PUT_LOST if not fits:
                yield f"If-Match ignored: {operation}, stored as version {made}"
            case Saw.DELETED if not _is_deletion(chain, operation.version):
                yield f"lost deletion: {operation}"
            case _:
                pass


def _is_deletion(chain: Chain, version: int) -> bool:
    return 0 < version <= len(chain) and chain[version - 1] is None


@dataclass(slots=True)
class _Sweep:
    """Walks the operations in the order in which they began."""

    chain: Chain
    floor: int = 0
    """Highest rank among the operations that have ended."""
    running: list[tuple[float, int]] = field(default_factory=list)
    """End and rank of those that have not."""
    ended: list[tuple[float, int]] = field(default_factory=list)
    """All of them."""
    made: set[int] = field(default_factory=set)
    """Deletions that an answered DELETE made."""

    def anomalies(self, operations: Sequence[Operation]) -> list[str]:
        """Return every operation that no order has room for."""
        versions = {value: v for v, value in enumerate(self.chain, 1) if value is not None}
        deletions = [v for v, value in enumerate(self.chain, 1) if value is None]
        lost: list[float] = []
        found = []
        for operation in sorted(operations, key=lambda o: o.start):
            self._until(operation.start)
            if operation.saw is Saw.DELETE_LOST:
                lost.append(operation.start)
                continue
            if operation.saw is Saw.PUT_LOST and operation.value not in versions:
                continue
            rank = self._rank(operation, versions, deletions)
            if not self.floor <= rank <= 2 * len(self.chain):
                found.append(f"stale: {operation} began after rank {self.floor} was seen")
                continue
            heapq.heappush(self.running, (operation.end, rank))
            if operation.end != NEVER:
                self.ended.append((operation.end, rank))
        return found + self._unmade([v for v in deletions if v not in self.made], lost)

    def _until(self, moment: float) -> None:
        while self.running and self.running[0][0] < moment:
            self.floor = max(self.floor, heapq.heappop(self.running)[1])

    def _rank(self, operation: Operation, versions: dict[int, int], deletions: list[int]) -> int:
        """Return the rank of an operation; one beyond all versions if it can have none."""
        lowest = (self.floor + 1) // 2
        match operation.saw:
            case Saw.WROTE | Saw.PUT_LOST:
                return 2 * versions[operation.value] - 1
            case Saw.DELETED:
                made = 2 * operation.version - 1
                if operation.version in self.made or made < self.floor:
                    return made + 1
                self.made.add(operation.version)
                return made
            case Saw.GONE:
                place = bisect_left(deletions, lowest)
                seen = deletions[place] if place < len(deletions) else len(self.chain) + 1
            case Saw.REFUSED:
                seen = lowest + 1 if lowest == operation.expected else lowest
            case _:
                seen = operation.version
        return 2 * seen

    def _unmade(self, versions: list[int], lost: list[float]) -> list[str]:
        """Give each deletion that nobody answered for to a DELETE that began before it was seen."""
        found = []
        self.ended.sort(key=lambda pair: -pair[1])
        deadlines = []
        place, deadline = 0, NEVER
        for version in reversed(versions):
            while place < len(self.ended) and self.ended[place][1] >= 2 * version:
                deadline = min(deadline, self.ended[place][0])
                place += 1
            deadlines.append((version, deadline))
        for version, deadline in reversed(deadlines):
            if lost and lost[0] <= deadline:
                lost.pop(0)
            else:
                found.append(f"version {version} is a deletion that nobody can have made")
        return found
