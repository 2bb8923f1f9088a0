"""How alike two words are spelled."""

from typing import Final

from rapidfuzz.distance import JaroWinkler

from throughcare.identity.compare.slips import is_slip

ALIKE_92: Final = "spelled alike (.92)"
ALIKE_84: Final = "spelled alike (.84)"
DIFFERENT: Final = "different"

_CLOSE: Final = 0.92
_NEAR: Final = 0.84
_SHORTEST_MISSPELT: Final = 2


def alike(one: str, other: str) -> str:
    """Return the level.

    Of three letters one that is wrong is too many for the measure: ``Min`` and ``Mim``.
    """
    similarity = measured(one, other)
    if similarity >= _CLOSE:
        return ALIKE_92
    return ALIKE_84 if similarity or is_slip(one, other, _SHORTEST_MISSPELT) else DIFFERENT


def measured(one: str, other: str) -> float:
    """Return the similarity by Jaro and Winkler, 0 where it is too little to be alike."""
    return JaroWinkler.similarity(one, other, score_cutoff=_NEAR)
