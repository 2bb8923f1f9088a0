"""A comparison of two records as lines: a table, and how far each field moves the score."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from throughcare.model.person import Comparison

WIDTH: Final = 24
"""Columns that the whole way of a score takes."""


def table(one: str, other: str, comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Yield field, both values, level, weight, and a bar from the score before to the one after."""
    bars = _bars([each.weight for each in comparisons])
    rows = [
        (each.field, each.left, each.right, each.level, f"{each.weight:+.2f}")
        for each in comparisons
    ]
    head = ("field", one, other, "level", "weight")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row, bar in zip((head, *rows), ("", *bars), strict=True):
        cells = [text.ljust(width) for text, width in zip(row[:-1], widths, strict=False)]
        yield "  ".join((*cells, row[-1].rjust(widths[-1]), bar)).rstrip()


def _bars(weights: Sequence[float]) -> Iterator[str]:
    """Yield a bar of + or - for each weight, where the score stands in its whole way."""
    ends = [0.0]
    for weight in weights:
        ends.append(ends[-1] + weight)
    low, high = min(ends), max(ends)
    scale = WIDTH / (high - low or 1)
    for before, after in pairwise(ends):
        start = round((min(before, after) - low) * scale)
        length = max(1, round(abs(after - before) * scale))
        yield " " * start + ("+" if after >= before else "-") * length
