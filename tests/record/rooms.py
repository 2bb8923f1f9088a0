"""Records over a store, with short ways to speak to them, and small resources."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from record.worlds import text
from store.engines import TickingClock
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.index import extract
from throughcare.fhir.terms import (
    Query,
    TokenIs,
)
from throughcare.model.decision import Clause, Gate, Residual
from throughcare.model.entry import Category, EntryClass, Stored
from throughcare.record import NewEntry, Page, Records
from throughcare.store.protocol import Store, Transaction

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
HIDDEN = frozenset({"PSY"})


class Room:
    """Records over a store, with short ways to speak to them."""

    def __init__(self, store: Store) -> None:
        """Begin with nothing."""
        self.store = store
        self.records = Records(store, TickingClock())
        self.now = NOW

    def entry(
        self,
        resource: dict[str, Any],
        subject: int = 1,
        *,
        labels: frozenset[str] = frozenset(),
        deleted: bool = False,
    ) -> NewEntry:
        """Make an entry of a resource."""
        body = text(resource)
        index = extract(fhir_bytes.parse(body))
        cls = EntryClass(resource["resourceType"], Category.OTHER, labels)
        type_, id_ = resource["resourceType"], resource["id"]
        return NewEntry(subject, type_, id_, body, index, cls, self.now, deleted=deleted)

    async def put(self, *entries: NewEntry) -> list[Stored]:
        """Store entries."""

        async def work(tx: Transaction) -> list[Stored]:
            return await self.records.put(tx, entries)

        self.now += timedelta(seconds=1)
        return await self.store.transact(work)

    async def gate(self, *, masked: bool = False, hide: bool = True) -> Gate:
        """Return a gate that hides what is labelled, or masks it, or shows all."""
        async with self.store.snapshot() as reader:
            classes = await self.records.classes(reader)
        labelled = frozenset(n for n, cls in classes.items() if cls.labels)
        shown = frozenset(classes) if masked or not hide else frozenset(classes) - labelled
        return Gate(others=Residual((Clause(shown),), labelled if masked else frozenset()))

    async def search(
        self, query: Query, gate: Gate | None = None, subjects: Sequence[int] | None = None
    ) -> Page:
        """Search, under a gate that shows all unless another is given."""
        gate = gate or await self.gate(hide=False)
        async with self.store.snapshot() as reader:
            return await self.records.search(reader, query, gate, subjects)

    async def ids(self, query: Query, gate: Gate | None = None) -> list[str]:
        """Return the ids of the first page."""
        return [entry.id for entry in (await self.search(query, gate)).entries]


def condition(id_: str, code: str = "x", **more: object) -> dict[str, Any]:
    coding = [{"system": "http://s", "code": code}]
    return {"resourceType": "Condition", "id": id_, "code": {"coding": coding}} | more


def encounter(id_: str, code: str = "x") -> dict[str, Any]:
    coding = [{"system": "http://s", "code": code}]
    return {"resourceType": "Encounter", "id": id_, "type": [{"coding": coding}]}


def is_code(code: str, param: str = "code") -> TokenIs:
    return TokenIs(param, (("http://s", code),))
