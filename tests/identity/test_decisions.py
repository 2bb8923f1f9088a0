"""What humans decide outlives every update, and taking it back leaves no trace in who is whom."""

import asyncio
import tempfile
from pathlib import Path

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.fixtures_index import Bench, open_bench
from identity.people_made import ANNE, BRIAN, who
from in_memory import memory
from throughcare.identity.compare import Demographics
from throughcare.store.protocol import Transaction

HOME = {"postcode": "LS12 4QT", "phone": "07700 900846"}
VERSIONS = [
    who(nhs=ANNE, sex="female", **HOME),
    who("Annie", sex="female", **HOME),
    who("Grace", nhs=ANNE, **HOME),
    who("Anne", "Hall", born="", postcode="YO1 9AA"),
    who("Anna", born="1947-08-25", nhs=BRIAN, sex="female"),
    who("Baby", born="2026-11-01", **HOME),
]
RECORDS = ("a", "b", "c")
LATER = st.lists(st.tuples(st.sampled_from(RECORDS), st.sampled_from(VERSIONS)), max_size=5)
FIRST = st.lists(st.sampled_from(VERSIONS), min_size=3, max_size=3)


async def filled(folder: Path, first: list[Demographics]) -> Bench:
    """Open an index with one record of each name."""
    bench = await open_bench(folder)
    for name, known in zip(RECORDS, first, strict=True):
        await bench.place("hospital", name, known)
    return bench


async def dump(bench: Bench) -> bytes:
    """Return who is whom, what waits and what is known, as bytes; when it was noted is left out."""

    async def work(tx: Transaction) -> bytes:
        known = [(*row[:3], *row[4:]) for row in await tx.rows("identity.everything")]
        tables = [
            known,
            *[await tx.rows(f"identity.{name}") for name in ("source_records", "size")],
        ]
        return orjson.dumps([sorted(map(repr, rows)) for rows in tables])

    return await bench.store.transact(work)


async def undone(first: list[Demographics], folder: Path) -> None:
    bench = await filled(folder, first)
    before = await dump(bench)
    await bench.merge("a", "b")
    subjects = {record.local_id: record.subject for record in await bench.people()}
    await bench.undo(f"{subjects['a']}-{subjects['b']}")
    assert await dump(bench) == before
    await bench.store.close()


@given(FIRST)
@settings(max_examples=10, deadline=None)
def test_a_merge_taken_back_leaves_what_was_byte_for_byte(first: list[Demographics]) -> None:
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        asyncio.run(undone(first, Path(folder)))


async def updated(
    first: list[Demographics], later: list[tuple[str, Demographics]], folder: Path, *, same: bool
) -> None:
    bench = await filled(folder, first)
    await (bench.merge if same else bench.unmerge)("a", "b")
    for name, known in later:
        await bench.place("hospital", name, known)
        person = {record.local_id: record.person for record in await bench.people()}
        assert (person["a"] == person["b"]) == same
    await bench.rebuild()
    person = {record.local_id: record.person for record in await bench.people()}
    assert (person["a"] == person["b"]) == same
    await bench.store.close()


@given(FIRST, LATER, st.booleans())
@settings(max_examples=10, deadline=None)
def test_no_update_undoes_a_decision(
    first: list[Demographics],
    later: list[tuple[str, Demographics]],
    same: bool,  # noqa: FBT001
) -> None:
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        asyncio.run(updated(first, later, Path(folder), same=same))
