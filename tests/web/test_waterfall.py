"""The picture of a score: each bar begins where the one before ended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughcare.web.waterfall import LABELS, WIDTH, Step, waterfall

WEIGHTS = st.lists(st.floats(-20, 20).map(lambda weight: round(weight, 2)), min_size=1, max_size=12)


@given(WEIGHTS)
def test_bars_follow_each_other_within_the_picture(weights: list[float]) -> None:
    picture = waterfall([Step(f"field {number}", each) for number, each in enumerate(weights)])
    stands = None
    for bar, weight in zip(picture.bars, weights, strict=True):
        start, end = (bar.x, bar.x + bar.width) if weight >= 0 else (bar.x + bar.width, bar.x)
        if stands is not None:
            assert start == pytest.approx(stands, abs=1.2)
        assert LABELS <= bar.x <= bar.x + bar.width <= WIDTH + 1
        stands = end
    assert f"The score is {sum(weights):+.1f}." in picture.text


def test_thresholds_stand_where_the_scores_do() -> None:
    picture = waterfall([Step("NHS number", 5.0)])
    (bar,) = picture.bars
    ask, link = picture.lines
    assert bar.x + bar.width == pytest.approx(link.x, abs=0.2)
    assert ask.x < bar.x
