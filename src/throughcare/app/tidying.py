"""Tidying: superseded versions go where the locality's rules say so; the file gets smaller."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from throughcare.app import operator
from throughcare.app.node import Node
from throughcare.kernel import ConflictError
from throughcare.model.audit import AuditEntry
from throughcare.store.protocol import Transaction
from throughcare.store.sqlite import SqliteStore
from throughcare.store.sqlite.compacting import compact


@dataclass(frozen=True, slots=True)
class Plan:
    """What the rules say may be removed now."""

    before: datetime
    """Versions that another one took the place of before then."""
    legal_basis: str
    versions: int


async def plan(node: Node) -> Plan | None:
    """Return what may be removed; None if the rules say nothing, which means never."""
    rule = node.profile.removal
    if rule is None:
        return None
    before = node.clock.now() - rule.superseded_after
    async with node.store.whole() as reader:
        count = await node.records.upkeep().superseded(reader, before)
    return Plan(before, rule.legal_basis, count)


async def remove(node: Node, wanted: Plan) -> int:
    """Remove those versions for good, in batches, each with its audit line; return how many."""
    removed = 0
    while count := await node.store.transact(_Removing(node, wanted).work):
        removed += count
    return removed


@dataclass(frozen=True, slots=True)
class _Removing:
    node: Node
    wanted: Plan

    async def work(self, tx: Transaction) -> int:
        count = await self.node.records.upkeep().remove_superseded(tx, self.wanted.before)
        if count:
            await self.node.journal.record(tx, self._line(count))
        return count

    def _line(self, count: int) -> AuditEntry:
        what = f"{count} versions superseded before {self.wanted.before:%Y-%m-%d} were removed"
        ground = (self.wanted.legal_basis,)
        return operator.line(self.node.clock, self.node.ids, "tidy", what, because=ground)


async def shrink(node: Node) -> tuple[int, int]:
    """Give free pages back to the disk; return the size of the store before and after, in bytes.

    Readers go on, writers wait. Raises ConflictError for PostgreSQL, which does this by itself.
    """
    if not isinstance(node.store, SqliteStore):
        message = "PostgreSQL tidies its own store (autovacuum); there is nothing to do here."
        raise ConflictError(message)
    return await asyncio.to_thread(compact, node.folder.store, node.clock)
