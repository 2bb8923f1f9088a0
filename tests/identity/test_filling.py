"""An index that a benchmark filled at once is the one that placing record by record leaves."""

import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from identity.fixtures_index import Bench, open_bench, sets_of
from store.cluster import available
from store.engines import drop, dsn
from throughcare.identity.bulk import read
from throughcare.identity.compare import Columns, Rule, shipped
from throughcare.identity.region import decode
from throughcare.store.protocol import Row, Value

sys.path.append(str(Path(__file__).parents[2] / "bench"))
from filling import Filling, copied
from identity_room import feed
from linking_online import HEADER, line


async def rows(bench: Bench, statement: str, **params: str | int) -> list[Row]:
    async with bench.store.snapshot() as reader:
        return await reader.rows(statement, **params)


def near(weight: Value) -> float:
    """Return a sum of weights without the last digits, which depend on its order."""
    return round(float(str(weight)), 9)


def evidence(row: Row) -> tuple[object, ...]:
    """Return a row of evidence, with the rarity of the name where a rule looks at it."""
    _, subject, other, _, rule, _, weight, bits, *_ = row
    return subject, other, near(weight), rule, near(bits) if rule == Rule.NO_PLACE.name else 0.0


async def whole(bench: Bench) -> Sequence[object]:
    """Return all that an index holds but for events and the numbers of persons."""
    found = await rows(bench, "identity.everything")
    records = [row for row in found if row[0] == "record"]
    known = {row[1]: (*row[4:6], decode(row[8])) for row in records}
    return (
        known,
        {key: await rows(bench, "identity.keys", subject=key) for key in known},
        sorted(evidence(row) for row in found if row[0] == "edge"),
        sorted((*row[1:3], near(row[6]), row[4]) for row in found if row[0] == "doubt"),
        {(each.source, each.local_id): each.state for each in await bench.people()},
        sets_of(await bench.people()),
        await rows(bench, "identity.size"),
    )


TABLE = [
    *(line(each) for each in feed(200, 7)),
    # Two who share a name, and a third record that may be of either: doubts are written too.
    ("d1", "gp", "", "john", "", "smith", "1950-02-03", "male", "LS12 4QT", ""),
    ("d2", "social", "", "john", "", "smith", "1950-02-03", "male", "YO1 9AA", ""),
]


@pytest.fixture
async def placed(tmp_path: Path) -> AsyncIterator[Bench]:
    """Yield an index in which the table was placed record by record."""
    folder = tmp_path / "placed"
    folder.mkdir()
    bench = await open_bench(folder)
    for each in map(Columns(HEADER).read, TABLE):
        await bench.place(each.source, each.local_id, each.demographics)
    await bench.rebuild()
    yield bench
    await bench.store.close()


async def filled(folder: Path) -> Path:
    """Return a SQLite file that the table was filled in."""
    await (await open_bench(folder)).store.close()
    path = folder / "store.sqlite"
    Filling(path, read(iter([HEADER, *TABLE])), shipped()).fill()
    return path


async def test_an_index_filled_at_once_is_the_one_that_placing_leaves(
    placed: Bench, tmp_path: Path
) -> None:
    await filled(tmp_path)
    bench = await open_bench(tmp_path)
    found, wanted = await whole(bench), await whole(placed)
    await bench.store.close()
    assert found == wanted
    assert wanted[3]


@pytest.mark.skipif(bool(available()), reason=available())
async def test_postgres_is_filled_with_the_same(placed: Bench, tmp_path: Path) -> None:
    path = await filled(tmp_path)
    bench = await open_bench(tmp_path, "postgres")
    await copied(path, await dsn(tmp_path))
    found, wanted = await whole(bench), await whole(placed)
    await bench.store.close()
    await drop("postgres", tmp_path)
    assert found == wanted
