"""Recipe: the disk of the node fills up, reads go on, and room brings writes back.

A tmpfs of 64 MB is filled to the last byte by something else, and emptied or enlarged later. Every
write is refused with 507 within a second, every look that is answered is in the ledger, and when
there is room again the node goes on without a restart.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from faults.disks import SmallDisk, small_disk
from faults.imports import Import, resources
from faults.judging import Judgement, at_rest, judged
from faults.processes import ServedNode, new_node, token
from faults.registers import transaction
from faults.wire import Connection

MEGABYTES = 64
LOOKS_A_DAY = "20000"
"""A reserve of one segment of the ledger: the rest of the disk is the store's."""
BEFORE = 20
READER = "reader-of-a-full-disk"
BREAKER = "breaker-of-glass"


@dataclass
class Findings:
    """What a run came to."""

    refusals: list[float] = field(default_factory=list)
    """Seconds that each refused write took."""
    looks: int = 0
    """Looks that were answered while the disk was full."""
    exhausted: bool = False
    """True if looks were made until the reserve of the ledger was used up."""
    lines: int = 0
    """Lines of the ledger about these looks."""
    faults: list[str] = field(default_factory=list)
    judgement: Judgement | None = None

    def expect(self, what: str, status: int, *wanted: int) -> None:
        """Keep an answer that is none of those `wanted`."""
        if status not in wanted:
            self.faults.append(f"{what} was answered {status}, not {wanted}")


async def run(
    folder: Path, looks: int, make_room: Callable[[SmallDisk], None], *, exhaust: bool = False
) -> Findings:
    """Run the recipe; `exhaust` looks on until the ledger has no room left either."""
    found = Findings()
    with small_disk(folder, MEGABYTES) as disk:
        node = ServedNode(
            new_node(disk.mount / "node"),
            more={"THROUGHCARE_LOOKS_A_DAY": LOOKS_A_DAY},
            log=folder / "log",
        )
        writing = token(node.folder)
        reading = token(node.folder, "gp", "TREAT", "--user", READER)
        breaking = token(
            node.folder, "paramedic", "BTG", "--user", BREAKER, "--reason", "collapsed in the road"
        )
        await node.start()
        try:
            done = Import()
            await done.send(node.port, writing, BEFORE)
            disk.fill()
            async with Connection(node.port, writing) as writer:
                await _refused(writer, found)
                async with Connection(node.port, reading) as reader:
                    await _looks(reader, looks, found)
                    if exhaust:
                        await _exhaust(reader, found)
                if not exhaust:
                    async with Connection(node.port, breaking) as breaker:
                        reply = await breaker.call("GET", "Patient/b1/$everything")
                        found.expect("breaking the glass on a full disk", reply.status, 200)
                make_room(disk)
                await _writes_again(writer, found)
            await done.send(node.port, writing, 2 * BEFORE)
        finally:
            node.stop()
        found.judgement = await judged(node.folder, done.acknowledged, done.next)
        if not exhaust and not await _is_told(node.folder):
            found.faults.append("nobody was told of the glass that was broken on a full disk")
    found.faults += [*done.odd, *found.judgement.faults]
    found.lines = found.judgement.lines[READER]
    if found.lines < found.looks:
        found.faults.append(f"{found.looks} looks were answered, {found.lines} are in the ledger")
    return found


async def _refused(writer: Connection, found: Findings) -> None:
    """Write until the disk is really full, then see each write refused."""
    number = 1_000
    while True:
        began = time.monotonic()
        reply = await writer.call("POST", "", transaction(resources(number)))
        if reply.status != 200:
            break
        number += 1
    for again in range(5):
        found.refusals.append(time.monotonic() - began)
        found.expect("a write on a full disk", reply.status, 507)
        began = time.monotonic()
        reply = await writer.call("POST", "", transaction(resources(number + again)))


async def _looks(reader: Connection, looks: int, found: Findings) -> None:
    for number in range(looks):
        reply = await reader.call("GET", f"Condition/b{number % BEFORE}")
        found.expect("a look on a full disk", reply.status, 200)
        found.looks += reply.status == 200


async def _exhaust(reader: Connection, found: Findings) -> None:
    """Look until the ledger is full: from then on no look is answered."""
    status = 200
    while status == 200:
        status = (await reader.call("GET", "Condition/b1")).status
        found.looks += status == 200
    found.exhausted = True
    for _ in range(5):
        found.expect("a look that can't be audited", status, 507)
        status = (await reader.call("GET", "Condition/b1")).status


async def _writes_again(writer: Connection, found: Findings) -> None:
    reply = await writer.call("POST", "", transaction(resources(0)))
    found.expect("a write after there is room again", reply.status, 200)
    reply = await writer.call("POST", "", transaction(resources(2_000)))
    found.expect("a second write after there is room again", reply.status, 200)


async def _is_told(folder: Path) -> bool:
    """Tell whether the privacy officer has the alert about the broken glass."""
    async with at_rest(folder) as node, node.store.snapshot() as reader:
        alerts = await reader.rows("admission.notices_of_kind", kind="alert", most=100)
        return any(BREAKER in str(row[5]) for row in alerts)
