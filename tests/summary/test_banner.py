"""The patient banner, rule by rule (NHS Common User Interface)."""

from datetime import date

import pytest

from summary.entries import TODAY, patient
from throughcare.summary.banner import Banner, banner, display_name
from throughcare.summary.words import nhs_number


def of(**more: object) -> Banner:
    return banner([patient(**more)], TODAY)


def test_the_name_is_family_in_capitals_then_given_then_title() -> None:
    assert of().name == "KHAN, Amina (Mrs)"


def test_a_name_is_never_cut() -> None:
    long_name = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh"
    assert long_name.upper() in of(name=[{"family": long_name, "given": ["A"]}]).name


def test_a_name_given_as_text_alone_is_shown_as_it_is() -> None:
    assert display_name({"text": "Patricia Ó Briain"}) == "Patricia Ó Briain"


def test_the_date_of_birth_has_a_month_in_letters_and_the_age_after_it() -> None:
    made = of()
    assert (made.born, made.age) == ("18-Apr-1941", "85y")


def test_the_nhs_number_is_3_3_4_and_never_split() -> None:
    assert of().nhs_number == "999\u00a0000\u00a00018"
    assert nhs_number("999 000 0018") == "999\u00a0000\u00a00018"


@pytest.mark.parametrize("member", ["name", "birthDate", "gender", "identifier"])
def test_what_is_unknown_is_words_and_never_a_question_mark(member: str) -> None:
    made = banner([patient(**{member: None})], TODAY)
    shown = (made.name, made.born, made.gender, made.nhs_number)
    assert any("ot recorded" in text for text in shown)
    assert "?" not in "".join(shown)


def test_nobody_at_all_is_a_banner_that_says_so() -> None:
    assert banner([], TODAY).name == "Name not recorded"


def test_the_deceased_are_told_with_date_and_age_at_death() -> None:
    made = of(deceasedDateTime="2026-05-12")
    assert (made.died, made.age) == ("12-May-2026", "85y")


def test_a_death_without_a_date_is_still_told() -> None:
    assert of(deceasedBoolean=True).died == "date not recorded"


def test_the_gp_speaks_before_other_sources_whatever_came_last() -> None:
    other = patient("ambulance", name=[{"text": "A Khan"}])
    assert banner([other, patient()], TODAY).name == "KHAN, Amina (Mrs)"


def test_another_date_of_birth_elsewhere_is_stated() -> None:
    made = banner([patient(), patient("hospital", birthDate="1941-08-14")], TODAY)
    assert made.differences == ("The hospital has date of birth 14-Aug-1941.",)


def test_a_partial_date_of_birth_is_not_made_exact() -> None:
    assert of(birthDate="1941-04").born == "Apr-1941"


def test_age_at_a_leap_day_birth() -> None:
    assert banner([patient(birthDate="2008-02-29")], date(2026, 2, 28)).age == "17y 11m"
