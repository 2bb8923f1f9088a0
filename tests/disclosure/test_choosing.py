"""A page made of what it reads is the page made of everything: the whole record is the oracle."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, cast

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from summary.entries import ANSWERED, NOW, TODAY, entry
from summary.sights import sight
from summary.test_sifting import CONCEPTS, WORDS
from summary.test_sifting import entries as telling
from summary.test_skimming import medicines
from throughcare.disclosure.choosing import (
    ARRIVAL,
    NETWORK,
    RESIDENT,
    SUMMARY,
    Choose,
    Chosen,
    Picking,
    Told,
)
from throughcare.disclosure.choosing import own_record as own_reads
from throughcare.disclosure.mask import without_links
from throughcare.fhir import bytes as fhir_bytes
from throughcare.model.entry import Category, EntryClass, Stored
from throughcare.record.glance import Glance, Glanced
from throughcare.store.protocol import Reader, Row
from throughcare.summary.arrivals import Visit, arrival
from throughcare.summary.banner import banner
from throughcare.summary.emergency import emergency_summary
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.needs import of_overview
from throughcare.summary.network import network
from throughcare.summary.overview import Overview, overview
from throughcare.summary.own import own_record
from throughcare.summary.resident import resident

NO_READER = cast("Reader", None)
"""What choices are made of needs no store."""
WHO = banner([], TODAY)
VISIT = Visit(NOW, timed=True, state="Arrived")
NAMES = st.sampled_from(
    ["Walks with a frame", "Body height", "Potassium", "Yearly review", "Zimmer", "Zo\u00eb"]
)
CODES = st.sampled_from(["85354-9", "8480-6", "8462-4", "29463-7", "2823-3"])
RESULT_CODES = st.fixed_dictionaries(
    {},
    optional={
        "text": NAMES,
        "coding": st.lists(st.fixed_dictionaries({"code": CODES}), max_size=2),
    },
)
QUANTITIES = st.fixed_dictionaries(
    {"value": st.integers(1, 9)}, optional={"unit": st.sampled_from(["mmHg", "kg"])}
)
RANGES = st.just([{"low": {"value": 3}, "high": {"value": 6}}])
PARTS = st.fixed_dictionaries({"code": RESULT_CODES, "valueQuantity": QUANTITIES})
DAYS = st.sampled_from(["2026-11-20", "2026-10-02", "2026-10-01", "2025-01-03", "2026", "soon"])
STATES = st.sampled_from(["final", "active", "entered-in-error", "registered", "completed"])
MEMBERS: dict[str, st.SearchStrategy[Any]] = {
    "status": STATES,
    "valueQuantity": QUANTITIES,
    "component": st.lists(PARTS, max_size=2),
    "referenceRange": RANGES,
    "effectiveDateTime": DAYS,
    "authoredOn": DAYS,
    "title": NAMES | WORDS,
    "description": NAMES,
    "type": CONCEPTS,
    "medicationReference": st.just({"reference": "Medication/m"}),
}
TYPES = st.just("Observation") | st.sampled_from(
    [
        *("Procedure", "Task", "DiagnosticReport", "Claim", "ServiceRequest", "RiskAssessment"),
        *("NutritionOrder", "MedicationAdministration", "MedicationRequest", "Composition"),
        *("CarePlan", "Provenance", "Immunization"),
    ]
)
CATEGORIES = st.sampled_from(
    [
        *(Category.TEST_RESULT, Category.VITALS, Category.LETTER, Category.SOCIAL_CARE),
        *(Category.CARE_NOTE, Category.ABOUT_ME, Category.DIET, Category.PLAN, Category.OTHER),
    ]
)


@st.composite
def others(draw: st.DrawFn) -> SummaryEntry:
    """Draw results, notes, letters and what else pages show, and what none does."""
    members = draw(st.fixed_dictionaries({"code": RESULT_CODES}, optional=MEMBERS))
    drawn = entry({"resourceType": draw(TYPES), **members}, category=draw(CATEGORIES))
    return structs.replace(drawn, updated=NOW - timedelta(days=draw(st.integers(0, 6))))


@st.composite
def documents(draw: st.DrawFn) -> SummaryEntry:
    """Draw a letter, a plan, a handover or an About Me; in each a page may find what it shows."""
    names = st.sampled_from(["About me", "Ambulance handover", "ReSPECT form", "Clinic letter"])
    members = st.fixed_dictionaries(
        {"type": st.fixed_dictionaries({"text": names}), "description": NAMES},
        optional={"status": STATES, "title": names},
    )
    kind = draw(st.sampled_from(["DocumentReference", "Composition"]))
    drawn = entry({"resourceType": kind, **draw(members)}, category=draw(CATEGORIES))
    return structs.replace(drawn, updated=NOW - timedelta(days=draw(st.integers(0, 2))))


RECORDS = st.lists(others() | documents() | telling() | medicines(), max_size=14)


def stored(held: SummaryEntry) -> Stored:
    cls = EntryClass(held.type, held.category)
    subject = 2 if held.source == "hospital" else 1
    return Stored(held.type, held.id, 1, subject, held.updated, cls, fhir_bytes.dump(held.resource))


def glance_at(record: Sequence[SummaryEntry]) -> Glance:
    """Return a glance at entries, of which bytes as they are stand for packed ones."""
    known = [stored(held) for held in record]
    glanced = [
        Glanced(place, each.type, each.id, each.cls, each.body, (place,))
        for place, each in enumerate(known)
    ]

    async def unpack(rows: Sequence[Row]) -> list[Stored]:
        return [known[cast("int", row[0])] for row in rows]

    return Glance(glanced, unpack)


def read_by(choose: Choose, record: Sequence[SummaryEntry]) -> list[SummaryEntry]:
    """Return what a choice reads; the second time, when it remembers, it reads the same."""
    of = {f"{each.type}/{each.id}": each for each in record}
    first, again = (asyncio.run(_read(choose, record)) for _ in range(2))
    assert first == again
    return [of[f"{each.type}/{each.id}"] for each in first]


async def _read(choose: Choose, record: Sequence[SummaryEntry]) -> list[Stored]:
    return list(await choose(NO_READER, glance_at(record)))


@settings(max_examples=120, deadline=None)
@given(RECORDS)
def test_pages_of_a_day_and_of_a_network_read_all_that_they_show(
    record: list[SummaryEntry],
) -> None:
    makes: Sequence[tuple[Choose, Callable[..., object]]] = (
        (NETWORK.choose, network),
        (RESIDENT.choose, resident),
    )
    for choose, make in makes:
        assert make(sight(*read_by(choose, record))) == make(sight(*record))


@settings(max_examples=120, deadline=None)
@given(RECORDS)
def test_the_emergency_summary_and_a_row_of_a_board_read_all_that_they_show(
    record: list[SummaryEntry],
) -> None:
    def summary(among: Sequence[SummaryEntry]) -> object:
        return emergency_summary([], among, ANSWERED, today=TODAY, title_limited=False)

    def row(among: Sequence[SummaryEntry]) -> object:
        return arrival("p", WHO, VISIT, among, NOW, unread=False)

    assert summary(read_by(SUMMARY.choose, record)) == summary(record)
    assert row(read_by(ARRIVAL.choose, record)) == row(record)


NAMED: Final = "Observation/hidden"
"""An entry that the reader may not see: what names it is masked."""


@st.composite
def weighed(draw: st.DrawFn) -> SummaryEntry:
    """Draw a measurement of the summary as two sources send it, its value in figures or words."""
    codes = st.sampled_from(["29463-7", "85354-9", "8480-6", "41995-2"])
    parts = st.fixed_dictionaries(
        {"code": st.fixed_dictionaries({"coding": codes.map(lambda code: [{"code": code}])})},
        optional={"valueQuantity": QUANTITIES},
    )
    optional: dict[str, st.SearchStrategy[Any]] = {
        "status": STATES,
        "valueQuantity": QUANTITIES | st.just({"value": 8, "unit": NAMED}),
        "valueString": st.sampled_from(["heavy", f"as in {NAMED}", "mild dementia", ""]),
        "component": st.lists(parts, max_size=2),
        "effectiveDateTime": DAYS,
        "note": st.just([{"text": "had a fall"}]),
    }
    members = draw(st.fixed_dictionaries({}, optional=optional))
    made = {"resourceType": "Observation", "code": {"coding": [{"code": draw(codes)}]}, **members}
    source = draw(st.sampled_from(["gp", "hospital"]))
    return entry(made, source=source, category=draw(CATEGORIES))


@settings(max_examples=200, deadline=None)
@given(st.lists(weighed(), max_size=12))
def test_a_measurement_that_is_not_read_is_the_last_of_its_kind_for_no_mask(
    record: list[SummaryEntry],
) -> None:
    def summary(among: Sequence[SummaryEntry]) -> object:
        masked = [
            structs.replace(each, resource=without_links(each.resource, frozenset({NAMED})))
            for each in among
        ]
        return emergency_summary([], masked, ANSWERED, today=TODAY, title_limited=False)

    assert summary(read_by(SUMMARY.choose, record)) == summary(record)


def test_of_many_weights_the_emergency_summary_reads_the_last_of_each_source() -> None:
    weights = [
        entry(
            {
                "resourceType": "Observation",
                "code": {"coding": [{"code": "29463-7"}]},
                "effectiveDateTime": f"2026-0{month}-01",
                "valueQuantity": {"value": 60 + month, "unit": "kg"},
            },
            source=source,
        )
        for month in range(1, 9)
        for source in ("gp", "hospital")
    ]
    read = read_by(SUMMARY.choose, weights)
    assert [each.resource["effectiveDateTime"] for each in read] == ["2026-08-01"] * 2


def test_a_choice_is_known_again_by_all_that_it_looks_at() -> None:
    cls = EntryClass("Observation", Category.VITALS)

    def glanced(place: int, packed: bytes, type_: str = "Observation") -> Glanced:
        return Glanced(place, type_, "a", cls, packed, ())

    first, second = glanced(1, b"ab"), glanced(2, b"c")
    other = structs.replace(second, cls=EntryClass("Observation", Category.PLAN))
    keys = [
        Chosen.key(entries)
        for entries in (
            [first, second],
            [second, first],
            [first],
            [],
            [first, other],
            [first, glanced(3, b"c")],
            [first, glanced(2, b"d")],
            [first, glanced(2, b"c", "Condition")],
            [glanced(1, b"a"), glanced(2, b"bc")],
        )
    ]
    assert len(set(keys)) == len(keys)
    assert Chosen.key([first, structs.replace(second, id="b", row=(7,))]) == keys[0]
    assert Chosen.key([first, second], "2026-11-24") not in keys


def test_choices_of_few_records_are_remembered() -> None:
    chosen = Chosen(most=1)
    chosen.keep(b"a", (1,))
    chosen.keep(b"b", ())
    assert (chosen.known(b"a"), chosen.known(b"b")) == (None, ())


@settings(max_examples=120, deadline=None)
@given(RECORDS, st.sampled_from([None, 1, 3]), st.sampled_from([None, 0]))
def test_an_overview_reads_all_that_it_shows(
    record: list[SummaryEntry], days: int | None, first: int | None
) -> None:
    shows_the_same_overview(record, None if days is None else NOW - timedelta(days=days), first)


def shows_the_same_overview(
    record: Sequence[SummaryEntry], looked: datetime | None, first: int | None
) -> Overview:
    picking = Picking(partial(of_overview, looked=looked, first=first))
    read = read_by(picking.choose, record)
    told = {"years": picking.years, "charts": picking.charts}
    shown = overview(sight(*read, looked=looked, **told), first=first)
    assert shown == overview(sight(*record, looked=looked), first=first)
    return shown


@settings(max_examples=120, deadline=None)
@given(RECORDS)
def test_a_persons_own_page_reads_all_that_it_shows(record: list[SummaryEntry]) -> None:
    def page(among: Sequence[SummaryEntry]) -> object:
        summary = emergency_summary([], among, ANSWERED, today=TODAY, title_limited=False)
        return own_record(among, summary, TODAY)

    read = read_by(own_reads(TODAY).choose, record)
    assert page(read) == page(record)


def test_what_is_new_on_a_persons_own_page_is_told_anew_the_next_day() -> None:
    old = entry({"resourceType": "Procedure", "code": {"text": "Hip"}, "performedDateTime": "2026"})
    new = entry({**old.resource, "performedDateTime": "2026-11-20"})
    assert read_by(own_reads(TODAY).choose, [old, new]) == [new]
    assert read_by(own_reads(TODAY + timedelta(days=90)).choose, [old, new]) == []
    assert read_by(own_reads(TODAY).choose, [old, new]) == [new]


def test_what_tells_nothing_is_asked_about_once_and_again_when_it_changed() -> None:
    asked: list[bytes] = []

    def says(_: str, body: bytes) -> bool:
        asked.append(body)
        return b"falls" in body

    told = Told(says, most=1)
    height, fallen = (b'{"code":{"text":"%s"}}' % text for text in (b"height", b"falls"))
    cls = EntryClass("Observation", Category.OTHER)

    def holds(place: int, body: bytes) -> bool:
        held = Stored("Observation", "a", 1, 1, NOW, cls, body)
        return told.holds(Glanced(place, "Observation", "a", cls, body, ()), held)

    assert [holds(1, height), holds(1, height), holds(1, fallen), holds(1, height)] == [
        *(False, False, True, False)
    ]
    assert asked == [height, fallen]
    assert not holds(2, height)  # of which one alone is remembered, so that the first is forgotten
    assert not holds(1, height)
    assert asked == [height, fallen, height, height]


def test_an_emergency_summary_unpacks_what_tells_alone_once_it_has_met_a_record() -> None:
    silent = entry({"resourceType": "Observation", "code": {"text": "Body height, of no section"}})
    told = entry({"resourceType": "Observation", "code": {"text": "Mild dementia"}})
    read_by(SUMMARY.choose, [silent, told])
    unpacked: list[Row] = []

    async def noted(rows: Sequence[Row]) -> list[Stored]:
        unpacked.extend(rows)
        return [stored(told)]

    glanced = glance_at([silent, told]).entries
    asyncio.run(_chosen(Glance(glanced, noted)))
    assert unpacked == [(1,)]


async def _chosen(glance: Glance) -> None:
    await SUMMARY.choose(NO_READER, glance)
