"""What levels weigh together, and the rule that they fall under, asked once for each set."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from throughcare.identity.bulk.naming import Frame
from throughcare.identity.compare import NUMBER_RULES, Rule, Weights, fields, may_be_sole, rule_of

RULES: Final = tuple(Rule)
FIELDS: Final = {
    "given": "given",
    "middle": "middle",
    "family": "family",
    "birth": "date of birth",
    "home": "postcode",
    "phone": "phone",
    "sex": "sex",
    "identifier": fields.IDENTIFIER,
    "number": "NHS number",
}
"""Fields of the weights by the name of their type in SQL, in the order of `levelled.code`."""
_BITS, _NO_LEVEL = 4, 15
_SPELLING, _UNNAMED, _GROWN_UP = 36, 1 << 38, 1 << 39
"""Where the spelling stands, two bits, and the flags of a newborn without a name and of two who are
grown up."""


def weighed(codes: Iterable[int], weights: Weights) -> Frame:
    """Return weight, rule and what else follows from levels, of each code."""
    found = [_weighed(code, weights) for code in codes]
    columns = list(zip(*found, strict=True)) or [()] * len(_TYPES)
    return {
        name: np.array(column, kind)
        for (name, kind), column in zip(_TYPES.items(), columns, strict=True)
    }


_TYPES: Final = {
    "weight": np.float64,
    "rule": np.int8,
    "asks_rarity": np.bool_,
    "is_of_number": np.bool_,
    "most_for_bits": np.float64,
}


def _weighed(code: int, weights: Weights) -> tuple[float, int, bool, bool, float]:
    level = levels(code, weights)
    weight = sum(weights.levels[field][each] for field, each in level.items())
    spelling = fields.Spelling(code >> _SPELLING & 3)
    rule = rule_of(
        level, spelling, unnamed=bool(code & _UNNAMED), is_grown_up=bool(code & _GROWN_UP)
    )
    exact = level["given"] == fields.EXACT
    most = weights.given_at_most - weights.levels["given"][fields.EXACT] if exact else 0.0
    return weight, RULES.index(rule), _asks_rarity(rule, level), rule in NUMBER_RULES, most


def levels(code: int, weights: Weights) -> dict[str, str]:
    """Return the level of each field that a code holds, by field."""
    found = {}
    for place, field in enumerate(FIELDS.values()):
        at = code >> _BITS * place & _NO_LEVEL
        if at != _NO_LEVEL:
            found[field] = list(weights.levels[field])[at]
    return found


def _asks_rarity(rule: Rule, level: dict[str, str]) -> bool:
    """Tell if the rarity of the whole name may decide: those few pairs are asked for as a whole."""
    return rule is Rule.NO_PLACE and may_be_sole(level)
