"""What is particular to the PostgreSQL engine."""

import asyncio
import gc
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.cluster import cluster, database_of
from store.engines import LAYOUT, PROBE, TickingClock, dsn, on_postgres, open_postgres, opened
from throughcare.kernel import BadInputError, ConflictError, OverloadedError
from throughcare.record import links
from throughcare.store import dialect, statements
from throughcare.store.jobs import WAITING
from throughcare.store.postgres import PostgresStore, open_store
from throughcare.store.postgres.binding import bound, template
from throughcare.store.postgres.connection import connect, parameter_types, place
from throughcare.store.postgres.expression import condition, numbers
from throughcare.store.postgres.pool import Pool
from throughcare.store.postgres.together import lone, together
from throughcare.store.protocol import Reader, Row, Transaction

pytestmark = on_postgres
NAMES = [f"n{i:02}" for i in range(30)]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[PostgresStore]:
    """Open a store that holds `NAMES`."""
    async for one in opened("postgres", tmp_path, PROBE):
        assert isinstance(one, PostgresStore)
        rows = [{"name": name, "amount": i} for i, name in enumerate(NAMES)]

        async def fill(tx: Transaction) -> None:
            await tx.run_many("probe.add", rows)  # noqa: B023 - done before the next

        await one.transact(fill)
        yield one


async def ask(store: PostgresStore, statement: str, **params: str | int) -> list[Row]:
    async with store.snapshot() as reader:
        return await reader.rows(statement, **params)


async def test_requests_of_one_moment_each_get_their_own_answer(store: PostgresStore) -> None:
    found = await asyncio.gather(
        *(ask(store, "probe.of", name=name, most=20) for name in [*NAMES, "nobody", NAMES[3]])
    )
    own = [[(name, i)] if i <= 20 else [] for i, name in enumerate(NAMES)]
    assert found == [*own, [], [(NAMES[3], 3)]]


async def test_look_ups_of_one_moment_go_by_their_index_whatever_postgresql_believes(
    tmp_path: Path,
) -> None:
    """A database that was never analysed thinks of its tables as nearly empty."""
    many = 3_000
    async for one in opened("postgres", tmp_path):
        assert isinstance(one, PostgresStore)
        connection = await connect(one.dsn)
        for rows in (
            "alias SELECT 5, 'a' || i, i",
            "head SELECT i, 1, 5, 1, 0, 0, 0, 0, 0, i",
            "res SELECT i, 1, i, ''",
        ):
            await connection.execute(f"INSERT INTO {rows} FROM generate_series(1, {many}) i")
        asked = statements.load(LAYOUT / "sql", "postgres")["record.current"]
        types = await parameter_types(connection, lone(asked))
        joined = together(asked, ("type", "id"), frozenset({1}), types)
        assert joined is not None
        values = [(5, f"a{i}") for i in range(1, 65)]
        sql = f"EXPLAIN (ANALYZE) {joined.text}"
        plan = [str(line) for (line,) in await connection.fetch(sql, *joined.arguments(values))]
        met = [int(float(rows)) for rows in re.findall(r"actual.* rows=([\d.]+)", "\n".join(plan))]
        assert len(met) > 3
        assert max(met) == len(values), plan
        await connection.close()


async def test_a_connection_that_nobody_waits_for_any_more_is_closed(store: PostgresStore) -> None:
    pool = Pool(store.dsn)
    for turn in range(40):  # cancelled at each step of its opening
        opening = asyncio.create_task(pool.take())
        for _ in range(turn):
            await asyncio.sleep(0.0005)
        opening.cancel()
        found = (await asyncio.gather(opening, return_exceptions=True))[0]
        if not isinstance(found, BaseException):
            await pool.give(found)
    await pool.close()
    gc.collect()  # a connection that was forgotten says so as it goes, which fails this test


async def test_lists_order_and_limits_are_kept_when_many_ask_at_once(store: PostgresStore) -> None:
    asked = [(NAMES[i : i + size], size - 1) for i in range(20) for size in (1, 3, 7)]
    found = await asyncio.gather(
        *(
            ask(store, "probe.among", names=json.dumps(names), most=25, count=5)
            for names, _ in asked
        )
    )
    alone = [
        await ask(store, "probe.among", names=json.dumps(names), most=25, count=5)
        for names, _ in asked
    ]
    assert found == alone
    assert [row[0] for row in found[2]] == NAMES[6:1:-1]


async def test_composed_sql_of_one_moment_gives_each_its_own(store: PostgresStore) -> None:
    sql = "SELECT name FROM probe WHERE amount >= ? AND name IN (SELECT j.value FROM {texts ?} j)"

    async def read(least: int) -> list[Row]:
        async with store.snapshot() as reader:
            return await reader.query(sql, (least, json.dumps(NAMES[:10])))

    found = await asyncio.gather(*map(read, range(12)))
    assert [len(rows) for rows in found] == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0]


