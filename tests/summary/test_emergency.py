"""The emergency summary as a whole."""

import json
from decimal import Decimal

from summary.entries import (
    ANSWERED,
    LOINC,
    SILENT,
    TODAY,
    allergy,
    concept,
    condition,
    entry,
    fall,
    medicine,
    observation,
    patient,
    plan,
)
from throughcare.summary.emergency import EmergencySummary, emergency_summary, to_json
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import State


def summary_of(
    *entries: SummaryEntry, limited: bool = False, silent: bool = False
) -> EmergencySummary:
    return emergency_summary(
        [patient()],
        entries,
        SILENT if silent else ANSWERED,
        today=TODAY,
        title_limited=limited,
    )


def test_mild_dementia_diabetes_and_falls_are_all_among_the_alerts() -> None:
    made = summary_of(
        condition("Mild dementia", "52448006"),
        condition("Diabetes mellitus type 2", "44054006"),
        fall("2026-01-14", "carehome"),
        fall("2026-03-02", "ambulance"),
        fall("2026-05-12", "carehome"),
    )
    assert [item.text for item in made.alerts.items] == [
        "Diabetes mellitus type 2",
        "Mild dementia",
        "Falls: 3 since Jan 2026, last 12-May-2026 (care home)",
    ]


def test_every_key_that_the_command_promises_is_there() -> None:
    found = to_json(summary_of())
    assert {
        *("name", "allergies", "plans", "alerts", "medicines", "conditions"),
        *("measurements", "contacts", "sources"),
    } <= found.keys()
    assert json.loads(json.dumps(found)) == found


def test_nothing_recorded_is_never_written_as_nothing_known() -> None:
    made = summary_of()
    for section in (made.medicines, made.conditions, made.alerts, made.measurements):
        assert section.state is State.NOT_RECORDED
    assert made.allergies.title == "Allergies not recorded"


def test_a_silent_source_makes_every_empty_section_unavailable() -> None:
    made = summary_of(silent=True)
    for section in (made.allergies, made.medicines, made.conditions, made.alerts, made.plans):
        assert section.state is State.UNAVAILABLE
    assert [line.label for line in made.sources if line.answer == "no-answer"] == ["care home"]


def test_safeguarding_is_in_no_copy_that_leaves_the_screen() -> None:
    flag = entry(
        {"resourceType": "Flag", "status": "active", "code": concept("Safeguarding concern")},
        "social",
    )
    made = summary_of(flag)
    assert made.alerts.items[0].printed is False
    assert "afeguarding" not in json.dumps(to_json(made))


def test_a_key_safe_code_is_never_on_the_page() -> None:
    flag = entry({"resourceType": "Flag", "status": "active", "code": concept("Key safe 4711")})
    assert "4711" not in repr(summary_of(flag).alerts.items[0].text)


def test_a_measurement_keeps_the_digits_of_its_source_and_tells_its_age() -> None:
    weight = observation(
        concept(code="29463-7", display="Body weight", system=LOINC),
        "2026-08-24",
        valueQuantity={"value": Decimal("52.40"), "unit": "kg"},
    )
    [item] = summary_of(weight).measurements.items
    assert (item.text, item.detail) == ("Weight 52.40 kg", ("3 months ago",))


def test_blood_pressure_is_read_from_its_components() -> None:
    pressure = observation(
        concept(code="85354-9", system=LOINC),
        "2026-04-01T20:35:00",
        "ambulance",
        component=[
            {"code": concept(code="8480-6"), "valueQuantity": {"value": 126, "unit": "mmHg"}},
            {"code": concept(code="8462-4"), "valueQuantity": {"value": 59, "unit": "mmHg"}},
        ],
    )
    assert summary_of(pressure).measurements.items[0].text == "Blood pressure 126/59 mmHg"


def test_the_last_stay_in_hospital_is_told_by_its_end() -> None:
    def stay(start: str, end: str) -> SummaryEntry:
        return entry(
            {
                "resourceType": "Encounter",
                "status": "finished",
                "class": {"code": "IMP"},
                "period": {"start": start, "end": end},
            },
            "hospital",
        )

    made = summary_of(stay("2026-01-04", "2026-01-09"), stay("2025-01-04", "2025-01-09"))
    assert made.discharge.items[0].text == "Left hospital 09-Jan-2026"


def test_contacts_show_relation_name_and_phone() -> None:
    daughter = {
        "relationship": [concept("Daughter")],
        "name": {"family": "Khan", "given": ["Sara"]},
        "telecom": [{"system": "phone", "value": "07700 900123"}],
    }
    made = emergency_summary(
        [patient(contact=[daughter]), patient("hospital", contact=[daughter])],
        [],
        ANSWERED,
        today=TODAY,
        title_limited=False,
    )
    [item] = made.contacts.items
    assert (item.text, item.phones) == ("Daughter: KHAN, Sara", ("07700 900123",))
    assert to_json(made)["contacts"]["items"][0]["text"] == "Daughter: KHAN, Sara, 07700 900123"


def test_the_order_of_entries_does_not_matter() -> None:
    entries = [
        condition("Mild dementia", "52448006"),
        condition("Dementia", "52448006", "hospital", "2026-01-01"),
        allergy("Allergy to latex", "294716003"),
        medicine("Apixaban 5mg tablets", "one twice a day"),
        plan("For hospital treatment"),
        plan("Not for ventilation", "2026-03-01"),
        fall("2026-05-12"),
    ]
    assert summary_of(*entries) == summary_of(*reversed(entries))
