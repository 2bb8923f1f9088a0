"""What a search promises, fact by fact; the oracle tests try the rest."""

import sqlite3
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from record.rooms import HIDDEN, Room, condition, encounter, is_code
from throughcare.fhir.terms import (
    Chain,
    Has,
    Include,
    InRecordOf,
    Match,
    Missing,
    Query,
    RefersTo,
    StringIs,
    TokenIs,
)
from throughcare.kernel import BadInputError
from throughcare.model.decision import AuthorIs, Clause, DateWithin, EntryIs, Gate, Residual
from throughcare.record import keys, order
from throughcare.record.gate import Seen, allows, group, visible
from throughcare.store import dialect
from throughcare.store.protocol import Transaction


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
    # A masked reference is shown in the place of the encounter, and counts as there.
    assert await room.ids(Query("Condition", (Missing("encounter", missing=True),)), masking) == []
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
    await room.put(*(room.entry(condition(f"recognisable{i}")) for i in range(4)))
    page = await room.search(Query("Condition", count=2))
    assert "recognisable" not in page.next
    for query in (
        Query("Condition", count=2, sort=(("_id", False),), after=page.next),
        Query("Condition", count=2, after="made-up"),
        Query("Condition", count=2, after="é"),
    ):
        with pytest.raises(BadInputError, match="does not belong to this search"):
            await room.search(query)


async def test_a_long_text_is_found_by_its_beginning_middle_end_and_whole(room: Room) -> None:
    text = "Ångström " + " ".join(f"word{i}é" for i in range(700)) + " the end"
    other = text[:-3] + "END of another"
    patients = {"long": text, "other": other, "short": "Ångström"}
    await room.put(
        *(
            room.entry({"resourceType": "Patient", "id": id_, "name": [{"family": name}]})
            for id_, name in patients.items()
        )
    )

    async def ids(value: str, match: Match) -> list[str]:
        return await room.ids(Query("Patient", (StringIs("family", (value,), match),)))

    assert await ids(text[:250], Match.STARTS) == ["long", "other"]
    assert await ids("angstrom", Match.STARTS) == ["long", "other", "short"]
    assert await ids(text, Match.EXACT) == ["long"]
    for i in range(0, 690, 23):
        assert await ids(f"word{i}e word{i + 1}e", Match.CONTAINS) == ["long", "other"]
    assert await ids("THE end", Match.ENDS) == ["long"]
    assert await ids("angstrom", Match.ENDS) == ["short"]
    assert await ids("word690e", Match.ENDS) == []


async def test_a_sort_that_can_not_be_names_what_can(room: Room) -> None:
    with pytest.raises(BadInputError, match=r"'colour'.*_lastUpdated"):
        await room.search(Query("Condition", sort=(("colour", False),)))


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


async def test_people_whose_rules_are_all_their_own_are_told_apart(room: Room) -> None:
    await room.put(*(room.entry(condition(f"c{i}"), subject=i % 310) for i in range(620)))
    own = {
        subject: Residual((Clause(frozenset({1}), fails=(EntryIs(f"Condition/c{subject}"),)),))
        for subject in range(1, 301)
    }
    gate = Gate({0: Residual(), **own}, others=Residual((Clause(frozenset({1})),)))
    rows = [Seen(i % 310, "Condition", f"c{i}", 1, None, None, None) for i in range(620)]
    seen = {row.id for row in rows if allows(gate, row)}
    assert len(seen) == 310 * 2 - 2 - 300
    assert set(await room.ids(Query("Condition", count=1_000), gate)) == seen


def test_thousands_of_rules_of_their_own_are_one_statement_that_sqlite_reads() -> None:
    own = {s: Residual((Clause(frozenset({1}), holds=(AuthorIs(f"p{s}"),)),)) for s in range(3_000)}
    said = visible(group(Gate(own, Residual())), "h")
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE head (subject, cls, author)")
        rows = [(2_900, 1, keys.author_key("p2900")), (2_901, 1, keys.author_key("p2900"))]
        database.executemany("INSERT INTO head VALUES (?, ?, ?)", rows)
        asked = dialect.sqlite(f"SELECT h.subject FROM head h WHERE {said.text}")  # noqa: S608
        assert database.execute(asked, said.values).fetchall() == [(2_900,)]


def test_the_length_of_a_page_link_tells_no_number_of_an_entry() -> None:
    places = [order.Place((number,), "", "") for number in (1 << 24, 7 << 24, 123_456 << 24)]
    sealed = [order.seal(bytes(64), Query("Condition"), place) for place in places]
    assert len({len(text) for text in sealed}) == 1
    after = replace(Query("Condition"), after=sealed[0])
    assert order.unseal(bytes(64), after) == places[0]