async def test_who_comes_after_a_write_sees_it_however_many_read(store: PostgresStore) -> None:
    async def count(reader: Reader) -> int:
        return len(await reader.rows("probe.all"))

    async def write_and_read(i: int) -> bool:
        async def work(tx: Transaction) -> None:
            await tx.run("probe.add", name=f"w{i}", amount=0)

        await store.transact(work)
        return await ask(store, "probe.of", name=f"w{i}", most=0) == [(f"w{i}", 0)]

    async def read_twice() -> bool:
        async with store.snapshot() as reader:
            before = await count(reader)
            await asyncio.sleep(0.002)
            return before == await count(reader)

    results = await asyncio.gather(
        *(write_and_read(i) for i in range(40)), *(read_twice() for _ in range(40))
    )
    assert all(results)


async def test_a_nul_character_harms_nobody_else(store: PostgresStore) -> None:
    found = await asyncio.gather(
        *(ask(store, "probe.of", name=name, most=99) for name in ["a\0b", *NAMES[:5]]),
        return_exceptions=True,
    )
    assert isinstance(found[0], BadInputError)
    assert found[1:] == [[(name, i)] for i, name in enumerate(NAMES[:5])]

    async def write(tx: Transaction) -> None:
        await tx.run("probe.add", name="a\0b", amount=1)

    with pytest.raises(BadInputError, match="NUL"):
        await store.transact(write)


async def test_two_processes_lose_no_update_of_each_other(
    store: PostgresStore, tmp_path: Path
) -> None:
    other = await open_postgres(tmp_path, PROBE)

    async def rise(tx: Transaction) -> None:
        ((amount,),) = await tx.query("SELECT amount FROM probe WHERE name = 'n00'", ())
        assert isinstance(amount, int)
        await tx.query("UPDATE probe SET amount = ? WHERE name = 'n00'", (amount + 1,))

    await asyncio.gather(*(one.transact(rise) for one in (store, other) for _ in range(50)))
    assert await ask(store, "probe.of", name="n00", most=1000) == [("n00", 100)]
    await other.close()


async def test_connections_that_the_server_closes_are_replaced(store: PostgresStore) -> None:
    admin = await asyncpg.connect(cluster().admin)
    name = store.dsn.partition("?")[0].rpartition("/")[2]
    for _ in range(3):
        await asyncio.gather(*(ask(store, "probe.all") for _ in range(10)))
        await admin.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        for _ in range(20):
            try:
                assert len(await ask(store, "probe.all")) == len(NAMES)
                await store.transact(lambda tx: tx.run("probe.raise", by=0, pattern="n%"))
                break
            except OverloadedError as error:
                assert "Try again" in error.message  # noqa: PT017 - either is right
                await asyncio.sleep(0.05)
        else:
            pytest.fail("the store did not come back")
    await admin.close()


async def test_a_database_that_is_away_is_said_and_not_waited_for() -> None:
    with pytest.raises(OverloadedError, match="can't be reached"):
        await open_store(
            "postgresql://nobody:hidden@127.0.0.1:1/none", clock=TickingClock(), layout=PROBE
        )


async def test_more_works_than_may_wait_are_refused_and_not_stored(store: PostgresStore) -> None:
    async def add(name: str) -> None:
        async def work(tx: Transaction) -> None:
            await tx.run("probe.add", name=name, amount=1)

        await store.transact(work)

    tasks = [asyncio.create_task(add(f"x{i:05}")) for i in range(WAITING + 10)]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(result, OverloadedError) for result in results) == 10
    async with store.snapshot() as reader:
        assert len(await reader.rows("probe.all")) == WAITING + len(NAMES)


@pytest.mark.parametrize("setting", ["off", "local"])
async def test_a_database_that_may_lose_what_it_acknowledges_is_refused(
    tmp_path: Path, setting: str
) -> None:
    address = await dsn(tmp_path)
    admin = await asyncpg.connect(address)
    await admin.execute(
        f"ALTER DATABASE {database_of(tmp_path)} SET synchronous_commit = '{setting}'"
    )
    await admin.close()
    with pytest.raises(ConflictError, match=rf"synchronous_commit = {setting}.*could be lost"):
        await open_store(address, clock=TickingClock(), layout=PROBE)
    await cluster().drop(database_of(tmp_path))


