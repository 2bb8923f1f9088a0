"""Recipe: many clients on a few resources, kills and pauses, and one order that explains it all."""

import asyncio
import json
import random  # noqa: TID251 - seeded by whoever runs it
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from faults.checker import anomalies
from faults.databases import Database
from faults.processes import ServedNode, new_node, token
from faults.registers import Client, Registers, chain, holder
from faults.wire import Connection, LostError, NotSentError

CLIENTS = 16
IDS = 5
EPISODE = 2_000
"""Operations on one set of resources; then the next set, so that no history grows too long."""
PAUSE = (0.05, 0.5)
"""Seconds that a process is stopped."""


@dataclass
class Findings:
    """What a run came to."""

    seed: int
    operations: int = 0
    resources: int = 0
    versions: int = 0
    kills: int = 0
    pauses: int = 0
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    anomalies: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return the findings as JSON."""
        return json.dumps({**vars(self), "counts": dict(self.counts)}, indent=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, and how rough."""

    operations: int
    seed: int = 1
    workers: int = 1
    kill_every: float = 10.0
    """Seconds between kills, on average."""
    pause_every: float = 2.0
    shards: int = 1
    """PostgreSQL databases that hold the record together, if there is one at all."""


async def run(folder: Path, plan: Plan, database: Database | None = None) -> Findings:
    """Run the recipe on a new node in `folder`.

    With a `database` the record lies there, and every second kill is of one of its processes.
    """
    chance = random.Random(plan.seed)  # noqa: S311 - seeded
    options = ("--workers", str(plan.workers)) if plan.workers > 1 else ()
    names = [f"order{number}" for number in range(plan.shards)] if database else []
    stores = [await database.make(name) for name in names] if database else []
    made = new_node(folder / "node", *stores)
    node = ServedNode(made, options=options, is_kept=database is not None)
    found, began = Findings(plan.seed), time.monotonic()
    bearer = token(node.folder)
    await node.start()
    try:
        async with Connection(node.port, bearer) as wire:
            made = await wire.call("PUT", "Patient/register-holder", holder())
            assert made.status == 201, made.body
        async with disturbed(node, plan, chance, found, database):
            number = 0
            while found.operations < plan.operations:
                number += 1
                quota = min(EPISODE, plan.operations - found.operations)
                ids = [f"e{number}-{i}" for i in range(IDS)]
                wires = [_wire(node, bearer, database) for _ in range(CLIENTS)]
                await _episode(wires, Registers(ids, quota), chance, found)
                found.operations += quota
                found.seconds = time.monotonic() - began
                (folder / "progress.json").write_text(str(found))
    finally:
        node.kill()
    return found


def _wire(node: ServedNode, bearer: str, database: Database | None) -> Connection:
    """Connect. A database that was hit is 503, also after it has committed what nobody heard of."""
    return Connection(node.port, bearer, unsure=frozenset({503} if database else ()))


async def _episode(
    wires: list[Connection], registers: Registers, chance: random.Random, found: Findings
) -> None:
    """Let all clients work on one set of registers, then judge it."""
    clients = [Client(wire, registers, random.Random(chance.random())) for wire in wires]  # noqa: S311
    await asyncio.gather(*(client.run() for client in clients))
    found.counts += registers.counts
    found.anomalies += registers.odd
    for id_ in registers.ids:
        final = await _patiently(wires[0], id_)
        found.resources += 1
        found.versions += len(final)
        found.anomalies += [f"{id_}: {text}" for text in anomalies(registers.seen[id_], final)]
    for wire in wires:
        wire.close()


async def _patiently(wire: Connection, id_: str) -> tuple[int | None, ...]:
    """Return the final history, whatever befalls the node meanwhile."""
    while True:
        try:
            return await chain(wire, id_)
        except (LostError, NotSentError):
            await asyncio.sleep(0.05)


@asynccontextmanager
async def disturbed(
    node: ServedNode,
    plan: Plan,
    chance: random.Random,
    found: Findings,
    database: Database | None = None,
) -> AsyncIterator[None]:
    """Kill and pause processes of the node meanwhile; leave it running."""
    task = asyncio.create_task(_disturb(node, plan, chance, found, database))
    try:
        yield
    finally:
        if task.done():
            task.result()
        task.cancel()
        await asyncio.wait([task])


async def _disturb(
    node: ServedNode,
    plan: Plan,
    chance: random.Random,
    found: Findings,
    database: Database | None,
) -> None:
    next_kill = time.monotonic() + chance.expovariate(1 / plan.kill_every)
    while True:
        await asyncio.sleep(chance.expovariate(1 / plan.pause_every))
        if time.monotonic() >= next_kill:
            if database and found.kills % 2:
                database.strike(chance)
            else:
                await strike(node, chance)
            found.kills += 1
            next_kill = time.monotonic() + chance.expovariate(1 / plan.kill_every)
            continue
        victim = chance.choice(node.members())
        node.signal_one(victim, signal.SIGSTOP)
        await asyncio.sleep(chance.uniform(*PAUSE))
        node.signal_one(victim, signal.SIGCONT)
        found.pauses += 1


async def strike(node: ServedNode, chance: random.Random) -> None:
    """Kill one process of the node; start the node again if it was the first."""
    members = node.members()
    victim = chance.choice(members)
    if victim == members[0]:
        node.kill()
        await node.start()
    else:
        node.signal_one(victim, signal.SIGKILL)
