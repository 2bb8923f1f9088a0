"""How a node is: what ``throughcare doctor``, the page for the IT lead and a monitor say.

What takes long (every page, every line of the ledger, everything that was received) is an
*examination*. Whoever runs one leaves it in the node's folder, so that others need not; what is
quick is looked at each time.
"""

import asyncio
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from throughcare.app.checks import (
    backups,
    code_lists,
    disk,
    feeds,
    keying,
    lapsing,
    layout,
    ledger,
    programs,
    queues,
    replicas,
    snapshots,
    store,
)
from throughcare.app.checks.check import ok
from throughcare.app.examination import Examination
from throughcare.app.folder import Folder
from throughcare.app.node import Node
from throughcare.audit import line
from throughcare.audit.checkpoint import Checkpoint
from throughcare.audit.report import Report
from throughcare.audit.verify import verify
from throughcare.kernel import BadInputError
from throughcare.model.health import Check, Health, State, worst_first


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


async def diagnose(node: Node) -> Health:
    """Examine the node, look at all else, and leave the examination in its folder.

    Of a store with a damaged page nothing is said but where the damage is.
    """
    found = await examine(node)
    found = msgspec.structs.replace(found, took=node.clock.now() - found.at)
    await asyncio.to_thread(found.keep, node.folder)
    return await health(node, found)


async def examine(node: Node) -> Examination:
    """Look at what takes long: store, ledger, disk and feeds."""
    now = node.clock.now()
    report = await asyncio.to_thread(verify_ledger, node.folder)
    pages = await asyncio.to_thread(store.pages, node.folder)
    lines = (ledger.chain(node, report), ledger.signed(node, report))
    space = await asyncio.to_thread(disk.checks, node.folder, now)
    if pages.state is State.FAULT:
        return Examination(now, timedelta(0), (pages, *lines, *space))
    async with node.store.whole() as reader:
        entries = dict(await node.records.count(reader))
        known = await feeds.known(node, reader)
    checks = (*await store.checks(node), pages, *lines, *space)
    return Examination(now, timedelta(0), checks, known, entries)


async def health(node: Node, examined: Examination | None, *, examining: bool = False) -> Health:
    """Return how the node is now, with what was `examined`, worst first.

    While a page of the store is damaged the store is asked nothing.
    """
    quick: tuple[Check, ...] = (
        *programs.checks(node.folder),
        *ledger.checks(node),
        *backups.checks(node.folder, node.clock.now()),
        disk.keys(node.folder),
        *lapsing.checks(node.folder, node.clock.now()),
        ok("rules of sharing", f"version {node.profile.version}"),
    )
    damaged = examined is not None and not examined.is_readable
    if not damaged:
        quick = (*quick, *await _of_the_store(node))
    if examined is None:
        return Health(worst_first(quick), (), None, examining)
    late = () if damaged else feeds.checks(node, examined.feeds)
    found = (*examined.checks, *late, *quick)
    return Health(worst_first(found), examined.feeds, examined.at, examining, examined.entries)


async def _of_the_store(node: Node) -> tuple[Check, ...]:
    """Return what is quick to be asked of the store."""
    async with node.store.whole() as reader:
        laid_out = await layout.check(reader, node.folder.root)
        keyed = await keying.check(node, reader)
        told = await snapshots.check(node, reader, node.clock.now())
    return (
        laid_out,
        keyed,
        told,
        *await replicas.checks(node),
        *await queues.checks(node),
        await code_lists.check(node),
    )


def as_json(found: Health) -> dict[str, Any]:
    """Return how a node is as JSON values, for a monitor."""
    return {
        "well": found.is_well,
        "examined": found.examined.isoformat() if found.examined else None,
        "checks": [
            {"name": check.name, "state": check.state, "found": check.found}
            | (asdict(check.way) if check.way else {})
            for check in found.checks
        ],
        "entries": dict(found.entries),
        "sources": {feed.source: feed.last.isoformat() for feed in found.feeds},
    }
