"""The check digit of SNOMED CT identifiers: Verhoeff's, over the dihedral group of order ten."""

from typing import Final

SHORTEST, LONGEST = 6, 18
"""Digits of an identifier."""
_PLACES: Final = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
"""What a digit is taken for, once for each place that it stands from the end."""


def is_sctid(text: str) -> bool:
    """Tell whether a text has the form of a SNOMED CT identifier, its check digit right.

    >>> is_sctid("35489007"), is_sctid("35489008"), is_sctid("8302-2")
    (True, False, False)
    """
    if not (SHORTEST <= len(text) <= LONGEST and text.isascii() and text.isdecimal()):
        return False
    check = 0
    for place, digit in enumerate(reversed(text)):
        value = int(digit)
        for _ in range(place % 8):
            value = _PLACES[value]
        check = _product(check, value)
    return check == 0


def _product(left: int, right: int) -> int:
    """Return the product of two symmetries of a pentagon: 0 to 4 turn it, 5 to 9 turn it over."""
    if left < 5:  # noqa: PLR2004 - sides of the pentagon
        return (left + right) % 5 if right < 5 else 5 + (left + right) % 5  # noqa: PLR2004
    return 5 + (left - right) % 5 if right < 5 else (left - right) % 5  # noqa: PLR2004
