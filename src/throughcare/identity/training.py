"""Weights learnt from a locality's own records, without labels made by people. Pure.

Two records with one NHS number are taken to match, two with different ones not to; the number
itself is left out of the fit. Labels that the fit contradicts are dropped (a relative's number, a
record twice), and it is made again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from throughcare.identity import adapting, batch
from throughcare.identity.compare import Demographics, Sourced, Weights, fields
from throughcare.identity.compare.logistic import Row, fit, log_odds

FEWEST: Final = 200
"""Pairs of either kind below which the weights stay as they are."""
_LEAST_OF_MATCHES, _MOST_OF_OTHERS = 0.0, 3.0
"""Scores beyond which a label is dropped."""
_STRENGTH: Final = 2.0
_PER_BIT: Final = {"given": ("given", "per bit"), "family": ("family", "per bit")}
_NUMBER: Final = "NHS number"
_BIAS: Final = ("", "bias")

Parameter = tuple[str, str]
"""(field, level)."""


@dataclass(frozen=True, slots=True)
class Trained:
    """New weights, and what they rest on."""

    weights: Weights
    matches: int
    others: int
    dropped: int
    """Pairs whose label the first fit contradicted."""
    is_new: bool
    """False if there were too few pairs: then the weights are those that were given."""


def train(records: Sequence[Sourced], start: Weights, version: str) -> Trained:
    """Return weights learnt from `records`, drawn towards `start` where they say little."""
    known = [record.demographics for record in records]
    counted = _counted(known, start)
    matches, others = (
        (round(sum(each)) for each in zip(*counted.values(), strict=True)) if (counted) else (0, 0)
    )
    if min(matches, others) < FEWEST:
        return Trained(start, matches, others, 0, is_new=False)
    names = _parameters(start)
    place = {name: at for at, name in enumerate(names)}
    prior = [_value(start, name) for name in names]
    rows = [_row(features, place, *counts) for features, counts in counted.items()]
    first = fit(rows, prior, _STRENGTH)
    kept = [_kept(row, log_odds(row.features, first)) for row in rows]
    dropped = round(sum(row.matches + row.others for row in rows))
    dropped -= round(sum(row.matches + row.others for row in kept))
    found = dict(zip(names, fit(kept, prior, _STRENGTH), strict=True))
    people = len(batch.link(records, start).persons)
    learnt = _weights(start, found, version, people)
    learnt = replace(learnt, shares=adapting.shares(records, learnt))
    return Trained(learnt, matches, others, dropped, is_new=True)


_Features = tuple[tuple[Parameter, float], ...]


def _counted(known: Sequence[Demographics], weights: Weights) -> dict[_Features, tuple[int, int]]:
    """Count matches and others by their features, among pairs that share a key but the number."""
    hidden = [replace(one, nhs_number="") for one in known]
    counts: tuple[Counter[_Features], Counter[_Features]] = Counter(), Counter()
    for left, right in batch.candidates(hidden):
        numbers = known[left].number, known[right].number
        if all(numbers):
            found = tuple(_features(hidden[left], hidden[right], weights))
            counts[numbers[0] != numbers[1]][found] += 1
    return {found: (counts[0][found], counts[1][found]) for found in counts[0] | counts[1]}


def _features(
    left: Demographics, right: Demographics, weights: Weights
) -> Iterator[tuple[Parameter, float]]:
    yield _BIAS, 1.0
    named = fields.names(left, right, weights)
    bits = {"given": named.given_bits, "family": named.family_bits}
    rest = fields.others(left, right, weights)
    for each in (named.given, named.middle, named.family, *rest):
        if each.field == _NUMBER:
            continue
        yield (each.field, each.level), 1.0
        if bits.get(each.field):
            yield _PER_BIT[each.field], round(2 * bits[each.field]) / 2


def _parameters(weights: Weights) -> list[Parameter]:
    """Return what is learnt: the bias, and every level but those that a missing value leaves 0."""
    levels = [
        (name, level)
        for name, found in weights.levels.items()
        for level in found
        if name != _NUMBER
        and not (level == fields.MISSING and name not in ("given", "date of birth"))
    ]
    return [_BIAS, *levels, *_PER_BIT.values()]


def _value(weights: Weights, name: Parameter) -> float:
    if name == _BIAS:
        return weights.bias
    if name == _PER_BIT["given"]:
        return weights.given_per_bit
    if name == _PER_BIT["family"]:
        return weights.family_per_bit
    return weights.levels[name[0]][name[1]]


def _row(features: _Features, place: dict[Parameter, int], matches: int, others: int) -> Row:
    learnt = tuple((place[name], value) for name, value in features if name in place)
    return Row(learnt, matches, others)


def _kept(row: Row, odds: float) -> Row:
    return replace(
        row,
        matches=row.matches if odds >= _LEAST_OF_MATCHES else 0,
        others=row.others if odds <= _MOST_OF_OTHERS else 0,
    )


def _weights(start: Weights, found: dict[Parameter, float], version: str, people: int) -> Weights:
    levels = {
        name: {level: round(found.get((name, level), weight), 2) for level, weight in each.items()}
        for name, each in start.levels.items()
    }
    return replace(
        start,
        version=version,
        learnt_at=people,
        bias=round(found[_BIAS], 2),
        given_per_bit=round(found[_PER_BIT["given"]], 3),
        family_per_bit=round(found[_PER_BIT["family"]], 3),
        levels=levels,
    )
