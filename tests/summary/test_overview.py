"""The GP's overview: what is new, what differs between sources, what is out of range."""

from datetime import timedelta
from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from summary.entries import LOINC, NOW, concept, condition, entry, medicine, observation
from summary.sights import sight
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.overview import overview
from throughcare.summary.sight import last_visit
from throughcare.summary.timeline import Chosen, page, timeline


def result(value: float, on: str, **more: object) -> SummaryEntry:
    name = concept("Potassium", code="2823-3", system=LOINC)
    amount = {"value": value, "unit": "mmol/L"}
    return observation(name, on, "hospital", valueQuantity=amount, **more)


def came(held: SummaryEntry, days: int) -> SummaryEntry:
    return msgspec.structs.replace(held, updated=NOW - timedelta(days=days))


def test_new_is_what_arrived_since_the_last_look_whatever_its_clinical_date() -> None:
    old = came(condition("Gout", on="1999-01-01"), 1)
    known = came(condition("Asthma", on="2026-11-20"), 5)
    found = overview(sight(old, known, looked=NOW - timedelta(days=3))).new
    assert ([line.text for line in found.lines], found.more) == (["Gout"], 0)


def test_before_a_first_look_nothing_is_called_new_or_old() -> None:
    found = overview(sight(condition("Gout"))).new
    assert (found.since, found.lines) == ("", ())


def test_looks_within_an_hour_of_each_other_are_one_visit() -> None:
    minutes = [1, 40, 90, 300]
    looks = [NOW - timedelta(minutes=each) for each in minutes]
    assert last_visit(looks, NOW) == NOW - timedelta(minutes=300)
    assert last_visit(looks[:3], NOW) is None


@given(st.lists(st.integers(0, 400), max_size=8))
def test_the_last_visit_ends_over_an_hour_before_this_one_begins(minutes: list[int]) -> None:
    looks = [NOW - timedelta(minutes=each) for each in minutes]
    found = last_visit(looks, NOW)
    later = sorted([at for at in looks if found is None or at > found] + [NOW])
    gaps = [after - before for before, after in pairwise(later)]
    assert all(gap <= timedelta(hours=1) for gap in gaps)
    assert found is None or later[0] - found > timedelta(hours=1)


def test_a_medicine_that_one_list_lacks_says_so() -> None:
    found = overview(
        sight(
            medicine("Apixaban 5mg tablets", "one twice a day"),
            medicine("Apixaban 5mg tablets", "one twice a day", "hospital"),
            medicine("Ramipril 5mg capsules", "one a day", "hospital"),
        )
    )
    told = {item.text: item.disagreement for item in found.medicines.items}
    assert told == {
        "Apixaban 5mg tablets": "",
        "Ramipril 5mg capsules": "Not on the list of GP.",
    }
    assert found.mismatches == 1


def test_one_list_alone_differs_from_nothing() -> None:
    assert overview(sight(medicine("Ramipril"), medicine("Apixaban"))).mismatches == 0


def test_a_result_is_out_of_range_only_where_its_source_says_so() -> None:
    limits = [{"low": {"value": 3.5}, "high": {"value": 5.3, "unit": "mmol/L"}}]
    (item,) = overview(sight(result(6.1, "2026-11-20", referenceRange=limits))).results.items
    assert item.text == "Potassium 6.1 mmol/L"
    assert item.detail == ("above the range", "range 3.5 to 5.3 mmol/L", "4 days ago")
    assert not overview(sight(result(6.1, "2026-11-20"))).results.items
    high = [concept(code="HH")]
    (critical,) = overview(sight(result(6.1, "2026-11-20", interpretation=high))).results.items
    assert critical.severe


def test_a_result_that_is_back_in_range_is_not_told_as_out_of_it() -> None:
    limits = [{"high": {"value": 5.3, "unit": "mmol/L"}}]
    before = result(6.1, "2026-11-01", referenceRange=limits)
    assert not overview(sight(before, result(4.4, "2026-11-20"))).results.items


