"""Recipe: the node's clock jumps two hours ahead and back while clients write.

Whatever the clock says, versions count up, the history and the change feed stand in the order of
commits, a stale If-Match is refused, and the ledger verifies.
"""

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from faults import skewed
from faults.judging import at_rest
from faults.processes import CLAIMS, ServedNode, environment, new_node, ran
from faults.registers import chain, holder, register
from faults.wire import Connection
from throughcare.audit.verify import verify

JUMPS = (0, 2, -2, 0, -2, 2, 0)
"""Hours that the clock is off, one after the other."""
ID = "clocked"


@dataclass
class Findings:
    """What a run came to."""

    times: list[str] = field(default_factory=list)
    """``meta.lastUpdated`` of each version: what the clock said."""
    faults: list[str] = field(default_factory=list)


async def run(folder: Path) -> Findings:
    """Write a version under each clock, and look at the order of everything."""
    skew = folder / "skew"
    skew.write_text("0")
    command = (sys.executable, str(Path(skewed.__file__)))
    more = {skewed.FILE: str(skew), "PYTHONPATH": str(Path(__file__).parents[1])}
    node = ServedNode(new_node(folder / "node"), command, more=more)
    found = Findings()
    skew.write_text(str(min(JUMPS)))  # a token of the future would be refused, and rightly
    bearer = _token(node)
    await node.start()
    try:
        async with Connection(node.port, bearer) as wire:
            await wire.call("PUT", "Patient/register-holder", holder())
            for version, hours in enumerate(JUMPS, 1):
                skew.write_text(str(hours))
                await _write(wire, version, found)
            values = await chain(wire, ID)
            if values != tuple(range(1, len(JUMPS) + 1)):
                found.faults.append(f"the history stands in the order {values}")
            history = orjson.loads((await wire.call("GET", f"Condition/{ID}/_history")).body)
            listed = [int(one["resource"]["meta"]["versionId"]) for one in history["entry"]]
            if listed != sorted(listed, reverse=True):
                found.faults.append(f"the history lists the versions {listed}")
    finally:
        node.stop()
    await _at_rest(node.folder, found)
    return found


def _token(node: ServedNode) -> str:
    claims = ("--role", "gp", "--purpose", "TREAT", *CLAIMS)
    words = [*node.command, "token", "--node", str(node.folder), *claims]
    env = environment(**node.more)
    return ran(subprocess.run(words, env=env, capture_output=True, text=True, check=False)).strip()


async def _write(wire: Connection, version: int, found: Findings) -> None:
    """Write a version on the one before, then try to write on one that is stale."""
    headers = f'if-match: W/"{version - 1}"\r\n' if version > 1 else ""
    reply = await wire.call("PUT", f"Condition/{ID}", register(ID, version), headers)
    if reply.version != version:
        found.faults.append(f"version {version} was answered {reply.status} {reply.version}")
        return
    found.times.append(orjson.loads(reply.body)["meta"]["lastUpdated"])
    stale = f'if-match: W/"{max(1, version - 1)}"\r\n'
    if version > 1:
        refused = await wire.call("PUT", f"Condition/{ID}", register(ID, 900 + version), stale)
        if refused.status != 412:
            found.faults.append(f"a stale write on version {version}: {refused.status}")
    read = await wire.call("GET", f"Condition/{ID}")
    if (read.status, read.version) != (200, version):
        found.faults.append(f"version {version} is read as {read.status} {read.version}")


async def _at_rest(folder: Path, found: Findings) -> None:
    async with at_rest(folder) as node, node.store.snapshot() as reader:
        changes = [one for one in await node.records.changes(reader, 0) if one.id == ID]
    order = [(one.seq, one.version) for one in changes]
    if order != sorted(order) or [version for _, version in order] != sorted(
        version for _, version in order
    ):
        found.faults.append(f"the change feed has the order {order}")
    found.faults += map(str, verify(folder / "ledger").findings)
