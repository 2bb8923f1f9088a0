"""What waits: audit entries of writes, pairs for a human, tasks, feeds."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from throughcare.app.checks.check import Check, ok, warn
from throughcare.app.node import Node
from throughcare.audit.journal import read_pending
from throughcare.model.person import QueueFigures
from throughcare.store.protocol import Reader

LAG: Final = timedelta(minutes=1)
"""Audit entries of writes are in the ledger within seconds; later is worth a look."""


async def checks(node: Node, sources: Mapping[str, str]) -> tuple[Check, ...]:
    """Look at the queues."""
    async with node.store.snapshot() as reader:
        tasks = await reader.rows("admission.tasks")
        reviews = await node.persons.queue_figures(reader, node.clock.now())
        waiting = await _waiting(node, reader)
    return (
        waiting,
        _reviews(reviews, node.clock.now()),
        _queue("tasks", len(tasks), "throughcare tasks"),
        _feeds(sources),
    )


async def _waiting(node: Node, reader: Reader) -> Check:
    pending = await read_pending(reader)
    if not pending:
        return ok("waiting for the ledger", "nothing")
    age = node.clock.now() - pending[0][1].at
    found = f"{len(pending)} entries of writes, the oldest {age.total_seconds():.0f} s old"
    if age > LAG:
        return warn("waiting for the ledger", found, "Serve the node: it moves them each second.")
    return ok("waiting for the ledger", found)


def _reviews(figures: QueueFigures, now: datetime) -> Check:
    """Tell how many pairs wait, for how long, and how many were put off."""
    if figures.oldest is None:
        return ok("match review", "nothing waits")
    days = (now - figures.oldest).days
    found = f"{figures.waiting} wait for somebody, {figures.later} put off, the oldest {days} days"
    return (
        warn("match review", found, "throughcare reviews")
        if figures.waiting
        else ok("match review", found)
    )


def _queue(name: str, length: int, command: str) -> Check:
    if length == 0:
        return ok(name, "nothing waits")
    return warn(name, f"{length} wait for somebody", command)


def _feeds(sources: Mapping[str, str]) -> Check:
    if not sources:
        return warn("feeds", "nothing was loaded yet", "throughcare load PATH...")
    newest = max(sources.values())
    return ok("feeds", f"{len(sources)} feeds, newest delivery {newest[:16]}")
