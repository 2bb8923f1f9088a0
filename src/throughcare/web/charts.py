"""Trend charts as SVG of our own: axes, units, the reference range, and all of it in words.

Rules of the NHS Common User Interface for charts: time runs to the right and is drawn to scale, the
unit is named, both ends of each axis are labelled, points are marked, a missing value is a gap in
time and never a zero, and the reference range is the one that the source gave. Of two traces the
second is told apart by the shape of its points and a broken line, never by colour alone; where
their ranges would be shaded twice, the known ends are lines.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import Final

from markupsafe import Markup, escape

from throughcare.summary.dates import of_date, short
from throughcare.summary.trends import Point, Series, Trace
from throughcare.summary.words import sentence_case

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

    def places(self, points: Sequence[Point]) -> list[str]:
        """Return where points are drawn, each as ``x y``."""
        start, days = self.start.toordinal(), self.days
        wide = (_WIDTH - _LEFT - _RIGHT) / days if days else 0.0
        left = _LEFT if days else (_LEFT + _WIDTH - _RIGHT) / 2
        high = (_HEIGHT - _TOP - _BOTTOM) / (self.high - self.low)
        foot, low = _HEIGHT - _BOTTOM, self.low
        return [
            f"{left + (point.on.toordinal() - start) * wide:.1f} "
            f"{foot - (point.value - low) * high:.1f}"
            for point in points
        ]

    def y(self, value: float) -> float:
        part = (value - self.low) / (self.high - self.low)
        return round(_HEIGHT - _BOTTOM - part * (_HEIGHT - _TOP - _BOTTOM), 1)


def chart(series: Series) -> Markup:
    """Return `series` as an ``<svg>``, its words as the name that a screen reader reads."""
    drawn = _newest(series)
    scale = _scale(drawn)
    parts = _ranges(drawn.traces, scale)
    parts.append(_axes(drawn, scale))
    parts += [_line(trace.points, scale, place) for place, trace in enumerate(drawn.traces)]
    return Markup(
        '<svg class="tc-chart" role="img" viewBox="0 0 {} {}" aria-label="{}">{}</svg>'
    ).format(_WIDTH, _HEIGHT, words(series), Markup("").join(parts))


def words(series: Series) -> str:
    """Return what the chart shows in words: how many, between when, lowest, highest and last."""
    drawn = _newest(series)
    points = drawn.traces[0].points
    newest = "newest " if len(points) < len(series.traces[0].points) else ""
    said = " ".join(map(_words, drawn.traces))
    if len(drawn.traces) > 1:
        said += f" Last {'/'.join(trace.points[-1].text for trace in drawn.traces)}."
    return (
        f"{series.name} in {series.unit or 'no unit'}: {newest}{len(points)} values from "
        f"{_day(points[0].on)} to {_day(points[-1].on)}. {said}"
    )


def _words(trace: Trace) -> str:
    lowest, highest = _ends(trace.points)
    said = (
        f"lowest {lowest.text} on {_day(lowest.on)}, highest {highest.text} on "
        f"{_day(highest.on)}, last {trace.points[-1].text}.{_limits(trace)}"
    )
    return sentence_case(f"{trace.name} {said}".strip())


def _newest(series: Series) -> Series:
    """Return a series cut to the values that are drawn."""
    cut = (replace(trace, points=trace.points[-_MOST_POINTS:]) for trace in series.traces)
    return replace(series, traces=tuple(cut))


def _ends(points: Iterable[Point]) -> tuple[Point, Point]:
    """Return the lowest and the highest of some points, the first of each."""
    held = list(points)
    return min(held, key=lambda point: point.value), max(held, key=lambda point: point.value)


def _limits(trace: Trace) -> str:
    if trace.low is None and trace.high is None:
        return ""
    low = "" if trace.low is None else f" from {trace.low:g}"
    high = "" if trace.high is None else f" to {trace.high:g}"
    return f" Reference range{low}{high}."


def _scale(series: Series) -> _Scale:
    """Return a scale that takes in every value and every whole reference range."""
    values = [point.value for trace in series.traces for point in trace.points]
    ends = [end for trace in series.traces for end in (trace.low, trace.high)]
    values += [end for end in ends if end is not None]
    low, high = min(values), max(values)
    room = (high - low or abs(high) or 1.0) * 0.08
    points = series.traces[0].points
    start = points[0].on
    return _Scale(start, (points[-1].on - start).days, low - room, high + room)


def _ranges(traces: Sequence[Trace], scale: _Scale) -> list[Markup]:
    """Return the reference ranges: shaded, or their known ends as lines where two would overlap."""
    spans = [_span(trace, scale) for trace in traces if _is_limited(trace)]
    if any(above[0] < below[1] and below[0] < above[1] for above, below in combinations(spans, 2)):
        return [_ends_of_range(trace, scale, place) for place, trace in enumerate(traces)]
    return [
        Markup('<rect class="tc-chart__range" x="{}" y="{}" width="{}" height="{}"/>').format(
            _LEFT, top, _WIDTH - _LEFT - _RIGHT, round(bottom - top, 1)
        )
        for top, bottom in spans
    ]


def _is_limited(trace: Trace) -> bool:
    return trace.low is not None or trace.high is not None


def _span(trace: Trace, scale: _Scale) -> tuple[float, float]:
    """Return where a range begins and ends, from the top; an end that is not known is the edge."""
    top = scale.y(trace.high) if trace.high is not None else float(_TOP)
    bottom = scale.y(trace.low) if trace.low is not None else float(_HEIGHT - _BOTTOM)
    return top, bottom


def _ends_of_range(trace: Trace, scale: _Scale, place: int) -> Markup:
    other = " tc-chart__limit--second" if place else ""
    return Markup("").join(
        Markup('<path class="tc-chart__limit{}" d="M{} {}H{}"/>').format(
            other, _LEFT, scale.y(end), _WIDTH - _RIGHT
        )
        for end in (trace.low, trace.high)
        if end is not None
    )


def _axes(series: Series, scale: _Scale) -> Markup:
    foot, end = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    days = series.traces[0].points
    lowest, highest = _ends(point for trace in series.traces for point in trace.points)
    texts: list[tuple[float, float, str, str]] = [
        (_LEFT, _HEIGHT - 6, "start", _day(days[0].on)),
        (end, _HEIGHT - 6, "end", _day(days[-1].on)),
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


def _line(points: Sequence[Point], scale: _Scale, place: int) -> Markup:
    """Return a line with its points, which are the ends of lines of no length.

    Round ones; of two lines the second has square points and is broken.
    """
    second = " tc-chart__line--second" if place else ""
    shape = "tc-chart__points--second" if place else "tc-chart__points"
    places = scale.places(points)
    line = f'<path class="tc-chart__line{second}" d="M{"L".join(places)}"/>'
    dots = f'<path class="{shape}" d="M{"h0M".join(places)}h0"/>'
    return Markup(line + dots)  # noqa: S704 - numbers


def _day(on: date) -> str:
    return str(escape(short(of_date(on))))
