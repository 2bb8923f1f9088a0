"""Given names of China: what its spelling can't write is a slip of the pen.

Each syllable of Chinese is one of some 400, and each way of writing them in Latin letters has one
spelling for it. So nobody is called *Wekfang*, although no list of names can hold all that may
be made of two or three syllables.
"""

from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from throughcare.identity.compare.names import Name, is_family_first, is_listed
from throughcare.identity.compare.slips import spoils

_DATA: Final = "throughcare.identity.compare"
_MOST: Final = 6
"""Letters of the longest syllable: Zhuang, Cheung, Hsiung."""


def is_misspelt(left: Name, right: Name) -> bool:
    """Tell if one given name is made of no syllables, and is the other's with a slip or two.

    Only where a word of either is a family name of China: of other names letters do not say what
    may be one. Korea and Vietnam, which share family names with China, have syllables here too.
    """
    words = left.given, left.family, right.given, right.family
    if not all(words) or not any(map(is_family_first, words)):
        return False
    one, other = left.given, right.given
    known = [is_listed(each) or is_of_syllables(each) for each in (one, other)]
    if known[0] is known[1] or one[0] != other[0]:
        return False
    return spoils(one, other) if known[0] else spoils(other, one)


@lru_cache(maxsize=65536)
def is_of_syllables(word: str) -> bool:
    """Tell if a word is nothing but syllables of one way of writing them."""
    return any(_divides(word, syllables) for syllables in _ways())


def _divides(word: str, syllables: frozenset[str]) -> bool:
    reached = {0}
    for end in range(1, len(word) + 1):
        if any(at in reached and word[at:end] in syllables for at in range(end - _MOST, end)):
            reached.add(end)
    return len(word) in reached


@cache
def _ways() -> tuple[frozenset[str], ...]:
    text = files(_DATA).joinpath("data", "syllables.txt").read_text(encoding="utf-8")
    return tuple(frozenset(line.split()[1:]) for line in text.splitlines())
