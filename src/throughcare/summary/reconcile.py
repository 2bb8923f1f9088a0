"""The same thing from several sources, found by shared codes or equal wording."""

import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

_TAG = re.compile(r"\((?:disorder|finding|situation|product|substance|event)\)")
_NOISE = re.compile(r"[^\w%/.]+")


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Return `text` without case, accents, punctuation and SNOMED CT's semantic tag.

    One wording stands in many entries, so the answer is kept.

    >>> fold("Dementia (disorder)") == fold("dementia")
    True
    """
    if text.isascii():
        plain = text.lower()
    else:
        plain = unicodedata.normalize("NFKD", text).casefold()
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(_NOISE.sub(" ", _TAG.sub(" ", plain)).split())


def same_things(items: Sequence[T], keys: Callable[[T], Iterable[Hashable]]) -> list[list[T]]:
    """Group items that share a key, directly or through others; groups and members keep order.

    An item without keys is a group of its own.
    """
    leader = list(range(len(items)))

    def find(place: int) -> int:
        while leader[place] != place:
            leader[place] = leader[leader[place]]
            place = leader[place]
        return place

    owner: dict[Hashable, int] = {}
    for place, item in enumerate(items):
        for key in keys(item):
            left, right = find(owner.setdefault(key, place)), find(place)
            leader[max(left, right)] = min(left, right)
    groups: dict[int, list[T]] = {}
    for place, item in enumerate(items):
        groups.setdefault(find(place), []).append(item)
    return list(groups.values())
