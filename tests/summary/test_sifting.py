"""Sifting leaves out nothing that a section takes: the sections over everything are the oracle."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from summary.entries import ANSWERED, NOW, TODAY, entry, patient
from summary.sights import sight
from throughcare.model.entry import Category
from throughcare.summary.alerts import alerts
from throughcare.summary.allergies import allergies
from throughcare.summary.codelists import alert_kinds, facts
from throughcare.summary.conditions import conditions
from throughcare.summary.contacts import contacts, last_discharge
from throughcare.summary.emergency import emergency_summary
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.measurements import measurements
from throughcare.summary.medicines import medicines
from throughcare.summary.network import network
from throughcare.summary.overview import new_since, overview, with_mismatches
from throughcare.summary.plans import plans
from throughcare.summary.resident import due, resident
from throughcare.summary.sifting import READ, sift
from throughcare.summary.timeline import Line, timeline

TELLING = [
    *("Mild dementia", "Fall", "Found on floor", "ReSPECT form", "Warfarin 3 mg tablets"),
    *("Key safe by the door", "Safeguarding concern", "Home oxygen", "falls", "Latex allergy"),
]
SILENT = ["Body height", "Serum sodium", "Repeat prescription", "mm", "", "Family history"]
CODES = [
    *sorted({code for kind in alert_kinds() for code in kind.concepts.codes}),
    *sorted(facts().falls.codes | facts().plans.codes),
    *sorted(code for kind in facts().measurements for code in kind.codes),
    "8302-2",
]
WORDS = st.sampled_from(TELLING + SILENT)
CONCEPTS = st.fixed_dictionaries(
    {},
    optional={
        "text": WORDS,
        "coding": st.lists(
            st.fixed_dictionaries({"code": st.sampled_from(CODES)}, optional={"display": WORDS}),
            max_size=2,
        ),
    },
)
QUANTITIES = st.fixed_dictionaries({"value": st.integers(0, 9)}, optional={"unit": WORDS})
MEMBERS = {
    "code": CONCEPTS,
    "type": CONCEPTS,
    "category": st.lists(CONCEPTS, max_size=2),
    "event": CONCEPTS,
    "reasonCode": st.lists(CONCEPTS, max_size=2),
    "medicationCodeableConcept": CONCEPTS,
    "valueCodeableConcept": CONCEPTS,
    "valueString": WORDS,
    "valueQuantity": QUANTITIES,
    "title": WORDS,
    "note": st.lists(st.fixed_dictionaries({"text": WORDS}), max_size=2),
    "status": st.sampled_from(["final", "active", "finished", "entered-in-error"]),
    "effectiveDateTime": st.sampled_from(["2026-10-01", "2025-01-03", "2026"]),
    "period": st.just({"end": "2026-09-01"}),
    "class": st.just({"code": "IMP"}),
}
OTHERS = ["Claim", "DiagnosticReport", "Goal"]
TYPES = st.just("Observation") | st.sampled_from([*sorted(READ - {"Patient"}), *OTHERS])


@st.composite
def entries(draw: st.DrawFn) -> SummaryEntry:
    """Draw an entry of any type, with any of the members that sections look at."""
    resource: dict[str, Any] = draw(st.fixed_dictionaries({}, optional=MEMBERS))
    resource["resourceType"] = draw(TYPES)
    category = draw(st.sampled_from([Category.OTHER, Category.PLAN]))
    return entry(resource, draw(st.sampled_from(["gp", "hospital"])), category)


@settings(max_examples=400)
@given(st.lists(entries(), max_size=4))
def test_the_summary_is_that_of_the_sections_over_every_entry(drawn: list[SummaryEntry]) -> None:
    people = [patient()]
    made = emergency_summary(people, drawn, ANSWERED, today=TODAY, title_limited=False)
    last = last_discharge(drawn)
    assert made.allergies == allergies(drawn, ANSWERED, limited=False)
    assert made.plans == plans(drawn, ANSWERED, TODAY)
    assert made.alerts.items == alerts(drawn, people, TODAY)
    assert made.medicines.items == medicines(drawn)
    assert made.conditions.items == conditions(drawn)
    assert made.measurements.items == measurements(drawn, TODAY)
    assert made.contacts.items == contacts(people, drawn)
    assert made.discharge.items == ((last,) if last else ())


@settings(max_examples=200)
@given(st.lists(entries(), max_size=4))
def test_pages_of_care_say_what_their_sections_say_over_every_entry(
    drawn: list[SummaryEntry],
) -> None:
    seen = sight(*drawn)
    day = seen.today
    held, told = plans(drawn, ANSWERED, day), alerts(drawn, seen.patients, day)
    first, second, third = overview(seen), network(seen), resident(seen)
    assert first.plans == second.plans == third.plans == held
    assert first.medicines.items == with_mismatches(medicines(drawn))
    assert first.years == counted_by_year(timeline(drawn))
    assert third.medicines.items == due(drawn, (), day)
    assert [*second.needs.items, *second.risks.items] == [
        *(item for item in told if item.group == "communication"),
        *(item for item in told if item.group in {"safety", "falls", "time-critical"}),
    ]


@settings(max_examples=100)
@given(st.lists(entries(), max_size=30))
def test_what_is_new_is_the_head_of_a_timeline_of_its_own(drawn: list[SummaryEntry]) -> None:
    earlier = NOW - timedelta(days=1)
    came = [
        structs.replace(each, updated=NOW if place % 2 else earlier)
        for place, each in enumerate(drawn)
    ]
    said = new_since(came, earlier)
    whole = timeline(each for each in came if each.updated > earlier)
    assert said.lines == whole[:12]
    assert said.more == max(0, len(whole) - 12)


def counted_by_year(lines: Sequence[Line]) -> tuple[tuple[int, int], ...]:
    found = Counter(line.when.year for line in lines if line.when)
    return tuple(sorted(found.items(), reverse=True))


def test_what_no_section_takes_is_left_out() -> None:
    height = {"resourceType": "Observation", "code": {"text": "Body height"}}
    assert sift([entry(height)]).told == []
    silent = sift([entry({"resourceType": "Claim"})])
    assert (silent.told, silent.measured, silent.medicines) == ([], [], [])
