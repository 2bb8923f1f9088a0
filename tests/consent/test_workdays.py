"""The next working day, beside the bank holidays as the government publishes them."""

from datetime import date, timedelta

import pytest

from throughcare.consent.workdays import bank_holidays, easter, next_working_day

PUBLISHED = {
    2017: "01-02 04-14 04-17 05-01 05-29 08-28 12-25 12-26",
    2021: "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28",
    2024: "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26",
    2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
}
SATURDAY = 5


@pytest.mark.parametrize("year", PUBLISHED)
def test_bank_holidays_are_as_published(year: int) -> None:
    assert " ".join(f"{day:%m-%d}" for day in sorted(bank_holidays(year))) == PUBLISHED[year]


def easter_by_another_rule(year: int) -> date:
    """Return Easter as Meeus, Jones and Butcher count it, without an exception."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    within = (32 + 2 * e + 2 * i - h - k) % 7
    late = (a + 11 * h + 22 * within) // 451
    month, day = divmod(h + within - 7 * late + 114, 31)
    return date(year, month, day + 1)


def test_easter_is_that_of_another_rule_in_any_century() -> None:
    years = range(1583, 10_000)
    assert [easter(year) for year in years] == [easter_by_another_rule(year) for year in years]


def test_the_next_working_day_is_no_weekend_and_no_bank_holiday() -> None:
    day = date(2026, 12, 24)
    assert next_working_day(day) == date(2026, 12, 29)
    for offset in range(400):
        after = day + timedelta(days=offset)
        found = next_working_day(after)
        assert found > after
        assert found.weekday() < SATURDAY
        assert found not in bank_holidays(found.year)
