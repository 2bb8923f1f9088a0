"""The next working day, beside the bank holidays as the government publishes them."""

from datetime import date, timedelta

import pytest

from throughcare.consent.workdays import bank_holidays, next_working_day

PUBLISHED = {
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


def test_the_next_working_day_is_no_weekend_and_no_bank_holiday() -> None:
    day = date(2026, 12, 24)
    assert next_working_day(day) == date(2026, 12, 29)
    for offset in range(400):
        after = day + timedelta(days=offset)
        found = next_working_day(after)
        assert found > after
        assert found.weekday() < SATURDAY
        assert found not in bank_holidays(found.year)