async def test_rows_that_are_written_together_are_those_written_one_by_one(tmp_path: Path) -> None:
    async for one in opened("postgres", tmp_path):

        async def work(tx: Transaction) -> list[Row]:
            for body in (b"a", b"b"):
                assert await tx.run("audit.record", body=body) == 1
            await tx.run_many("audit.record", [{"body": b"c"}, {"body": b"d"}])
            for version in (1, 2):  # the same key twice: the later one stays
                row = {"entry": 7, "version": version, "seq": 1, "body": b"x", **links.UNKNOWN}
                await tx.run_many("record.put_res", [row])
            await tx.run_many("record.put_terms", [{"entry": 7, "terms": f"{1:016x} {2:016x}"}])
            (version,) = await tx.query("SELECT version FROM res", ())
            (terms,) = await tx.query("SELECT array_length(terms, 1) FROM tok", ())
            return [version, terms, *await tx.rows("audit.pending")]

        found = await one.transact(work)
        assert found == [(2,), (2,), (1, b"a"), (2, b"b"), (3, b"c"), (4, b"d")]


async def test_a_row_that_can_not_be_written_fails_its_own_work_alone(
    store: PostgresStore,
) -> None:
    async def add(name: str) -> None:
        async def work(tx: Transaction) -> None:
            await tx.run("probe.add", name=name, amount=1)

        await store.transact(work)

    results = await asyncio.gather(*map(add, ["x", NAMES[0], "y"]), return_exceptions=True)
    assert [isinstance(result, asyncpg.UniqueViolationError) for result in results] == [
        False,
        True,
        False,
    ]


async def test_every_text_is_ordered_by_its_bytes(tmp_path: Path) -> None:
    async for one in opened("postgres", tmp_path):
        async with one.snapshot() as reader:
            sql = """
            SELECT attrelid::regclass::text || '.' || attname FROM pg_attribute
            JOIN pg_class c ON c.oid = attrelid AND c.relkind = 'r'
            JOIN pg_collation l ON l.oid = attcollation
            WHERE relnamespace = current_schema()::regnamespace AND l.collname <> 'C'
              AND c.relname <> 'migration'"""
            assert await reader.query(sql, ()) == []


async def test_every_statement_is_known_to_postgresql(tmp_path: Path) -> None:
    async for one in opened("postgres", tmp_path):
        assert isinstance(one, PostgresStore)
        connection = await connect(one.dsn)
        for name, sql in statements.load(LAYOUT / "sql", "postgres").items():
            text = dialect_text(sql)
            try:
                await connection.prepare(text)
            except asyncpg.PostgresError as error:
                pytest.fail(f"{name}: {error}")
        await connection.close()


def dialect_text(sql: str) -> str:
    """Return a statement as PostgreSQL prepares it, with some expression where it takes one."""
    names = {p.name for p in parameters(dialect.parse(sql))}
    fixed = template(sql).text
    return fixed or bound(sql, dict.fromkeys(names, "0123456789abcdef"))[0]


def parameters(pieces: tuple[dialect.Piece, ...]) -> list[dialect.Parameter]:
    found = [piece for piece in pieces if isinstance(piece, dialect.Parameter)]
    inner = [parameters(piece.inner) for piece in pieces if isinstance(piece, dialect.Point)]
    return found + [one for some in inner for one in some]


def test_a_place_names_no_user_and_no_password() -> None:
    assert place("postgresql://carer:s:e@h:5/d?password=x") == "postgresql://h:5/d"
    assert place("postgresql:///d?host=/tmp&user=carer") == "postgresql:///d"


TERMS = [f"{i:016x}" for i in (1, 2, 3, 0xFFFFFFFFFFFFFFFF)]
EXPRESSIONS = st.recursive(
    st.sampled_from([*TERMS, "none"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda p: f"({' OR '.join(p)})"),
        st.lists(inner, min_size=1, max_size=3).map(lambda p: f"({' AND '.join(p)})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]} NOT {p[1]})"),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS, st.sets(st.sampled_from(TERMS)))
def test_a_condition_on_arrays_says_what_the_expression_says(
    expression: str, held: set[str]
) -> None:
    words = expression.replace(" NOT ", " and not ").replace(" OR ", " or ")
    words = words.replace(" AND ", " and ")
    for term in [*TERMS, "none"]:
        words = words.replace(term, str(term in held))
    lists: list[list[int]] = []

    def add(terms: list[int]) -> str:
        lists.append(terms)
        return f"L{len(lists) - 1}E"

    said = condition(expression, "C", add)
    for i, terms in enumerate(lists):
        has = [t in numbers(" ".join(held)) for t in terms]
        said = said.replace(f"C @> L{i}E", str(all(has))).replace(f"C && L{i}E", str(any(has)))
    said = said.replace("AND", "and").replace("OR", "or").replace("NOT", "not")
    said = said.replace("FALSE", "False")
    assert eval(said) == eval(words)  # noqa: S307 - texts of True, False, and, or, not


@pytest.mark.parametrize("text", ["", "(a", "a)", "a b", "a AND b OR c", "NOT a"])
def test_an_expression_that_does_not_end_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expression"):
        condition(text, "c", lambda _: "$1")
