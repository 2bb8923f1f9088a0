"""What the record room promises, fact by fact; the oracle tests try the rest."""

from pathlib import Path

import apsw
import pytest

from record.rooms import HIDDEN, NOW, Room, condition, encounter, is_code
from store.engines import ENGINES, TickingClock
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.index import extract
from throughcare.fhir.terms import (
    Index,
    Query,
)
from throughcare.kernel import NotFoundError, ThroughcareError
from throughcare.model.entry import Category, EntryClass
from throughcare.record import NewEntry, Records, bodies
from throughcare.store.protocol import Transaction


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
    async with room.store.whole() as reader:
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
    async with room.store.whole() as reader:
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
    async with room.store.whole() as reader:
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


async def test_another_dictionary_is_trained_when_the_node_has_grown(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "GROWTH", (200, 600))
    for start in range(0, 1_000, 100):
        names = (f"c{number}" for number in range(start, start + 100))
        await room.put(*(room.entry(condition(name, f"code-{name}")) for name in names))
    async with room.store.snapshot() as reader:
        trained = [version for version, _ in await reader.rows("record.dictionaries", version=0)]
        whole = await Records(room.store, TickingClock()).unfiltered(reader, [1])
    assert trained == [1, 2]
    assert [fhir_bytes.parse(entry.body)["id"] for entry in whole] == [
        f"c{number}" for number in range(1_000)
    ]


async def test_who_trains_a_dictionary_still_reads_what_earlier_ones_packed(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "GROWTH", (200, 600))
    for start in range(0, 500, 100):
        names = (f"c{number}" for number in range(start, start + 100))
        await room.put(*(room.entry(condition(name, f"code-{name}")) for name in names))
    later = Records(room.store, TickingClock())  # of a process that has read nothing yet
    entries = [room.entry(condition(f"d{number}", f"code-{number}")) for number in range(200)]

    async def work(tx: Transaction) -> None:
        await later.put(tx, entries)

    await room.store.transact(work)
    async with room.store.snapshot() as reader:
        assert len(await reader.rows("record.dictionaries", version=0)) == 1
    entries = [room.entry(condition(f"e{number}", f"code-{number}")) for number in range(10)]
    await room.store.transact(work)
    async with room.store.snapshot() as reader:
        assert len(await reader.rows("record.dictionaries", version=0)) == 2
        assert len(await later.unfiltered(reader, [1])) == 710


async def test_few_entries_however_often_written_train_no_dictionary(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "GROWTH", (20,))
    for number in range(30):
        await room.put(room.entry(condition("a", f"code-{number}")))
    async with room.store.snapshot() as reader:
        assert await reader.rows("record.dictionaries", version=0) == []


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
    async with room.store.whole() as reader:
        assert await room.records.verify(reader) == []
    assert await room.records.rebuild_index(lambda _: Index()) == 3
    assert await room.ids(Query("Condition", (is_code("x"),))) == []
    async with room.store.whole() as reader:
        assert await room.records.verify(reader) == [f"Condition/c{i}" for i in range(3)]
    assert await room.records.rebuild_index() == 3
    assert await room.ids(Query("Condition", (is_code("x"),))) == ["c0", "c1", "c2"]
    async with room.store.whole() as reader:
        assert await room.records.verify(reader) == []
    health = await room.records.check()
    assert (health.entries, health.faults) == (3, ())
