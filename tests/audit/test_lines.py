import asyncio
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.ledger_parts import BY_HAND, KEY, SMALL, SetClock, entry
from in_memory import memory
from store.engines import on_every_engine, opened
from throughcare.audit.errors import LedgerClosedError, UnsignedError
from throughcare.audit.journal import Journal
from throughcare.audit.ledger import Ledger
from throughcare.audit.lines import Filter, Lines
from throughcare.audit.proof import prove
from throughcare.audit.verify import verify
from throughcare.audit.watch import Watch
from throughcare.kernel import NotFoundError
from throughcare.model.audit import AuditEntry
from throughcare.store.protocol import Store, Transaction
from throughcare.store.sqlite import open_store


@pytest.fixture(params=on_every_engine)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async for one in opened(request.param, tmp_path):
        yield one


@pytest.fixture
def journal(store: Store, ledger: Ledger) -> Journal:
    return Journal(store, ledger)


@pytest.fixture
def lines(folder: Path) -> Lines:
    return Lines(folder)


async def about(store: Store, lines: Lines, *persons: int) -> list[str]:
    async with store.snapshot() as reader:
        return [one.id for one in await lines.lines_about(reader, persons)]


async def record(store: Store, journal: Journal, *entries: AuditEntry) -> None:
    async def work(tx: Transaction) -> None:
        for one in entries:
            await journal.record(tx, one)

    await store.transact(work)


async def test_a_look_a_moment_ago_is_in_the_persons_list(
    store: Store, ledger: Ledger, lines: Lines
) -> None:
    ledger.append(entry(1))
    ledger.append(entry(2, persons=(8,)))
    assert await about(store, lines, 7) == ["look-1"]


async def test_a_write_is_in_the_list_before_and_after_it_reached_the_ledger_and_once(
    store: Store, ledger: Ledger, journal: Journal, lines: Lines
) -> None:
    await record(store, journal, entry(1, action="update"))
    assert await about(store, lines, 7) == ["look-1"]
    assert await journal.settle() == 1
    assert await about(store, lines, 7) == ["look-1"]
    assert ledger.health().sequence == 1
    assert await journal.settle() == 0


async def test_a_write_that_failed_leaves_no_line(
    store: Store, journal: Journal, lines: Lines
) -> None:
    async def work(tx: Transaction) -> None:
        await journal.record(tx, entry(1))
        message = "the write fails"
        raise NotFoundError(message)

    with pytest.raises(NotFoundError):
        await store.transact(work)
    assert await about(store, lines, 7) == []


async def test_lines_come_newest_first_whichever_way_they_are_kept(
    store: Store, ledger: Ledger, journal: Journal, lines: Lines
) -> None:
    for number in range(60):
        ledger.append(entry(number))
    await journal.settle()
    for number in range(60, 90):
        ledger.append(entry(number))
    await record(store, journal, entry(90), entry(91))
    assert await about(store, lines, 7) == [f"look-{number}" for number in reversed(range(92))]


async def test_the_counter_orders_a_workers_lines_whatever_its_clock_said(
    store: Store, ledger: Ledger, lines: Lines
) -> None:
    for number, hours in enumerate([0, 2, -2]):
        ledger.append(entry(number, at=entry(number).at + timedelta(hours=hours)))
    assert await about(store, lines, 7) == ["look-2", "look-1", "look-0"]


async def test_after_a_merge_lines_by_the_old_number_are_found(
    store: Store, ledger: Ledger, journal: Journal, lines: Lines
) -> None:
    ledger.append(entry(1, persons=(7,)))
    ledger.append(entry(2, persons=(8, 7)))
    await journal.settle()
    ledger.append(entry(3, persons=(8,)))
    assert await about(store, lines, 7, 8) == ["look-3", "look-2", "look-1"]


async def test_lines_of_several_workers_are_one_list(
    store: Store, ledger: Ledger, journal: Journal, lines: Lines, clock: SetClock
) -> None:
    with Ledger.open(lines._folder, clock, KEY, sizes=SMALL) as other:  # noqa: SLF001
        ledger.append(entry(1))
        other.append(entry(2))
        await journal.settle()
        ledger.append(entry(3))
        other.append(entry(4))
        assert await about(store, lines, 7) == [f"look-{number}" for number in (4, 3, 2, 1)]


