"""Names of alerts stand first where lines or many alerts would push one off the first screen."""

from dataclasses import replace

from summary.entries import ANSWERED, TODAY, SummaryEntry, allergy, condition, patient
from throughcare.summary.advice import below
from throughcare.summary.emergency import EmergencySummary, emergency_summary
from throughcare.summary.facts import Do
from throughcare.summary.handling import Handling, handled, neutral

SEVERE = allergy("Allergy to penicillin", reaction=[{"severity": "severe"}])
LINES = Handling("Dr A. Example, GP", "handling lines", TODAY, neutral())
NAMES = ("Epilepsy", "Haemophilia A", "Mild dementia", "Hearing loss", "Diabetes")


def summary(*entries: SummaryEntry, handling: Handling | None = None) -> EmergencySummary:
    made = emergency_summary([patient()], entries, ANSWERED, today=TODAY, title_limited=False)
    return handled(made, entries, handling or Handling(), TODAY)


def test_few_alerts_without_lines_stand_whole_on_the_first_screen() -> None:
    assert below(summary(SEVERE, *map(condition, NAMES[:4]))) is None


def test_many_alerts_are_named_first() -> None:
    found = below(summary(*map(condition, NAMES)))
    assert found is not None
    assert (found.first, found.by) == ((), "")


def test_one_line_is_enough_to_name_alerts_first_and_its_author_is_named_once() -> None:
    found = below(summary(SEVERE, condition("Epilepsy"), handling=LINES))
    assert found is not None
    assert [item.text for item in found.first] == ["Allergy to penicillin"]
    assert found.by == "Dr A. Example, GP · handling lines"


def test_lines_of_several_authors_each_name_their_own() -> None:
    held = summary(condition("Epilepsy"), condition("Mild dementia"), handling=LINES)
    first, *rest = held.alerts.items
    own = replace(first, do=Do("“Call her Edie.”", "S. Khan", "GP care plan"))
    found = below(replace(held, alerts=replace(held.alerts, items=(own, *rest))))
    assert found is not None
    assert found.by == ""
