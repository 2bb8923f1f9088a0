"""The weights of a comparison: one JSON file, shipped with starting values to train from."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from throughcare.kernel import BadInputError

SHIPPED: Final = "weights.json"


@dataclass(frozen=True, slots=True)
class Weights:
    """Natural log-odds by field and level, with the thresholds that they are meant for."""

    version: str
    learnt_at: int
    """Number of people that `bias` was learnt at."""
    bias: float
    most_added_to_bias: float
    link_from: float
    review_from: float
    refuse_below: float
    """Two records whose score is lower are never in one person, whatever links them."""
    rival_within: float
    """A link is unsure if another person, by number, comes as near as this."""
    namesake_within: float
    """The same for a sole match: wide enough for a name spelled otherwise, too narrow for a twin
    who is called otherwise."""
    namesakes_at_most: float
    """A name and birth date may link without any agreement of place, phone or number only if fewer
    other people than this are expected to share them by chance; 0: never."""
    birth_dates: int
    """About how many dates of birth the living have."""
    unknown_bits: Mapping[str, float]
    misspelt_bits: float
    """How much less rare a family name counts that is only spelled alike."""
    given_per_bit: float
    given_at_most: float
    family_per_bit: float
    levels: Mapping[str, Mapping[str, float]]
    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """How often each level was met among one person's records where the weights were learnt, by
    field; what `adapting` draws weights by. Empty: they are not drawn to any table."""

    def bias_at(self, people: int) -> float:
        """Return the bias for an index of `people` persons: the fewer, the likelier a match."""
        added = math.log(self.learnt_at / max(people, 1))
        return self.bias + min(added, self.most_added_to_bias)

    def namesakes(self, bits: float, people: int) -> float:
        """Return how many others share a birth date and a name of rarity `bits`, by chance.

        A small index does not make chance smaller than in one of `learnt_at` people: records come
        from visitors too.
        """
        return float(max(people, self.learnt_at) * 2.0**-bits / self.birth_dates)


def read(text: str | bytes) -> Weights:
    """Read a weights file. Raises BadInputError that names what is missing or unknown."""
    try:
        values: dict[str, Any] = json.loads(text)
        weights = Weights(**values)
    except (json.JSONDecodeError, TypeError) as error:
        message = f"The weights file can't be read ({error}). Start from the shipped one."
        raise BadInputError(message) from error
    wanted = {field: set(levels) for field, levels in shipped_levels().items()}
    found = {field: set(levels) for field, levels in weights.levels.items()}
    if wanted != found:
        message = "The weights file lacks or adds a field or level. Start from the shipped one."
        raise BadInputError(message)
    _check_shares(weights)
    return weights


def _check_shares(weights: Weights) -> None:
    for field_of, shares in weights.shares.items():
        known = weights.levels.get(field_of, {})
        if not known.keys() >= shares.keys() or not all(
            0 < share <= 1 for share in shares.values()
        ):
            message = (
                f"The weights file has shares of {field_of} that are no levels, or not between "
                "0 and 1. Leave shares out to have weights taken as they are."
            )
            raise BadInputError(message)


def written(weights: Weights) -> str:
    """Return a weights file that `read` takes."""
    return json.dumps(asdict(weights), indent=2) + "\n"


def _shipped_text() -> str:
    return files("throughcare.identity.compare").joinpath(SHIPPED).read_text(encoding="utf-8")


@cache
def shipped_levels() -> Mapping[str, Mapping[str, float]]:
    """Return the levels of the shipped file: the ones that the comparisons can give."""
    levels: Mapping[str, Mapping[str, float]] = json.loads(_shipped_text())["levels"]
    return levels


@cache
def shipped() -> Weights:
    """Return the shipped weights."""
    return read(_shipped_text())
