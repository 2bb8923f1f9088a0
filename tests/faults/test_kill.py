"""What was acknowledged is there after kill -9 at any moment, and search tells of all of it."""

import asyncio
import random  # noqa: TID251 - seeded below
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.engines import TickingClock
from throughcare.model.decision import Clause, Gate, Residual
from throughcare.record import Records
from throughcare.store.sqlite import open_store

ROUNDS = 4
WRITER = f"""
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from faults.test_kill import write_until_killed
asyncio.run(write_until_killed(Path(sys.argv[1]), sys.argv[2]))
"""


async def write_until_killed(path: Path, prefix: str) -> None:
    """Create entries from 8 clients and print the id of each one that was acknowledged."""
    from record.worlds import text  # noqa: PLC0415 - the parent does not need hypothesis
    from throughcare.fhir import bytes as fhir_bytes  # noqa: PLC0415
    from throughcare.fhir.index import extract  # noqa: PLC0415
    from throughcare.model.entry import Category, EntryClass  # noqa: PLC0415
    from throughcare.record import NewEntry  # noqa: PLC0415
    from throughcare.store.protocol import Transaction  # noqa: PLC0415

    store = await open_store(path, clock=TickingClock())
    records = Records(store, TickingClock())
    cls = EntryClass("Condition", Category.CONDITION)

    async def client(number: int) -> None:
        for i in range(100_000):
            id_ = f"{prefix}-{number}-{i}"
            resource = {"resourceType": "Condition", "id": id_, "onsetDateTime": "2020-01-01"}
            body = text(resource | {"code": {"text": id_, "coding": [{"code": id_}]}})
            index = extract(fhir_bytes.parse(body))
            now = datetime(2026, 11, 24, tzinfo=UTC)
            entry = NewEntry(number + 1, "Condition", id_, body, index, cls, now)

            async def work(tx: Transaction, entry: NewEntry = entry) -> None:
                await records.put(tx, [entry])

            await store.transact(work)
            print(id_, flush=True)  # noqa: T201 - the acknowledgement

    await asyncio.gather(*(client(number) for number in range(8)))


async def acknowledged_before_a_kill(path: Path, prefix: str, seconds: float) -> set[str]:
    """Start a writer, kill it `seconds` after its first promise, return all its promises."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(path), prefix, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    first = await process.stdout.readline()
    await asyncio.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    rest = await process.stdout.read()
    await process.wait()
    whole_lines = rest.decode().split("\n")[:-1]
    return {first.decode().strip(), *whole_lines}


@pytest.mark.server
async def test_everything_acknowledged_survives_kills_at_random_moments(tmp_path: Path) -> None:
    path, chance = tmp_path / "store.sqlite", random.Random(7)  # noqa: S311 - seeded
    promised: set[str] = set()
    for turn in range(ROUNDS):
        pair = (
            acknowledged_before_a_kill(path, f"r{turn}{half}", chance.uniform(0.05, 0.5))
            for half in "ab"
        )
        for found in await asyncio.gather(*pair):
            promised |= found
    store = await open_store(path, clock=TickingClock())
    records = Records(store, TickingClock())
    async with store.snapshot() as reader:
        classes = frozenset(await records.classes(reader))
        gate = Gate(others=Residual((Clause(classes),)))
        whole = await records.of_subjects(reader, range(1, 9), gate)
        assert promised <= {entry.id for entry in whole}
        assert await records.verify(reader) == []
    assert (await records.check()).faults == ()
    await store.close()
