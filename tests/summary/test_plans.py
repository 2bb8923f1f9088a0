"""Emergency plans in their own wording, never as yes or no."""

import pytest

from summary.entries import ANSWERED, TODAY, condition, entry, plan
from throughcare.summary.facts import Section
from throughcare.summary.plans import plans


def plans_of(*entries: object) -> Section:
    return plans(entries, ANSWERED, TODAY)  # type: ignore[arg-type]


def test_a_plan_shows_its_wording_signatory_dates_and_status() -> None:
    [item] = plans_of(
        plan(
            "Prefers care at home. For antibiotics by mouth.",
            context={"period": {"end": "2027-02-03"}},
        )
    ).items
    assert item.text == "ReSPECT"
    assert item.detail == (
        "“Prefers care at home. For antibiotics by mouth.”",
        "Signed by Dr A. Okafor",
        "03-Feb-2026",
        "review 03-Feb-2027",
        "status current",
    )


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("2026-11-24", "review 24-Nov-2026"),
        ("2026-11-23", "review was due 23-Nov-2026"),
        ("2026", "review 2026"),
        ("2025", "review was due 2025"),
        ("2026-10", "review was due Oct-2026"),
    ],
)
def test_a_review_date_that_has_passed_says_that_the_review_was_due(end: str, said: str) -> None:
    [item] = plans_of(plan("At home", context={"period": {"end": end}})).items
    assert said in item.detail


def test_no_plan_held_is_no_statement_about_the_person() -> None:
    assert plans_of().title == "No plan is held here. One may exist."


def test_a_plan_without_wording_asks_for_the_document() -> None:
    bare = condition("Not for resuscitation")
    [item] = plans_of(bare).items
    assert item.detail[0] == "No wording is held here: ask for the document."


def test_a_plan_without_an_author_says_so() -> None:
    assert (
        "Who signed it is not recorded"
        in plans_of(plan("For full treatment", signed="")).items[0].detail[1]
    )


def test_every_plan_not_withdrawn_is_shown_newest_first_and_disagreement_stated() -> None:
    section = plans_of(
        plan("For full treatment", "2024-01-01"),
        plan("Not for ventilation", "2026-03-01"),
        plan("Withdrawn words", "2026-04-01", status="superseded"),
    )
    assert [item.detail[0] for item in section.items] == [
        "“Not for ventilation”",
        "“For full treatment”",
    ]
    assert all(item.disagreement for item in section.items)


def test_plans_with_equal_wording_do_not_disagree() -> None:
    section = plans_of(plan("For full treatment", "2024-01-01"), plan("For full treatment"))
    assert not any(item.disagreement for item in section.items)


def test_an_attached_text_is_quoted() -> None:
    attached = {"attachment": {"contentType": "text/plain", "data": "Q2FyZSBhdCBob21l"}}
    assert "Care at home" in plans_of(plan("", content=[attached])).items[0].detail[0]


def test_an_ordinary_letter_is_no_plan() -> None:
    letter = entry({"resourceType": "DocumentReference", "type": {"text": "Discharge summary"}})
    assert plans_of(letter).items == ()
