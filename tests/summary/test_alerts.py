"""Alerts: the plain word, the stage and the source are never lost."""

import pytest

from summary.entries import TODAY, concept, condition, entry, medicine, observation, patient
from throughcare.summary.alerts import alerts
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Item


def alerts_of(*entries: SummaryEntry) -> tuple[Item, ...]:
    return alerts(entries, [patient()], TODAY)


MILD = {"coding": [{"code": "255604002", "display": "Mild"}]}


@pytest.mark.parametrize(
    ("entry_", "text"),
    [
        (condition("Mild dementia", "52448006"), "Mild dementia"),
        (condition("Dementia", "52448006", severity=MILD), "Dementia, mild"),
        (condition("Dementia", "52448006", stage=[{"summary": MILD}]), "Dementia, mild"),
        (
            condition("Dementia", "52448006", stage=[{"summary": {"text": "mild"}}]),
            "Dementia, mild",
        ),
        (
            condition("Alzheimer's disease", "26929004", severity=MILD),
            "Dementia: Alzheimer's disease, mild",
        ),
    ],
)
def test_mild_is_kept_wherever_the_source_wrote_it(entry_: SummaryEntry, text: str) -> None:
    assert alerts_of(entry_)[0].text == text


def test_a_source_with_a_stage_speaks_before_a_newer_one_without() -> None:
    [item] = alerts_of(
        condition("Mild dementia", "52448006"),
        condition("Dementia", "52448006", "hospital", "2026-06-01"),
    )
    assert item.text == "Mild dementia"
    assert {seen.label for seen in item.sources} == {"GP", "hospital"}


def test_different_stages_are_stated_as_a_difference() -> None:
    [item] = alerts_of(
        condition("Mild dementia", "52448006"),
        condition("Severe dementia", "52448006", "hospital", "2026-06-01"),
    )
    assert "GP says mild" in item.disagreement
    assert "hospital says severe" in item.disagreement


def test_the_council_s_yes_is_an_alert_of_its_own() -> None:
    council = observation(
        concept("Dementia", code="52448006"), "2026-05-13", "social", valueBoolean=True
    )
    [item] = alerts_of(council)
    assert (item.text, item.sources[0].label) == ("Dementia", "council")


@pytest.mark.parametrize("value", [{"valueBoolean": False}, {"valueString": "No"}])
def test_the_council_s_no_is_no_alert_and_beside_a_yes_a_difference(value: dict) -> None:
    council = observation(concept("Dementia", code="52448006"), "2026-05-13", "social", **value)
    assert alerts_of(council) == ()
    [item] = alerts_of(council, condition("Mild dementia", "52448006"))
    assert item.disagreement == "Sources differ: council does not record it as current."


def test_unknown_is_no_answer() -> None:
    council = observation(
        concept("Dementia", code="52448006"), "2026-05-13", "social", valueString="Unknown"
    )
    assert alerts_of(council) == ()


@pytest.mark.parametrize(
    "wording",
    [
        "Family history of dementia",
        "Dementia screening",
        "Diabetes insipidus",
        "Non-epileptic attack disorder",
    ],
)
def test_what_is_worded_alike_and_means_something_else_is_no_alert(wording: str) -> None:
    assert alerts_of(condition(wording)) == ()


@pytest.mark.parametrize(
    ("name", "kind", "word"),
    [
        ("Warfarin 3mg tablets", "anticoagulant", "anticoagulant"),
        ("Insulin glargine 100units/ml", "insulin", "insulin"),
        ("Prednisolone 5mg tablets", "steroid", "steroid"),
        ("Methotrexate 2.5mg tablets", "immunosuppression", "immunosuppression"),
    ],
)
def test_a_medicine_raises_its_alert_in_plain_words(name: str, kind: str, word: str) -> None:
    [item] = alerts_of(medicine(name))
    assert item.kind == kind
    assert word in item.text.casefold()
    assert name in item.text


def test_a_stopped_medicine_raises_none() -> None:
    assert alerts_of(medicine("Warfarin 3mg tablets", status="stopped")) == ()


def test_a_steroid_cream_is_no_steroid_alert() -> None:
    assert alerts_of(medicine("Hydrocortisone 1% cream")) == ()


def test_a_resolved_condition_is_no_alert() -> None:
    past = condition("Epilepsy", "84757009", clinicalStatus={"coding": [{"code": "resolved"}]})
    assert alerts_of(past) == ()


def test_another_language_than_english_asks_for_an_interpreter() -> None:
    spoken = [{"language": {"coding": [{"code": "ur"}], "text": "Urdu"}, "preferred": True}]
    [item] = alerts([], [patient(communication=spoken)], TODAY)
    assert item.text == "Language: Urdu. An interpreter may be needed"


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ("Safeguarding: adult at risk", False),
        ("Violent to crews", False),
        ("Own oxygen at home", True),
    ],
)
def test_flags_for_the_screen_only_are_not_printed(words: str, *, printed: bool) -> None:
    flag = entry({"resourceType": "Flag", "status": "active", "code": concept(words)}, "ambulance")
    [item] = alerts_of(flag)
    assert item.printed is printed
