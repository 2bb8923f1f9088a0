"""Reading from a streaming replica: nothing that was acknowledged or seen is ever missing."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from store.cluster import Cluster, no_replica, run, start
from store.engines import PROBE, TickingClock
from store.pairs import Pair, started, until
from throughcare.kernel import BadInputError, OverloadedError
from throughcare.store.postgres import PostgresStore, open_store, replicas
from throughcare.store.postgres.locking import READER
from throughcare.store.postgres.position import ADVANCE, Position
from throughcare.store.postgres.replicas import Replicas
from throughcare.store.protocol import Transaction

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(bool(no_replica()), reason=no_replica()),
]


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with started(tmp_path) as made:
        yield made


async def add(store: PostgresStore, name: str, amount: int = 0) -> None:
    async def work(tx: Transaction) -> None:
        await tx.run("probe.add", name=name, amount=amount)

    await store.transact(work)


async def count(store: PostgresStore) -> int:
    async with store.snapshot() as reader:
        return len(await reader.rows("probe.all"))


async def test_what_was_acknowledged_is_seen_at_once_however_far_behind_the_replica_is(
    pair: Pair,
) -> None:
    store, other = await pair.open(), await pair.open()
    await pair.caught_up(store)
    await pair.tell("SELECT pg_wal_replay_pause()")
    await add(store, "a")
    for one in (store, other, store):
        assert await count(one) == 1
        assert await pair.source(one) == "primary"
    await pair.tell("SELECT pg_wal_replay_resume()")
    for one in (store, other):
        await pair.caught_up(one)
        assert await count(one) == 1
        await one.close()


async def test_what_was_seen_once_stays_seen_though_nobody_acknowledged_it(pair: Pair) -> None:
    """A process may die between its commit and the acknowledgement."""
    store, other = await pair.open(), await pair.open()
    await pair.caught_up(store)
    await pair.tell("SELECT pg_wal_replay_pause()")
    dying = await asyncpg.connect(pair.primary.dsn("record"))
    async with dying.transaction():
        await dying.execute("INSERT INTO probe (name, amount) VALUES ('a', 1)")
        await dying.execute(ADVANCE)
    await dying.close()
    assert other.replicated is not None
    other.replicated.replicas[0].rests_until = float("inf")
    assert (await count(store), await pair.source(store)) == (0, "replica")
    assert (await count(other), await pair.source(other)) == (1, "primary")
    assert (await count(store), await pair.source(store)) == (1, "primary")
    await store.close()
    await other.close()


async def test_a_replica_serves_on_while_the_primary_is_away_as_long_as_it_has_all(
    pair: Pair,
) -> None:
    store = await pair.open()
    await add(store, "a")
    await pair.caught_up(store)
    await pair.tell("SELECT pg_wal_replay_pause()")
    await add(store, "b")
    assert pair.primary.process is not None
    pair.primary.process.kill()
    await asyncio.to_thread(pair.primary.process.wait)
    with pytest.raises(OverloadedError, match="can't be reached"):
        await count(store)
    await pair.tell("SELECT pg_wal_replay_resume()")
    await until(partial(answers, store))
    assert await count(store) == 2
    with pytest.raises(OverloadedError):
        await add(store, "c")
    await store.close()


async def answers(store: PostgresStore) -> bool:
    try:
        await count(store)
    except OverloadedError:
        return False
    return True


async def test_a_replica_that_dies_or_comes_back_is_noticed_by_nobody(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicas, "REST_SECONDS", 0.1)
    store = await pair.open()
    await pair.caught_up(store)
    pair.replica.program("pg_ctl", "stop", "-m", "immediate", "-D", data(pair.replica))
    assert await count(store) == 0
    (lag,) = await store.replicated.lags() if store.replicated else ()
    assert "can't be reached" in lag.fault
    await add(store, "a")
    pair.replica = await asyncio.to_thread(again, pair.replica)
    await pair.caught_up(store)
    assert await count(store) == 1
    await store.close()


def data(server: Cluster) -> Path:
    assert server.folder is not None
    return server.folder / "data"


def again(server: Cluster) -> Cluster:
    """Start a server that was stopped, at the same address."""
    assert server.folder is not None
    assert server.binaries is not None
    assert server.process is not None
    server.process.wait(30)
    return run(server.folder, server.binaries, {}, int(server.port))


async def test_a_replica_that_was_promoted_is_not_read_from(pair: Pair) -> None:
    store = await pair.open()
    await pair.caught_up(store)
    pair.replica.program("pg_ctl", "promote", "-D", data(pair.replica))
    rogue = await asyncpg.connect(pair.replica.dsn("record"))
    await rogue.execute("UPDATE acknowledged SET position = position + 1000")
    await rogue.execute("INSERT INTO probe (name, amount) VALUES ('never acknowledged', 1)")
    await rogue.close()
    for _ in range(20):
        assert await count(store) == 0
        assert await pair.source(store) == "primary"
    (lag,) = await store.replicated.lags() if store.replicated else ()
    assert lag.fault == "it is a primary of its own"
    await store.close()


async def test_after_a_promotion_nothing_of_the_old_primary_is_taken_for_newer(pair: Pair) -> None:
    old = await pair.open()
    for number in range(5):
        await add(old, f"a{number}")
    reached = old.replicated.position.reached if old.replicated else 0
    await pair.caught_up(old)
    await old.close()
    pair.replica.program("pg_ctl", "promote", "-D", data(pair.replica))
    new = Replicas((pair.primary.dsn("record"),), pair.folder / "store.position")
    store = await open_store(
        pair.replica.dsn("record"), clock=TickingClock(), layout=PROBE, replicas=new
    )
    assert store.replicated is not None
    assert store.replicated.position.reached >> 40 == (reached >> 40) + 1
    await store.close()


async def test_only_a_replica_of_the_same_primary_is_accepted(pair: Pair) -> None:
    primary, replica = pair.primary.dsn("postgres"), pair.replica.dsn("postgres")
    await replicas.check(primary, replica)
    with pytest.raises(BadInputError, match=r"is no replica of .*pg_basebackup -R"):
        await replicas.check(primary, primary)
    stranger = await asyncio.to_thread(start)
    try:
        with pytest.raises(BadInputError, match="is no replica of"):
            await replicas.check(stranger.dsn("postgres"), replica)
    finally:
        stranger.stop()


async def tick(tx: Transaction) -> int:
    sql = "UPDATE probe SET amount = amount + 1 WHERE name = 'clock' RETURNING amount"
    ((amount,),) = await tx.query(sql, ())
    return int(amount or 0)


async def test_a_node_that_is_no_superuser_reads_there_under_its_second_lock(pair: Pair) -> None:
    admin = await asyncpg.connect(pair.primary.dsn("record"))
    await admin.execute("CREATE ROLE carer LOGIN CREATEROLE; ALTER DATABASE record OWNER TO carer")
    await admin.execute("ALTER SCHEMA public OWNER TO carer")
    await admin.close()
    primary, replica = (
        server.dsn("record").replace("postgres@", "carer@", 1)
        for server in (pair.primary, pair.replica)
    )
    given = Replicas((replica,), pair.folder / "store.position")
    store = await open_store(primary, clock=TickingClock(), replicas=given, second_lock=True)
    await pair.caught_up(store)
    async with store.snapshot() as reader:
        assert await reader.query("SELECT current_user", ()) == [(READER,)]
        assert await pair.source_of(reader) == "replica"
    await store.close()


async def test_many_readers_and_writers_of_several_processes_see_time_go_forward(
    pair: Pair,
) -> None:
    """The oracle: a number that was acknowledged, or read, before a request began is a floor."""
    await pair.tell("ALTER SYSTEM SET recovery_min_apply_delay = '15ms'")
    await pair.tell("SELECT pg_reload_conf()")
    stores = [await pair.open() for _ in range(3)]
    floor, sources = 0, Counter[str]()
    await add(stores[0], "clock", 0)
    stop = asyncio.Event()

    async def write(store: PostgresStore) -> None:
        nonlocal floor
        while not stop.is_set():
            floor = max(floor, await store.transact(tick))
            await asyncio.sleep(0.05)

    async def read(store: PostgresStore) -> None:
        nonlocal floor
        while not stop.is_set():
            least = floor
            async with store.snapshot() as reader:
                ((amount,),) = await reader.query("SELECT amount FROM probe", ())
                sources[await pair.source_of(reader)] += 1
            assert int(amount or 0) >= least
            floor = max(floor, int(amount or 0))

    tasks = [asyncio.create_task(write(store)) for store in stores[:2]]
    tasks += [asyncio.create_task(read(store)) for store in stores for _ in range(2)]
    await asyncio.sleep(4)
    stop.set()
    await asyncio.gather(*tasks)
    assert floor > 20
    assert min(sources["replica"], sources["primary"]) > 20, sources
    for store in stores:
        await store.close()


async def test_a_position_only_rises_whoever_raises_it(tmp_path: Path) -> None:
    one, two = Position(tmp_path / "p"), Position(tmp_path / "p")
    await asyncio.gather(*(p.reach(n) for n in range(200, 0, -1) for p in (one, two)))
    assert (one.reached, two.reached) == (200, 200)
    await two.reach(7)
    assert one.reached == 200
    one.close()
    assert two.reached == 200
    two.close()
    again = Position(tmp_path / "p")
    assert again.reached == 200
    again.close()
