"""Chance as a value: a small seeded generator that is handed to whoever needs it."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


class Chance:
    """SplitMix64 (Steele, Lea and Flood, 2014): the same seed gives the same choices for ever.

    Made for test people. Whoever must not be able to guess needs another source.
    """

    def __init__(self, seed: int) -> None:
        """Start at `seed`."""
        self._seed = seed & _MASK
        self._state = self._seed

    def bits(self) -> int:
        """Return the next 64 bits as a number."""
        self._state = (self._state + _GOLDEN) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)

    def branch(self, name: str) -> "Chance":
        """Return a generator of its own for `name`: what others draw does not shift it."""
        mark = 0xCBF29CE484222325
        for byte in name.encode():
            mark = ((mark ^ byte) * 0x100000001B3) & _MASK
        return Chance(self._seed ^ mark)

    def below(self, end: int) -> int:
        """Return a number from 0 to `end` - 1; `end` is at least 1."""
        return (self.bits() * end) >> 64

    def between(self, low: int, high: int) -> int:
        """Return a number from `low` to `high`, both possible."""
        return low + self.below(high - low + 1)

    def happens(self, percent: int) -> bool:
        """Return True in `percent` of a hundred cases."""
        return self.below(100) < percent

    def choice(self, things: Sequence[T]) -> T:
        """Return one of `things`, which are not empty."""
        return things[self.below(len(things))]

    def uuid(self) -> str:
        """Return a version 4 UUID in its text form."""
        number = (self.bits() << 64) | self.bits()
        number = (number & ~(0xF << 76) | (0x4 << 76)) & ~(0x3 << 62) | (0x2 << 62)
        text = f"{number:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
