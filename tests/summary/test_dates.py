"""Dates as people read them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughcare.summary.dates import When, age, ago, long, moment, parse, short


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-05-12", "12-May-2026"),
        ("2026-05", "May-2026"),
        ("2026", "2026"),
        ("2026-05-12T23:30:00Z", "13-May-2026"),
        ("2026-05-12T23:30:00", "12-May-2026"),
        ("2026-05-12T23:30:00.123+01:00", "12-May-2026"),
        ("2026-13-12", ""),
        ("last week", ""),
        (None, ""),
    ],
)
def test_a_date_is_as_precise_as_its_source_and_in_local_time(text: str | None, shown: str) -> None:
    assert short(parse(text)) == shown


@given(st.dates(date(1900, 1, 1)))
def test_every_day_reads_back_as_itself(day: date) -> None:
    assert datetime.strptime(short(parse(day.isoformat())), "%d-%b-%Y").date() == day  # noqa: DTZ007


@pytest.mark.parametrize(
    ("days", "shown"),
    [(0, "0d"), (27, "27d"), (28, "4w 0d"), (52, "7w 3d"), (400, "13m"), (3000, "8y 2m")],
)
def test_ages_are_written_as_the_common_user_interface_does(days: int, shown: str) -> None:
    assert age(date(2020, 1, 1), date(2020, 1, 1) + timedelta(days)) == shown


def test_a_person_born_in_the_future_has_no_age() -> None:
    assert age(date(2026, 12, 1), date(2026, 11, 24)) == "not yet born"


@given(st.dates(date(1900, 1, 1), date(2030, 1, 1)), st.dates(date(1900, 1, 1), date(2030, 1, 1)))
def test_whole_years_agree_with_counting_birthdays(born: date, on: date) -> None:
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    if years >= 18:
        assert age(born, on) == f"{years}y"


def test_long_dates_are_for_patients() -> None:
    assert long(When(2026, 5, 12)) == "12 May 2026"


def test_how_long_ago_is_said_in_words() -> None:
    today = date(2026, 11, 24)
    said = [
        ago(When(*day), today) for day in ((2026, 11, 24), (2026, 11, 23), (2026, 11, 4), (2021,))
    ]
    assert said == ["today", "yesterday", "2 weeks ago", "5 years ago"]


def test_moments_are_in_uk_time() -> None:
    assert moment(datetime(2026, 7, 1, 12, 0, tzinfo=UTC)) == "01-Jul-2026 13:00"
