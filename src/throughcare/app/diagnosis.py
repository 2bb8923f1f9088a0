"""What ``throughcare doctor`` says: each thing looked at, in plain words, with the way out."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from throughcare.app.checks import code_lists, disk, ledger, queues, replicas, store
from throughcare.app.checks.check import Check, State
from throughcare.app.folder import Folder
from throughcare.app.node import Node
from throughcare.audit import line
from throughcare.audit.checkpoint import Checkpoint
from throughcare.audit.report import Report
from throughcare.audit.verify import verify
from throughcare.kernel import BadInputError


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All checks of a node, and how many entries it holds."""

    checks: tuple[Check, ...]
    entries: Mapping[str, int]
    sources: Mapping[str, str]
    """When each feed last delivered."""

    @property
    def is_well(self) -> bool:
        """True if nothing is at fault."""
        return all(check.state is not State.FAULT for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """Return the diagnosis as JSON values."""
        return {
            "well": self.is_well,
            "checks": [asdict(check) for check in self.checks],
            "entries": dict(self.entries),
            "sources": dict(self.sources),
        }


def verify_ledger(folder: Folder, against: Path | None = None) -> Report:
    """Check the whole ledger offline, with the node's own public key.

    `against` is a file of checkpoints that was kept elsewhere. Raises BadInputError if it is none.
    """
    return verify(folder.ledger, witnessed=_checkpoints(against) if against else ())


def _checkpoints(path: Path) -> list[Checkpoint]:
    found = [line.decode(text, Checkpoint) for text in path.read_bytes().splitlines() if text]
    whole = [one for one in found if one is not None]
    if not whole or len(whole) < len(found):
        message = "This is no file of checkpoints. Give a copy of ledger/checkpoints of the node."
        raise BadInputError(message, place=str(path))
    return whole


async def diagnose(node: Node) -> Diagnosis:
    """Look at store, disk, ledger, backups, keys, clock, feeds, queues and rules of the node.

    Of a store with a damaged page nothing is said but where the damage is.
    """
    now = node.clock.now()
    report = await asyncio.to_thread(verify_ledger, node.folder)
    pages = await asyncio.to_thread(store.pages, node.folder)
    if pages.state is State.FAULT:
        found = (pages, *disk.checks(node.folder, now), *ledger.checks(node, report))
        return Diagnosis(found, {}, {})
    async with node.store.whole() as reader:
        entries = dict(await node.records.count(reader))
        rows = await reader.rows("admission.sources")
    sources = {str(row[0]): str(row[2]) for row in rows}
    checks = (
        *await store.checks(node),
        pages,
        *await replicas.checks(node),
        *disk.checks(node.folder, now),
        *ledger.checks(node, report),
        *await queues.checks(node, sources),
        await code_lists.check(node),
        Check("rules of sharing", State.OK, f"version {node.profile.version}"),
    )
    return Diagnosis(checks, entries, sources)
