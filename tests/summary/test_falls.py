"""Falls, from whoever wrote them down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summary.entries import TODAY, concept, condition, entry, fall, observation
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.falls import falls, is_fall


def text_of(*entries: SummaryEntry) -> str:
    item = falls(entries, TODAY)
    return item.text if item else ""


def test_no_fall_recorded_is_no_alert() -> None:
    assert falls([condition("Asthma", "195967001")], TODAY) is None


def test_one_fall_seen_by_two_sources_on_a_day_counts_once_and_names_both() -> None:
    said = text_of(
        fall("2026-05-12T08:00:00", "carehome"), fall("2026-05-12T08:40:00", "ambulance")
    )
    assert said == "Falls: 1 since May 2026, last 12-May-2026 (ambulance and care home)"


def test_two_falls_that_one_source_reports_for_a_day_count_twice() -> None:
    assert text_of(fall("2026-05-12T08:00:00"), fall("2026-05-12T21:00:00")).startswith("Falls: 2 ")


def test_falls_of_long_ago_are_told_as_such() -> None:
    assert (
        text_of(fall("2023-05-12")) == "Falls: none in the past year, last 12-May-2023 (care home)"
    )


def test_an_undated_fall_is_still_told() -> None:
    assert text_of(fall("")) == "Falls: 1, undated (care home)"


@pytest.mark.parametrize(
    ("note", "fell"),
    [
        ("found on floor, no injury", True),
        ("Fell in corridor", True),
        ("No falls today", False),
        ("Falls risk assessment done", False),
        ("awake 02:00", False),
    ],
)
def test_a_care_home_note_is_read_for_a_fall(note: str, *, fell: bool) -> None:
    said = observation(concept("Night check"), "2026-05-12", valueString=note)
    assert is_fall(said) is fell


def test_an_ambulance_call_for_a_fall_is_one() -> None:
    call = entry(
        {
            "resourceType": "Encounter",
            "status": "finished",
            "reasonCode": [concept("FALL")],
            "period": {"start": "2026-04-01T20:35:00"},
        },
        "ambulance",
    )
    assert is_fall(call)


@given(st.lists(st.tuples(st.integers(1, 28), st.sampled_from(["carehome", "ambulance"]))))
def test_the_count_is_the_largest_report_of_each_day(days: list[tuple[int, str]]) -> None:
    reports = [
        fall(f"2026-05-{day:02d}T{hour % 24:02d}:{hour // 24:02d}:00", source)
        for hour, (day, source) in enumerate(days)
    ]
    expected = sum(
        max(days.count((day, "carehome")), days.count((day, "ambulance")))
        for day in {day for day, _ in days}
    )
    said = text_of(*reports)
    assert said.startswith(f"Falls: {expected} ") if days else not said