@pytest.mark.parametrize("stop", ["before the index", "before the rows are deleted"])
async def test_a_stop_in_the_middle_of_settling_doubles_nothing(
    store: Store, ledger: Ledger, journal: Journal, lines: Lines, stop: str
) -> None:
    await record(store, journal, entry(1), entry(2))
    ledger.append(entry(1))  # as a settle did that was then killed
    if stop == "before the rows are deleted":
        ledger.append(entry(2))
    assert await about(store, lines, 7) == ["look-2", "look-1"]
    await journal.settle()
    assert ledger.health().sequence == 2
    assert await about(store, lines, 7) == ["look-2", "look-1"]


async def test_two_settlers_do_not_double(store: Store, ledger: Ledger, journal: Journal) -> None:
    await record(store, journal, *(entry(number) for number in range(20)))
    moved = await asyncio.gather(*(journal.settle() for _ in range(5)))
    assert sum(moved) == 20
    assert ledger.health().sequence == 20


async def test_what_the_ledger_refuses_stays_pending(
    store: Store, ledger: Ledger, journal: Journal, lines: Lines
) -> None:
    await record(store, journal, entry(1))
    ledger.close()
    with pytest.raises(LedgerClosedError):
        await journal.settle()
    assert await about(store, lines, 7) == ["look-1"]


async def test_writes_and_looks_side_by_side_are_all_there_once(
    store: Store, ledger: Ledger, journal: Journal, lines: Lines
) -> None:
    async def write(number: int) -> None:
        await record(store, journal, entry(number))

    async def look(number: int) -> None:
        ledger.append(entry(number))
        await asyncio.sleep(0)

    async def settle() -> None:
        await journal.settle()

    jobs = [write(number) for number in range(40)]
    jobs += [look(number) for number in range(40, 80)]
    jobs += [settle() for _ in range(8)]
    await asyncio.gather(*jobs)
    assert sorted(await about(store, lines, 7)) == sorted(f"look-{n}" for n in range(80))
    await journal.settle()
    assert sorted(await about(store, lines, 7)) == sorted(f"look-{n}" for n in range(80))


WATCHED = [
    (Watch.BREAK_GLASS, {"purpose": "BTG"}),
    (Watch.ALERT, {"obligations": ("alert",)}),
    (Watch.REFUSAL, {"outcome": "deny"}),
    (Watch.SELF_CLAIMED, {"because": ("profile:self-claimed-relationship",)}),
]


@pytest.fixture(params=["in the index", "at the segment's end"])
async def mixed(
    request: pytest.FixtureRequest, ledger: Ledger, journal: Journal, watched: tuple[Watch, dict]
) -> Watch:
    """Return the kind of every second line of four."""
    kind, changes = watched
    for number in range(4):
        ledger.append(entry(number, **(changes if number % 2 else {})))
    if request.param == "in the index":
        await journal.settle()
    return kind


@pytest.mark.parametrize("watched", WATCHED, ids=lambda one: one[0].value)
async def test_the_privacy_officer_sees_each_kind(store: Store, lines: Lines, mixed: Watch) -> None:
    async with store.snapshot() as reader:
        every = await lines.lines(reader, Filter())
        one_kind = await lines.lines(reader, Filter(frozenset({mixed})))
        later = await lines.lines(reader, Filter(since=entry(2).at))
        others = await lines.lines(reader, Filter(frozenset(Watch) - {mixed}))
        newest = await lines.lines(reader, Filter(), most=1)
    assert [one.id for one in every] == ["look-3", "look-1"] == [one.id for one in one_kind]
    assert [one.id for one in later] == ["look-3"] == [one.id for one in newest]
    assert others == []


def test_a_line_can_be_proved_to_somebody_who_has_only_the_public_key(
    ledger: Ledger, lines: Lines, folder: Path
) -> None:
    for number in range(70):
        ledger.append(entry(number))
        if number % 7 == 0:
            ledger.seal()
    ledger.checkpoint()
    for number in (0, 1, 13, 40, 69):
        proof = prove(folder, lines.find(f"look-{number}"))
        assert f'"look-{number}"' in proof.line
        assert proof.holds(KEY.public_key())


def test_a_line_across_segments_and_one_block_can_be_proved(folder: Path, clock: SetClock) -> None:
    with Ledger.open(folder, clock, KEY, sizes=SMALL, pace=BY_HAND) as ledger:
        for number in range(100):
            ledger.append(entry(number))
        ledger.checkpoint()
        found = Lines(folder).find("look-99")
        assert found.place.segment > 2
        assert prove(folder, found).holds(KEY.public_key())


