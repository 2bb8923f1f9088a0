"""The record room and the naive one are told the same, and must say the same."""

import asyncio
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from in_memory import memory
from record import worlds
from record.naive import Naive
from store.cluster import available
from store.engines import ENGINES, LAYOUT, TickingClock, drop
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import mentions
from throughcare.fhir.index import extract
from throughcare.fhir.terms import Query
from throughcare.model.decision import Gate
from throughcare.model.entry import EntryClass, Stored
from throughcare.record import NewEntry, Records
from throughcare.record.links import are_shown
from throughcare.store.protocol import Reader, Store, Transaction

pytestmark = pytest.mark.slow


class Machine(RuleBasedStateMachine):
    """Does the same to a real store and to the naive one."""

    engine = "sqlite"

    def __init__(self) -> None:
        """Open a new store."""
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=memory()))
        self.runner = asyncio.Runner()
        self.store: Store = self.runner.run(self.opened())
        self.records = Records(self.store, TickingClock())
        self.naive = Naive(worlds.PERSONS)
        self.now = datetime(2026, 11, 24, tzinfo=UTC)

    async def opened(self) -> Store:
        """Open the store."""
        return await ENGINES[self.engine](self.folder, LAYOUT)

    def teardown(self) -> None:
        """Close the store."""
        self.runner.run(self.store.close())
        self.runner.close()
        shutil.rmtree(self.folder)

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        """Link subjects to a person, number the classes 1, 2, 3 ..., and store something."""

        async def work(tx: Transaction) -> None:
            for subject, person in worlds.PERSONS.items():
                sql = "INSERT INTO person_link (subject, person, since) VALUES (?, ?, 0)"
                await tx.query(sql, (subject, person))
            for cls in worlds.CLASSES:
                self.naive.numbers[cls] = await self.records.intern(tx, cls)

        self.runner.run(self.store.transact(work))
        for _ in range(6):
            resources = data.draw(st.lists(worlds.resources(), min_size=3, max_size=8))
            subject = data.draw(st.sampled_from(worlds.SUBJECTS))
            self.store_all(resources, subject, data.draw(st.sampled_from(worlds.LABELS)))

    def entry(self, resource: dict[str, Any], subject: int, cls: EntryClass) -> NewEntry:
        """Make an entry of a resource."""
        body = worlds.text(resource)
        index = extract(fhir_bytes.parse(body))
        return NewEntry(
            subject, resource["resourceType"], resource["id"], body, index, cls, self.now
        )

    @rule(
        resources=st.lists(worlds.resources(), min_size=1, max_size=5),
        subject=st.sampled_from(worlds.SUBJECTS),
        labels=st.sampled_from(worlds.LABELS),
    )
    def put(self, resources: list[dict[str, Any]], subject: int, labels: frozenset[str]) -> None:
        """Store some resources in one transaction."""
        self.store_all(resources, subject, labels)

    def store_all(
        self, resources: list[dict[str, Any]], subject: int, labels: frozenset[str]
    ) -> None:
        """Store them here and there, and compare the versions."""
        self.now += timedelta(seconds=1)
        classes = {c.type: c for c in worlds.CLASSES if c.labels == labels}
        entries = [self.entry(r, subject, classes[r["resourceType"]]) for r in resources]

        async def work(tx: Transaction) -> list[Stored]:
            return await self.records.put(tx, entries)

        stored = self.runner.run(self.store.transact(work))
        expected = [self.naive.put(entry) for entry in entries]
        assert [s.version for s in stored] == [v.number for v in expected]

    @precondition(lambda self: self.naive.versions)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """Delete something that was there once."""
        self.now += timedelta(seconds=1)
        name = data.draw(st.sampled_from(sorted(self.naive.versions)))
        last = self.naive.versions[name][-1]
        gone = NewEntry(
            last.subject, last.type, last.id, b"", last.index, last.cls, self.now, deleted=True
        )

        async def work(tx: Transaction) -> list[Stored]:
            return await self.records.put(tx, [gone])

        (stored,) = self.runner.run(self.store.transact(work))
        assert stored.deleted
        assert stored.version == self.naive.put(gone).number

    @precondition(lambda self: self.naive.versions)
    @rule(data=st.data())
    def relabel(self, data: st.DataObject) -> None:
        """Give something another class."""
        type_, _, id_ = data.draw(st.sampled_from(sorted(self.naive.versions))).partition("/")
        cls = data.draw(st.sampled_from([c for c in worlds.CLASSES if c.type == type_]))

        async def work(tx: Transaction) -> None:
            await self.records.relabel(tx, [(type_, id_, cls)])

        self.runner.run(self.store.transact(work))
        self.naive.relabel(type_, id_, cls)

    @rule(
        queries=st.lists(worlds.queries(), min_size=4, max_size=10),
        gate=worlds.gates,
        scope=worlds.scopes,
    )
    def search(self, queries: list[Query], gate: Gate, scope: list[int] | None) -> None:
        """Walk through all pages of searches."""
        for query in queries:
            expected = self.naive.search(query, gate, scope)
            found = self.runner.run(self.walk(query, gate, scope))
            assert found == [v.name for v in expected]

    async def walk(self, query: Query, gate: Gate, scope: list[int] | None) -> list[str]:
        """Return the names on all pages, and check total and includes of each."""
        expected = self.naive.search(query, gate, scope)
        names: list[str] = []
        async with self.store.snapshot() as reader:
            while True:
                known = await self.records.owners(reader, query)
                page = await self.records.search(reader, query, gate, scope, known)
                assert page == await self.records.search(reader, query, gate, scope)
                assert page.total == len(expected)
                for entry in (*page.entries, *page.included):
                    await self.check_links(reader, entry, gate)
                self.check_included(query, gate, page.entries, page.included)
                names += [f"{e.type}/{e.id}" for e in page.entries]
                if not page.next:
                    return names
                fields = {name: getattr(query, name) for name in Query.__slots__}
                query = Query(**fields | {"after": page.next})

    def check_included(
        self, query: Query, gate: Gate, page: tuple[Stored, ...], included: tuple[Stored, ...]
    ) -> None:
        """Compare what a page includes."""
        shown = [f"{e.type}/{e.id}" for e in page]
        versions = [self.naive.versions[name][-1] for name in shown]
        wanted = self.naive.included(query.includes, versions, gate)
        assert {f"{e.type}/{e.id}" for e in included} == wanted
        assert len(included) == len(wanted)

    async def check_candidate(self, reader: Reader, type_: str, id_: str, gate: Gate) -> None:
        """Compare what a door is told before it decides."""
        last = self.naive.versions[f"{type_}/{id_}"][-1]
        found = await self.records.candidate(reader, type_, id_)
        assert (found is None) == last.deleted
        if found is not None:
            person = worlds.PERSONS.get(last.subject)
            assert (found.seen.subject, found.person) == (last.subject, person)
            assert (found.epoch, found.newest_class) == (0, len(worlds.CLASSES))
            if self.naive.visible(last, gate):
                stored = await self.records.stored(reader, found, gate)
                assert stored.version == last.number
                await self.check_links(reader, stored, gate)

    async def check_links(self, reader: Reader, stored: Stored, gate: Gate) -> None:
        """Compare what is kept beside an entry with what its bytes name, looked up name by name."""
        names = mentions.within([stored.body])
        by_name = {name: of[-1] for name, of in self.naive.versions.items() if name in names}
        hidden = {name for name, last in by_name.items() if not self.naive.visible(last, gate)}
        assert await self.records.hidden(reader, names, gate) == hidden
        if are_shown(gate, stored.links):
            assert not hidden
            assert all(not last.deleted for last in by_name.values())
            assert len(by_name) == len(names)

    @rule(gate=worlds.gates, scope=st.lists(st.sampled_from(worlds.SUBJECTS), max_size=3))
    def read(self, gate: Gate, scope: list[int]) -> None:
        """Read, go through histories, and read whole records."""
        self.runner.run(self.read_all(gate, scope))

    async def read_all(self, gate: Gate, scope: list[int]) -> None:
        """Compare every reading method."""
        seen = self.naive.seen(gate)
        async with self.store.snapshot() as reader:
            for name, versions in self.naive.versions.items():
                type_, _, id_ = name.partition("/")
                found = await self.records.read(reader, type_, id_, gate)
                last = versions[-1]
                assert (found is not None) == self.naive.visible(last, gate)
                assert found is None or (found.version, found.deleted) == (
                    last.number,
                    last.deleted,
                )
                history = await self.records.history(reader, type_, id_, gate)
                assert [v.version for v in history] == self.naive.history(name, gate)
                await self.check_candidate(reader, type_, id_, gate)
            names = [*self.naive.versions, "Patient/unknown"]
            hidden = {
                name
                for name, versions in self.naive.versions.items()
                if not self.naive.visible(versions[-1], gate)
            }
            assert await self.records.hidden(reader, names, gate) == hidden
            for few in (names[at : at + 3] for at in range(0, len(names), 3)):
                assert await self.records.hidden(reader, few, gate) == hidden.intersection(few)
            visible = await self.records.visible(reader, names, gate)
            assert visible == {v.name for v in seen}
            whole = await self.records.of_subjects(reader, scope, gate)
            assert [f"{e.type}/{e.id}" for e in whole] == [
                v.name for v in seen if v.subject in scope
            ]
            types = ["Patient", "Condition"]
            some = await self.records.unfiltered(reader, scope, types)
            assert len(some) == len(
                [v for v in self.naive.current() if v.subject in scope and v.type in types]
            )


