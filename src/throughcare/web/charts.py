"""Trend charts as SVG of our own: axes, units, the reference range, and all of it in words.

Rules of the NHS Common User Interface for charts: time runs to the right and is drawn to scale, the
unit is named, both ends of each axis are labelled, points are marked, a missing value is a gap in
time and never a zero, and the reference range is the one that the source gave.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from markupsafe import Markup, escape

from throughcare.summary.dates import of_date, short
from throughcare.summary.trends import Point, Series

_WIDTH: Final = 320
_HEIGHT: Final = 120
_LEFT: Final = 46
_RIGHT: Final = 8
_TOP: Final = 8
_BOTTOM: Final = 22
_MOST_POINTS: Final = 60
"""More than this are not told apart at this width: the newest are drawn, and the text says so."""


@dataclass(frozen=True, slots=True)
class _Scale:
    start: date
    days: int
    low: float
    high: float

    def x(self, on: date) -> float:
        part = (on - self.start).days / self.days if self.days else 0.5
        return round(_LEFT + part * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        part = (value - self.low) / (self.high - self.low)
        return round(_HEIGHT - _BOTTOM - part * (_HEIGHT - _TOP - _BOTTOM), 1)


def chart(series: Series) -> Markup:
    """Return `series` as an ``<svg>``, its words as the name that a screen reader reads."""
    points = series.points[-_MOST_POINTS:]
    scale = _scale(series, points)
    parts = [_range(series, scale), _axes(series, points, scale), _line(points, scale)]
    return Markup(
        '<svg class="tc-chart" role="img" viewBox="0 0 {} {}" aria-label="{}">{}</svg>'
    ).format(_WIDTH, _HEIGHT, words(series), Markup("").join(parts))


def words(series: Series) -> str:
    """Return what the chart shows in words: how many, between when, lowest, highest and last."""
    points = series.points[-_MOST_POINTS:]
    lowest = min(points, key=lambda point: point.value)
    highest = max(points, key=lambda point: point.value)
    last = points[-1]
    limits = _limits(series)
    newest = "newest " if len(points) < len(series.points) else ""
    return (
        f"{series.name} in {series.unit or 'no unit'}: {newest}{len(points)} values from "
        f"{_day(points[0].on)} to {_day(last.on)}. Lowest {lowest.text} on {_day(lowest.on)}, "
        f"highest {highest.text} on {_day(highest.on)}, last {last.text}.{limits}"
    )


def _limits(series: Series) -> str:
    if series.low is None and series.high is None:
        return ""
    low = "" if series.low is None else f" from {series.low:g}"
    high = "" if series.high is None else f" to {series.high:g}"
    return f" Reference range{low}{high}."


def _scale(series: Series, points: Sequence[Point]) -> _Scale:
    """Return a scale that takes in every value and the whole reference range."""
    values = [point.value for point in points]
    values += [end for end in (series.low, series.high) if end is not None]
    low, high = min(values), max(values)
    room = (high - low or abs(high) or 1.0) * 0.08
    start = points[0].on
    return _Scale(start, (points[-1].on - start).days, low - room, high + room)


def _range(series: Series, scale: _Scale) -> Markup:
    if series.low is None and series.high is None:
        return Markup("")
    top = scale.y(series.high) if series.high is not None else _TOP
    bottom = scale.y(series.low) if series.low is not None else _HEIGHT - _BOTTOM
    return Markup('<rect class="tc-chart__range" x="{}" y="{}" width="{}" height="{}"/>').format(
        _LEFT, top, _WIDTH - _LEFT - _RIGHT, round(bottom - top, 1)
    )


def _axes(series: Series, points: Sequence[Point], scale: _Scale) -> Markup:
    foot, end = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    lowest = min(points, key=lambda point: point.value)
    highest = max(points, key=lambda point: point.value)
    texts: list[tuple[float, float, str, str]] = [
        (_LEFT, _HEIGHT - 6, "start", _day(points[0].on)),
        (end, _HEIGHT - 6, "end", _day(points[-1].on)),
        (_LEFT - 4, scale.y(highest.value) + 4, "end", highest.text),
    ]
    if highest.value != lowest.value:
        texts.append((_LEFT - 4, scale.y(lowest.value) + 4, "end", lowest.text))
    middle = (_LEFT + end) / 2
    texts.append((middle, _HEIGHT - 6, "middle", series.unit))
    said = "".join(
        [
            f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
            for x, y, anchor, text in texts
        ]
    )
    axes = f'<path class="tc-chart__axis" d="M{_LEFT} {_TOP}V{foot}H{end}"/>'
    return Markup(axes + said)  # noqa: S704 - numbers, and texts that were escaped


def _line(points: Sequence[Point], scale: _Scale) -> Markup:
    places = [(scale.x(point.on), scale.y(point.value)) for point in points]
    path = "L".join(f"{x} {y}" for x, y in places)
    dots = "".join([f'<circle cx="{x}" cy="{y}" r="2.5"/>' for x, y in places])
    return Markup(f'<path class="tc-chart__line" d="M{path}"/>{dots}')  # noqa: S704 - numbers alone


def _day(on: date) -> str:
    return str(escape(short(of_date(on))))
