"""How two dates of birth compare, by the kinds of error that people make in writing them."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

_SLIPS: Final = frozenset({1, 2, 10})
"""Years that a birth date is off by when a digit is misread or mistyped."""


class BirthLevel(StrEnum):
    """Comparison levels of the date of birth; the values are keys of the weights."""

    EQUAL = "equal"
    DEFAULT = "default 1 January"
    SWAPPED = "day and month swapped"
    YEAR_SLIP = "year off by 1, 2 or 10"
    ONE_PART = "one part differs"
    YEAR_ONLY = "only the year differs"
    TWO_PARTS = "two parts differ"
    THREE_PARTS = "three parts differ"
    MISSING = "missing"


COMPATIBLE: Final = frozenset(
    {
        BirthLevel.EQUAL,
        BirthLevel.SWAPPED,
        BirthLevel.DEFAULT,
        BirthLevel.ONE_PART,
        BirthLevel.YEAR_SLIP,
    }
)
"""Levels at which an equal NHS number may link without further evidence."""

OTHERS_BITS: Final[Mapping[str, float]] = {BirthLevel.EQUAL: 0.0, BirthLevel.SWAPPED: 1.0}
"""How many dates agree with one as well as this, in bits.

A year or another part that is off is no slip of the pen for certain: mother and daughter, or
cousins, of a rare name are born on other days.
"""


GROWN_UP_BEFORE: Final = 2000
"""Year of birth. Who was born before lives with a twin of theirs so seldom that another given name
is more likely their own. A year stands here since nothing that compares knows what day it is; as
time passes, the rules that ask for it become stricter and no looser."""


def are_grown_up(left: date | None, right: date | None) -> bool:
    """Tell if both were born before `GROWN_UP_BEFORE`."""
    return left is not None and right is not None and max(left, right).year < GROWN_UP_BEFORE


def is_default(born: date) -> bool:
    """Tell if it is 1 January, which stands for "only the year is known" in many systems."""
    return (born.month, born.day) == (1, 1)


def level(left: date | None, right: date | None) -> BirthLevel:
    """Return the comparison level.

    Two equal 1 Januaries count as a default: only the year is sure.
    """
    if left is None or right is None:
        return BirthLevel.MISSING
    if left.year == right.year:
        return _same_year(left, right)
    if (left.month, left.day) == (right.month, right.day):
        slip = abs(left.year - right.year) in _SLIPS
        return BirthLevel.YEAR_SLIP if slip else BirthLevel.YEAR_ONLY
    if left.month == right.month or left.day == right.day:
        return BirthLevel.TWO_PARTS
    return BirthLevel.THREE_PARTS


def _same_year(left: date, right: date) -> BirthLevel:
    if is_default(left) or is_default(right):
        return BirthLevel.DEFAULT
    if left == right:
        return BirthLevel.EQUAL
    if (left.month, left.day) == (right.day, right.month):
        return BirthLevel.SWAPPED
    if left.month == right.month or left.day == right.day:
        return BirthLevel.ONE_PART
    return BirthLevel.TWO_PARTS
