"""What the record room promises, fact by fact; the oracle tests try the rest."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest

from record.worlds import text
from store.engines import ENGINES, TickingClock, opened
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.index import extract
from throughcare.fhir.terms import (
    Chain,
    Has,
    Include,
    Index,
    InRecordOf,
    Missing,
    Query,
    RefersTo,
    TokenIs,
)
from throughcare.kernel import BadInputError, NotFoundError, ThroughcareError
from throughcare.model.decision import AuthorIs, Clause, DateWithin, Gate, Residual
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


@pytest.fixture(params=ENGINES)
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async for store in opened(request.param, tmp_path):
        yield Room(store)


def condition(id_: str, code: str = "x", **more: object) -> dict[str, Any]:
    coding = [{"system": "http://s", "code": code}]
    return {"resourceType": "Condition", "id": id_, "code": {"coding": coding}} | more


def encounter(id_: str, code: str = "x") -> dict[str, Any]:
    coding = [{"system": "http://s", "code": code}]
    return {"resourceType": "Encounter", "id": id_, "type": [{"coding": coding}]}


def is_code(code: str, param: str = "code") -> TokenIs:
    return TokenIs(param, (("http://s", code),))


async def test_bytes_come_back_as_they_were_but_for_version_and_time(room: Room) -> None:
    body = b'{"resourceType":"Observation","id":"o","valueQuantity":{"value":1.10}}'
    index = extract(fhir_bytes.parse(body))
    cls = EntryClass("Observation", Category.VITALS)
    await room.put(NewEntry(1, "Observation", "o", body, index, cls, NOW))
    async with room.store.snapshot() as reader:
        found = await room.records.read(reader, "Observation", "o", await room.gate())
    assert found is not None
    assert b'"value":1.10' in found.body
    assert fhir_bytes.parse(found.body)["meta"]["versionId"] == "1"
    assert (found.cls, found.updated, found.subject) == (cls, NOW, 1)


async def test_storing_the_same_again_changes_nothing(room: Room) -> None:
    first = await room.put(room.entry(condition("a")))
    again = await room.put(room.entry(condition("a")))
    assert again == first
    async with room.store.snapshot() as reader:
        assert len(await room.records.changes(reader, after=0)) == 1


async def test_another_class_alone_is_a_new_version(room: Room) -> None:
    await room.put(room.entry(condition("a")))
    (stored,) = await room.put(room.entry(condition("a"), labels=HIDDEN))
    assert stored.version == 2


async def test_one_id_twice_in_a_batch_makes_two_versions(room: Room) -> None:
    stored = await room.put(room.entry(condition("a", "x")), room.entry(condition("a", "y")))
    assert [s.version for s in stored] == [1, 2]
    assert await room.ids(Query("Condition", (is_code("x"),))) == []
    assert await room.ids(Query("Condition", (is_code("y"),))) == ["a"]


async def test_a_deleted_entry_is_in_its_history_and_in_no_search(room: Room) -> None:
    await room.put(room.entry(condition("a")))
    (gone,) = await room.put(room.entry(condition("a"), deleted=True))
    assert (gone.version, gone.deleted, gone.body) == (2, True, b"")
    assert await room.ids(Query("Condition")) == []
    gate = await room.gate()
    async with room.store.snapshot() as reader:
        versions = await room.records.history(reader, "Condition", "a", gate)
        assert [(v.version, v.deleted) for v in versions] == [(2, True), (1, False)]
        read = await room.records.read(reader, "Condition", "a", gate)
        assert read is not None
        assert read.deleted
    (back,) = await room.put(room.entry(condition("a")))
    assert back.version == 3


async def test_the_change_feed_tells_of_a_deletion_and_no_more_of_what_is_gone(room: Room) -> None:
    await room.put(room.entry(condition("a")), room.entry(condition("b"), 2))
    await room.put(room.entry(condition("a"), deleted=True))
    async with room.store.snapshot() as reader:
        changes = await room.records.changes(reader, after=0)
        assert [(c.kind, c.type, c.id, c.subject, c.version) for c in changes] == [
            ("create", "Condition", "b", 2, 1),
            ("delete", "Condition", "a", 1, 2),
        ]
        assert await room.records.changes(reader, after=changes[-1].seq) == []


async def test_deleting_what_never_was_is_refused(room: Room) -> None:
    with pytest.raises(NotFoundError, match="no Condition with this id"):
        await room.put(room.entry(condition("a"), deleted=True))


async def test_an_entry_that_moves_to_another_subject_keeps_its_history(room: Room) -> None:
    await room.put(room.entry(condition("a"), subject=0))
    await room.put(room.entry(condition("a"), subject=7))
    async with room.store.snapshot() as reader:
        versions = await room.records.history(reader, "Condition", "a", await room.gate())
        assert [(v.version, v.subject) for v in versions] == [(2, 7), (1, 0)]
        assert await room.records.unfiltered(reader, [0]) == []


async def test_a_total_counts_what_may_be_seen(room: Room) -> None:
    shown = [room.entry(condition(f"c{i}")) for i in range(4)]
    await room.put(*shown, room.entry(condition("secret"), labels=HIDDEN))
    page = await room.search(Query("Condition", count=0), await room.gate())
    assert (page.total, page.entries) == (4, ())


async def test_a_code_of_another_system_is_another_code(room: Room) -> None:
    codings = {name: {"system": f"http://{name}", "code": "x"} for name in "abcdef"}
    await room.put(
        *(
            room.entry({"resourceType": "Condition", "id": name, "code": {"coding": [coding]}})
            for name, coding in codings.items()
        ),
        room.entry(condition("two") | {"code": {"coding": [codings["a"], codings["b"]]}}),
    )
    for scope in ([1], [0, 1], None):
        for name in "ab":
            query = Query("Condition", (TokenIs("code", ((f"http://{name}", "x"),)),))
            page = await room.search(query, subjects=scope)
            assert [e.id for e in page.entries] == [name, "two"]
        anything = Query("Condition", (TokenIs("code", ((None, "x"),)),))
        assert (await room.search(anything, subjects=scope)).total == 7


async def test_a_chain_goes_through_visible_entries_alone(room: Room) -> None:
    await room.put(
        room.entry(encounter("open")),
        room.entry(encounter("secret"), labels=HIDDEN),
        room.entry(condition("a", encounter={"reference": "Encounter/open"})),
        room.entry(condition("b", encounter={"reference": "Encounter/secret"})),
    )
    query = Query("Condition", (Chain("encounter", ("Encounter",), is_code("x", "type")),))
    assert await room.ids(query) == ["a", "b"]
    assert await room.ids(query, await room.gate()) == ["a"]


async def test_has_looks_at_visible_entries_alone(room: Room) -> None:
    await room.put(
        room.entry(encounter("e")),
        room.entry(encounter("f")),
        room.entry(condition("a", encounter={"reference": "Encounter/e"})),
        room.entry(condition("b", encounter={"reference": "Encounter/f"}), labels=HIDDEN),
    )
    query = Query("Encounter", (Has("Condition", "encounter", is_code("x")),))
    assert await room.ids(query) == ["e", "f"]
    assert await room.ids(query, await room.gate()) == ["e"]


async def test_includes_bring_visible_entries_alone(room: Room) -> None:
    await room.put(
        room.entry(encounter("secret"), labels=HIDDEN),
        room.entry(condition("a", encounter={"reference": "Encounter/secret"})),
    )
    query = Query("Condition", includes=(Include("Condition", "encounter"),))
    assert [e.id for e in (await room.search(query)).included] == ["secret"]
    assert (await room.search(query, await room.gate())).included == ()


async def test_a_masked_entry_is_not_found_by_what_is_masked(room: Room) -> None:
    seen = {"encounter": {"reference": "Encounter/e"}}
    await room.put(
        room.entry(encounter("e")),
        room.entry(condition("plain", **seen)),
        room.entry(condition("masked", **seen), labels=HIDDEN),
    )
    masking = await room.gate(masked=True)
    assert await room.ids(Query("Condition"), masking) == ["plain", "masked"]
    here = RefersTo("encounter", ("Encounter/e",))
    assert await room.ids(Query("Condition", (here,)), masking) == ["plain"]
    elsewhere = replace(here, negated=True)
    assert await room.ids(Query("Condition", (elsewhere,)), masking) == ["masked"]
    assert await room.ids(Query("Condition", (Missing("encounter", missing=True),)), masking) == [
        "masked"
    ]
    chain = Chain("encounter", ("Encounter",), is_code("x", "type"))
    assert await room.ids(Query("Condition", (chain,)), masking) == ["plain"]
    page = await room.search(
        Query("Encounter", includes=(Include("Condition", "encounter", reverse=True),)), masking
    )
    assert [e.id for e in page.included] == ["plain"]
    page = await room.search(Query("Condition", (RefersTo("encounter", ()),), includes=()), masking)
    assert page.entries == ()


async def test_a_person_is_all_of_their_source_records(room: Room) -> None:
    patient: dict[str, Any] = {"resourceType": "Patient"}
    await room.put(
        room.entry(patient | {"id": "gp"}, 1),
        room.entry(patient | {"id": "hospital"}, 2),
        room.entry(patient | {"id": "neighbour"}, 3),
        room.entry(condition("a"), 2),
        room.entry(condition("b"), 3),
    )

    async def link(tx: Transaction) -> None:
        for subject in (1, 2):
            sql = "INSERT INTO person_link (subject, person, since) VALUES (?, 9, 0)"
            await tx.query(sql, (subject,))

    await room.store.transact(link)
    assert await room.ids(Query("Condition", (InRecordOf(("Patient/gp",)),))) == ["a"]
    assert await room.ids(Query("Condition", (InRecordOf(("Patient/neighbour",)),))) == ["b"]
    assert await room.ids(Query("Condition", (InRecordOf(("Patient/nobody",)),))) == []
    carrier = Has("Condition", "patient", is_code("x"))
    two = Query("Patient", (carrier, InRecordOf(("Patient/hospital",))))
    assert await room.ids(two) == ["gp", "hospital"]


async def test_pages_stay_stable_while_writes_go_on(room: Room) -> None:
    await room.put(*(room.entry(condition(f"c{i}", recordedDate="2020")) for i in range(6)))
    for sort in ((), (("recorded-date", True),), (("_lastUpdated", False),)):
        query = Query("Condition", sort=sort, count=2)
        met = []
        for turn in range(10):
            page = await room.search(query)
            met += [e.id for e in page.entries]
            await room.put(room.entry(condition(f"a{turn}{len(sort)}{met[0]}")))
            if not page.next:
                break
            query = replace(query, after=page.next)
        assert len(met) == len(set(met))
        assert set(met) >= {f"c{i}" for i in range(6)}


async def test_a_page_goes_on_after_its_last_entry_was_deleted(room: Room) -> None:
    await room.put(*(room.entry(condition(f"c{i}")) for i in range(4)))
    query = Query("Condition", count=2)
    page = await room.search(query)
    await room.put(room.entry(condition("c1"), deleted=True))
    assert await room.ids(replace(query, after=page.next)) == ["c2", "c3"]


async def test_a_page_link_says_nothing_and_fits_its_own_search_alone(room: Room) -> None:
    await room.put(*(room.entry(condition(f"c{i}")) for i in range(4)))
    page = await room.search(Query("Condition", count=2))
    assert "c1" not in page.next
    for query in (
        Query("Condition", count=2, sort=(("_id", False),), after=page.next),
        Query("Condition", count=2, after="made-up"),
        Query("Condition", count=2, after="é"),
    ):
        with pytest.raises(BadInputError, match="does not belong to this search"):
            await room.search(query)


async def test_a_sort_that_can_not_be_names_what_can(room: Room) -> None:
    with pytest.raises(BadInputError, match=r"'code'.*_lastUpdated"):
        await room.search(Query("Condition", sort=(("code", False),)))


@pytest.mark.parametrize(
    ("low", "high", "seen"),
    [
        (date(2014, 1, 1), date(2014, 12, 31), ["2014", "mid"]),
        (date(2014, 7, 2), date(2014, 7, 3), ["2014", "mid"]),
        (None, date(2014, 7, 1), ["2014"]),
        (date(2015, 1, 1), None, ["2015"]),
        (None, None, ["2014", "mid", "2015", "none"]),
    ],
)
async def test_an_entry_is_within_a_period_that_its_date_overlaps(
    room: Room, low: date | None, high: date | None, seen: list[str]
) -> None:
    dates = {"2014": "2014", "mid": "2014-07-02", "2015": "2015-01-01"}
    await room.put(
        *(room.entry(condition(id_, onsetDateTime=on)) for id_, on in dates.items()),
        room.entry(condition("none")),
    )
    clause = Clause(frozenset({1}), holds=(DateWithin(low, high),))
    assert await room.ids(Query("Condition"), Gate(others=Residual((clause,)))) == seen


async def test_many_people_under_few_rules_are_few_terms(room: Room) -> None:
    await room.put(*(room.entry(condition(f"c{i}"), subject=i + 1) for i in range(50)))
    closed, own = Residual(), Residual((Clause(frozenset({1}), fails=(AuthorIs("x"),)),))
    gate = Gate({s: closed if s % 2 else own for s in range(1, 100_001)}, others=closed)
    assert (await room.search(Query("Condition", count=0), gate)).total == 25


async def test_a_relabelled_entry_is_hidden_with_its_history(room: Room) -> None:
    await room.put(room.entry(condition("a", "x")))
    await room.put(room.entry(condition("a", "y")))
    labelled = EntryClass("Condition", Category.OTHER, HIDDEN)

    async def work(tx: Transaction) -> None:
        await room.records.relabel(
            tx, [("Condition", "a", labelled), ("Condition", "no", labelled)]
        )

    await room.store.transact(work)
    gate = await room.gate()
    async with room.store.snapshot() as reader:
        assert await room.records.read(reader, "Condition", "a", gate) is None
        assert await room.records.history(reader, "Condition", "a", gate) == []
        assert await room.records.version(reader, "Condition", "a", 1, gate) is None
        kinds = [change.kind for change in await room.records.changes(reader, after=0)]
    assert kinds == ["create", "update", "relabel"]


async def test_a_class_of_an_undone_work_is_forgotten(room: Room) -> None:
    async def undone(tx: Transaction) -> None:
        await room.records.put(tx, [room.entry(condition("a"), labels=HIDDEN)])
        await room.records.classes(tx)
        raise LookupError

    with pytest.raises(LookupError):
        await room.store.transact(undone)
    await room.put(room.entry(encounter("e")), room.entry(condition("a")))
    async with room.store.snapshot() as reader:
        classes = await room.records.classes(reader)
        whole = await room.records.unfiltered(reader, [1])
    assert {cls.type for cls in classes.values()} == {"Encounter", "Condition"}
    assert [entry.cls.labels for entry in whole] == [frozenset(), frozenset()]


async def test_bodies_survive_the_training_of_their_dictionary(room: Room) -> None:
    entries = [room.entry(condition(f"c{i}", f"code-{i}")) for i in range(2_500)]
    for start in range(0, 2_500, 500):
        await room.put(*entries[start : start + 500])
    async with room.store.snapshot() as reader:
        assert [version for version, _ in await reader.rows("record.dictionaries", version=0)] == [
            1
        ]
    again = Records(room.store, TickingClock())
    async with room.store.snapshot() as reader:
        whole = await again.unfiltered(reader, [1])
    assert [fhir_bytes.parse(e.body)["code"]["coding"][0]["code"] for e in whole] == [
        f"code-{i}" for i in range(2_500)
    ]


async def test_a_flipped_bit_is_never_served_as_fact(tmp_path: Path) -> None:
    store = await ENGINES["sqlite"](tmp_path)
    room = Room(store)
    await room.put(room.entry(condition("a")))
    await store.close()
    raw = apsw.Connection(str(tmp_path / "store.sqlite"))
    ((body,),) = raw.execute("SELECT body FROM res").fetchall()
    assert isinstance(body, bytes)
    flipped = body[:-1] + bytes((body[-1] ^ 1,))
    raw.execute("UPDATE res SET body = ?", (flipped,))
    raw.close()
    store = await ENGINES["sqlite"](tmp_path)
    async with store.snapshot() as reader:
        with pytest.raises(ThroughcareError, match="damaged"):
            await Records(store, TickingClock()).unfiltered(reader, [1])
    await store.close()


async def test_search_rows_can_be_checked_and_built_anew(room: Room) -> None:
    await room.put(
        *(
            room.entry(condition(f"c{i}", onsetDateTime="2020", recordedDate="2021"))
            for i in range(3)
        )
    )
    async with room.store.snapshot() as reader:
        assert await room.records.verify(reader) == []
    assert await room.records.rebuild_index(lambda _: Index()) == 3
    assert await room.ids(Query("Condition", (is_code("x"),))) == []
    async with room.store.snapshot() as reader:
        assert await room.records.verify(reader) == [f"Condition/c{i}" for i in range(3)]
    assert await room.records.rebuild_index() == 3
    assert await room.ids(Query("Condition", (is_code("x"),))) == ["c0", "c1", "c2"]
    async with room.store.snapshot() as reader:
        assert await room.records.verify(reader) == []
    health = await room.records.check()
    assert (health.entries, health.faults) == (3, ())
