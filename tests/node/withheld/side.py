"""One of two nodes that differ in what one reader may not see, and that reader."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

import httpx

from throughcare.app.node import Node
from throughcare.model.request import Request


class CountedIds:
    """Ids in a row, the same in both nodes."""

    def __init__(self) -> None:
        """Begin."""
        self.numbers = count(1)

    def new(self) -> str:
        """Return the next."""
        return f"{next(self.numbers):032x}"

    def start(self, number: int) -> None:
        """Go on from there."""
        self.numbers = count(number)


@dataclass(frozen=True)
class Side:
    """One of two nodes, and who asks it."""

    node: Node
    ids: CountedIds
    client: httpx.AsyncClient
    reader: Request

    async def labels(self, names: Iterable[str]) -> frozenset[str]:
        """Return the labels that entries have, from wherever."""
        found: set[str] = set()
        async with self.node.store.snapshot() as view:
            for type_, _, id_ in (name.partition("/") for name in names):
                stored = await self.node.records.current(view, type_, id_)
                found.update(stored.cls.labels if stored is not None else ())
        return frozenset(found)