def test_three_values_of_one_unit_are_a_trend_and_units_are_never_mixed() -> None:
    values = [result(4 + n, f"2026-0{n}-01") for n in range(1, 4)]
    other = observation(
        concept("Potassium", code="2823-3", system=LOINC),
        "2026-05-01",
        valueQuantity={"value": 400, "unit": "mg/L"},
    )
    (found,) = overview(sight(*values, other), first=0).trends.drawn
    assert (found.name, found.unit) == ("Potassium", "mmol/L")
    (trace,) = found.traces
    assert [point.value for point in trace.points] == [5, 6, 7]


def test_what_is_measured_most_and_what_is_out_of_range_is_drawn_and_the_rest_is_a_tap_away() -> (
    None
):
    values = [result(4 + n, f"2026-0{n}-01") for n in range(1, 4)]
    weights = [
        observation(
            concept("Body weight", code="29463-7", system=LOINC),
            f"2026-0{n}-01",
            valueQuantity={"value": 60 + n, "unit": "kg"},
        )
        for n in range(1, 4)
    ]
    found = overview(sight(*values, *weights)).trends
    assert ([series.name for series in found.drawn], found.others) == (["Weight"], 1)
    limits = [{"high": {"value": 5.3, "unit": "mmol/L"}}]
    found = overview(
        sight(*values, *weights, result(8, "2026-04-01", referenceRange=limits))
    ).trends
    assert ([series.name for series in found.drawn], found.others) == (["Potassium", "Weight"], 0)


def pressure(on: str, above: float, below: float, unit: str = "mm[Hg]") -> SummaryEntry:
    parts = [
        {
            "code": concept(code=code, system=LOINC),
            "valueQuantity": {"value": value, "unit": unit},
            "referenceRange": [{"high": {"value": limit}}],
        }
        for code, value, limit in (("8462-4", below, 90), ("8480-6", above, 140))
    ]
    return observation(concept("Blood pressure", code="85354-9", system=LOINC), on, component=parts)


def test_systolic_and_diastolic_of_one_reading_are_one_chart_with_the_range_of_each() -> None:
    readings = [pressure(f"2026-0{n}-01", 120 + n, 70 + n) for n in range(1, 4)]
    (found,) = overview(sight(*readings)).trends.drawn
    assert (found.name, found.unit) == ("Blood pressure", "mmHg")
    above, below = found.traces
    assert (above.name, [point.value for point in above.points]) == ("systolic", [121, 122, 123])
    assert (below.name, [point.value for point in below.points]) == ("diastolic", [71, 72, 73])
    assert (above.high, below.high) == (140, 90)


def test_a_systolic_value_that_stands_alone_is_no_blood_pressure() -> None:
    alone = [
        observation(
            concept("Systolic blood pressure", code="8480-6", system=LOINC),
            f"2026-0{n}-01",
            valueQuantity={"value": 120 + n, "unit": "mmHg"},
        )
        for n in range(1, 4)
    ]
    (found,) = overview(sight(*alone), first=0).trends.drawn
    assert (found.name, len(found.traces)) == ("Systolic blood pressure", 1)


def test_a_care_plan_that_is_no_emergency_plan_is_listed_as_such() -> None:
    plan = entry(
        {
            "resourceType": "CarePlan",
            "status": "active",
            "title": "Diabetes annual plan",
            "description": "Foot check in spring.",
        }
    )
    (item,) = overview(sight(plan)).care_plans.items
    assert (item.text, item.detail) == ("Diabetes annual plan", ("Foot check in spring.",))


def test_any_episode_among_two_thousand_is_two_choices_away() -> None:
    held = [
        condition(f"Episode {n}", on=f"{1986 + n % 40}-{1 + n * 7 % 12:02d}-{1 + n % 28:02d}")
        for n in range(2000)
    ]
    lines = timeline(held)
    wanted = lines[1234]
    assert wanted.when is not None
    year = page(lines, chosen=Chosen(month=f"{wanted.when.year}"))
    month = next(
        key for key, _, _ in year.months if key == f"{wanted.when.year}-{wanted.when.month:02d}"
    )
    assert wanted in page(lines, size=150, chosen=Chosen(month=month)).lines
