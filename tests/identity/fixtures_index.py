"""An index over a real store, with a clock that ticks and ids that count."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from store.engines import ENGINES, LAYOUT, opened
from throughcare.identity import PersonIndex
from throughcare.identity.compare import Demographics
from throughcare.identity.deciding import ends_of
from throughcare.model.person import Placement, SourceRecord
from throughcare.store.protocol import Store, Transaction


class Ticking:
    """One second later each time it is asked."""

    def __init__(self) -> None:
        """Start at nine o'clock."""
        self.time = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Let a second pass and return the time."""
        self.time += timedelta(seconds=1)
        return self.time


class Counting:
    """Ids p1, p2, ..."""

    def __init__(self) -> None:
        """Start at one."""
        self.count = 0

    def new(self) -> str:
        """Return the next id."""
        self.count += 1
        return f"p{self.count}"


@dataclass
class Bench:
    """A store and an index over it."""

    store: Store
    index: PersonIndex

    async def place(
        self, source: str, local_id: str, demographics: Demographics, kind: str = "record"
    ) -> Placement:
        """Place in a transaction of its own."""

        async def work(tx: Transaction) -> Placement:
            return await self.index.place(tx, source, local_id, kind, demographics)  # type: ignore[arg-type]

        return await self.store.transact(work)

    async def merge(self, survivor: str, retired: str, source: str = "hospital") -> tuple[int, ...]:
        """Merge and return the persons changed."""

        async def work(tx: Transaction) -> tuple[int, ...]:
            change = await self.index.decisions.merge(tx, source, survivor, retired, "feed", "A40")
            return change.persons

        return await self.store.transact(work)

    async def unmerge(self, survivor: str, retired: str, source: str = "hospital") -> None:
        """Take the merge back."""

        async def work(tx: Transaction) -> None:
            await self.index.decisions.unmerge(tx, source, survivor, retired, "feed", "undone")

        await self.store.transact(work)

    async def decide(self, review: str, *, same: bool) -> None:
        """Decide as a human."""

        async def work(tx: Transaction) -> None:
            await self.index.decisions.decide(
                tx, review, same=same, who="reviewer", why="looked at both"
            )

        await self.store.transact(work)

    async def undo(self, review: str) -> None:
        """Take a decision back."""

        async def work(tx: Transaction) -> None:
            await self.index.decisions.undo(tx, ends_of(review), who="reviewer")

        await self.store.transact(work)

    async def rebuild(self) -> int:
        """Rebuild and return the number of changes."""

        async def work(tx: Transaction) -> int:
            return len(await self.index.rebuild(tx))

        return await self.store.transact(work)

    async def people(self) -> list[SourceRecord]:
        """Return all source records."""
        async with self.store.snapshot() as reader:
            return await self.index.people(reader)

    async def sets(self) -> frozenset[frozenset[str]]:
        """Return the persons as sets of local ids."""
        return sets_of(await self.people())

    async def ids(self) -> dict[str, str]:
        """Return the public id of each local id's person."""
        return {record.local_id: record.person_id for record in await self.people()}


def sets_of(people: Iterable[SourceRecord]) -> frozenset[frozenset[str]]:
    """Return the persons of a listing as sets of local ids."""
    found: dict[int, set[str]] = {}
    for record in people:
        found.setdefault(record.person, set()).add(record.local_id)
    return frozenset(map(frozenset, found.values()))


async def open_bench(folder: Path, engine: str = "sqlite") -> Bench:
    """Open an empty index in `folder`."""
    store = await ENGINES[engine](folder, LAYOUT)
    return Bench(store, PersonIndex(Ticking(), Counting()))


async def benches(engine: str, folder: Path) -> AsyncIterator[Bench]:
    """Yield an empty index and close it afterwards."""
    async for store in opened(engine, folder):
        yield Bench(store, PersonIndex(Ticking(), Counting()))
