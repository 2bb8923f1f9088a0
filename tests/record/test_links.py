"""What is kept beside a body of whom it names: what a look into the body says, or nothing."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from record.rooms import HIDDEN, Room, condition, encounter
from store.engines import on_every_engine, opened
from throughcare.fhir import mentions
from throughcare.fhir.terms import Query
from throughcare.model.decision import Gate
from throughcare.model.entry import EntryClass, Stored
from throughcare.model.extent import Extent
from throughcare.record import bodies
from throughcare.record.links import MOST, are_among, are_shown
from throughcare.store.protocol import Transaction

NEXT_OF_OLD = (
    "INSERT INTO res (entry, version, seq, body) SELECT r.entry, r.version + 1, r.seq, o.body "
    "FROM head h JOIN res r ON r.entry = h.entry, head g JOIN res o ON o.entry = g.entry "
    "WHERE h.id = 'c' AND g.id = 'other' ON CONFLICT (entry) DO UPDATE SET "
    "version = excluded.version, seq = excluded.seq, body = excluded.body"
)
"""The release before writes what `other` says as the next version of `c`: it knows of no links."""


@pytest.fixture(params=on_every_engine)
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async for store in opened(request.param, tmp_path):
        yield Room(store)


def naming(*targets: str, id_: str = "c", **more: object) -> dict[str, Any]:
    """Return a condition that names `targets` by plain references."""
    detail = [{"reference": target} for target in targets]
    return condition(id_, evidence=[{"detail": detail}], **more)


async def read(room: Room, gate: Gate) -> Stored:
    """Return condition c as the door reads it."""
    async with room.store.snapshot() as reader:
        found = await room.records.candidate(reader, "Condition", "c")
        assert found is not None
        return await room.records.stored(reader, found, gate)


async def found(room: Room, gate: Gate, *subjects: int) -> Stored:
    """Return condition c as a search finds it."""
    (entry,) = (await room.search(Query("Condition", ()), gate, subjects or None)).entries
    return entry


async def glanced(room: Room, gate: Gate) -> bool:
    """Tell the same of condition c by a glance at the records of subjects 1 and 2."""
    async with room.store.snapshot() as reader:
        glance = await room.records.glance(reader, [1, 2], gate, Extent())
        (entry,) = [each for each in await glance.opened() if each.id == "c"]
        return are_among(glance.visible, entry.links)


async def is_known(room: Room) -> bool:
    """Tell whether it is known without a look into condition c that it names nothing hidden.

    By the read, by a search of one record, by one of all, and by a glance at all.
    """
    gate = await room.gate()
    ways = [await read(room, gate), await found(room, gate, 1), await found(room, gate)]
    told = {are_shown(gate, entry.links) for entry in ways}
    (known,) = told | {await glanced(room, gate)}
    return known


async def test_what_is_named_comes_with_the_entry(room: Room) -> None:
    await room.put(*(room.entry(encounter(id_)) for id_ in "ab"))
    await room.put(room.entry(naming("Encounter/a", "Encounter/b")))
    assert await is_known(room)


async def test_what_comes_in_the_same_delivery_is_named_too(room: Room) -> None:
    await room.put(room.entry(naming("Encounter/a")), room.entry(encounter("a"), 2))
    assert await is_known(room)


async def test_an_entry_that_names_nobody_is_known_to(room: Room) -> None:
    await room.put(room.entry(condition("c")))
    assert await is_known(room)


@pytest.mark.parametrize(
    "said",
    [
        naming("Encounter/a", "Encounter/unknown"),
        naming("https://node.example/fhir/Encounter/a"),
        naming("Encounter/a", note=[{"text": "as said in Encounter/a"}]),
        naming("urn:uuid:4f1f2b9e-8f4b-4d43-9d0f-1c8f0a6a6b11"),
        naming("Encounter/a", *(f"Encounter/{n}" for n in range(MOST))),
    ],
)
async def test_what_is_named_otherwise_or_is_not_here_has_to_be_looked_for(
    room: Room, said: dict[str, Any]
) -> None:
    known = ("a", *map(str, range(MOST)))
    await room.put(*(room.entry(encounter(id_)) for id_ in known), room.entry(said))
    assert not await is_known(room)


async def test_what_becomes_hidden_is_hidden_at_once(room: Room) -> None:
    await room.put(room.entry(encounter("a")), room.entry(naming("Encounter/a")))
    label = EntryClass("Encounter", room.entry(encounter("a")).cls.category, HIDDEN)

    async def relabelled(tx: Transaction) -> None:
        await room.records.relabel(tx, [("Encounter", "a", label)])

    await room.store.transact(relabelled)
    assert not await is_known(room)


@pytest.mark.parametrize("subject", [1, 2])
async def test_what_was_deleted_or_moved_has_to_be_looked_up(room: Room, subject: int) -> None:
    await room.put(room.entry(encounter("a")), room.entry(naming("Encounter/a")))
    await room.put(room.entry(encounter("a"), subject, deleted=subject == 1, labels=HIDDEN))
    await room.put(*(room.entry(encounter(f"later-{n}"), 1) for n in range(3)))
    assert not await is_known(room)


async def test_the_number_of_what_was_moved_is_nobody_elses_even_after_tidying(room: Room) -> None:
    await room.put(room.entry(naming("Encounter/a")), room.entry(encounter("a")))
    await room.put(room.entry(encounter("a"), 2))
    async with room.store.snapshot() as reader:
        before = await room.records.upkeep().superseded(reader, room.now.replace(year=2050))

    async def tidied(tx: Transaction) -> int:
        return await room.records.upkeep().remove_superseded(tx, room.now.replace(year=2050))

    assert await room.store.transact(tidied) == before
    await room.put(room.entry(encounter("b"), 1))
    assert not await is_known(room)


async def test_an_older_program_may_write_the_next_version(room: Room) -> None:
    await room.put(room.entry(encounter("a")), room.entry(encounter("b"), labels=HIDDEN))
    await room.put(room.entry(naming("Encounter/a")))
    assert await is_known(room)
    await room.put(room.entry(naming("Encounter/b", id_="other"), 2))

    async def older(tx: Transaction) -> None:
        await tx.query(NEXT_OF_OLD, ())

    await room.store.transact(older)
    gate = await room.gate()
    stored = await read(room, gate)
    assert b"Encounter/b" in stored.body
    assert stored.links is None


async def test_a_rebuild_adds_what_an_older_program_did_not_keep(room: Room) -> None:
    await room.put(room.entry(encounter("a")), room.entry(naming("Encounter/a")))

    async def older(tx: Transaction) -> None:
        await tx.query("UPDATE res SET linked = NULL, link1 = NULL", ())

    await room.store.transact(older)
    assert not await is_known(room)
    await room.records.rebuild_index()
    assert await is_known(room)


async def test_what_is_packed_again_keeps_it(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "GROWTH", (120, 10_000))
    await room.put(room.entry(encounter("a")), room.entry(naming("Encounter/a")))
    for start in range(0, 300, 100):
        more = (encounter(f"e{n}", f"code-{n}") for n in range(start, start + 100))
        await room.put(*(room.entry(each, 2) for each in more))
    async with room.store.snapshot() as reader:
        (packed,) = await reader.query(
            "SELECT r.body FROM head h JOIN res r ON r.entry = h.entry WHERE h.id = 'c'", ()
        )
    assert bytes(packed[0] or b"")[0] == 1  # type: ignore[arg-type]
    assert await is_known(room)


_words = st.sampled_from(
    [
        '"reference":"Encounter/a"',
        '"reference":"Condition/b-1"',
        '"reference":"Practitioner/p/_history/2"',
        '"reference":"#x"',
        '"valueUri":"Encounter/a"',
        '"url":"https://a.example/fhir/Encounter/a"',
        '"url":"http://hl7.org/fhir/StructureDefinition/x"',
        '"text":"urn:uuid:4f1f2b9e"',
        '"text":"a \\"reference\\":\\"Encounter/q\\" b"',
        '"text":"Encounter\\u002Fq"',
        '"text":"Encounter\\/q."',
        '"text":"1/2 Mill Lane"',
    ]
)


@given(st.lists(_words, max_size=5))
def test_plain_references_are_all_that_is_named_or_nothing_is_said(words: list[str]) -> None:
    body = ('{"x":[' + ",".join(f"{{{word}}}" for word in words) + "]}").encode()
    said = mentions.referred(body)
    assert said is None or said == mentions.within([body])
    plain = all(word.startswith(('"reference":"E', '"reference":"C')) for word in words)
    assert said is not None or not plain
