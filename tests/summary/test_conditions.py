"""Conditions: once each, with everybody who recorded it."""

from summary.entries import concept, condition
from throughcare.summary.conditions import conditions

RESOLVED = {"coding": [{"code": "resolved"}]}


def test_the_same_problem_of_several_sources_is_one_line_with_all_sources() -> None:
    [item] = conditions(
        [
            condition("Hypertensive disorder", "38341003", on="2020-03-28"),
            condition("Hypertension", "38341003", "hospital", "2026-01-04"),
            condition("hypertension", "", "letters", "2026-02-01"),
        ]
    )
    assert [(seen.label, seen.on) for seen in item.sources] == [
        ("letter", "01-Feb-2026"),
        ("hospital", "04-Jan-2026"),
        ("GP", "28-Mar-2020"),
    ]


def test_a_problem_that_one_source_calls_past_stays_and_says_so() -> None:
    [item] = conditions(
        [
            condition("Asthma", "195967001"),
            condition("Asthma", "195967001", "hospital", clinicalStatus=RESOLVED),
        ]
    )
    assert item.disagreement == "Sources differ: hospital records it as past."


def test_past_refuted_and_mistaken_problems_are_not_listed() -> None:
    refuted = concept(code="refuted")
    assert (
        conditions(
            [
                condition("Asthma", clinicalStatus=RESOLVED),
                condition("Gout", verificationStatus=refuted),
                condition("Piles", verificationStatus=concept(code="entered-in-error")),
            ]
        )
        == ()
    )


def test_a_problem_not_confirmed_says_so() -> None:
    [item] = conditions([condition("Gout", verificationStatus=concept(code="provisional"))])
    assert item.text == "Gout (not confirmed)"


def test_a_code_without_words_is_shown_as_its_code() -> None:
    [item] = conditions([condition("", "999")])
    assert item.text == "code 999"
