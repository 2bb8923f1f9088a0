"""Medicines: once each, high-risk first, in the words of their source."""

from summary.entries import concept, entry, medicine
from throughcare.summary.medicines import medicines


def test_high_risk_medicines_come_first_and_then_by_name() -> None:
    listed = medicines(
        [medicine("Amlodipine 5mg tablets"), medicine("Warfarin 3mg tablets"), medicine("Aspirin")]
    )
    assert [item.text for item in listed] == [
        "Warfarin 3mg tablets",
        "Amlodipine 5mg tablets",
        "Aspirin",
    ]
    assert listed[0].severe


def test_one_medicine_of_two_sources_is_shown_once_and_a_dose_that_differs_is_stated() -> None:
    [item] = medicines(
        [
            medicine("Apixaban 5mg tablets", "one twice a day"),
            medicine("apixaban 5mg tablets", "one a day", "hospital", "2026-11-01"),
        ]
    )
    assert item.disagreement == "Sources give different doses."
    assert [(seen.label, seen.wording) for seen in item.sources] == [
        ("hospital", "one a day"),
        ("GP", "one twice a day"),
    ]


def test_different_strengths_are_different_medicines() -> None:
    assert len(medicines([medicine("Warfarin 1mg tablets"), medicine("Warfarin 3mg tablets")])) == 2


def test_a_medicine_on_hold_says_so() -> None:
    [item] = medicines([medicine("Metformin 500mg tablets", status="on-hold")])
    assert item.detail == ("On hold, says GP",)


def test_ended_and_proposed_medicines_are_not_listed() -> None:
    ended = [medicine("A", status="stopped"), medicine("B", intent="proposal")]
    assert medicines(ended) == ()


def test_a_referenced_medication_is_found_among_the_entries_or_inside() -> None:
    apart = entry(
        {"resourceType": "Medication", "code": concept("Metformin 500mg tablets")}, id_="m1"
    )
    pointing = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "medicationReference": {"reference": "Medication/m1"},
    }
    inside = {
        "resourceType": "MedicationStatement",
        "status": "active",
        "contained": [{"resourceType": "Medication", "id": "x", "code": concept("Ramipril")}],
        "medicationReference": {"reference": "#x"},
    }
    listed = medicines([apart, entry(pointing), entry(inside)])
    assert [item.text for item in listed] == ["Metformin 500mg tablets", "Ramipril"]
