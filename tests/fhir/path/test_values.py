"""Dates, times, decimals and quantities: precision, comparison, arithmetic, boundaries."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir.path.person import PERSON
from throughcare.fhir.answers import evaluate
from throughcare.fhir.path import moments

Case = tuple[str, list[Any]]

COMPARED: list[Case] = [
    ("@2012-04-15 = @2012-04-15", [True]),
    ("@2012-04-15 = @2012-04", []),
    ("@2012-05 = @2012-04-15", [False]),
    ("@2012-04 < @2012-05-01", [True]),
    ("@2012-04 <= @2012-04-15", []),
    ("@2012-04-15 = @2012-04-15T10:00:00", []),
    ("@2012-04-15 ~ @2012-04-15T10:00:00", [False]),
    ("@2012-04-14 < @2012-04-15T10:00:00", [True]),
    ("@2012-04-15T15:30:31 = @2012-04-15T15:30:31.0", [True]),
    ("@2012-04-15T15:30 = @2012-04-15T15:30:00", []),
    ("@2012-04-15T15:00:00Z = @2012-04-15T16:00:00+01:00", [True]),
    ("@2012-04-15T15:00:00Z = @2012-04-15T15:00:00", []),
    ("@2012-04-15T15:00:00Z < @2012-04-17T15:00:00", [True]),
    ("@T10:30 < @T10:31", [True]),
    ("@T10:30 = @T10:30:00", []),
    ("@T10:30:00 <= @T10:30:00.0", [True]),
    ("@2012 != @T10", [True]),
    ("birthDate = @1974-12-25", [True]),
    ("birthDate != @T12", [True]),
    ("(@2012 | @2012-01 | @2012).count()", [2]),
    ("(@2012-04-15T15:00:00Z | @2012-04-15T16:00:00+01:00).count()", [1]),
]
ADDED: list[Case] = [
    ("@1973-12-25 + 7 days", ["1974-01-01"]),
    ("@1973-12-25 + 7.7 days", ["1974-01-01"]),
    ("@1973-12-25 - 1 week", ["1973-12-18"]),
    ("@2020-02-29 + 1 year", ["2021-02-28"]),
    ("@2020-01-31 + 1 month", ["2020-02-29"]),
    ("@2020-01 + 13 months", ["2021-02"]),
    ("@2020 + 11 months", ["2020"]),
    ("@2020 + 12 months", ["2021"]),
    ("@2016 + 365 days", ["2017"]),
    ("@2016-02 + 31 days", ["2016-03"]),
    ("@2016-02-01 + 23 hours", ["2016-02-01"]),
    ("@2016-02-01 + 24 hours", ["2016-02-02"]),
    ("@2016-02-01T10:00:00.5+01:00 + 500 milliseconds", ["2016-02-01T10:00:01.0+01:00"]),
    ("@2016-02-01T23:59:59Z + 1 second", ["2016-02-02T00:00:00Z"]),
    ("@2016-02-01T10:00:00Z + 1.5 seconds", ["2016-02-01T10:00:01.5Z"]),
    ("@2016-02-01T10:00 + 90 minutes", ["2016-02-01T11:30"]),
    ("@2016-02-01 + 1 'd' | @2016-02-01 + 1 'wk'", ["2016-02-02", "2016-02-08"]),
    ("@2016-02-01T10:00:00Z + 1 'h'", ["2016-02-01T11:00:00Z"]),
    ("@T23:30 + 1 hour", ["00:30"]),
    ("@T10:00 - 1 'min'", ["09:59"]),
    ("@T10:00 + 1 day", []),
    ("@9999-12-31 + 1 day", []),
    ("@0001-01-01 - 1 year", []),
    ("@2016 + 99999999999999999999 years", []),
    ("@2016 + {}", []),
]
QUANTITIES: list[Case] = [
    ("4 'g' = 4000 'mg'", [True]),
    ("4.000 'g' != 4040 'mg'", [True]),
    ("4 'g' ~ 4040 'mg'", [True]),
    ("4040 'mg' ~ 4 'g'", [True]),
    ("4 'g' ~ 5 'g'", [False]),
    ("4 'g' = 4 'm'", []),
    ("4 'g' < 4 'm'", []),
    ("4 'g' = 'x'", [False]),
    ("7 days = 1 week and 7 days = 1 'wk'", [True]),
    ("1 year = 12 months", [True]),
    ("1 year = 1 'a'", []),
    ("1 month = 30 days", []),
    ("1 'cm' < 1 '[in_i]'", [True]),
    ("37 'Cel' = 98.6 '[degF]'", [True]),
    ("3 'g' + 500 'mg' = 3.5 'g'", [True]),
    ("3 'g' - 1 'm'", []),
    ("2 'cm' * 2 'm' = 0.04 'm2'", [True]),
    ("4 'g' / 2 'm' = 2 'g/m'", [True]),
    ("1 'm' / 1 'm' = 1", [True]),
    ("2 * 3 'mg' = 6 'mg'", [True]),
    ("6 'mg' / 2 = 3 'mg'", [True]),
    ("1 'mg' / 0 'mg'", []),
    ("-(2 'mg') < 0 'mg'", [True]),
    ("(1 'g' | 1000 'mg' | 2 'g').count()", [2]),
    ("1 '[iU]' = 1 '[iU]'", [True]),
    ("1 'nounit' = 1 'nounit' and 1 'nounit' ~ 1 'nounit'", [True]),
    ("1 'cm'.comparable(1 '[in_i]')", [True]),
    ("1 'cm'.comparable(1 's') or 1 'cm'.comparable(1 'nounit')", [False]),
    ("2.5 'mg'.value | 2.5 'mg'.unit", [Decimal("2.5"), "mg"]),
]
BOUNDARIES: list[Case] = [
    ("1.587.lowBoundary() | 1.587.highBoundary()", [Decimal("1.58650000"), Decimal("1.58750000")]),
    ("1.587.lowBoundary(2) | 1.587.highBoundary(2)", [Decimal("1.58"), Decimal("1.59")]),
    ("(-1.587).lowBoundary(2) | (-1.587).highBoundary(2)", [Decimal("-1.59"), Decimal("-1.58")]),
    ("1.lowBoundary(0) | 1.highBoundary(0)", [Decimal(0), Decimal(2)]),
    ("120.lowBoundary(2)", [Decimal("119.50")]),
    ("1.5.lowBoundary(-1) | 1.5.highBoundary(40)", []),
    ("(1.5 'cm').lowBoundary(3) = 1.450 'cm'", [True]),
    ("@2014.lowBoundary(6) | @2014.highBoundary(6)", ["2014-01", "2014-12"]),
    ("@2014-02.lowBoundary() | @2014-02.highBoundary()", ["2014-02-01", "2014-02-28"]),
    ("@2014-01-01T08:05+08:00.lowBoundary()", ["2014-01-01T08:05:00.000+08:00"]),
    ("@2014-01-01T08:05.lowBoundary()", ["2014-01-01T08:05:00.000+14:00"]),
    ("@2014-01-01T08:05.highBoundary()", ["2014-01-01T08:05:59.999-12:00"]),
    ("@2014T.highBoundary()", ["2014-12-31T23:59:59.999-12:00"]),
    ("@2014-01-01T08:05:10.5Z.highBoundary()", ["2014-01-01T08:05:10.500Z"]),
    ("@T10:30.lowBoundary() | @T10:30.highBoundary()", ["10:30:00.000", "10:30:59.999"]),
    ("@2014-05-06.lowBoundary(4) | @2014.lowBoundary(5)", ["2014"]),
    ("1.58700.precision() | 12.precision()", [5, 0]),
    ("@2014.precision() | @2014-05-06T10:30:00.000.precision()", [4, 17]),
    ("@T10:30.precision() | @T10:30:00.000.precision()", [4, 9]),
    ("{}.precision() | {}.lowBoundary()", []),
]


@pytest.mark.parametrize(("expression", "found"), COMPARED + ADDED + QUANTITIES + BOUNDARIES)
def test_values_behave_as_their_precision_and_units_say(expression: str, found: list[Any]) -> None:
    assert evaluate(expression, PERSON) == found


DAYS = st.dates(date(1000, 1, 1), date(9000, 1, 1))
TIMES = st.datetimes(datetime(1000, 1, 1), datetime(9000, 1, 1))  # noqa: DTZ001 - without a zone


@given(TIMES, TIMES)
def test_whole_times_are_ordered_as_times_are(one: datetime, other: datetime) -> None:
    first, second = (moments.moment(each.isoformat()) for each in (one, other))
    assert first is not None
    assert second is not None
    assert moments.compared(first, second) == (one > other) - (one < other)


@given(TIMES, st.integers(1, 6), st.integers(1, 6), st.integers(-40, 40))
def test_a_cut_time_is_never_surely_elsewhere(
    whole: datetime, length: int, other_length: int, hours: int
) -> None:
    parts = (*whole.timetuple()[:6],)
    one, other = (
        moments.Moment("DateTime", parts[:length]),
        moments.Moment("DateTime", parts[:other_length]),
    )
    assert moments.compared(one, other) == (0 if length == other_length else None)
    later = whole + timedelta(hours=hours)
    moved = moments.Moment("DateTime", (*later.timetuple()[:6],))
    order = moments.compared(one, moved)
    assert order in {
        None,
        (whole.replace(microsecond=0) > later.replace(microsecond=0))
        - (whole.replace(microsecond=0) < later.replace(microsecond=0)),
    }


@given(DAYS, st.integers(-20_000, 20_000))
def test_days_are_added_as_the_calendar_has_them(day: date, amount: int) -> None:
    made = moments.moment(day.isoformat())
    assert made is not None
    moved = moments.added(made, amount, "day")
    assert moved is not None
    assert moved.text == (day + timedelta(days=amount)).isoformat()


@given(DAYS, st.integers(-600, 600))
def test_months_there_and_back_change_the_day_at_most(day: date, amount: int) -> None:
    made = moments.moment(day.isoformat())
    assert made is not None
    moved = moments.added(made, amount, "month")
    assert moved is not None
    back = moments.added(moved, -amount, "month")
    assert back is not None
    assert back.parts[:2] == made.parts[:2]
    assert back.parts[2] <= made.parts[2]


@given(st.decimals(-1000, 1000, places=4), st.integers(0, 10))
def test_a_number_lies_within_its_boundaries(value: Decimal, places: int) -> None:
    text = f"({value:f})" if value < 0 else f"{value:f}"
    low, high = (
        evaluate(f"{text}.lowBoundary({places})", PERSON),
        evaluate(f"{text}.highBoundary({places})", PERSON),
    )
    if abs(value) >= Decimal(1).scaleb(-places):
        assert low[0] <= value <= high[0]


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader_of_moments(text: str) -> None:
    for kind in ("", "Date", "DateTime", "Time"):
        made = moments.moment(text, kind)
        assert made is None or moments.moment(made.text, made.kind) == made
