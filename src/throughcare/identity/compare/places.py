"""Postcodes and telephone numbers as the index compares them."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import product
from typing import Final

from rapidfuzz.distance import OSA, JaroWinkler

_POSTCODE: Final = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}")
_DIGITS: Final = re.compile(r"[0-9]+")
_SHORTEST_PHONE: Final = 9
_OTHER: Final = "~"
"""Begins a place that is no postcode of the United Kingdom: only equal or misspelt."""
_SHORTEST_MISSPELT: Final = 4
_ALIKE: Final = 0.92
"""Similarity (Jaro-Winkler) from which an e-mail address counts as misspelt."""

EQUAL: Final = "equal"
SECTOR: Final = "sector"
DISTRICT: Final = "district"
OTHER_HOUSE: Final = "equal, other house"
ADDRESS: Final = "same address"
MAIL: Final = "same e-mail address"
MAIL_ALIKE: Final = "like e-mail address"
ONE_EDIT: Final = "one edit"
DIFFERENT: Final = "different"
MISSING: Final = "missing"

_CONTACTS: Final = (MAIL, EQUAL, MAIL_ALIKE, ONE_EDIT, DIFFERENT, MISSING)
"""What two contacts may come to, the best first."""


def postcode(text: str) -> str:
    """Return the postcode in capitals without spaces.

    It is "" for ZZ99 (no fixed abode, unknown) and for what is no postcode of the United Kingdom.
    """
    plain = re.sub(r"[^A-Z0-9]", "", text.upper())
    return "" if plain.startswith("ZZ99") or not _POSTCODE.fullmatch(plain) else plain


def place(text: str) -> str:
    """Return a postcode as `postcode` does, else any other name or code of a place, marked so.

    For tables from elsewhere. Placeholders of the United Kingdom are "".
    """
    plain = re.sub(r"[^A-Z0-9]", "", text.upper())
    if not plain or plain.startswith("ZZ99"):
        return ""
    return postcode(plain) or _OTHER + plain


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


def contact(text: str) -> str:
    """Return an e-mail address in small letters, or a telephone number as `phone` does."""
    return text.strip().casefold() if "@" in text else phone(text)


def postcode_level(left: Sequence[str], right: Sequence[str]) -> tuple[str, str, str]:
    """Return (level, left, right) of the two postcodes that agree best, of all known ones."""
    return _best(left, right, _postcode_pair, (EQUAL, SECTOR, DISTRICT, DIFFERENT))


def home_level(
    left: Sequence[str], left_lines: Sequence[str], right: Sequence[str], right_lines: Sequence[str]
) -> tuple[str, str, str]:
    """Return (level, left, right) of two homes: postcodes first, then first lines of addresses.

    An equal postcode counts less where the houses differ; an equal line makes up for a postcode
    that is missing or was mistyped.
    """
    level, one, other = postcode_level(left, right)
    is_elsewhere = one.startswith(_OTHER)  # a town, or a code of many streets
    if level == SECTOR and is_elsewhere:
        return level, one, other
    lines = [lines_agree(*pair) for pair in product(left_lines, right_lines)]
    if level == EQUAL and is_elsewhere:
        return (EQUAL if True in lines else SECTOR), one, other
    if level == EQUAL:
        other_house = bool(lines) and all(agree is False for agree in lines)
        return (OTHER_HOUSE if other_house else EQUAL), one, other
    return (ADDRESS if True in lines else level), one, other


@lru_cache(maxsize=1024)
def numbers_in(line: str) -> frozenset[str]:
    """Return the numbers in a first line: of the house, the flat."""
    return frozenset(_DIGITS.findall(line))


def lines_agree(left: str, right: str) -> bool | None:
    """Tell if two first lines name one house; None if they do not say."""
    one, other = numbers_in(left), numbers_in(right)
    if not one or not other:
        return None
    if one.isdisjoint(other):
        return False
    same = one == other and JaroWinkler.similarity(left, right) >= _ALIKE
    return True if same else None


def phone_level(left: Sequence[str], right: Sequence[str]) -> tuple[str, str, str]:
    """Return (level, left, right) of the two phones that agree best, of all known ones."""
    return _best(left, right, _phone_pair, _CONTACTS)


def _postcode_pair(left: str, right: str) -> str:
    if left == right:
        return EQUAL
    if _OTHER in (left[:1], right[:1]):
        short = min(len(left), len(right)) <= _SHORTEST_MISSPELT
        return DIFFERENT if short or not _is_slip(left, right) else SECTOR
    if sector(left) == sector(right):
        return SECTOR
    return DISTRICT if district(left) == district(right) else DIFFERENT


def _phone_pair(left: str, right: str) -> str:
    if ("@" in left) != ("@" in right):
        return MISSING
    if "@" not in left:
        return EQUAL if left == right else ONE_EDIT if _is_slip(left, right) else DIFFERENT
    if left == right:
        return MAIL
    return MAIL_ALIKE if JaroWinkler.similarity(left, right) >= _ALIKE else DIFFERENT


def _is_slip(left: str, right: str) -> bool:
    """Tell if one sign is another one, too many, missing, or has changed places with the next."""
    return OSA.distance(left, right, score_cutoff=1) == 1


def _best(
    left: Sequence[str],
    right: Sequence[str],
    level: Callable[[str, str], str],
    order: tuple[str, ...],
) -> tuple[str, str, str]:
    if len(left) == 1 == len(right):  # as most have one
        return level(left[0], right[0]), left[0], right[0]
    pairs = [(order.index(level(one, other)), one, other) for one in left for other in right]
    if not pairs:
        return MISSING, left[0] if left else "", right[0] if right else ""
    rank, one, other = min(pairs)
    return order[rank], one, other
