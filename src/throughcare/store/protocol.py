"""What every engine offers: named statements, snapshots, transactions durable on return.

Rooms above own the statements (``store/sql/<room>.sql``) and the typed functions around them; an
engine owns how they are run. A transaction's work is a coroutine function: PostgreSQL awaits it,
SQLite drives it to its end on the writer thread, where nothing in it ever suspends. So the same
code runs on both, and work MUST NOT await anything but its transaction.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from throughcare.store.lock import Lock

Value = str | int | float | bytes | None
Row = tuple[Value, ...]
T = TypeVar("T")


class Reader(Protocol):
    """One consistent view of the store."""

    @property
    def spread(self) -> bool:
        """Whether entries lie in several databases.

        If so, composed SQL MUST NOT join entries of different subjects, nor entries with tables of
        other rooms; and its rows come from each database one after the other, not in one order.
        """
        ...

    @property
    def locked(self) -> bool:
        """Whether the database withholds every entry that no lock names (`under`).

        Then ``head``, ``res``, ``hist`` and what is searched by are empty to whoever named none;
        ``head_facts`` and ``hist_facts``, which decisions are made on, are not.
        """
        ...

    def under(self, lock: Lock) -> "Reader":
        """Return the same view, whose statements see what `lock` names; itself if not `locked`."""
        ...

    async def rows(self, statement: str, /, **params: Value) -> list[Row]:
        """Run the named statement ``room.name`` and return all its rows.

        Raises KeyError for an unknown statement.
        """
        ...

    async def query(
        self, sql: str, params: tuple[Value, ...], *, subjects: Collection[int] | None = None
    ) -> list[Row]:
        """Run SQL that the record room composed from a search; values only as `params` (``?``).

        It looks at entries of `subjects` alone (None: of any), so that it needs to run only where
        those lie.
        """
        ...


class Transaction(Reader, Protocol):
    """Reads its own writes; all or nothing."""

    async def run(self, statement: str, /, **params: Value) -> int:
        """Run the named statement and return the number of rows it changed."""
        ...

    async def run_many(self, statement: str, rows: Iterable[Mapping[str, Value]], /) -> None:
        """Run the named statement once for each of `rows`."""
        ...

    def after_commit(self, action: Callable[[], None], /) -> None:
        """Do `action` on the event loop once this work is durable; never if it is undone.

        For caches of what was written: it is done before `Store.transact` returns.
        """
        ...


Work = Callable[[Transaction], Awaitable[T]]


class Store(Protocol):
    """An engine. All methods are safe to call from many tasks at once."""

    def snapshot(self) -> AbstractAsyncContextManager[Reader]:
        """Open a read-only view that sees one state of the store until it is closed.

        Where the store has a second lock, the view shows entries under a lock alone.
        """
        ...

    def whole(self) -> AbstractAsyncContextManager[Reader]:
        """Open such a view of everything, which nothing is withheld from.

        For upkeep, copies and what is decided before it is written: MUST NOT answer a reader.
        """
        ...

    async def transact(self, work: Work[T], /, *, again: bool = False) -> T:
        """Run `work` in a transaction and return its result once it is on disk.

        MUST NOT return before the commit is durable. Works that wait together share one commit:
        if one raises, its changes alone are undone and its error comes here. With `again`, `work`
        may be run more than once, and only what it did and returned the last time counts. It MUST
        then make anew whatever it changes beside the store: many such works share a commit with
        less effort than others.
        Raises OverloadedError if too many are waiting, FullError if the disk is full.
        """
        ...

    async def close(self) -> None:
        """Finish what was accepted and close; idempotent."""
        ...
