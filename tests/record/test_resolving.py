"""A search that may join nothing finds what the naive room finds: every chain is resolved first."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import pytest
from hypothesis import settings

from record.test_oracle import Machine, TestRecords
from throughcare.record import links
from throughcare.store.lock import Lock
from throughcare.store.protocol import Reader, Row, Store, T, Value, Work

pytestmark = pytest.mark.slow


class Reversed:
    """A view whose rows do not come in order, and whose entries MUST NOT be joined."""

    spread = True
    locked = False

    def __init__(self, reader: Reader) -> None:
        """Read through `reader`."""
        self._reader = reader

    def under(self, lock: Lock) -> Reader:
        """Return itself: a file has no second lock."""
        del lock
        return self

    async def rows(self, statement: str, /, **params: Value) -> list[Row]:
        """Run the named statement."""
        return await self._reader.rows(statement, **params)

    async def query(
        self, sql: str, params: tuple[Value, ...], *, subjects: Collection[int] | None = None
    ) -> list[Row]:
        """Run composed SQL, once it is seen that it joins no persons."""
        assert "person_link" not in sql
        # What an entry names is kept nowhere where entries lie apart: nothing to join.
        for branch in sql.replace(links.JOINS, "").split(" UNION ALL "):
            assert branch.count("FROM head") + branch.count("JOIN head") <= 1
        rows = await self._reader.query(sql, params)
        if subjects is not None and sql.startswith("SELECT h.entry AS entry"):
            assert {int(row[0] or 0) >> 24 for row in rows} <= set(subjects)
        return rows[::-1]


class Apart:
    """A store on one file whose views say that its entries lie apart."""

    def __init__(self, store: Store) -> None:
        """Work on `store`."""
        self._store = store

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reader]:
        """Open a view."""
        async with self._store.snapshot() as reader:
            yield Reversed(reader)

    whole = snapshot

    async def transact(self, work: Work[T], /, *, again: bool = False) -> T:
        """Run `work`."""
        return await self._store.transact(work, again=again)

    async def close(self) -> None:
        """Close the store."""
        await self._store.close()


class Resolved(Machine):
    """The record room over such a store and the naive one."""

    async def opened(self) -> Store:
        """Open a SQLite file as if its entries lay apart."""
        return Apart(await super().opened())


TestResolved = Resolved.TestCase
TestResolved.settings = settings(TestRecords.settings, max_examples=8)
del TestRecords
