"""The verdict on two records: an additive score, and hard rules that outrank it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from throughcare.identity.compare import dates, fields
from throughcare.identity.compare.demographics import Demographics
from throughcare.identity.compare.rules import NUMBER_RULES, Rule, may_be_sole, rule_of
from throughcare.identity.compare.weights import Weights
from throughcare.model.person import Comparison


class Verdict(StrEnum):
    """What follows for the two records, others left aside."""

    LINK = "link"
    REVIEW = "review"
    APART = "apart"


_REVIEW_AT_MOST: Final = frozenset(
    {
        Rule.DIFFERENT_NUMBERS,
        Rule.TWINS,
        Rule.NAMESAKES,
        Rule.NO_BIRTH_DATE,
        Rule.NEWBORN,
        Rule.NO_PLACE,
        Rule.NO_NAME,
    }
)

DECIMALS: Final = 6
"""Of a weight: in which order its parts were added up must not decide between equal ones."""
_SPEAKS_BESIDES: Final = frozenset({Rule.SOLE_MATCH, Rule.ALL_BUT_ONE})
"""Rules that say more than the sum of what agrees: hardly anybody else is there to be meant."""
_LESS_NEEDED: Final = 3.0
"""By how much less than `link_from` they link; NUMBER_ASIDE without the number too."""


def _least_with_number(rule: Rule, weights: Weights) -> float:
    """Return the score from which two records with one NHS number are linked by `rule`."""
    if rule is Rule.NUMBER_ASIDE:
        return weights.link_from - _LESS_NEEDED + weights.levels["NHS number"]["equal"]
    return {Rule.EQUAL_NUMBER: -math.inf, Rule.CALLED_OTHERWISE: weights.link_from}.get(
        rule, math.inf
    )


class Evidence(msgspec.Struct, frozen=True):
    """What two records say about being one person, before the size of the index is known.

    A Struct, as what is made for each record that comes: a frozen dataclass takes five times as
    long to make.
    """

    weight: float
    """Sum of the weights of all fields; the bias is not in it."""
    rule: Rule
    """The hard rule that the pair falls under, or SCORE."""
    bits: float = 0.0
    """Rarity of the name where the birth date is equal: what SOLE_MATCH rests on."""

    def total(self, people: int, weights: Weights) -> float:
        """Return the score in an index of `people` persons."""
        return self.weight + weights.bias_at(people)

    def ruling(self, people: int, weights: Weights) -> Rule:
        """Return the rule in an index of `people`: NO_PLACE gives way to a name rare enough."""
        if self.rule is Rule.NO_PLACE and self.bits:
            few = weights.namesakes(self.bits, people) < weights.namesakes_at_most
            return Rule.SOLE_MATCH if few else Rule.NO_PLACE
        return self.rule

    def verdict(self, people: int, weights: Weights) -> Verdict:
        """Return the verdict in an index of `people` persons."""
        rule, total = self.ruling(people, weights), self.total(people, weights)
        if rule in NUMBER_RULES:
            least = _least_with_number(rule, weights)
            return Verdict.LINK if total >= least else Verdict.REVIEW
        if total < weights.review_from:
            return Verdict.APART
        needed = weights.link_from - (_LESS_NEEDED if rule in _SPEAKS_BESIDES else 0.0)
        if total < needed or rule in _REVIEW_AT_MOST:
            return Verdict.REVIEW
        return Verdict.LINK


@dataclass(frozen=True, slots=True)
class Score:
    """The answer for two records, with its reason."""

    total: float
    verdict: Verdict
    comparisons: tuple[Comparison, ...]
    """One a field, the bias last: their weights add up to `total`."""
    rule: str


def compare(left: Demographics, right: Demographics, weights: Weights, people: int) -> Score:
    """Compare two records in an index of `people` persons. Symmetric in the two."""
    comparisons = _comparisons(left, right, weights)
    found = _evidence(left, right, comparisons)
    bias = weights.bias_at(people)
    size = Comparison("size of the index", "", "", f"{people} people", bias)
    return Score(
        total=found.total(people, weights),
        verdict=found.verdict(people, weights),
        comparisons=(*comparisons[1], size),
        rule=found.ruling(people, weights).value,
    )


def evidence(left: Demographics, right: Demographics, weights: Weights) -> Evidence:
    """Return what the two records say, without the part that depends on the size of the index."""
    return _evidence(left, right, _comparisons(left, right, weights))


@dataclass(frozen=True, slots=True)
class Sieve:
    """Compares records for evidence that may ever matter; most that share a key have none."""

    weights: Weights
    least: float
    """The weight below which no index is so small that a pair matters."""
    most_of_names: float

    @classmethod
    def of(cls, weights: Weights) -> "Sieve":
        """Return the sieve of `weights`."""
        least = weights.review_from - weights.bias_at(1)
        return cls(weights, least, fields.most_of_names(weights))

    def evidence(self, left: Demographics, right: Demographics) -> Evidence | None:
        """Return what `evidence` does, or None if that can't matter.

        Names, which take longest to compare, are left out where no names could make up for the
        rest. What two records with one NHS number say matters always.
        """
        rest = fields.others(left, right, self.weights)
        points = sum([each.weight for each in rest])
        has_one_number = rest[-1].level == fields.EQUAL
        if points + self.most_of_names < self.least and not has_one_number:
            return None
        found = _evidence(left, right, _compared(fields.names(left, right, self.weights), rest))
        return found if found.weight >= self.least or has_one_number else None


_Compared = tuple[fields.Names, tuple[Comparison, ...]]
"""The name pair, and the comparisons: given, middle, family, date of birth, postcode, phone, sex,
NHS number."""


def _comparisons(left: Demographics, right: Demographics, weights: Weights) -> _Compared:
    return _compared(fields.names(left, right, weights), fields.others(left, right, weights))


def _compared(named: fields.Names, rest: Iterable[Comparison]) -> _Compared:
    return named, (named.given, named.middle, named.family, *rest)


def _evidence(left: Demographics, right: Demographics, compared: _Compared) -> Evidence:
    named, comparisons = compared
    level: dict[str, str] = {}
    weight = 0.0
    for each in comparisons:
        level[each.field] = each.level
        weight += each.weight
    unnamed = left.unnamed or right.unnamed
    rule = rule_of(
        level,
        named.spelling,
        unnamed=unnamed,
        is_hinted=named.is_hinted,
        is_grown_up=dates.are_grown_up(left.born, right.born),
    )
    bits = named.bits - dates.OTHERS_BITS.get(level["date of birth"], math.inf)
    return Evidence(round(weight, DECIMALS), rule, max(0.0, bits) if may_be_sole(level) else 0.0)
