"""The content of a node: nothing is left out, and a copy is the same on every engine."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random  # noqa: TID251 - the property's own

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.operated import SetClock, deliver, everything, operated
from store.engines import TickingClock, on_every_engine, opened
from throughcare.app.content import copying, tables
from throughcare.app.content.digest import Digest, Summary
from throughcare.app.folder import Folder
from throughcare.app.node import Node
from throughcare.kernel import ConflictError
from throughcare.record import NewEntry, Records
from throughcare.store import statements
from throughcare.store.protocol import Store, Transaction
from throughcare.store.sqlite.writer import SqliteTransaction
from throughcare.store.statements import LAYOUT

FACTS = st.tuples(
    st.sampled_from("abc"),
    st.lists(st.one_of(st.none(), st.integers(0, 3), st.text(max_size=2), st.binary(max_size=2))),
)


def hashed(facts: list[tuple[str, list[object]]]) -> Summary:
    digest = Digest()
    for kind, fact in facts:
        digest.add(kind, [fact])
    return digest.summary()


@given(st.lists(FACTS, max_size=6), st.lists(FACTS, max_size=6), st.randoms())
def test_two_collections_have_one_hash_if_and_only_if_they_hold_the_same_facts(
    one: list[tuple[str, list[object]]],
    other: list[tuple[str, list[object]]],
    chance: Random,
) -> None:
    def multiset(facts: list[tuple[str, list[object]]]) -> list[str]:
        return sorted(map(repr, facts))

    mixed = list(one)
    chance.shuffle(mixed)
    assert hashed(mixed).hash == hashed(one).hash
    assert not hashed(mixed).differs(hashed(one))
    same = multiset(one) == multiset(other)
    assert (hashed(one).hash == hashed(other).hash) is same
    assert (not hashed(one).differs(hashed(other))) is same


async def used(folder: Path) -> None:
    """Fill a node so that no table of it that is content is empty, but for what tests name."""
    clock = SetClock()
    async with operated(folder, clock) as node:
        for number in range(12):
            clock.pass_by()
            await deliver(node, number)
        await delete_one(node)


async def delete_one(node: Node) -> None:
    async with node.store.snapshot() as reader:
        stored = (await node.records.unfiltered(reader, [1], ["Condition"]))[0]

    async def work(tx: Transaction) -> None:
        gone = NewEntry(
            stored.subject,
            stored.type,
            stored.id,
            b"",
            None,
            stored.cls,
            node.clock.now(),
            deleted=True,
        )  # type: ignore[arg-type]
        await node.records.put(tx, [gone])

    await node.store.transact(work)


def layout(database: Path) -> dict[str, list[str]]:
    """Return the columns of each table that SQLite itself did not make."""
    with contextlib.closing(sqlite3.connect(database)) as store:
        made = store.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        inverted = [name for name, sql in made if "USING fts5" in sql]
        names = [
            name for name, _ in made if not any(name.startswith(f"{one}_") for one in inverted)
        ]
        return {
            name: [str(row[1]) for row in store.execute(f"PRAGMA table_info({name})")]
            for name in names
            if name not in inverted and not name.startswith("sqlite_")
        } | {name: [] for name in inverted}


async def test_every_table_of_the_layout_is_copied_made_anew_or_left_out_by_name(
    tmp_path: Path,
) -> None:
    await used(tmp_path / "node")
    found = layout(tmp_path / "node" / "store.sqlite")
    copied = {table.name: list(table.columns) for table in tables.TABLES}
    others = tables.RECORD | tables.DERIVED | tables.FROM_LEDGER | tables.OWN
    assert found.keys() == copied.keys() | others
    assert {name: found[name] for name in copied} == copied


def test_each_copied_table_is_read_and_written_by_all_its_columns() -> None:
    for engine in ("sqlite", "postgres"):
        texts = statements.load(LAYOUT / "sql", engine)
        for table in tables.TABLES:
            read, put = texts[f"content.read_{table.name}"], texts[f"content.put_{table.name}"]
            listed = read[len("SELECT") : read.index(" FROM")]
            assert [name.strip() for name in listed.split(",")] == list(table.columns)
            assert all(f":{name}" in put for name in table.columns)


@pytest.fixture(params=on_every_engine)
async def target(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    (tmp_path / "target").mkdir()
    async for store in opened(request.param, tmp_path / "target"):
        yield store


async def test_a_copy_is_the_same_on_every_engine_and_back(tmp_path: Path, target: Store) -> None:
    await used(tmp_path / "node")
    there = Records(target, TickingClock())
    async with operated(tmp_path / "node", SetClock()) as node:
        copied = await copying.copy(node.records, there)
        async with node.store.snapshot() as reader:
            assert (await copying.hash_of(reader, node.records)).hash == copied.hash
    assert {"current", "past", "person_link", "received"} <= copied.totals.keys()
    async with target.snapshot() as reader:
        assert await there.verify(reader) == []
    (tmp_path / "back").mkdir()
    async for store in opened("sqlite", tmp_path / "back"):
        back = await copying.copy(there, Records(store, TickingClock()))
        assert back.hash == copied.hash
    left = (*tables.OWN, *tables.FROM_LEDGER, "entry_class", "res", "head", "hist")
    one = everything(Folder(tmp_path / "node"), left)
    assert one == everything(Folder(tmp_path / "back"), left)


async def test_a_target_that_is_in_use_is_refused(tmp_path: Path, target: Store) -> None:
    await used(tmp_path / "node")
    there = Records(target, TickingClock())
    async with operated(tmp_path / "node", SetClock()) as node:
        await copying.copy(node.records, there)
        with pytest.raises(ConflictError, match="in use"):
            await copying.copy(node.records, there)


LOSSES = {
    "content.put_received": "received",
    "content.put_person_link": "person_link",
    "record.put_hist": "past",
    "record.put_res": "current",
}


@pytest.mark.parametrize("statement", LOSSES)
async def test_one_row_that_a_copy_loses_is_found_and_its_kind_named(
    tmp_path: Path, statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await used(tmp_path / "node")
    (tmp_path / "target").mkdir()
    async for store in opened("sqlite", tmp_path / "target"):
        async with operated(tmp_path / "node", SetClock()) as node:
            lose_the_last_row(statement, monkeypatch)
            with pytest.raises(ConflictError, match=LOSSES[statement]):
                await copying.copy(node.records, Records(store, TickingClock()))


def lose_the_last_row(statement: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = SqliteTransaction.run_many

    async def run_many(self: SqliteTransaction, name: str, rows: list[dict[str, object]]) -> None:
        await written(self, name, list(rows)[:-1] if name == statement else rows)  # type: ignore[arg-type]

    monkeypatch.setattr(SqliteTransaction, "run_many", run_many)
