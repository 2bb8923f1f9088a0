"""Recipe: the node's folder on an ext4 of its own, whose power is cut while four clients import.

Everything that had not reached the disk is lost, as when a plug is pulled; then the disk is mounted
again, which replays the file system's journal, and the node opened. Kills alone prove nothing of
this kind: what a process wrote outlives it in the page cache.
"""

import asyncio
import os
import random  # noqa: TID251 - seeded by whoever runs it
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from faults.databases import Database, database
from faults.disks import LoopDisk, loop_disk
from faults.imports import Import
from faults.judging import Judgement, judged
from faults.kills import ENDLESS
from faults.processes import COMMAND, ServedNode, new_node, token
from faults.wire import Connection, LostError, NotSentError

UNDER_WAY = (0.2, 1.5)
"""Seconds that the import goes on before the cut."""
LOOKER = "sealed-looker"
PATIENCE = 1_200
"""How often to look, 50 ms apart, whether anything is acknowledged yet."""
AFTERWARDS = 0.05
"""Seconds for which the node runs on without a disk, so that writes are under way at every stage.

What it answers in them is no promise: with the power gone no answer could have left, and Linux lets
an fdatasync that was under way at the cut end without an error.
"""


@dataclass
class Findings:
    """What a run came to."""

    seed: int
    cuts: int = 0
    acknowledged: int = 0
    sealed: int = 0
    """Looks whose answer waited for the ledger's seal."""
    late: int = 0
    """Bundles whose answer came after the cut: whole or absent."""
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)
    last: Judgement | None = None


async def run(
    folder: Path, rounds: int, seed: int, *, command: Sequence[str] = COMMAND, workers: int = 1
) -> Findings:
    """Import and cut the power `rounds` times. Raises NoDiskError where there can be no disk."""
    options = ("--workers", str(workers)) if workers > 1 else ()
    with loop_disk(folder, 1024) as disk:
        node = ServedNode(new_node(disk.mount / "node"), command, options, log=folder / "log")
        return await _run(node, disk, None, rounds, seed)


async def run_on_postgres(rounds: int, seed: int, workers: int = 1) -> Findings:
    """Do the same with node and database on one disk, in a folder that the database may enter."""
    options = ("--workers", str(workers)) if workers > 1 else ()
    with tempfile.TemporaryDirectory(prefix="throughcare-cut-") as name:
        folder = Path(name)
        os.chmod(folder, 0o711)  # noqa: S103, PTH101 - the database runs as nobody
        with loop_disk(folder, 2048) as disk:
            async with database(disk.mount) as where:
                store = await where.make("cut")
                made = new_node(disk.mount / "node", store)
                node = ServedNode(made, options=options, log=folder / "log")
                os.sync()  # the tests' initdb does not
                return await _run(node, disk, where, rounds, seed)


async def _run(
    node: ServedNode, disk: LoopDisk, where: Database | None, rounds: int, seed: int
) -> Findings:
    chance = random.Random(seed)  # noqa: S311 - seeded
    found, began = Findings(seed), time.monotonic()
    cuts = _Cuts(node, disk, where, found)
    while found.cuts < rounds and not found.faults:
        await cuts.one(chance.uniform(*UNDER_WAY))
        found.cuts += 1
        found.seconds = time.monotonic() - began
    return found


class _Cuts:
    """One import through all cuts, and looks beside it."""

    def __init__(
        self, node: ServedNode, disk: LoopDisk, where: Database | None, found: Findings
    ) -> None:
        self.node, self.disk, self.where, self.found = node, disk, where, found
        self.done = Import()
        self.writing = token(node.folder)
        self.looking = token(node.folder, "it-lead", "HOPERAT", "--user", LOOKER)

    async def one(self, seconds: float) -> None:
        """Serve, import for `seconds`, cut the power, judge what the disk holds."""
        await self.node.start()
        self.done.is_disk_dead = False
        sending = asyncio.create_task(self.done.send(self.node.port, self.writing, ENDLESS))
        looking = asyncio.create_task(_look(self.node.port, self.looking, self.found))
        try:
            await asyncio.sleep(seconds)
            await self._something_acknowledged()
            self.done.is_disk_dead = True
            promised, sealed = set(self.done.acknowledged), self.found.sealed
            self.disk.cut_power()
            await asyncio.sleep(AFTERWARDS)
        finally:
            self.node.kill()
            if self.where:
                self.where.crash()
            for task in (sending, looking):
                task.cancel()
            await asyncio.wait([sending, looking])
        self.found.late += len(self.done.acknowledged - promised)
        self.done.open += self.done.acknowledged - promised
        self.done.acknowledged, self.found.sealed = promised, sealed
        self.disk.detach()
        self.disk.attach()
        if self.where:
            self.where.start_again()
        await self._judge()

    async def _something_acknowledged(self) -> None:
        """Wait for the first promise of all: a busy machine makes none within some cuts' time."""
        for _ in range(PATIENCE):
            if self.done.acknowledged:
                return
            await asyncio.sleep(0.05)

    async def _judge(self) -> None:
        found = self.found
        found.acknowledged = len(self.done.acknowledged)
        found.last = await judged(self.node.folder, self.done.acknowledged, self.done.next)
        found.faults += [*self.done.odd, *found.last.faults]
        there = found.last.lines[LOOKER]
        if there < found.sealed:
            text = f"the ledger holds {there} of {found.sealed} looks that were sealed"
            found.faults.append(text)


async def _look(port: int, bearer: str, found: Findings) -> None:
    """Look again and again; each answer, a refusal too, comes after its line is on disk."""
    async with Connection(port, bearer) as wire:
        while True:
            try:
                reply = await wire.call("GET", "Condition/b0")
            except (LostError, NotSentError):
                await asyncio.sleep(0.05)
            else:
                found.sealed += reply.status < 500