class OnPostgres(Machine):
    """The same on PostgreSQL."""

    engine = "postgres"

    def teardown(self) -> None:
        """Close the store and drop its databases."""
        self.runner.run(self.store.close())
        self.runner.run(drop(self.engine, self.folder))
        self.runner.close()
        shutil.rmtree(self.folder)


class OnTwo(OnPostgres):
    """The same on two databases."""

    engine = "two"


class OnFour(OnPostgres):
    """The same on four databases: each of the subjects 0 to 3 lies in another one."""

    engine = "four"


class OnLocked(OnPostgres):
    """The same under the second lock, which changes no answer."""

    engine = "locked"


class OnTwoLocked(OnPostgres):
    """The same on two databases, each with the second lock."""

    engine = "two locked"


TestRecords = Machine.TestCase
TestRecords.settings = settings(
    max_examples=24,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.postgres
@pytest.mark.skipif(bool(available()), reason=available())
class TestRecordsOnPostgres(OnPostgres.TestCase):  # type: ignore[misc, name-defined]
    """The record room on PostgreSQL and the naive one."""

    settings = settings(TestRecords.settings, max_examples=15)


@pytest.mark.postgres
@pytest.mark.skipif(bool(available()), reason=available())
class TestRecordsOnTwo(OnTwo.TestCase):  # type: ignore[misc, name-defined]
    """The record room on two databases and the naive one."""

    settings = settings(TestRecords.settings, max_examples=4)


@pytest.mark.postgres
@pytest.mark.skipif(bool(available()), reason=available())
class TestRecordsOnFour(OnFour.TestCase):  # type: ignore[misc, name-defined]
    """The record room on four databases and the naive one."""

    settings = settings(TestRecords.settings, max_examples=4)


@pytest.mark.postgres
@pytest.mark.skipif(bool(available()), reason=available())
class TestRecordsOnLocked(OnLocked.TestCase):  # type: ignore[misc, name-defined]
    """The record room under the second lock and the naive one."""

    settings = settings(TestRecords.settings, max_examples=10)


@pytest.mark.postgres
@pytest.mark.skipif(bool(available()), reason=available())
class TestRecordsOnTwoLocked(OnTwoLocked.TestCase):  # type: ignore[misc, name-defined]
    """The record room on two databases under the second lock and the naive one."""

    settings = settings(TestRecords.settings, max_examples=4)
