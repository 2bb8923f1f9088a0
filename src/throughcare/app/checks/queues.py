"""What waits: audit entries of writes, pairs for a human, tasks."""

from datetime import datetime, timedelta
from typing import Final

from throughcare.app.checks.check import command, ok, warn
from throughcare.app.node import Node
from throughcare.audit.journal import read_pending
from throughcare.model.health import Check, Way
from throughcare.model.person import QueueFigures
from throughcare.store.protocol import Reader

LAG: Final = timedelta(minutes=1)
"""Audit entries of writes are in the ledger within seconds; later is worth a look."""


async def checks(node: Node) -> tuple[Check, ...]:
    """Look at the queues."""
    async with node.store.snapshot() as reader:
        tasks = await reader.rows("admission.tasks")
        reviews = await node.persons.queue_figures(reader, node.clock.now())
        waiting = await _waiting(node, reader)
    return (waiting, _reviews(node, reviews, node.clock.now()), _tasks(node, len(tasks)))


async def _waiting(node: Node, reader: Reader) -> Check:
    pending = await read_pending(reader)
    if not pending:
        return ok("waiting for the ledger", "nothing")
    age = node.clock.now() - pending[0][1].at
    found = f"{len(pending)} entries of writes, the oldest {age.total_seconds():.0f} s old"
    if age > LAG:
        otherwise = "They wait in the store: a ledger that is copied now does not have them."
        way = Way(otherwise, command(node.folder.root, "serve"), "It moves them each second.")
        return warn("waiting for the ledger", found, way)
    return ok("waiting for the ledger", found)


def _reviews(node: Node, figures: QueueFigures, now: datetime) -> Check:
    """Tell how many pairs wait, for how long, and how many were put off."""
    if figures.oldest is None:
        return ok("match review", "nothing waits")
    days = (now - figures.oldest).days
    found = f"{_wait(figures.waiting)}, {figures.later} put off, the oldest {days} days"
    otherwise = "Each pair stays two records: whoever reads the one misses what the other says."
    way = Way(otherwise, command(node.folder.root, "reviews"), "Or decide them under Matching.")
    return warn("match review", found, way) if figures.waiting else ok("match review", found)


def _wait(count: int) -> str:
    return "1 waits for somebody" if count == 1 else f"{count} wait for somebody"


def _tasks(node: Node, waiting: int) -> Check:
    if waiting == 0:
        return ok("tasks", "nothing waits")
    otherwise = "What people asked, and refusals that could not be read, stay unanswered."
    way = Way(otherwise, command(node.folder.root, "tasks"))
    return warn("tasks", _wait(waiting), way)
