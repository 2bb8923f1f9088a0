"""How a score came about, as a picture and as a sentence: each field moves it by its weight."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from throughcare.model.person import Thresholds

WIDTH: Final = 340
"""Of the picture, in its own units: about the CSS pixels of a telephone, so that words stay so."""
ROW: Final = 36
"""Height of a step: its words, and its bar below."""
TOP: Final = 20
TOTAL: Final = "Score"
_LEAST: Final = 1.0
"""Width of a bar that says nothing: a mark where the score stands."""


@dataclass(frozen=True, slots=True)
class Step:
    """One field and what it adds."""

    label: str
    weight: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A step as it is drawn."""

    label: str
    said: str
    """The weight with its sign: ``+6.8``."""
    tone: str
    """``for``, ``against``, ``neutral`` or ``total``: the filling; the sign says it too."""
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """A threshold, drawn from top to bottom."""

    x: float
    said: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The picture; `text` says all of it in words."""

    width: int
    height: int
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    text: str


def waterfall(steps: Sequence[Step], thresholds: Thresholds) -> Waterfall:
    """Draw what each step adds to the one before, from nothing to the whole score, and the score.

    Lines show from where on somebody is asked, and two records are linked.
    """
    ends = [0.0]
    for step in steps:
        ends.append(ends[-1] + step.weight)
    low = min(*ends, thresholds.review) - 1
    high = max(*ends, thresholds.link) + 1

    def across(value: float) -> float:
        return round((value - low) / (high - low) * WIDTH, 1)

    drawn = [
        (step, _tone(step.weight), pair) for step, pair in zip(steps, pairwise(ends), strict=True)
    ]
    drawn.append((Step(TOTAL, ends[-1]), "total", (0.0, ends[-1])))
    bars = tuple(
        _bar(step, tone, TOP + ROW * number, across(min(pair)), across(max(pair)))
        for number, (step, tone, pair) in enumerate(drawn)
    )
    lines = (Line(across(thresholds.review), "ask"), Line(across(thresholds.link), "link"))
    height = TOP + ROW * len(drawn) + 6
    return Waterfall(WIDTH, height, bars, lines, _text(steps, ends[-1], thresholds))


def _tone(weight: float) -> str:
    return "for" if weight > 0 else "against" if weight < 0 else "neutral"


def _bar(step: Step, tone: str, top: float, left: float, right: float) -> Bar:
    width = max(_LEAST, round(right - left, 1))
    return Bar(step.label, f"{step.weight:+.1f}", tone, left, top, width)


def _text(steps: Iterable[Step], total: float, thresholds: Thresholds) -> str:
    told = "; ".join(f"{step.label} {step.weight:+.1f}" for step in steps)
    return (
        f"From nothing: {told}. The score is {total:+.1f}. From {thresholds.link:+.0f} on two "
        f"records are linked; from {thresholds.review:+.0f} on somebody is asked."
    )
