"""Several databases as one store: what is written to two is in both or in neither, always."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import asyncpg
import pytest

from record.rooms import Room, condition
from store.cluster import Cluster, cluster, run, start
from store.engines import (
    PROBE,
    SHARDS,
    TickingClock,
    drop,
    dsn,
    on_postgres,
    open_sharded,
    opened,
    shard_names,
)
from throughcare.kernel import ConflictError, OverloadedError
from throughcare.store import postgres, sharded
from throughcare.store.protocol import Transaction
from throughcare.store.sharded import ShardedStore
from throughcare.store.sharded.buckets import shard_of

pytestmark = on_postgres
EVERYWHERE = (0, 1, 3, 4)
"""Subjects that lie in four different databases of four."""
STEPS = {
    "the first part is prepared": ("PREPARE TRANSACTION", "after"),
    "all parts are prepared": ("SET batch", "decide"),
    "it is decided": ("COMMIT PREPARED", "before"),
    "the first part is committed": ("COMMIT PREPARED", "after"),
}
DIES = f"""
import asyncio, sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from store.test_sharded import die_at
asyncio.run(die_at(sys.argv[1], sys.argv[2:]))
"""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ShardedStore]:
    async for one in opened("four", tmp_path):
        assert isinstance(one, ShardedStore)
        yield one


async def put_everywhere(room: Room, code: str) -> None:
    """Store an entry in each database, in one transaction."""
    await room.put(*(room.entry(condition(f"c{s}", code), s) for s in EVERYWHERE))


async def codes(room: Room) -> list[str]:
    """Return the codes that a view shows, of each database one."""
    async with room.store.snapshot() as reader:
        found = await room.records.unfiltered(reader, EVERYWHERE)
    bodies = [entry.body for entry in found]
    return [body.split(b'"code":"')[1].split(b'"')[0].decode() for body in bodies]


async def prepared(store: ShardedStore) -> int:
    """Return how many parts are left behind in all databases."""
    connection = await asyncpg.connect(store.dsns[0])
    found = await connection.fetchval(
        "SELECT count(*) FROM pg_prepared_xacts WHERE database LIKE $1 || '%'",
        store.dsns[0].partition("?")[0].rpartition("/")[2].removesuffix("_0"),
    )
    await connection.close()
    return int(found)


async def die_at(step: str, dsns: Sequence[str]) -> None:
    """Write to every database and be killed at a step of the commit; run in another process."""
    text, when = STEPS[step]
    execute = asyncpg.Connection.execute
    first = True

    async def dying(self: asyncpg.Connection, query: str, *args: object) -> str:
        nonlocal first
        met = text in query and (when != "decide" or "shard_batch" in query)
        if met and when != "after":
            os.kill(os.getpid(), signal.SIGKILL)
        if met and not first:
            await asyncio.sleep(60)  # the first one's end is the end of all
        first = first and not met
        result: str = await execute(self, query, *args)
        if met:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    store = await sharded.open_store(dsns, clock=TickingClock())
    asyncpg.Connection.execute = dying
    await put_everywhere(Room(store), "new")


def test_the_subjects_of_these_tests_lie_in_four_databases() -> None:
    assert sorted(shard_of(subject, SHARDS["four"]) for subject in EVERYWHERE) == [0, 1, 2, 3]


@pytest.mark.parametrize("step", STEPS)
async def test_a_process_that_dies_in_a_commit_leaves_all_of_it_or_nothing(
    store: ShardedStore, step: str
) -> None:
    room = Room(store)
    await put_everywhere(room, "old")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", DIES, step, *store.dsns)
    assert await process.wait() == -signal.SIGKILL
    assert await prepared(store) > 0
    decided = step in {"it is decided", "the first part is committed"}
    assert await codes(room) == ["new" if decided else "old"] * 4
    await put_everywhere(room, "newer")
    assert await codes(room) == ["newer"] * 4
    assert await prepared(store) == 0


@pytest.mark.parametrize("step", ["all parts are prepared", "it is decided"])
async def test_opening_the_store_settles_what_was_left_behind(
    store: ShardedStore, step: str
) -> None:
    await put_everywhere(Room(store), "old")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", DIES, step, *store.dsns)
    assert await process.wait() == -signal.SIGKILL
    again = await sharded.open_store(store.dsns, clock=TickingClock())
    assert await prepared(store) == 0
    assert len(set(await codes(Room(again)))) == 1
    await again.close()


async def test_no_view_sees_a_part_of_a_commit_and_none_is_lost(store: ShardedStore) -> None:
    other = await sharded.open_store(store.dsns, clock=TickingClock())
    rooms = [Room(store), Room(other)]
    await put_everywhere(rooms[0], "first")
    writing = True
    views = 0

    async def read(room: Room) -> None:
        nonlocal views
        while writing:
            assert len(set(await codes(room))) == 1
            views += 1

    async def write(room: Room, name: str) -> None:
        for number in range(15):
            await put_everywhere(room, f"{name}{number}")

    readers = [asyncio.create_task(read(room)) for room in rooms]
    await asyncio.gather(write(rooms[0], "a"), write(rooms[1], "b"))
    writing = False
    await asyncio.gather(*readers)
    assert views > 10
    async with store.snapshot() as reader:
        changes = await rooms[0].records.changes(reader, after=0)
    assert [change.seq for change in changes] == list(range(1, 31 * 4 + 1))
    assert {change.version for change in changes} == set(range(1, 32))
    await other.close()


async def test_of_works_that_share_a_commit_one_that_fails_is_undone_in_every_database(
    store: ShardedStore,
) -> None:
    room = Room(store)
    await put_everywhere(room, "old")

    async def fails(tx: Transaction) -> None:
        await room.records.put(
            tx, [room.entry(condition(f"c{s}", "bad"), s) for s in reversed(EVERYWHERE)]
        )
        raise LookupError

    async def ignores(tx: Transaction) -> None:
        """Go on after a statement has failed, away from home."""
        with pytest.raises(asyncpg.DivisionByZeroError):
            await tx.query("SELECT 1 / 0", (), subjects=[1])

    results = await asyncio.gather(
        put_everywhere(room, "good"),
        *(store.transact(work) for work in (fails, ignores, fails)),
        return_exceptions=True,
    )
    assert [type(result).__name__ for result in results] == [
        "NoneType",
        "LookupError",
        "InFailedSQLTransactionError",
        "LookupError",
    ]
    assert await codes(room) == ["good"] * 4
    with pytest.raises(asyncpg.InFailedSQLTransactionError):
        await store.transact(ignores)
    await put_everywhere(room, "better")
    assert await codes(room) == ["better"] * 4


async def test_what_touches_home_alone_prepares_nothing(store: ShardedStore) -> None:
    room = Room(store)
    connection = await asyncpg.connect(store.dsns[0])
    sql = "SELECT sum(batch) FROM shard_batch"
    await room.put(room.entry(condition("a"), 0))
    assert await connection.fetchval(sql) == 0
    await room.put(room.entry(condition("b"), 1))
    assert await connection.fetchval(sql) > 0
    await connection.close()


async def test_databases_are_known_again_and_may_not_change_places(
    store: ShardedStore, tmp_path: Path
) -> None:
    first, second, *rest = store.dsns

    async def refused(*dsns: str) -> str:
        with pytest.raises(ConflictError) as caught:
            await sharded.open_store(dsns, clock=TickingClock())
        return caught.value.message

    assert "is database 3 of 4 of this store, and was given as database 2" in await refused(
        first, rest[0], second, rest[1]
    )
    assert "Give all addresses of one store" in await refused(first, second)
    assert "2 to 256 databases" in await refused(first)
    lone = await dsn(tmp_path / "lone")
    room = Room(await postgres.open_store(lone, clock=TickingClock()))
    await room.put(room.entry(condition("a")))
    await room.store.close()
    assert "holds a record already" in await refused(lone, await dsn(tmp_path / "new"))
    await drop("postgres", tmp_path / "lone")
    await drop("postgres", tmp_path / "new")


async def test_home_on_a_server_that_counts_anew_is_refused(store: ShardedStore) -> None:
    for address in store.dsns:
        connection = await asyncpg.connect(address)
        await connection.execute("UPDATE shard SET store = '1' || store")
        await connection.close()
    with pytest.raises(ConflictError, match="numbers its transactions anew"):
        await sharded.open_store(store.dsns, clock=TickingClock())


async def test_one_database_of_several_is_not_opened_alone(store: ShardedStore) -> None:
    for address in store.dsns[:2]:
        with pytest.raises(ConflictError, match="of the 4 of one store"):
            await postgres.open_store(address, clock=TickingClock())


@pytest.fixture
async def two_clusters() -> AsyncIterator[tuple[Cluster, Cluster]]:
    pair = start(max_prepared_transactions="0"), start()
    yield pair
    for one in pair:
        one.stop()


async def test_servers_of_their_own_are_one_store_of_which_one_may_be_away(
    two_clusters: tuple[Cluster, Cluster],
) -> None:
    home, away = two_clusters
    dsns = [home.dsn("postgres"), away.dsn("postgres")]
    with pytest.raises(ConflictError, match="max_prepared_transactions = 0"):
        await sharded.open_store(dsns[::-1], clock=TickingClock())
    await asyncio.gather(home.make("record"), away.make("record"))
    dsns = [home.dsn("record"), away.dsn("record")]
    store = await sharded.open_store(dsns, clock=TickingClock())
    room = Room(store)
    await room.put(room.entry(condition("here"), 2), room.entry(condition("there"), 1))
    assert away.process is not None
    assert away.folder is not None
    assert away.binaries is not None
    away.process.send_signal(signal.SIGINT)
    await asyncio.to_thread(away.process.wait, 30)

    await room.put(room.entry(condition("here", "y"), 2))
    async with store.snapshot() as reader:
        (entry,) = await room.records.unfiltered(reader, [2])
        assert entry.version == 2
        with pytest.raises(OverloadedError, match="can't be reached"):
            await room.records.unfiltered(reader, [1])
    with pytest.raises(OverloadedError, match="can't be reached"):
        await room.put(room.entry(condition("there", "y"), 1))

    port = int(dsns[1].rpartition("port=")[2])
    again = run(away.folder, away.binaries, {}, port)
    for _ in range(100):
        try:
            await room.put(room.entry(condition("there", "y"), 1))
            async with store.snapshot() as reader:
                (entry,) = await room.records.unfiltered(reader, [1])
            break
        except OverloadedError:
            await asyncio.sleep(0.1)
    assert entry.version == 2
    await store.close()
    again.stop()


async def test_a_new_store_is_fitted_once_however_many_processes_open_it(tmp_path: Path) -> None:
    for name in shard_names(tmp_path, 2):
        await cluster().make(name)
    stores = await asyncio.gather(*(open_sharded(2, tmp_path, PROBE) for _ in range(3)))
    for one in stores:
        await one.close()
    await drop("two", tmp_path)
