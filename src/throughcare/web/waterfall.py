"""How a score came about, as a picture and as a sentence: each field moves it by its weight."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 640
"""Of the picture, in its own units."""
LABELS: Final = 190
"""Width of the column of names."""
ROW: Final = 26
TOP: Final = 22
REVIEW_FROM: Final = -2.0
LINK_FROM: Final = 5.0
"""Where somebody is asked, and where two records are linked: identity.md; a site may move them."""
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
    """``for``, ``against`` or ``neutral``; the sign says it too."""
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


def waterfall(steps: Sequence[Step]) -> Waterfall:
    """Draw what each step adds to the one before, from nothing to the whole score."""
    ends = [0.0]
    for step in steps:
        ends.append(ends[-1] + step.weight)
    low = min(*ends, REVIEW_FROM) - 1
    high = max(*ends, LINK_FROM) + 1

    def across(value: float) -> float:
        return round(LABELS + (value - low) / (high - low) * (WIDTH - LABELS), 1)

    bars = tuple(
        _bar(step, number, across(min(pair)), across(max(pair)))
        for number, (step, *pair) in enumerate(zip(steps, ends, ends[1:], strict=False))
    )
    lines = (Line(across(REVIEW_FROM), "ask"), Line(across(LINK_FROM), "link"))
    height = TOP + ROW * len(steps) + 6
    return Waterfall(WIDTH, height, bars, lines, _text(steps, ends[-1]))


def _bar(step: Step, number: int, left: float, right: float) -> Bar:
    tone = "for" if step.weight > 0 else "against" if step.weight < 0 else "neutral"
    width = max(_LEAST, round(right - left, 1))
    return Bar(step.label, f"{step.weight:+.1f}", tone, left, TOP + ROW * number, width)


def _text(steps: Iterable[Step], total: float) -> str:
    told = "; ".join(f"{step.label} {step.weight:+.1f}" for step in steps)
    return (
        f"From nothing: {told}. The score is {total:+.1f}. From {LINK_FROM:+.0f} on two records "
        f"are linked; from {REVIEW_FROM:+.0f} on somebody is asked."
    )
