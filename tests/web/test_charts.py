"""Trend charts: axes, unit, range and points by the rules, and all of it in words."""

import re
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from throughcare.summary.trends import Point, Series, Trace
from throughcare.web.charts import chart, words

WEIGHTS = (
    Point(date(2026, 1, 1), 54.0, "54.0"),
    Point(date(2026, 1, 11), 53.0, "53.0"),
    Point(date(2026, 4, 11), 52.4, "52.4"),
)
WEIGHT = Series("Weight", "kg", (Trace(WEIGHTS, low=50.0, high=70.0),))
DAYS = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
PRESSURE = Series(
    "Blood pressure",
    "mmHg",
    tuple(
        Trace(tuple(map(Point, DAYS, map(float, values), map(str, values))), name)
        for name, values in (("systolic", (150, 139, 142)), ("diastolic", (88, 90, 81)))
    ),
)


def points_of(drawn: str, *, second: bool = False) -> list[tuple[float, float]]:
    """Return where the points of the first line are drawn, or of the second."""
    shape = "tc-chart__points--second" if second else "tc-chart__points"
    (path,) = re.findall(rf'<path class="{shape}" d="M([^"]*)h0"', drawn)
    places = (place.split() for place in path.split("h0M"))
    return [(float(x), float(y)) for x, y in places]


def test_a_chart_says_in_words_all_that_it_shows() -> None:
    assert words(WEIGHT) == (
        "Weight in kg: 3 values from 01-Jan-2026 to 11-Apr-2026. Lowest 52.4 on 11-Apr-2026, "
        "highest 54.0 on 01-Jan-2026, last 52.4. Reference range from 50 to 70."
    )


def test_time_is_drawn_to_scale_and_both_ends_of_each_axis_are_labelled() -> None:
    drawn = str(chart(WEIGHT))
    first, second, third = (x for x, _ in points_of(drawn))
    assert abs((second - first) / (third - first) - 0.1) < 0.01
    assert re.findall(r"<text[^>]*>([^<]*)<", drawn) == [
        "01-Jan-2026",
        "11-Apr-2026",
        "54.0",
        "52.4",
        "kg",
    ]
    assert 'role="img"' in drawn


def test_no_word_of_a_source_becomes_markup() -> None:
    evil = Series('"><script>', "<b>", (Trace(WEIGHTS, "<i>"),))
    assert "<script" not in chart(evil)
    assert "<b>" not in chart(evil)
    assert "<i>" not in chart(evil)


def test_blood_pressure_is_one_chart_of_two_lines_told_apart_by_shape() -> None:
    drawn = str(chart(PRESSURE))
    assert len(points_of(drawn)) == len(points_of(drawn, second=True)) == 3
    assert drawn.count("tc-chart__line--second") == 1
    ends = re.findall(r"<text[^>]*>([^<]*)<", drawn)
    assert ends == ["01-Jan-2026", "01-Mar-2026", "150", "81", "mmHg"]


def test_blood_pressure_is_said_as_two_numbers_and_the_last_as_it_is_read() -> None:
    assert words(PRESSURE) == (
        "Blood pressure in mmHg: 3 values from 01-Jan-2026 to 01-Mar-2026. Systolic lowest 139 on "
        "01-Feb-2026, highest 150 on 01-Jan-2026, last 142. Diastolic lowest 81 on 01-Mar-2026, "
        "highest 90 on 01-Feb-2026, last 81. Last 142/81."
    )


def with_ranges(*ranges: tuple[float | None, float | None]) -> str:
    """Return the chart of blood pressure with these reference ranges."""
    traces = zip(PRESSURE.traces, ranges, strict=True)
    limited = tuple(replace(trace, low=low, high=high) for trace, (low, high) in traces)
    return str(chart(replace(PRESSURE, traces=limited)))


def test_ranges_apart_are_shaded_and_ranges_that_overlap_are_lines_at_their_ends() -> None:
    apart = with_ranges((90, 140), (60, 90))
    assert (apart.count("tc-chart__range"), apart.count("tc-chart__limit")) == (2, 0)
    one = with_ranges((None, 140), (None, None))
    assert (one.count("tc-chart__range"), one.count("tc-chart__limit")) == (1, 0)
    upper = with_ranges((None, 140), (None, 90))
    assert upper.count("tc-chart__range") == 0
    assert upper.count('<path class="tc-chart__limit"') == 1
    assert upper.count('<path class="tc-chart__limit tc-chart__limit--second"') == 1


POINTS = st.lists(
    st.tuples(st.integers(0, 20_000), st.floats(-1e6, 1e6)),
    min_size=3,
    max_size=80,
    unique_by=lambda each: each[0],
)


@settings(max_examples=40, deadline=None)
@given(POINTS, st.none() | st.floats(-1e6, 1e6))
def test_every_point_lies_within_the_picture(
    found: list[tuple[int, float]], low: float | None
) -> None:
    start = date(1970, 1, 1)
    points = tuple(
        Point(start + timedelta(days=day), value, f"{value:g}") for day, value in sorted(found)
    )
    drawn = str(chart(Series("x", "u", (Trace(points, low=low),))))
    places = points_of(drawn)
    assert len(places) == min(len(points), 60)
    assert all(0 <= x <= 320 and 0 <= y <= 120 for x, y in places)
