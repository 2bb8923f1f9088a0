"""Rebuilding while a node serves, and removing what the locality's rules let go."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest

from app.operated import SetClock, deliver, operated
from record.rooms import Room, condition, is_code
from store.engines import on_every_engine, opened
from throughcare.app import tidying
from throughcare.app.node import Node
from throughcare.audit import scan
from throughcare.audit.journal import read_pending
from throughcare.consent import profile
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.index import extract
from throughcare.fhir.terms import Query
from throughcare.kernel import BadInputError
from throughcare.record import NewEntry, upkeep
from throughcare.store.protocol import Transaction

BASIS = "Records Management Code of Practice 2021, appendix II"


@pytest.fixture(params=on_every_engine)
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> "Room":  # type: ignore[misc]
    (tmp_path / "room").mkdir()
    async for store in opened(request.param, tmp_path / "room"):
        yield Room(store)


async def harm(room: Room) -> None:
    """Lose the search rows of every entry, and leave rows of entries that never were."""

    async def work(tx: Transaction) -> None:
        subjects = {"first_subject": -1, "last_subject": 1 << 38}
        await tx.run("upkeep.clear_coded", after=-1, last=upkeep.LAST, **subjects)
        await tx.run("upkeep.clear_terms", after=-1, last=upkeep.LAST)
        await tx.run("record.put_ord", entry=7 << 24, param=1, low=1, high=2, system=0, code=0)

    await room.store.transact(work)


async def test_a_rebuild_that_is_interrupted_goes_on_and_equals_a_fresh_extraction(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "TOGETHER", 3)
    await room.put(*(room.entry(condition(f"c{n:02}"), subject=n // 4) for n in range(20)))
    await harm(room)
    looking_after = room.records.upkeep()
    seen: list[int] = []

    def interrupt(count: int) -> None:
        seen.append(count)
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await looking_after.rebuild(interrupt)
    async with room.store.snapshot() as reader:
        assert len(await looking_after.verify(reader)) == 11
    assert await looking_after.rebuild() == 11
    async with room.store.snapshot() as reader:
        assert await looking_after.verify(reader) == []
        assert await reader.rows("record.ord_rows", entry=7 << 24) == []
        assert await reader.rows("upkeep.place") == []


async def test_readers_and_writers_go_on_during_a_rebuild(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "TOGETHER", 2)
    await room.put(*(room.entry(condition(f"c{n:02}"), subject=1 + n) for n in range(30)))
    query = Query("Condition", (is_code("x"),), count=100)
    rebuilding = asyncio.create_task(room.records.upkeep().rebuild())
    found = set()
    for number in range(30):
        found.add(len(await room.ids(query)))
        changed = room.entry(condition(f"c{number:02}", note=[{"text": "x"}]), subject=1 + number)
        await room.put(changed)
    await rebuilding
    assert found == {30}, "a reader missed an entry while its rows were written anew"
    async with room.store.snapshot() as reader:
        assert await room.records.upkeep().verify(reader) == []


async def test_only_versions_superseded_before_the_time_go_and_nothing_of_consent(
    room: Room,
) -> None:
    moments = []
    for number in range(5):
        await room.put(room.entry(condition("c", str(number)), subject=1))
        await room.put(room.entry(consent_like(number), subject=1))
        moments.append(room.now)
    await room.put(room.entry(condition("c"), subject=1, deleted=True))
    looking_after = room.records.upkeep()
    before = moments[3] - timedelta(milliseconds=1)
    async with room.store.snapshot() as reader:
        counted = await looking_after.superseded(reader, before)

    async def work(tx: Transaction) -> int:
        return await looking_after.remove_superseded(tx, before)

    assert (counted, await room.store.transact(work), await room.store.transact(work)) == (3, 3, 0)
    gate = await room.gate(hide=False)
    async with room.store.snapshot() as reader:
        left = await room.records.history(reader, "Condition", "c", gate)
        kept = await room.records.history(reader, "Consent", "k", gate)
    assert [one.version for one in left] == [6, 5, 4]
    assert [one.version for one in kept] == [5, 4, 3, 2, 1]


def consent_like(number: int) -> dict[str, object]:
    return {"resourceType": "Consent", "id": "k", "status": "active", "language": f"en-{number}"}


def test_a_rule_without_its_ground_in_law_is_refused() -> None:
    rule = f'\n[retention]\nsuperseded_after_days = 3650\nlegal_basis = "{BASIS}"\n'
    found = profile.parse(profile.default_text() + rule)
    assert found.removal == profile.Retention(timedelta(days=3650), BASIS)
    assert profile.parse(profile.default_text()).removal is None
    for wrong in (
        re.sub('".*"', '" "', rule),
        re.sub(r"legal_basis.*\n", "", rule),
        rule.replace("3650", "0"),
        re.sub(r"superseded.*\n", "", rule),
    ):
        with pytest.raises(BadInputError, match="retention"):
            profile.parse(profile.default_text() + wrong)


async def change_one(node: Node) -> None:
    async with node.store.snapshot() as reader:
        stored = (await node.records.unfiltered(reader, [1], ["Condition"]))[0]
    body = stored.body.replace(b"Condition", b'Condition","language":"en', 1)
    index = extract(fhir_bytes.parse(body))

    async def work(tx: Transaction) -> None:
        names = (stored.subject, stored.type, stored.id)
        await node.records.put(tx, [NewEntry(*names, body, index, stored.cls, node.clock.now())])

    await node.store.transact(work)


async def test_nothing_goes_without_a_rule_and_each_removal_is_in_the_ledger(
    tmp_path: Path,
) -> None:
    clock = SetClock()
    async with operated(tmp_path / "node", clock) as node:
        for number in range(3):
            clock.pass_by()
            await deliver(node, number)
        await change_one(node)
        assert await tidying.plan(node) is None
    rules = tmp_path / "node" / "locality.toml"
    rule = f'\n[retention]\nsuperseded_after_days = 10\nlegal_basis = "{BASIS}"\n'
    rules.write_text(rules.read_text() + rule)
    clock.pass_by(timedelta(days=11).total_seconds())
    async with operated(tmp_path / "node", clock) as node:
        plan = await tidying.plan(node)
        assert plan is not None
        health = await node.records.check()
        assert 0 < plan.versions == health.versions
        assert await tidying.remove(node, plan) == plan.versions
        assert (await node.records.check()).versions == 0
        async with node.store.snapshot() as reader:
            pending = [entry.action for _, entry in await read_pending(reader)]
        assert pending == ["profile", "tidy"]
        await node.journal.settle()
        (line,) = (f.entry for f in scan.every(node.folder.ledger) if f.entry.action == "tidy")
        assert line.because == (BASIS,)
        before, after = await tidying.shrink(node)
        assert after <= before
        async with node.store.snapshot() as reader:
            assert await node.records.verify(reader) == []