def test_a_changed_line_or_proof_does_not_hold(ledger: Ledger, lines: Lines, folder: Path) -> None:
    for number in range(5):
        ledger.append(entry(number))
    ledger.checkpoint()
    proof = prove(folder, lines.find("look-2"))
    replace = msgspec.structs.replace
    for forged in (
        replace(proof, line=proof.line.replace("crew-7", "crew-8")),
        replace(proof, line="{}"),
        replace(proof, path=proof.path[::-1]),
        replace(proof, path=("zz",)),
        replace(proof, blocks=()),
        replace(proof, blocks=("x",)),
        replace(proof, blocks=proof.blocks * 2),
        replace(proof, checkpoint=replace(proof.checkpoint, head="00" * 32)),
    ):
        assert not forged.holds(KEY.public_key())


def test_a_line_that_is_not_signed_yet_says_so(ledger: Ledger, lines: Lines, folder: Path) -> None:
    ledger.append(entry(1))
    found = lines.find("look-1")
    with pytest.raises(NotFoundError, match="no line"):
        lines.find("look-2")
    with pytest.raises(UnsignedError, match="in a minute"):
        prove(folder, found)


async def test_a_line_of_a_lost_segment_is_reported_lost(
    store: Store, ledger: Ledger, journal: Journal, lines: Lines, folder: Path
) -> None:
    ledger.append(entry(1))
    await journal.settle()
    ledger.close()
    (folder / "w0001-000001.segment").unlink()
    with pytest.raises(NotFoundError, match="audit verify"):
        await about(store, lines, 7)
    assert not verify(folder, KEY.public_key()).ok


async def test_a_damaged_line_is_reported_and_not_left_out(
    store: Store, ledger: Ledger, journal: Journal, lines: Lines, folder: Path
) -> None:
    for number in range(5):
        ledger.append(entry(number))
    await journal.settle()
    ledger.close()
    path = folder / "w0001-000001.segment"
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"look-3"', b'"look-8"'))
    with pytest.raises(NotFoundError, match="audit verify"):
        await about(store, lines, 7)


async def test_many_lines_about_one_person_are_one_row_of_the_index(
    store: Store, ledger: Ledger, journal: Journal
) -> None:
    for number in range(10):
        ledger.append(entry(number))
    ledger.append(entry(10, persons=(8, 9)))
    await journal.settle()
    async with store.snapshot() as reader:
        rows = await reader.query("SELECT person FROM audit_ix ORDER BY person", ())
    assert [row[0] for row in rows] == [7, 8, 9]


async def test_what_an_earlier_release_kept_line_by_line_is_read(
    store: Store, ledger: Ledger, lines: Lines
) -> None:
    ledger.append(entry(1))
    place, _ = ledger.places()
    ledger.append(entry(2))
    end, _ = ledger.places()
    ledger.append(entry(3, persons=(8,)))
    row = {"person": 7, "worker": 1, "segment": 1}

    async def work(tx: Transaction) -> None:  # as that release wrote it
        await tx.run("audit.stretch", **row, sequence=2, place=place.offset, until=None)
        await tx.run("audit.mark", worker=1, segment=1, place=end.offset)

    await store.transact(work)
    assert await about(store, lines, 7) == ["look-2"]
    assert await about(store, lines, 8) == ["look-3"]


LOOK = st.tuples(st.frozensets(st.integers(1, 5), max_size=3), st.booleans(), st.integers(0, 400))
"""Whom a line is about, whether the journal settles after it, and how long it is."""


@given(st.lists(LOOK, max_size=60))
@settings(max_examples=40, deadline=None)
def test_everybody_finds_exactly_the_lines_about_them(
    looks: list[tuple[frozenset[int], bool, int]],
) -> None:
    async def check(root: Path) -> None:
        store = await open_store(root / "store.sqlite", clock=SetClock())
        with Ledger.open(root / "ledger", SetClock(), KEY, sizes=SMALL, pace=BY_HAND) as ledger:
            journal, lines = Journal(store, ledger), Lines(root / "ledger")
            for number, (persons, settles, length) in enumerate(looks):
                who = tuple(sorted(persons))
                ledger.append(entry(number, persons=who, reason="x" * length))
                if settles:
                    await journal.settle()
            for asked in ({1}, {2}, {3}, {4}, {5}, {1, 2}, {3, 4, 5}):
                numbers = [n for n, (persons, _, _) in enumerate(looks) if asked & persons]
                expected = [f"look-{number}" for number in reversed(numbers)]
                assert await about(store, lines, *asked) == expected
            await store.close()

    with tempfile.TemporaryDirectory(dir=memory()) as name:
        asyncio.run(check(Path(name)))
