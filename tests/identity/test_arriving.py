"""What is stored of records that come is what comparing all of them at once says."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.fixtures_index import Bench, benches, open_bench
from identity.people_made import ANNE, BRIAN, who
from in_memory import memory
from store.engines import each_kind
from throughcare.identity import arriving, batch
from throughcare.identity.compare import Demographics, keys
from throughcare.model.person import State
from throughcare.store.protocol import Row, Transaction, Value

HOME = {"postcode": "LS12 4QT", "phone": "07700 900846"}
VERSIONS = [
    who(nhs=ANNE, sex="female", **HOME),
    who("Annie", sex="female", **HOME),
    who("Grace", nhs=ANNE, **HOME),
    who("Anne", "Hall", born="", postcode="YO1 9AA"),
    who("Anna", born="1947-08-25", nhs=BRIAN, sex="female"),
    replace(who(), phones=("07700900111",)),
]
FEED = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(VERSIONS)), max_size=12)


@pytest.fixture(params=each_kind)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """Open an empty index."""
    async for one in benches(request.param, tmp_path):
        yield one


async def test_a_key_that_too_many_share_is_passed_over(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "MOST_SHARING", 2)
    for at, name in enumerate(("John", "Grace", "Priya")):  # one number, and nothing else in common
        born = f"19{at}5-0{at + 1}-1{at}"
        await bench.place("social", name, who(name, f"{name}son", born, nhs=ANNE))
    await bench.place("hospital", "other", who("Wendy", "Abel", "1999-09-09", nhs=ANNE))
    await bench.place("hospital", "same", who("Grace", "Graceson", "1915-02-11", nhs=ANNE))
    async with bench.store.snapshot() as reader:
        rows = await reader.rows("identity.everything")
        ends = {row[1:3] for row in rows if row[0] == "doubt"}
    subject = {record.local_id: record.subject for record in await bench.people()}
    assert not any(subject["other"] in pair for pair in ends)
    assert {frozenset({"Grace", "same"})} < await bench.sets()


async def held(bench: Bench, feed: list[tuple[str, Demographics]]) -> None:
    """Place versions one by one, then hold what is stored against all at once."""
    known: dict[str, Demographics] = {}
    for name, version in feed:
        known[name] = version.after(known[name]) if name in known else version
        await bench.place("social", name, version)
    people = await bench.people()
    subject = {record.local_id: record.subject for record in people}
    names = sorted(known, key=lambda name: subject[name])

    async def read(tx: Transaction) -> None:
        for name, each in known.items():
            rows = await tx.rows("identity.keys", subject=subject[name])
            assert {row[0] for row in rows} == keys(each)
        whole = await tx.rows("identity.everything")
        stored = [row for row in whole if row[0] == "edge"]
        both = await tx.query("SELECT count(*) FROM match_edge", ())
        assert both == [(2 * len(stored),)]
        wanted = batch.edges([known[name] for name in names], bench.index.weights)
        assert {(row[1], row[2]): (row[4], row[6], row[7]) for row in stored} == {
            (subject[names[low]], subject[names[high]]): (each.rule.name, each.weight, each.bits)
            for (low, high), each in wanted.items()
        }
        asked = {row[1] for row in whole if row[0] == "doubt"}
        person = {record.subject: record.person for record in people}
        waiting = {record.person for record in people if record.state is State.REVIEW}
        assert waiting == {person[int(str(subject))] for subject in asked}

    await bench.store.transact(read)
    await bench.store.close()


@given(FEED, st.sampled_from((0, 1, arriving.FEW)))
@settings(max_examples=20, deadline=None)
def test_keys_and_evidence_are_those_of_comparing_all_at_once(
    feed: list[tuple[str, Demographics]], few: int
) -> None:
    async def work(folder: Path) -> None:
        await held(await open_bench(folder), feed)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(arriving, "FEW", few)
        with tempfile.TemporaryDirectory(dir=memory()) as folder:
            asyncio.run(work(Path(folder)))


@pytest.mark.parametrize("few", [0, arriving.FEW])
async def test_a_merge_that_was_said_before_is_obeyed_however_many_a_record_meets(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(arriving, "FEW", few)
    await bench.merge("one", "two", source="social")
    await bench.place("social", "two", who("Grace", "Hall", "1960-01-09"))
    await bench.place("social", "like", who(sex="male", **HOME))
    await bench.place("social", "one", who(sex="male", **HOME))
    (together,) = (found for found in await bench.sets() if "two" in found)
    assert {"one", "two"} <= together


async def test_what_a_record_says_again_is_asked_for_once_and_not_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.place("social", "one", who(**HOME))
    asked: list[str] = []

    async def again(tx: Transaction) -> None:
        plain = tx.rows

        async def rows(statement: str, /, **params: Value) -> list[Row]:
            asked.append(statement)
            return await plain(statement, **params)

        monkeypatch.setattr(tx, "rows", rows)
        monkeypatch.setattr(tx, "run", None)
        monkeypatch.setattr(tx, "run_many", None)
        await bench.index.place(tx, "social", "one", "record", who(**HOME))

    await bench.store.transact(again)
    assert asked == ["identity.arrive", "identity.source_records_among"]
