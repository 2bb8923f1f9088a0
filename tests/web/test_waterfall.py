"""The picture of a score: each bar begins where the one before ended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughcare.model.person import Thresholds
from throughcare.web.waterfall import WIDTH, Step, waterfall

WEIGHTS = st.lists(st.floats(-20, 20).map(lambda weight: round(weight, 2)), min_size=1, max_size=12)


@given(WEIGHTS)
def test_bars_follow_each_other_within_the_picture(weights: list[float]) -> None:
    steps = [Step(f"field {number}", each) for number, each in enumerate(weights)]
    picture = waterfall(steps, Thresholds(-2, 5))
    stands = None
    *bars, score = picture.bars
    for bar, weight in zip(bars, weights, strict=True):
        start, end = (bar.x, bar.x + bar.width) if weight >= 0 else (bar.x + bar.width, bar.x)
        if stands is not None:
            assert start == pytest.approx(stands, abs=1.2)
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH + 1
        stands = end
    assert stands in (
        pytest.approx(score.x, abs=1.2),
        pytest.approx(score.x + score.width, abs=1.2),
    )
    assert score.said == f"{sum(weights):+.1f}"
    assert f"The score is {sum(weights):+.1f}." in picture.text


def test_thresholds_stand_where_the_scores_do() -> None:
    for thresholds in (Thresholds(-2, 5), Thresholds(-3, 6.5)):
        picture = waterfall([Step("NHS number", thresholds.link)], thresholds)
        bar, score = picture.bars
        ask, link = picture.lines
        assert bar.x + bar.width == score.x + score.width == pytest.approx(link.x, abs=0.2)
        assert ask.x < bar.x
        assert f"From {thresholds.link:+.0f} on" in picture.text


def test_what_adds_what_takes_away_and_the_score_differ_in_more_than_colour() -> None:
    picture = waterfall([Step("a", 2.0), Step("b", -1.0), Step("c", 0.0)], Thresholds(-2, 5))
    assert [bar.tone for bar in picture.bars] == ["for", "against", "neutral", "total"]
    assert [bar.said for bar in picture.bars] == ["+2.0", "-1.0", "+0.0", "+1.0"]
