"""Logistic regression with a prior, in plain Python: a few dozen parameters, rows that repeat."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_MOST_STEPS: Final = 30
_NEAR: Final = 1e-6
_STEEPEST: Final = 30.0
"""Log-odds beyond which a probability is 0 or 1 for our purposes."""


@dataclass(frozen=True, slots=True)
class Row:
    """What some pairs have in common: the same features, and how many of them match."""

    features: tuple[tuple[int, float], ...]
    """(parameter, value) of those that are not 0, each parameter once."""
    matches: float
    others: float


def fit(rows: Sequence[Row], prior: Sequence[float], strength: float) -> list[float]:
    """Return the parameters that make `rows` the likeliest, drawn towards `prior`.

    `strength` is how much a parameter's square distance from its prior costs: as much as that many
    pairs' information. A parameter that no row mentions stays at its prior. Newton's method; a step
    that overshoots, so that the rows are less likely after it, is halved until it does not.
    """
    found = list(prior)
    worth = _worth(rows, found, prior, strength)
    for _ in range(_MOST_STEPS):
        slope, curve = _derivatives(rows, found, prior, strength)
        step = _solved(curve, slope)
        longest = max(map(abs, step), default=0.0)
        scale = min(1.0, 4.0 / longest) if longest else 1.0
        while scale * longest >= _NEAR:
            near = [value + scale * change for value, change in zip(found, step, strict=True)]
            reached = _worth(rows, near, prior, strength)
            if reached >= worth:
                found, worth = near, reached
                break
            scale /= 2
        else:
            break
    return found


def _worth(
    rows: Sequence[Row], at: Sequence[float], prior: Sequence[float], strength: float
) -> float:
    """Return the log-likelihood of `rows`, less the cost of the distance from `prior`."""
    distance = math.fsum((value - mean) ** 2 for value, mean in zip(at, prior, strict=True))
    likely = (
        row.matches * math.log(chance) + row.others * math.log1p(-chance)
        for row in rows
        for chance in (_chance(log_odds(row.features, at)),)
    )
    return math.fsum(likely) - strength * distance / 2


def log_odds(features: Sequence[tuple[int, float]], parameters: Sequence[float]) -> float:
    """Return the sum of the parameters of some features."""
    return math.fsum(parameters[at] * value for at, value in features)


def _derivatives(
    rows: Sequence[Row], at: Sequence[float], prior: Sequence[float], strength: float
) -> tuple[list[float], list[dict[int, float]]]:
    """Return slope and (negative) curvature of the log-likelihood; the curvature by rows."""
    slope = [-strength * (value - mean) for value, mean in zip(at, prior, strict=True)]
    curve: list[dict[int, float]] = [{number: strength} for number in range(len(at))]
    for row in rows:
        chance = _chance(log_odds(row.features, at))
        missing = row.matches - (row.matches + row.others) * chance
        weight = (row.matches + row.others) * chance * (1 - chance)
        for one, value in row.features:
            slope[one] += missing * value
            line = curve[one]
            for other, again in row.features:
                line[other] = line.get(other, 0.0) + weight * value * again
    return slope, curve


def _chance(odds: float) -> float:
    return 1 / (1 + math.exp(-max(-_STEEPEST, min(_STEEPEST, odds))))


def _solved(curve: Sequence[Mapping[int, float]], slope: Sequence[float]) -> list[float]:
    """Solve `curve` x = `slope`; the matrix is symmetric and positive definite."""
    size = len(slope)
    lines = [[line.get(at, 0.0) for at in range(size)] for line in curve]
    right = list(slope)
    for pivot in range(size):
        for below in range(pivot + 1, size):
            factor = lines[below][pivot] / lines[pivot][pivot]
            if factor:
                lines[below] = [
                    mine - factor * theirs
                    for mine, theirs in zip(lines[below], lines[pivot], strict=True)
                ]
                right[below] -= factor * right[pivot]
    found = [0.0] * size
    for at in range(size - 1, -1, -1):
        known = math.fsum(lines[at][other] * found[other] for other in range(at + 1, size))
        found[at] = (right[at] - known) / lines[at][at]
    return found
