"""An index that a benchmark filled at once is the one that placing record by record leaves."""

import sys
from collections.abc import Sequence
from pathlib import Path

from identity.fixtures_index import Bench, open_bench, sets_of
from throughcare.identity.bulk import read
from throughcare.identity.compare import Columns, Rule
from throughcare.identity.region import decode
from throughcare.store.protocol import Row, Value

sys.path.append(str(Path(__file__).parents[2] / "bench"))
from filling import Filling
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
        sorted((*row[:2], near(row[2]), row[3]) for row in await rows(bench, "identity.doubts")),
        {(each.source, each.local_id): each.state for each in await bench.people()},
        sets_of(await bench.people()),
        await rows(bench, "identity.size"),
    )


async def test_an_index_filled_at_once_is_the_one_that_placing_leaves(tmp_path: Path) -> None:
    table = [line(each) for each in feed(200, 7)]
    # Two who share a name, and a third record that may be of either: doubts are written too.
    table += [
        ("d1", "gp", "", "john", "", "smith", "1950-02-03", "male", "LS12 4QT", ""),
        ("d2", "social", "", "john", "", "smith", "1950-02-03", "male", "YO1 9AA", ""),
    ]
    filled, placed = tmp_path / "filled", tmp_path / "placed"
    for folder in (filled, placed):
        folder.mkdir()
    one, other = await open_bench(filled), await open_bench(placed)
    await Filling(one.store, read(iter([HEADER, *table])), one.index.weights).fill()
    columns = Columns(HEADER)
    for each in map(columns.read, table):
        await other.place(each.source, each.local_id, each.demographics)
    await other.rebuild()
    found, wanted = await whole(one), await whole(other)
    assert found == wanted
    assert wanted[3]
    await one.store.close()
    await other.store.close()
