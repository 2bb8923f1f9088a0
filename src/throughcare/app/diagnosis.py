"""What ``throughcare doctor`` and the page of node health say: each check with its remedy."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from throughcare.app.folder import Folder
from throughcare.app.node import Node
from throughcare.audit.report import Report
from throughcare.audit.verify import verify

LITTLE_SPACE: Final = 1 << 30
"""Bytes of free disk below which the doctor warns."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    state: str
    """``good``, ``look`` or ``wrong``."""
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All checks of a node, and how many entries it holds."""

    checks: tuple[Check, ...]
    entries: Mapping[str, int]
    sources: Mapping[str, str]
    """When each feed last delivered."""

    @property
    def is_well(self) -> bool:
        """True if nothing is wrong."""
        return all(check.state != "wrong" for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """Return the diagnosis as JSON values."""
        return {
            "well": self.is_well,
            "checks": [asdict(check) for check in self.checks],
            "entries": dict(self.entries),
            "sources": dict(self.sources),
        }


async def diagnose(node: Node) -> Diagnosis:
    """Look at store, disk, ledger, feeds, queues and rules of the node."""
    async with node.store.snapshot() as reader:
        entries = dict(await node.records.count(reader))
        rows = await reader.rows("admission.sources")
        tasks = await reader.rows("admission.tasks")
        reviews = await node.persons.reviews(reader)
    health = await node.records.check()
    sources = {str(row[0]): str(row[2]) for row in rows}
    checks = (
        _store(health.faults),
        _disk(node),
        _ledger(node),
        Check("rules of sharing", "good", f"version {node.profile.version}"),
        _queue("match review", len(reviews), "throughcare reviews"),
        _queue("tasks", len(tasks), "throughcare reviews"),
        _feeds(sources),
    )
    return Diagnosis(checks, entries, sources)


def _store(faults: tuple[str, ...]) -> Check:
    if faults:
        return Check(
            "store", "wrong", "; ".join(faults), "Restore the last backup of store.sqlite."
        )
    return Check("store", "good", "integrity checked")


def _disk(node: Node) -> Check:
    free = shutil.disk_usage(node.folder.root).free
    found = f"{free >> 20} MB free"
    if free < LITTLE_SPACE:
        return Check("disk", "look", found, "Make room: below 64 MB, reads are refused.")
    return Check("disk", "good", found)


def verify_ledger(folder: Folder) -> Report:
    """Check the whole ledger offline, with the node's own public key."""
    return verify(folder.ledger)


def _ledger(node: Node) -> Check:
    report = verify_ledger(node.folder)
    if fault := node.ledger.health().fault:
        return Check("ledger", "wrong", fault, "Make room on the disk, then look again.")
    if report.ok:
        return Check("ledger", "good", f"{report.entries} entries, chain whole")
    return Check("ledger", "wrong", str(report.findings[0]), "throughcare audit verify")


def _queue(name: str, length: int, command: str) -> Check:
    if length == 0:
        return Check(name, "good", "nothing waits")
    return Check(name, "look", f"{length} wait for somebody", command)


def _feeds(sources: Mapping[str, str]) -> Check:
    if not sources:
        return Check("feeds", "look", "nothing was loaded yet", "throughcare load PATH...")
    newest = max(sources.values())
    return Check("feeds", "good", f"{len(sources)} feeds, newest delivery {newest[:16]}")
