"""How two records compare: pure functions from demographics to a score, and the keys to find pairs.

Nothing here knows a store, a clock or chance. The specification is the score, the rules and the
keys of the person index; the weights are one JSON file.
"""

from throughcare.identity.compare.demographics import Demographics, demographics_of, nhs_number
from throughcare.identity.compare.keys import (
    WAY,
    former_keys,
    former_name_keys,
    keys,
    name_keys,
    number_key,
)
from throughcare.identity.compare.names import Name, name_of
from throughcare.identity.compare.rows import Columns, Sourced
from throughcare.identity.compare.rules import NUMBER_RULES, Rule, may_be_sole, rule_of
from throughcare.identity.compare.score import Evidence, Score, Sieve, Verdict, compare, evidence
from throughcare.identity.compare.weights import Weights, read, shipped, written

__all__ = [
    "NUMBER_RULES",
    "WAY",
    "Columns",
    "Demographics",
    "Evidence",
    "Name",
    "Rule",
    "Score",
    "Sieve",
    "Sourced",
    "Verdict",
    "Weights",
    "compare",
    "demographics_of",
    "evidence",
    "former_keys",
    "former_name_keys",
    "keys",
    "may_be_sole",
    "name_keys",
    "name_of",
    "nhs_number",
    "number_key",
    "read",
    "rule_of",
    "shipped",
    "written",
]
