"""Days as people write them into forms."""

from datetime import date

import pytest

from throughcare.kernel import BadInputError
from throughcare.web.days import born_on, day_of

TODAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    "text",
    [
        "1 4 2027",
        "01/04/2027",
        "1.4.2027",
        "1-4-2027",
        "1 April 2027",
        " 1 apr 2027 ",
        "2027-04-01",
    ],
)
def test_a_day_is_read_day_first_or_as_machines_write_it(text: str) -> None:
    assert day_of(text, "until") == date(2027, 4, 1)


def test_nothing_written_is_no_day() -> None:
    assert day_of("  ", "until") is None


@pytest.mark.parametrize("text", ["29 2 2027", "4 2027", "1 4 27", "1 Foo 2027", "13/13/2027", "x"])
def test_what_is_no_day_is_refused_with_its_place_and_an_example(text: str) -> None:
    with pytest.raises(BadInputError, match="such as 1 4 2027") as refused:
        day_of(text, "until")
    assert refused.value.place == "until"


def test_who_was_born_on_a_leap_day_or_today_has_a_birthday() -> None:
    assert born_on("29", "2", "1960", TODAY) == date(1960, 2, 29)
    assert born_on(" 27", "11", "2026", TODAY) == TODAY


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (("", "", "1941"), "Enter the date of birth"),
        (("31", "March", "1941"), "in numbers"),
        (("31", "3", "41"), "all four digits"),
        (("29", "2", "1957"), "not in the calendar"),
        (("28", "11", "2026"), "still to come"),
    ],
)
def test_each_slip_in_a_date_of_birth_has_a_sentence_of_its_own(
    parts: tuple[str, str, str], said: str
) -> None:
    found = born_on(*parts, TODAY)
    assert isinstance(found, str)
    assert said in found
