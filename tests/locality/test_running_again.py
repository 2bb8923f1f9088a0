"""Works of the door that may be run again come to the same when they are."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from app.operated import SetClock, everything, operated
from throughcare.app.demonstration import TODAY
from throughcare.app.folder import Folder
from throughcare.app.loading import Loader, LoadReport
from throughcare.demo import generate
from throughcare.model.request import Actor, Role
from throughcare.store.protocol import Transaction
from throughcare.store.sqlite.engine import SqliteStore

LOADER = Actor("loader", Role.IT_LEAD, "", client="cli")
plainly = SqliteStore.transact


class InVainError(Exception):
    """Undoes a work that has come to its end."""


async def twice(
    store: SqliteStore, work: Callable[[Transaction], Awaitable[Any]], *, again: bool = False
) -> object:
    """Run a work that may be run again once in vain, and then once more."""

    async def in_vain(tx: Transaction) -> None:
        await work(tx)
        raise InVainError

    if again:
        with suppress(InVainError):
            await plainly(store, in_vain)
    return await plainly(store, work, again=again)


async def loaded(feeds: Path, root: Path) -> tuple[LoadReport, object, dict[str, int]]:
    """Load feeds into a new node: the report, who is with whom, and the rows of each table."""
    async with operated(root, SetClock()) as node:
        report = await Loader(node.admission, LOADER).load([feeds], lambda *_: None)
        async with node.store.snapshot() as reader:
            people = [
                (one.source, one.local_id, one.person, one.state)
                for one in await node.persons.people(reader)
            ]
    return report, people, {name: len(rows) for name, rows in everything(Folder(root)).items()}


async def test_a_load_of_which_every_work_is_run_twice_stores_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, content in generate(today=TODAY, people=25).files.items():
        path = tmp_path / "feeds" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    once = await loaded(tmp_path / "feeds", tmp_path / "once")
    monkeypatch.setattr(SqliteStore, "transact", twice)
    assert await loaded(tmp_path / "feeds", tmp_path / "twice") == once
    assert once[2]["head"] > 100
