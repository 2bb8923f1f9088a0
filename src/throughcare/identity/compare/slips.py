"""What a slip of the pen makes of a given name, and what is another name."""

from typing import Final

from rapidfuzz.distance import OSA, Prefix

from throughcare.identity.compare.names import is_listed

SHORTEST: Final = 5
"""Letters of a name in which one slip is a slip whatever else is known."""
_SHORTEST_LISTED: Final = 3
"""The same where one of two names is listed and the other is none that anybody knows."""
_MOST: Final = 2
_VOWELS: Final = frozenset("aeiouyh")
_MUTE: Final = frozenset("ehy")
"""Letters at an end without which no name is left: Jad of Jade. Without an a it may be a man's."""
_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def is_slip(one: str, other: str, shortest: int = SHORTEST) -> bool:
    """Tell if one slip of the pen lies between two names of `shortest` letters that begin alike.

    Twins' names often rhyme; those differ in their first letter.
    """
    if min(len(one), len(other)) < shortest or one[0] != other[0]:
        return False
    return OSA.distance(one, other, score_cutoff=1) == 1


def makes_no_name(one: str, other: str, shortest: int) -> bool:
    """Tell if a slip or two lie between two names that begin alike, and one is no other name.

    What is listed is a name: Martha and Marsha are two. Endings make names of names: Louis and
    Louisa, Kerry and Kerrie. Where the list knows neither, another letter may make another name as
    well (Samina and Samira), unless it is the next one on a keyboard.
    """
    listed = is_listed(one), is_listed(other)
    if all(listed) or one[0] != other[0]:
        return False
    if any(listed):
        name, written = (one, other) if listed[0] else (other, one)
        return spoils(name, written)
    return _are_unknown_alike(one, other, shortest)


def spoils(name: str, written: str) -> bool:
    """Tell if `written`, which nobody is called, is a `name` with a slip or two."""
    short = min(len(name), len(written))
    lost = name in {written + letter for letter in _MUTE}
    if short < _SHORTEST_LISTED or (_end_otherwise(name, written) and not lost):
        return False
    most = _MOST if short >= SHORTEST and name[-1] == written[-1] else 1
    return OSA.distance(name, written, score_cutoff=most) <= most


def _are_unknown_alike(one: str, other: str, shortest: int) -> bool:
    """Tell if two names that no list knows are one, since no other letter stands in one of them."""
    short = min(len(one), len(other))
    if short < shortest or one[-1] != other[-1]:
        return False
    if len(one) == len(other) and sorted(one) != sorted(other):
        return short >= SHORTEST and _is_beside(one, other)
    most = _MOST if short >= SHORTEST else 1
    return OSA.distance(one, other, score_cutoff=most) <= most


def _is_beside(one: str, other: str) -> bool:
    """Tell if two names of one length differ by one consonant, the next one on a keyboard."""
    differ = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    if len(differ) != 1 or not _VOWELS.isdisjoint(differ[0]):
        return False
    places = [(row, line.index(letter)) for letter in differ[0]
              for row, line in enumerate(_ROWS) if letter in line]  # fmt: skip
    return (
        len(places) == len(differ[0])
        and places[0][0] == places[1][0]
        and abs(places[0][1] - places[1][1]) == 1
    )


def _end_otherwise(one: str, other: str) -> bool:
    """Tell if two names differ by their last vowels alone."""
    begun = Prefix.similarity(one, other)
    return one[-1] != other[-1] and _VOWELS.issuperset(one[begun:] + other[begun:])
