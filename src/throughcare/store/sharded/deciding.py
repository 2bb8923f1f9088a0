"""Two-phase commit: a batch that was written to several databases is in all of them, or in none.

1. Each database but home prepares its part: it can be committed whatever happens now.
2. Home commits its own part, with the note which databases have one. This decides.
3. The prepared parts are committed.

A part is named by the transaction at home that decides about it, and PostgreSQL knows what became
of each of its transactions. So a part that was left behind, by a process that died or a connection
that broke between two steps, is settled by whoever meets it: home's word is final, and nobody has
to remember anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import asyncpg

from throughcare.kernel import OverloadedError
from throughcare.store.postgres.connection import Connection, connect
from throughcare.store.postgres.errors import DRIVER, plain

LATEST: Final = "SELECT batch FROM shard"
"""The batch that a database has come to."""
DECIDED: Final = "SELECT number, batch FROM shard_batch"
"""At home: the batch that each other database comes to."""
STATE: Final = (
    "SELECT (SELECT batch FROM shard), EXISTS (SELECT 1 FROM pg_prepared_xacts "
    "WHERE database = current_database() AND starts_with(gid, $1))"
)
"""The batch that a database has come to, and whether a part is left behind in it."""
_LEFT: Final = (
    "SELECT gid FROM pg_prepared_xacts WHERE database = current_database() AND starts_with(gid, $1)"
)
_FATE: Final = "SELECT pg_xact_status($1::text::xid8)"


def part(store: str, batch: int, shard: int) -> str:
    """Return the name of the part of a batch in a database: several may be on one server.

    >>> part("5f0c", 731, 2)
    'throughcare 5f0c 731 2'
    """
    return f"throughcare {store} {batch} {shard}"


def batch_of(name: str) -> int:
    """Return the batch that a part belongs to."""
    return int(name.split(" ")[2])


def prepare(store: str, batch: int, shard: int) -> str:
    """Return the statements that end a part so that it can be committed whatever happens."""
    note = f"UPDATE shard SET batch = {batch}"  # noqa: S608 - a number
    return f"{note}; PREPARE TRANSACTION '{part(store, batch, shard)}'"


def decide(batch: int, shards: Sequence[int]) -> str:
    """Return the statements that commit a batch at home, with parts in these databases."""
    numbers = ", ".join(map(str, shards))
    return f"UPDATE shard_batch SET batch = {batch} WHERE number IN ({numbers}); COMMIT"  # noqa: S608 - numbers


def commit(store: str, batch: int, shard: int) -> str:
    """Return the statement that commits a part."""
    return f"COMMIT PREPARED '{part(store, batch, shard)}'"


@dataclass(frozen=True, slots=True)
class Settler:
    """Settles what was left behind between two steps, as home decided."""

    store: str
    dsns: Sequence[str]

    @property
    def mark(self) -> str:
        """Return what the name of each part of this store begins with."""
        return f"throughcare {self.store} "

    async def settle(self, shard: int) -> None:
        """Commit or undo each part that is left in a database, if home has decided about it.

        Raises OverloadedError if home or the database can't be reached.
        """
        home = await connect(self.dsns[0])
        try:
            there = await connect(self.dsns[shard])
            try:
                for row in await there.fetch(_LEFT, self.mark):
                    await _settle(home, there, cast("str", next(iter(row))))
            except DRIVER as error:
                raise plain(error) from error
            finally:
                await there.close()
        finally:
            await home.close()

    async def settle_all(self) -> None:
        """Settle every database."""
        for shard in range(1, len(self.dsns)):
            await self.settle(shard)


async def _settle(home: Connection, there: Connection, name: str) -> None:
    fate = await home.fetchval(_FATE, str(batch_of(name)))
    verbs = {"committed": "COMMIT", "aborted": "ROLLBACK"}
    if fate is None:
        message = (
            f"Home no longer knows what became of the prepared transaction '{name}', which is very "
            "old. See docs/operations/growing.md, and have it decided by hand."
        )
        raise OverloadedError(message)
    if fate not in verbs:
        return  # its process is at work on it
    try:
        await there.execute(f"{verbs[fate]} PREPARED '{name}'")
    except asyncpg.UndefinedObjectError:
        return  # somebody else has settled it meanwhile
