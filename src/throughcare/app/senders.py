"""The list of systems that hand over: one is let in, and its key taken away, by page or command."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar, cast

import msgspec

from throughcare.app.health import only_the_lead
from throughcare.app.node import Node
from throughcare.intake import mappings
from throughcare.kernel import BadInputError
from throughcare.model.audit import permitted
from throughcare.model.rehearsal import Finding
from throughcare.model.request import Actor, Purpose, Request
from throughcare.model.source import Delivery, Source, Standing
from throughcare.store.protocol import Reader, Transaction

T = TypeVar("T")
_Row = tuple[str, str | None, str, int, int, int, str]

LARGEST_MAPPING: Final = 40_000
"""Characters of a column mapping."""


class Senders:
    """Keeps the list of a node. Every method raises DeniedError but for an IT lead."""

    def __init__(self, node: Node) -> None:
        """Keep the list of `node`."""
        self._node = node

    async def all(self, actor: Actor) -> Sequence[Standing]:
        """Return every source and how it is getting on."""
        only_the_lead(self._node, actor, Purpose.HOPERAT)
        async with self._node.store.snapshot() as reader:
            known = await self._node.sources.all(reader)
            found = await deliveries(reader)
        return [replace(found.get(each.name, Standing(each)), source=each) for each in known]

    async def add(self, actor: Actor, source: Source) -> str:
        """Add a source and return its key, which can't be had again.

        Raises BadInputError for a name, organisation or mapping that is none.
        """
        _check(source.mapping)
        return await self._change(
            actor,
            f"{source.name} of {source.organisation} added",
            lambda tx: self._node.sources.add(tx, source, actor.user),
        )

    async def map(self, actor: Actor, name: str, mapping: str) -> None:
        """Give a source another column mapping, "" for none. What was handed over stays as it is.

        Raises BadInputError for a mapping that is none, NotFoundError for a source that is none.
        """
        _check(mapping)
        said = f"{name} has {'another' if mapping else 'no'} mapping"
        await self._change(actor, said, lambda tx: self._node.sources.map(tx, name, mapping))

    async def renew(self, actor: Actor, name: str) -> tuple[Source, str]:
        """Return a source and a new key of it. Raises NotFoundError for a source that is none."""

        async def work(tx: Transaction) -> tuple[Source, str]:
            key = await self._node.sources.renew(tx, name)
            return await self._node.sources.get(tx, name), key

        return await self._change(actor, f"{name} has a new key", work)

    async def close(self, actor: Actor, name: str) -> None:
        """Take the key of a source away. Raises NotFoundError for a source that is none."""
        await self._change(actor, f"{name} closed", lambda tx: self._node.sources.close(tx, name))

    async def _change(
        self, actor: Actor, what: str, change: Callable[[Transaction], Awaitable[T]]
    ) -> T:
        """Make a change of a source, with its line in the ledger."""
        node = self._node
        only_the_lead(node, actor, Purpose.HOPERAT)
        request = Request(actor, Purpose.HOPERAT, node.clock.now())
        line = permitted(node.ids.new(), request, "source", node.profile.version, what)

        async def work(tx: Transaction) -> T:
            done = await change(tx)
            await node.journal.record(tx, line)
            return done

        return await node.store.transact(work)


def _check(mapping: str) -> None:
    if len(mapping) > LARGEST_MAPPING:
        message = f"A mapping has at most {LARGEST_MAPPING} characters. Shorten it."
        raise BadInputError(message, place="mapping")
    mappings([mapping] if mapping.strip() else [])


async def deliveries(reader: Reader) -> dict[str, Standing]:
    """Return what came of each source that has handed over, by its name."""
    found: dict[str, Standing] = {}
    rows = await reader.rows("admission.deliveries")
    for name, first, at, stored, known, refused, said in cast("list[_Row]", rows):
        told = msgspec.json.decode(said, type=tuple[Finding, ...])
        last = Delivery(datetime.fromisoformat(at), stored, known, refused, told)
        since = datetime.fromisoformat(first) if first else None
        found[name] = Standing(Source(name, ""), since, last)
    return found
