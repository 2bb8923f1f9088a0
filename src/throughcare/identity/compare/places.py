"""Postcodes and telephone numbers as the index compares them."""

import re
from collections.abc import Callable, Iterable
from typing import Final

from rapidfuzz.distance import Levenshtein

_POSTCODE: Final = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}")
_SHORTEST_PHONE: Final = 9

EQUAL: Final = "equal"
SECTOR: Final = "sector"
DISTRICT: Final = "district"
ONE_EDIT: Final = "one edit"
DIFFERENT: Final = "different"
MISSING: Final = "missing"


def postcode(text: str) -> str:
    """Return the postcode in capitals without spaces.

    It is "" for ZZ99 (no fixed abode, unknown) and for what is no postcode of the United Kingdom.
    """
    plain = re.sub(r"[^A-Z0-9]", "", text.upper())
    return "" if plain.startswith("ZZ99") or not _POSTCODE.fullmatch(plain) else plain


def sector(code: str) -> str:
    """Return the sector of a normalised postcode: ``LS12 4`` of ``LS124QT``."""
    return code[:-2]


def district(code: str) -> str:
    """Return the district of a normalised postcode: ``LS12`` of ``LS124QT``."""
    return code[:-3]


def phone(text: str) -> str:
    """Return the digits in national form (``+44 770..`` -> ``0770..``), "" if too few."""
    digits = re.sub(r"[^0-9]", "", text.replace("(0)", ""))
    for prefix in ("0044", "44"):
        if digits.startswith(prefix):
            digits = "0" + digits.removeprefix(prefix).removeprefix("0")
            break
    return digits if len(digits) >= _SHORTEST_PHONE else ""


def postcode_level(left: Iterable[str], right: Iterable[str]) -> tuple[str, str, str]:
    """Return (level, left, right) of the two postcodes that agree best, of all known ones."""
    return _best(left, right, _postcode_pair, (EQUAL, SECTOR, DISTRICT, DIFFERENT))


def phone_level(left: Iterable[str], right: Iterable[str]) -> tuple[str, str, str]:
    """Return (level, left, right) of the two phones that agree best, of all known ones."""
    return _best(left, right, _phone_pair, (EQUAL, ONE_EDIT, DIFFERENT))


def _postcode_pair(left: str, right: str) -> str:
    if left == right:
        return EQUAL
    if sector(left) == sector(right):
        return SECTOR
    return DISTRICT if district(left) == district(right) else DIFFERENT


def _phone_pair(left: str, right: str) -> str:
    if left == right:
        return EQUAL
    return ONE_EDIT if Levenshtein.distance(left, right, score_cutoff=1) == 1 else DIFFERENT


def _best(
    left: Iterable[str],
    right: Iterable[str],
    level: Callable[[str, str], str],
    order: tuple[str, ...],
) -> tuple[str, str, str]:
    pairs = [(order.index(level(one, other)), one, other) for one in left for other in right]
    if not pairs:
        return MISSING, next(iter(left), ""), next(iter(right), "")
    rank, one, other = min(pairs)
    return order[rank], one, other
