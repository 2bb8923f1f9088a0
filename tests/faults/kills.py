"""Recipe: an import by four clients, and kill -9 of a process of the node at random moments."""

import asyncio
import random  # noqa: TID251 - seeded by whoever runs it
import time
from dataclasses import dataclass
from pathlib import Path

from faults.databases import Database
from faults.imports import Import
from faults.judging import Judgement, judged
from faults.linearizability import strike
from faults.processes import ServedNode, new_node, token

BETWEEN = (0.3, 3.0)
"""Seconds between two kills."""
ENDLESS = 1 << 40


@dataclass(frozen=True, slots=True)
class Findings:
    """What a run came to."""

    rounds: int
    seed: int
    acknowledged: int
    lost_answers: int
    seconds: float
    interrupted: Judgement
    undisturbed: Judgement
    odd: tuple[str, ...]

    @property
    def faults(self) -> list[str]:
        """Everything that breaks a promise."""
        found = [*self.odd, *self.interrupted.faults, *self.undisturbed.faults]
        if self.interrupted.digest != self.undisturbed.digest:
            found.append("what is stored differs from an undisturbed import")
        return found


async def run(  # noqa: PLR0913 - each is a choice of whoever runs it
    folder: Path,
    rounds: int,
    seed: int,
    *,
    between: tuple[float, float] = BETWEEN,
    workers: int = 1,
    database: Database | None = None,
) -> Findings:
    """Import, kill `rounds` times, go on to the end; then import the same undisturbed.

    With a `database` the record lies there, and every second kill is of one of its processes.
    """
    chance = random.Random(seed)  # noqa: S311 - seeded
    options = ("--workers", str(workers)) if workers > 1 else ()
    stores = [await database.make(name) if database else None for name in ("killed", "calm")]
    made = new_node(folder / "killed", stores[0])
    node = ServedNode(made, options=options, is_kept=database is not None)
    began = time.monotonic()
    done = Import()
    bearer = token(node.folder)
    await node.start()
    try:
        sending = asyncio.create_task(done.send(node.port, bearer, ENDLESS))
        for number in range(rounds):
            await asyncio.sleep(chance.uniform(*between))
            if database and number % 2:
                database.strike(chance)
            else:
                await strike(node, chance)
        sending.cancel()
        await asyncio.wait([sending])
        last = done.next
        await done.send(node.port, bearer, last)
    finally:
        node.kill()
    assert done.acknowledged == set(range(last))
    interrupted = await judged(node.folder, done.acknowledged, last)
    undisturbed = await _undisturbed(folder / "undisturbed", stores[1], last)
    seconds = time.monotonic() - began
    odd = tuple(done.odd)
    return Findings(rounds, seed, last, done.lost, seconds, interrupted, undisturbed, odd)


async def _undisturbed(folder: Path, store: str | None, until: int) -> Judgement:
    node = ServedNode(new_node(folder, store))
    done = Import()
    await node.start()
    try:
        await done.send(node.port, token(node.folder), until)
    finally:
        node.stop()
    return await judged(node.folder, done.acknowledged, until)
