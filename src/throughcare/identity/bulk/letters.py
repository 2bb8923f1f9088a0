"""Levels that letters tell, asked once for each two different texts that meet."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from throughcare.identity.bulk.naming import Frame
from throughcare.identity.bulk.normal import Normal
from throughcare.identity.compare import Name, alike, fields, places
from throughcare.identity.compare.names import in_one_order
from throughcare.identity.compare.syllables import is_misspelt

Ask = Callable[[Sequence[int], Sequence[int]], Frame]
"""From the numbers of two texts each to the columns that their answers fill."""
_Written = tuple[int, int, int]
"""The numbers of a given name, middle names and a family name."""
_FINAL: Final = frozenset({fields.NICKNAME, fields.INITIAL})
"""Levels of given names that middle names do not change."""


class Letters:
    """The texts behind the numbers of one table."""

    def __init__(self, known: Normal) -> None:
        """Take names and lines by number."""
        self._given = [Name(given=name) for name in known.given.names]
        self._middle = [Name(middles=each) for each in known.given.middles]
        self._family = [Name(family=name, family_parts=each) for name, each in known.family.forms]
        self._given_as_family = [
            Name(family=name, family_parts=(name,)) for name in known.given.names
        ]
        self._line = known.lines

    def askers(self) -> Iterator[tuple[str, Ask]]:
        """Yield who to ask, by the beginning of the table of answers."""
        yield "given", self._ask_given
        yield "middle", self._ask_middle
        yield "family", self._ask_family
        yield "line", self._ask_line

    def turned(self, met: Mapping[str, npt.NDArray[np.int32]]) -> list[bool]:
        """Tell which pairs of names read otherwise than word by word.

        They may be one name, given and family name exchanged, or a misspelt one of China.
        """
        sides = [
            [met[f"{side}{part}"].tolist() for part in ("given", "middle", "form")]
            for side in ("", "other_")
        ]
        ones, others = (list(zip(*side, strict=True)) for side in sides)
        return [self._reads_otherwise(*pair) for pair in zip(ones, others, strict=True)]

    def _reads_otherwise(self, one: _Written, other: _Written) -> bool:
        """Tell if one of two names, turned, is not different from the other, or is misspelt.

        Lists and syllables are looked at first, then family names: few fit.
        """
        names = self._name(*one), self._name(*other)
        told = in_one_order(*names)
        if is_misspelt(*names) or (told is not None and told[0].given == told[1].given):
            return True
        as_family = self._given_as_family
        level = fields.family_level(as_family[one[0]], self._family[other[2]])
        if fields.is_family_turned(level, as_family[one[0]].family):
            return True
        if level != alike.DIFFERENT:
            names = self._name(*one).swapped(), self._name(*other)
            if fields.given_level(*names) != alike.DIFFERENT:
                return True
        level = fields.family_level(self._family[one[2]], as_family[other[0]])
        if level == alike.DIFFERENT:
            return False
        names = self._name(*one), self._name(*other).swapped()
        return (
            fields.is_family_turned(level, as_family[other[0]].family)
            or fields.given_level(*names) != alike.DIFFERENT
        )

    def _name(self, given: int, middle: int, form: int) -> Name:
        family = self._family[form]
        return Name(
            self._given[given].given,
            self._middle[middle].middles,
            family.family,
            family.family_parts,
        )

    def _ask_given(self, ones: Sequence[int], others: Sequence[int]) -> Frame:
        pairs = [(self._given[one], self._given[other]) for one, other in _both(ones, others)]
        levels = [fields.given_level(*pair) for pair in pairs]
        final = [
            level in _FINAL or 1 in (len(one.given), len(other.given))
            for level, (one, other) in zip(levels, pairs, strict=True)
        ]
        spelling = [
            fields.spelling(one.given, other.given, level)
            for level, (one, other) in zip(levels, pairs, strict=True)
        ]
        return {
            "level": np.array(levels, object),
            "is_final": np.array(final, bool),
            "spelling": np.array(spelling, np.int8),
        }

    def _ask_middle(self, ones: Sequence[int], others: Sequence[int]) -> Frame:
        names = self._middle
        levels = [fields.middle_level(names[one], names[at]) for one, at in _both(ones, others)]
        return {"level": np.array(levels, object)}

    def _ask_family(self, ones: Sequence[int], others: Sequence[int]) -> Frame:
        names = self._family
        levels = [fields.family_level(names[one], names[at]) for one, at in _both(ones, others)]
        return {"level": np.array(levels, object)}

    def _ask_line(self, ones: Sequence[int], others: Sequence[int]) -> Frame:
        lines = self._line
        levels = [places.lines_agree(lines[one], lines[at]) for one, at in _both(ones, others)]
        return {"level": np.array(levels, object)}


def _both(ones: Sequence[int], others: Sequence[int]) -> Iterator[tuple[int, int]]:
    return zip(ones, others, strict=True)
