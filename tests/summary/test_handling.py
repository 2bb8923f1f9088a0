"""What to do beside an alert: somebody who is named says so, or nobody does."""

from dataclasses import fields
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summary.entries import ANSWERED, TODAY, allergy, concept, condition, entry, patient
from throughcare.kernel import BadInputError
from throughcare.summary.emergency import EmergencySummary, emergency_summary, to_json
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Do
from throughcare.summary.handling import LONGEST, MORE, Handling, handled, kinds, neutral, parse

DEMENTIA = condition("Mild dementia", "52448006")
APPROVED = """
approved_by = "Dr Helen Marsh, clinical safety lead"
approved_on = 2026-11-01
review_by = 2027-10-31
"""
ALL = parse(f"{APPROVED}adopt = {sorted(neutral())!r}")


def care_plan(source: str = "gp", **more: Any) -> SummaryEntry:  # noqa: ANN401 - FHIR JSON
    resource = {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "created": "2026-08-01",
        "author": {"display": "Dr Amina Sadiq, GP"},
        **more,
    }
    return entry(resource, source)


def activity(words: str, about: str = "Dementia") -> list[dict[str, Any]]:
    detail = {"status": "in-progress", "code": concept(about), "description": words}
    return [{"detail": detail}]


def made(*entries: SummaryEntry, handling: Handling = ALL, today: date = TODAY) -> EmergencySummary:
    summary = emergency_summary([patient()], entries, ANSWERED, today=today, title_limited=False)
    return handled(summary, entries, handling, today)


def beside(kind: str, *entries: SummaryEntry, **more: Any) -> Do | None:  # noqa: ANN401 - as made
    return next(item.do for item in made(*entries, **more).alerts.items if item.kind == kind)


def test_the_persons_own_plan_is_quoted_with_who_wrote_it_before_any_other_line() -> None:
    plan = care_plan(activity=activity("Sing with her; give her a minute."))
    assert beside("dementia", DEMENTIA, plan) == Do(
        "“Sing with her; give her a minute.”",
        "Dr Amina Sadiq, GP",
        "GP care plan 01-Aug-2026, no review date",
    )


def test_a_plan_that_is_about_the_condition_is_quoted_by_its_own_words() -> None:
    addressed = care_plan(addresses=[{"display": "Dementia"}], description="Call her Edie.")
    titled = care_plan(title="Dementia care plan", description="Call her Edie.")
    for plan in (addressed, titled):
        do = beside("dementia", DEMENTIA, plan)
        assert do is not None
        assert do.text == "“Call her Edie.”"


def test_without_a_plan_the_line_that_a_named_clinician_approved_stands_there() -> None:
    do = beside("dementia", DEMENTIA)
    assert do is not None
    assert do.text == neutral()["dementia"]
    assert do.author == "Dr Helen Marsh, clinical safety lead, 01-Nov-2026"
    assert do.source == "handling lines of this locality"


@pytest.mark.parametrize(
    "plan",
    [
        care_plan(activity=activity("Sing."), author={}),
        care_plan(activity=activity("Sing."), status="revoked"),
        care_plan(activity=activity("Sing."), status="entered-in-error"),
        care_plan(activity=activity("Sing.", about="Diabetes")),
        care_plan(activity=activity("")),
    ],
)
def test_a_plan_that_nobody_wrote_or_that_is_over_or_about_something_else_is_not_quoted(
    plan: SummaryEntry,
) -> None:
    assert beside("dementia", DEMENTIA, plan, handling=Handling()) is None


def test_a_plan_whose_words_are_no_line_is_pointed_to_and_never_cut() -> None:
    do = beside("dementia", DEMENTIA, care_plan(activity=activity("Sing with her. " * 20)))
    assert do is not None
    assert do.text == MORE


def test_a_plan_for_emergencies_is_read_whole_and_never_quoted_as_a_line() -> None:
    respect = care_plan(
        category=[concept("ReSPECT", "1382601000000107")],
        title="ReSPECT and dementia",
        description="Comfort first.",
        addresses=[{"display": "Dementia"}],
    )
    assert beside("dementia", DEMENTIA, respect, handling=Handling()) is None


def test_nothing_that_comes_with_the_program_is_shown_until_somebody_adopts_it() -> None:
    summary = made(DEMENTIA, allergy("Penicillin", criticality="high"), handling=Handling())
    assert "do" not in str(to_json(summary)["alerts"])
    assert all(item.do is None for item in (*summary.alerts.items, *summary.allergies.items))
    assert beside("dementia", DEMENTIA, handling=parse(f'{APPROVED}adopt = ["falls"]')) is None


def test_a_line_is_not_shown_after_the_day_of_its_review() -> None:
    assert beside("dementia", DEMENTIA, today=date(2027, 10, 31)) is not None
    assert beside("dementia", DEMENTIA, today=date(2027, 11, 1)) is None


def test_severe_allergies_and_plans_have_one_line_in_their_section() -> None:
    mild, severe = allergy("Latex"), allergy("Penicillin", criticality="high")
    plan = care_plan(category=[concept("ReSPECT", "1382601000000107")], description="Comfort.")
    summary = made(mild, severe, plan)
    assert [item.do is not None for item in summary.allergies.items] == [True, False]
    assert summary.allergies.items[0].severe
    assert [item.do.text for item in summary.plans.items if item.do] == [neutral()["plan"]]
    assert [item.do for item in made(mild).allergies.items] == [None]


def test_what_leaves_the_screen_names_the_author_beside_the_line() -> None:
    (item,) = to_json(made(DEMENTIA))["alerts"]["items"]
    assert set(item["do"]) == {field.name for field in fields(Do)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("approved_on = 2026-11-01\nreview_by = 2027-10-31", "names nobody"),
        (APPROVED.replace("Dr Helen Marsh, clinical safety lead", "  "), "no name"),
        (APPROVED.replace("2027-10-31", '"soon"'), "has no review_by"),
        (f'{APPROVED}adopt = ["cure"]', "can adopt these lines alone"),
        (f'{APPROVED}doses = "all"', "takes these keys alone"),
        (f'{APPROVED}[lines]\ncancer = "Be kind."', "has a line for 'cancer'"),
        (f'{APPROVED}[lines]\ndementia = ""', "has no line for 'dementia'"),
        (f'{APPROVED}[lines]\ndementia = "{"long " * 40}"', f"at most {LONGEST}"),
        (f'{APPROVED}lines = "Be kind."', "has no table of lines"),
        ("approved_by", "is no TOML"),
    ],
)
def test_a_file_without_approver_review_or_a_line_is_refused_with_the_way_out(
    text: str, said: str
) -> None:
    with pytest.raises(BadInputError, match=said):
        parse(text)


@given(st.text(max_size=3), st.text(max_size=3), st.text(max_size=3))
def test_no_line_is_ever_made_without_words_author_and_source(
    text: str, author: str, source: str
) -> None:
    if text.strip() and author.strip() and source.strip():
        assert Do(text, author, source).author == author
    else:
        with pytest.raises(BadInputError):
            Do(text, author, source)


def test_every_kind_that_the_pages_know_has_a_neutral_line_and_none_tells_a_dose() -> None:
    assert set(neutral()) == kinds()
    units = ("mg", "ml", "unit", "litre", "%", "dose", "inject", "administer")
    for kind, line in neutral().items():
        assert not any(unit in line.casefold() for unit in units), kind
