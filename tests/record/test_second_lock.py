"""The second lock: whatever the query says, the database shows what the lock names."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from record.rooms import HIDDEN, Room, condition
from store.engines import ENGINES, LOCKED, TickingClock, drop, dsn, on_postgres, opened
from throughcare.kernel import ConflictError
from throughcare.model.decision import Gate
from throughcare.record.locking import lock_of
from throughcare.store import postgres
from throughcare.store.lock import NOTHING, Lock, classes, union
from throughcare.store.postgres.locking import READER
from throughcare.store.protocol import Reader, Store, Transaction
from throughcare.store.statements import LAYOUT

pytestmark = on_postgres
OPEN = {"alias", "wording", "former", "outbox", "head_facts", "hist_facts"}
"""What has an entry and is not locked: opaque ids, and what a decision looks at. Of a wording no
reader is told the entry."""
TABLES = ("head", "res", "hist", "coded", "ord", "words")
EVERYTHING = {table: f"SELECT DISTINCT entry >> 24 FROM {table}" for table in TABLES}  # noqa: S608 - names of our own
"""Queries that somebody forgot to limit."""


@pytest.fixture(params=sorted(LOCKED))
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    """Return a record of three subjects, with versions, of which one is labelled for each."""
    async for store in opened(request.param, tmp_path):
        found = Room(store)
        for subject in (1, 2, 3):
            plain = condition(
                f"c{subject}",
                recordedDate="2020",
                abatementDateTime="2021",
                onsetString="as a child",
            )
            await found.put(found.entry(plain, subject))
            await found.put(found.entry(plain | {"recordedDate": "2021"}, subject))
            secret = condition(f"s{subject}")
            await found.put(found.entry(secret, subject, labels=HIDDEN))
        yield found


def each(*subjects: int) -> dict[str, set[int]]:
    """Return these subjects for each table."""
    return {table: set(subjects) for table in TABLES}


async def subjects_in(reader: Reader) -> dict[str, set[object]]:
    return {
        table: {row[0] for row in await reader.query(sql, ())} for table, sql in EVERYTHING.items()
    }


async def gate_of(room: Room, *subjects: int) -> Gate:
    """Return a gate that shows what is not labelled, of `subjects`, and nothing else."""
    shown = (await room.gate()).others
    return Gate(dict.fromkeys(subjects, shown))


async def test_a_query_without_a_limit_sees_nothing_where_no_lock_was_named(room: Room) -> None:
    async with room.store.snapshot() as reader:
        assert await subjects_in(reader) == each()


async def test_a_query_without_a_limit_sees_the_subjects_of_its_lock_alone(room: Room) -> None:
    gate = await gate_of(room, 2)
    async with room.store.snapshot() as reader:
        held = reader.under(lock_of(gate))
        assert await subjects_in(held) == each(2)
        assert await subjects_in(reader.under(NOTHING)) == each()


async def test_a_query_without_a_limit_sees_no_class_that_the_lock_does_not_name(
    room: Room,
) -> None:
    gate = await room.gate()
    async with room.store.snapshot() as reader:
        held = reader.under(lock_of(gate))
        ids = {row[0] for row in await held.query("SELECT id FROM head", ())}
        bodies = await held.query("SELECT body FROM res", ())
    assert ids == {"c1", "c2", "c3"}
    assert len(bodies) == 3


async def test_views_of_everything_see_everything(room: Room) -> None:
    async with room.store.whole() as reader:
        assert not reader.locked
        assert await subjects_in(reader) == each(1, 2, 3)


async def test_requests_that_share_a_moment_each_see_what_their_own_lock_names(room: Room) -> None:
    gates = {subject: await gate_of(room, subject) for subject in (1, 2, 3)}

    async def seen(subject: int) -> dict[str, set[object]]:
        async with room.store.snapshot() as reader:
            return await subjects_in(reader.under(lock_of(gates[subject])))

    asked = [1, 2, 3, 2, 1] * 4
    found = await asyncio.gather(*map(seen, asked))
    assert found == [each(subject) for subject in asked]


async def test_every_table_of_entries_is_locked_but_for_those_that_hold_no_content(
    room: Room,
) -> None:
    async with room.store.whole() as reader:
        rows = await reader.query(
            "SELECT c.relname, EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid "
            "AND p.polname = 'second_lock') FROM pg_class c "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'entry' "
            "WHERE c.relkind IN ('r', 'v') AND c.relnamespace = current_schema()::regnamespace",
            (),
        )
    assert {name for name, is_locked in rows if not is_locked} == OPEN


async def test_a_lock_ends_with_its_view(room: Room) -> None:
    gate = await gate_of(room, 1)
    for _ in range(12):  # more than there are connections
        async with room.store.snapshot() as reader:
            assert await subjects_in(reader) == each()
            assert (await subjects_in(reader.under(lock_of(gate))))["res"] == {1}


async def test_a_class_that_came_after_the_lock_is_not_seen(room: Room) -> None:
    lock = lock_of(await room.gate())
    later = room.entry(condition("later"), 1, labels=frozenset({"later"}))
    await room.put(later)
    async with room.store.snapshot() as reader:
        found = await reader.under(lock).query("SELECT id FROM head WHERE id = 'later'", ())
    assert found == []


async def test_what_a_decision_stands_on_is_seen_without_a_lock_and_holds_no_content(
    room: Room,
) -> None:
    async with room.store.snapshot() as reader:
        rows = await reader.query("SELECT * FROM head_facts", ())
        past = await reader.query("SELECT * FROM hist_facts", ())
    assert (len(rows), len(past)) == (6, 3)
    values = {value for row in (*rows, *past) for value in row}
    assert not [value for value in values if isinstance(value, str | bytes)]


async def test_a_reader_is_shown_no_document_as_it_was_received(room: Room) -> None:
    async with room.store.snapshot() as reader:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.query("SELECT body FROM source_document", ())
    async with room.store.snapshot() as reader:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.query("SELECT entry FROM wording", ())


CELLS = [(subject, cls) for subject in range(4) for cls in range(1, 20)]
locks = st.builds(
    Lock,
    st.dictionaries(st.integers(0, 5), st.sets(st.integers(1, 24)).map(classes), max_size=5),
    st.sets(st.integers(1, 24)).map(classes),
)


def names(lock: Lock, subject: int, cls: int) -> bool:
    """Tell whether a lock names a class of a subject, as plainly as can be."""
    seen = lock.subjects.get(subject, lock.others)
    return cls < len(seen) * 8 and bool(seen[cls // 8] >> cls % 8 & 1)


class Cells:
    """A store with one entry of each subject and class, kept open over many examples."""

    def __init__(self, store: Store, runner: asyncio.Runner) -> None:
        """Stand on an open store."""
        self.store = store
        self.runner = runner

    async def fill(self) -> None:
        """Write the entries."""

        async def work(tx: Transaction) -> None:
            for subject, cls in CELLS:
                sql = (
                    "INSERT INTO head (entry, subject, type, cls, updated, id) "
                    "VALUES (?, ?, 1, ?, 0, 'x') RETURNING entry"
                )
                await tx.query(sql, ((subject << 24) + cls, subject, cls))

        await self.store.transact(work)

    async def seen(self, *locks: Lock) -> list[set[tuple[object, ...]]]:
        """Return what each of these locks shows, all asked for at once."""

        async def one(lock: Lock) -> set[tuple[object, ...]]:
            async with self.store.snapshot() as reader:
                return set(await reader.under(lock).query("SELECT subject, cls FROM head", ()))

        return list(await asyncio.gather(*map(one, locks)))


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cells]:
    folder = tmp_path_factory.mktemp("cells")
    with asyncio.Runner() as runner:
        store = runner.run(ENGINES["locked"](folder, LAYOUT))
        made = Cells(store, runner)
        runner.run(made.fill())
        yield made
        runner.run(store.close())
        runner.run(drop("locked", folder))


@given(asked=st.lists(locks, min_size=1, max_size=4))
def test_the_database_reads_every_lock_as_it_was_meant(cells: Cells, asked: list[Lock]) -> None:
    wanted = [{cell for cell in CELLS if names(lock, *cell)} for lock in asked]
    assert cells.runner.run(cells.seen(*asked)) == wanted


def seen_by(lock: Lock) -> Mapping[tuple[int, int], bool]:
    return {(subject, cls): names(lock, subject, cls) for subject in range(7) for cls in range(30)}


@given(listed=st.lists(locks, min_size=2, max_size=4))
def test_locks_that_join_see_of_each_subject_what_each_of_them_sees(listed: list[Lock]) -> None:
    joined = union(listed)
    if joined is None:
        return
    for lock in listed:
        for subject in lock.subjects:
            for cls in range(30):
                assert names(joined, subject, cls) == names(lock, subject, cls)
    anybody = {cell for lock in listed for cell, seen in seen_by(lock).items() if seen}
    assert {cell for cell, seen in seen_by(joined).items() if seen} == anybody


def test_locks_that_see_one_subject_differently_do_not_join() -> None:
    assert union([Lock({1: classes([1])}), Lock({1: classes([2])})]) is None
    assert union([Lock({1: classes([1])}), Lock({2: classes([2])})]) is not None
    assert union([Lock({1: classes([1])}), NOTHING]) is None
    assert union([Lock({}, classes([1])), Lock({1: classes([1])})]) is None


async def open_locked(address: str) -> None:
    store = await postgres.open_store(address, clock=TickingClock(), second_lock=True)
    await store.close()


async def test_a_role_that_passes_the_lock_over_is_refused_at_the_start(tmp_path: Path) -> None:
    address = await dsn(tmp_path)
    await open_locked(address)
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(f"ALTER ROLE {READER} BYPASSRLS")
        with pytest.raises(ConflictError, match=f"{READER} passes the second lock over"):
            await open_locked(address)
    finally:
        await connection.execute(f"ALTER ROLE {READER} NOBYPASSRLS")
        await connection.close()
        await drop("locked", tmp_path)


async def test_a_user_who_may_make_no_role_is_told_what_an_administrator_does(
    tmp_path: Path,
) -> None:
    address = await dsn(tmp_path)
    admin = await asyncpg.connect(address)
    name = "carer_" + tmp_path.name.lower().replace("-", "_")[:30]
    parts = urlsplit(address)
    own = urlunsplit(parts._replace(netloc=f"{name}@{parts.netloc.partition('@')[2]}"))
    renamed = f"{READER}_elsewhere"
    try:
        await admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'of-a-test'")
        await admin.execute(f"GRANT CREATE ON SCHEMA public TO {name}")
        if await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", READER):
            await admin.execute(f"ALTER ROLE {READER} RENAME TO {renamed}")
        try:
            with pytest.raises(ConflictError, match=f"CREATE ROLE {READER} NOLOGIN"):
                await open_locked(own)
        finally:
            if await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", renamed):
                await admin.execute(f"ALTER ROLE {renamed} RENAME TO {READER}")
            else:
                await admin.execute(f"CREATE ROLE {READER} NOLOGIN")
        await admin.execute(f"GRANT {READER} TO {name}")
        await open_locked(own)
    finally:
        await admin.execute(f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}")
        await admin.close()
        await drop("locked", tmp_path)


async def test_without_the_lock_a_database_that_has_it_shows_what_it_did(tmp_path: Path) -> None:
    for engine in ("locked", "postgres", "locked"):
        store = await ENGINES[engine](tmp_path, LAYOUT)
        room = Room(store)
        await room.put(room.entry(condition(engine)))
        shown = await room.gate(hide=False)
        async with store.snapshot() as reader:
            assert reader.locked == (engine == "locked")
            found = await room.records.read(reader, "Condition", "locked", shown)
        assert found is not None
        await store.close()
    await drop("locked", tmp_path)
