"""The measure of plain words measures what it says."""

import doctest

import pytest

from node.journeys import reading_age as measured
from node.journeys.reading_age import reading_age, sentences, syllables

HARD = (
    "Pseudonymised demographic information is subsequently disseminated to statutory "
    "organisations notwithstanding individual objections, in accordance with applicable "
    "legislative provisions."
)


def test_the_grade_is_that_of_the_formula() -> None:
    assert reading_age("The cat sat on the mat.") == pytest.approx(0.39 * 6 + 11.8 * 1 - 15.59 + 5)


def test_long_words_in_long_sentences_need_an_older_reader() -> None:
    plain = "You can stop this at any time. Press the button. It works at once."
    assert reading_age(plain) < 11
    assert reading_age(HARD) > 20


@pytest.mark.parametrize(
    ("word", "count"),
    [("record", 2), ("people", 2), ("allergies", 3), ("emergency", 4), ("asked", 1), ("the", 1)],
)
def test_syllables_are_those_that_are_spoken(word: str, count: int) -> None:
    assert syllables(word) == count


def test_a_line_of_a_list_is_a_sentence_and_a_date_is_no_word() -> None:
    assert sentences("Born 18-04-1941\nWho looked: the crew") == [
        ["Born"],
        ["Who", "looked"],
        ["the", "crew"],
    ]


def test_a_text_without_words_has_no_age() -> None:
    with pytest.raises(ValueError, match="no word"):
        reading_age("18 04 1941")


def test_its_examples_are_true() -> None:
    assert doctest.testmod(measured).failed == 0
