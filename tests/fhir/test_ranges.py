import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughcare.fhir import ranges

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9998, 1, 1)))  # noqa: DTZ001
def test_each_precision_contains_the_finer_ones(naive: datetime) -> None:
    moment = naive.replace(tzinfo=UTC)
    text = moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
    point = microseconds(moment)
    assert ranges.date_range(text) == (point, point)
    low = high = point
    for shorter in (
        text[:-4] + "Z",
        text[:19] + "Z",
        text[:16] + "Z",
        text[:10],
        text[:7],
        text[:4],
    ):
        wider = ranges.date_range(shorter)
        assert wider[0] <= low <= high <= wider[1]
        low, high = wider


@given(st.dates())
def test_a_day_ends_where_the_next_begins(day: object) -> None:
    low, high = ranges.date_range(str(day))
    assert high - low == 86_400_000_000 - 1


def test_a_zone_moves_the_range() -> None:
    assert ranges.date_range("2020-06-01T01:00:00+01:00") == ranges.date_range(
        "2020-06-01T00:00:00Z"
    )
    assert ranges.date_range("2020-05-31T19:00:00-05:00") == ranges.date_range(
        "2020-06-01T00:00:00Z"
    )


def test_a_leap_second_counts_as_the_one_before() -> None:
    assert ranges.date_range("2016-12-31T23:59:60Z") == ranges.date_range("2016-12-31T23:59:59Z")


@pytest.mark.parametrize("text", ["", "20", "2020-13", "2020-02-30", "2020-01-01T25:00:00Z", "x"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        ranges.date_range(text)


def test_periods_without_an_end_are_open() -> None:
    assert ranges.period_range({"start": "2020"}) == (
        ranges.date_range("2020")[0],
        ranges.LATEST,
    )
    assert ranges.period_range({"end": "2020"}) == (
        ranges.EARLIEST,
        ranges.date_range("2020")[1],
    )
    assert ranges.period_range({}) is None


def test_a_timing_spans_its_events_and_bounds() -> None:
    timing = {"event": ["2020-01-01", "2020-03-01"], "repeat": {"boundsPeriod": {"end": "2021"}}}
    assert ranges.timing_range(timing) == (ranges.EARLIEST, ranges.date_range("2021")[1])
    assert ranges.timing_range({"code": {"text": "daily"}}) is None


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("100", "99.5", "100.5"),
        ("100.00", "99.995", "100.005"),
        ("1e2", "50", "150"),
        ("5.4", "5.35", "5.45"),
        ("-1", "-1.5", "-0.5"),
    ],
)
def test_digits_imply_a_range(text: str, low: str, high: str) -> None:
    assert ranges.digit_range(text) == (Decimal(low), Decimal(high))


def test_a_number_beyond_all_floats_has_a_range() -> None:
    huge, tiny = "1e999999999", "1e-1999999999999999997"
    assert list(map(float, ranges.digit_range(huge))) == [math.inf, math.inf]
    assert list(map(float, ranges.digit_range(tiny))) == [0.0, 0.0]
    assert ranges.number(10**400) == (math.inf, math.inf)
    assert ranges.number(Decimal(f"-{huge}")) == (-math.inf, -math.inf)


@pytest.mark.parametrize("value", ["x", "", "nan", "Infinity"])
def test_what_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        ranges.digit_range(value)
