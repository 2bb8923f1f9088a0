"""Weights drawn to the errors of one table, without labels made by people. Pure.

A pair that would surely link without a field tells how often that field is written otherwise among
one person's records. Where that is more often than where the weights were learnt, the difference
counts less against. Nothing counts less for one person than it did, and no rule changes.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zlib import crc32

from throughcare.identity import batch
from throughcare.identity.compare import Demographics, Sourced, Weights, fields

FIELDS: Final = ("given", "family", "date of birth")
"""Fields that are drawn. What tells homes and registers apart differs too much in kind."""
SURE: Final = 8.0
"""Score without the field from which a pair is taken to be one person's: link and three more."""
STRENGTH: Final = 100.0
"""Pairs of the table that count as much as the weights' own shares; fewer draw nothing."""
_AT_ONCE: Final = 20_000
"""Records up to which all pairs are looked at; of larger tables as many pairs as of so many."""
_LEAST_SHARE: Final = 0.0005
"""What is seldomer is chance: it is taken to be as frequent as this."""
_LEAST_AGAINST: Final = 0.5
"""Part of its weight that a difference keeps against one person, however frequent it is."""
_MOST_LOUDER: Final = 2.0
"""How much more a level may weigh that speaks for one person."""

Shares = Mapping[str, Mapping[str, float]]
"""By field and level: the share of one person's pairs, where both have the field."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What two records show."""

    levels: tuple[tuple[str, str], ...]
    """(field, level) of every field that is compared."""
    given_bits: float
    """Rarity of the given name where it is exact, else 0."""
    family_bits: float

    def weights(self, weights: Weights) -> dict[str, float]:
        """Return what each field weighs."""
        found = {field: weights.levels[field][level] for field, level in self.levels}
        given = found["given"] + weights.given_per_bit * self.given_bits
        found["given"] = min(given, weights.given_at_most) if self.given_bits else found["given"]
        found["family"] += weights.family_per_bit * self.family_bits
        return found


def adapted(records: Sequence[Sourced], weights: Weights) -> Weights:
    """Return `weights` drawn to `records`; the same for any order of them.

    Weights that do not say their shares are returned as they are.
    """
    return drawn(_counted(records, weights), len(records), weights) if weights.shares else weights


def shares(records: Sequence[Sourced], weights: Weights) -> Shares:
    """Return the shares of `records`, to be kept with weights that were learnt from them."""
    sure = _sure(_counted(records, weights), len(records), weights)
    return {field: _shares(sure[field], weights.levels[field]) for field in FIELDS if sure[field]}


def mark(local_id: str) -> int:
    """Return a number for what a record is called, to draw pairs by."""
    return crc32(local_id.encode())


def step(records: int) -> int:
    """Return of how many pairs one is looked at: those whose marks add up to a multiple of it."""
    return -(-records // _AT_ONCE)


def seen(left: Demographics, right: Demographics, weights: Weights) -> Seen:
    """Return what two records show."""
    named = fields.names(left, right, weights)
    rest = fields.others(left, right, weights)
    levels = ((each.field, each.level) for each in (named.given, named.middle, named.family, *rest))
    return Seen(tuple(levels), named.given_bits, named.family_bits)


def drawn(counted: Mapping[Seen, int], records: int, weights: Weights) -> Weights:
    """Return `weights` drawn to a table of so many records, of which `counted` pairs were seen."""
    sure = _sure(counted, records, weights)
    levels = dict(weights.levels)
    for field, known in weights.shares.items():
        total = sum(sure[field].values()) + STRENGTH
        if total < 2 * STRENGTH:
            continue
        levels[field] = dict(levels[field]) | {
            level: _drawn(levels[field][level], (sure[field][level] / share + STRENGTH) / total)
            for level, share in known.items()
        }
    return replace(weights, levels=levels)


def _drawn(weight: float, times: float) -> float:
    """Return the weight of a level that is so many times as frequent as where it was learnt."""
    most = weight * _LEAST_AGAINST if weight < 0 else weight + _MOST_LOUDER
    return round(max(weight, min(weight + math.log(times), most)), 2)


def _shares(counts: Mapping[str, int], levels: Iterable[str]) -> dict[str, float]:
    total = sum(counts.values())
    return {
        level: round(max(counts.get(level, 0) / total, _LEAST_SHARE), 5)
        for level in levels
        if level != fields.MISSING
    }


def _counted(records: Sequence[Sourced], weights: Weights) -> Counter[Seen]:
    known = [record.demographics for record in records]
    marks = [mark(record.local_id) for record in records]
    every = step(len(records))
    return Counter(
        seen(known[one], known[other], weights)
        for one, other in batch.candidates(known)
        if (marks[one] + marks[other]) % every == 0
    )


def _sure(counted: Mapping[Seen, int], records: int, weights: Weights) -> dict[str, Counter[str]]:
    """Count levels by field, of pairs that are sure without that field."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    bias = weights.bias_at(records)
    for each, count in counted.items():
        weighed = each.weights(weights)
        total = math.fsum(weighed.values()) + bias
        for field, level in each.levels:
            if field in FIELDS and level != fields.MISSING and total - weighed[field] >= SURE:
                found[field][level] += count
    return found
