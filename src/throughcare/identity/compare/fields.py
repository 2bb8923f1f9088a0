"""How two records compare, field by field: levels and weights, no verdict yet."""

from enum import IntEnum
from itertools import product
from typing import Final

import msgspec
from rapidfuzz.distance import OSA

from throughcare.identity.compare import dates, places
from throughcare.identity.compare.alike import ALIKE_84, ALIKE_92, DIFFERENT, alike, measured
from throughcare.identity.compare.demographics import Demographics
from throughcare.identity.compare.names import (
    Name,
    in_one_order,
    is_listed,
    is_nickname,
    is_short_form,
    rarity,
)
from throughcare.identity.compare.slips import SHORTEST, is_slip, makes_no_name
from throughcare.identity.compare.syllables import is_misspelt
from throughcare.identity.compare.weights import Weights
from throughcare.model.person import Comparison

EXACT: Final = "exact"
NICKNAME: Final = "nickname"
INITIAL: Final = "initial"
OTHERS_MIDDLE: Final = "equals other's middle"
MIDDLE_INITIAL: Final = "initial of other's middle"
PART: Final = "part of a double name"
SHORTENED: Final = "part of the other"
EQUAL: Final = "equal"
MISSING: Final = "missing"
IDENTIFIER: Final = "other identifier"

_SPELT_ALIKE: Final = frozenset({ALIKE_92, ALIKE_84})
_SHORTEST_PART: Final = 3
_LEFT_OUT: Final = 2
"""Letters that a short form lacks at least: one letter more or less is a slip of the pen."""
_INITIAL_BITS: Final = 3.0
"""Rarity of an initial, about: one in eight has the commonest."""
_ROUNDING: Final = 1e-9
"""More than the order in which weights are added up can make a difference."""
_SHORTEST_CLOSE: Final = 4
"""Letters of a short name that counts as misspelt if it is also close: ``Emma`` and ``Emmma``, but
not ``Jean`` and ``Joan``."""


class Spelling(IntEnum):
    """How two given names that are not equal may still be one, where twins are to be feared."""

    OTHER = 0
    """As the level says, no more."""
    LIKE = 1
    """One is a part of the other, or they end otherwise: as one person's may, but also, seldom,
    those of twins (Louis and Louisa)."""
    SLIP = 2
    """A slip within the word, a seldom short form that begins alike or that nobody is called by, or
    a middle name of the other's: no twin is called so."""
    UNLISTED = 3
    """Alike, and one at least is a name that no list knows: as badly misspelt names are."""


class Names(msgspec.Struct, frozen=True):
    """The pair of names that agrees best, of all names of both records, in either order."""

    given: Comparison
    middle: Comparison
    family: Comparison
    bits: float
    """Rarity of given, middle and family name together, where all agree; else 0."""
    given_bits: float = 0.0
    """Rarity of the given name where it is exact, else 0; times `given_per_bit` it weighs."""
    family_bits: float = 0.0
    """The same of the family name."""
    spelling: Spelling = Spelling.OTHER
    is_hinted: bool = False
    """The given names differ, but one may be the other's middle name, its initial or misspelt; or
    both are short, with a slip between them."""

    @property
    def weight(self) -> float:
        """Sum of the three."""
        return self.given.weight + self.middle.weight + self.family.weight


def given_level(left: Name, right: Name) -> str:
    """Return the level of the given names, the best that applies."""
    one, other = left.given, right.given
    if not one or not other:
        return MISSING
    if one == other:
        return EXACT
    if 1 in (len(one), len(other)):
        return INITIAL if one[0] == other[0] else DIFFERENT
    if is_nickname(one, other) or is_short_form(one, other):
        return NICKNAME
    if one in right.middles or other in left.middles:
        return OTHERS_MIDDLE
    similar = alike(one, other)
    if similar != ALIKE_92 and _shortened(one, other):
        similar = SHORTENED
    return MIDDLE_INITIAL if similar == DIFFERENT and _begins_middle(left, right) else similar


def _begins_middle(left: Name, right: Name) -> bool:
    """Tell if one's given name may be a middle name that the other shows by its initial alone.

    Only where the one shows no middle name itself.
    """
    if left.middles and right.middles:
        return False
    return left.given[0] in right.middles or right.given[0] in left.middles


def _shortened(one: str, other: str) -> bool:
    """Tell if one holds the other: ``Lauren`` and ``Ren``, ``Adrian`` and ``Rian``."""
    short, long = sorted((one, other), key=len)
    return len(short) >= _SHORTEST_PART and len(long) - len(short) >= _LEFT_OUT and short in long


def spelling(one: str, other: str, level: str) -> Spelling:
    """Return how two given names of a `level` are written."""
    if level == NICKNAME:
        no_name = one[0] == other[0] or not (is_listed(one) and is_listed(other))
        alike = Spelling.SLIP if no_name else Spelling.LIKE
        return Spelling.OTHER if is_nickname(one, other) else alike
    if level == OTHERS_MIDDLE:
        return Spelling.SLIP
    if level in (SHORTENED, MIDDLE_INITIAL):
        return Spelling.LIKE
    return _misspelling(one, other, level) if level in _SPELT_ALIKE else Spelling.OTHER


def _spelling(left: Name, right: Name, level: str) -> Spelling:
    """Return `spelling` of two names; of Chinese ones, syllables know more than lists."""
    if level in _SPELT_ALIKE and is_misspelt(left, right):
        return Spelling.SLIP
    return spelling(left.given, right.given, level)


def _misspelling(one: str, other: str, level: str) -> Spelling:
    if not measured(one, other):
        return Spelling.OTHER  # of three letters one tells twins apart: Lin and Lan
    shortest = _SHORTEST_CLOSE if level == ALIKE_92 else SHORTEST
    if makes_no_name(one, other, shortest):
        return Spelling.SLIP
    if is_slip(one, other, shortest):
        return Spelling.LIKE
    return Spelling.OTHER if is_listed(one) and is_listed(other) else Spelling.UNLISTED


def _is_hinted(left: Name, right: Name) -> bool:
    """Tell if one's given name may stand among the other's middle names, though not as it is."""
    return any(
        (len(middle) == 1 and middle == given[0]) or is_slip(given, middle)
        for given, middles in ((left.given, right.middles), (right.given, left.middles))
        for middle in middles
    )


def middle_level(left: Name, right: Name) -> str:
    """Return the level of the middle names; order-free, any one that agrees is enough."""
    if not left.middles or not right.middles:
        return MISSING
    if not set(left.middles).isdisjoint(right.middles):
        return EXACT
    pairs = list(product(left.middles, right.middles))
    if any(one[0] == other[0] and 1 in (len(one), len(other)) for one, other in pairs):
        return INITIAL
    if any(alike(one, other) == ALIKE_92 or is_nickname(one, other) for one, other in pairs):
        return MISSING  # a slip of the pen is neither evidence for nor against
    return DIFFERENT


def _middle_beside(left: Name, right: Name) -> str:
    """Return the level of the middle names where one's given name is a middle name of the other's.

    ``William Joseph`` and ``Joseph W`` are one; of ``Barbara Samantha`` and ``Samantha Kate`` the
    rest differs.
    """
    if not left.middles or not right.middles:
        return MISSING
    one, other = ({each.given, *each.middles} for each in (left, right))
    rest = Name(middles=tuple(one - other)), Name(middles=tuple(other - one))
    return DIFFERENT if middle_level(*rest) == DIFFERENT else MISSING


def family_level(left: Name, right: Name) -> str:
    """Return the level of the family names, the best that applies."""
    one, other = left.family, right.family
    if not one or not other:
        return MISSING
    if one == other:
        return EXACT
    similar = alike(one, other)
    if similar == ALIKE_92:
        return ALIKE_92
    if _shares_part(left.family_parts, right.family_parts):
        return PART
    return similar


def _shares_part(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    if len(left) == 1 and len(right) == 1:
        return False
    return any(len(part) >= _SHORTEST_PART for part in set(left) & set(right))


def names(left: Demographics, right: Demographics, weights: Weights) -> Names:
    """Return the pair of names with the highest weight.

    Given and family name exchanged count where both then agree.
    """
    nobody = (Name(),)
    pairs = list(product(left.names or nobody, right.names or nobody))
    straight = [_pair(one, other, weights) for one, other in pairs]
    turned = [_turned(one, other, weights) for one, other in pairs if _may_be_turned(one, other)]
    return max((*straight, *filter(None, turned)), key=_likeness)


def _likeness(pair: Names) -> tuple[float, float]:
    return pair.weight, pair.bits


def _turned(one: Name, other: Name, weights: Weights) -> Names | None:
    """Return the pair with one name read the other way round, if it may be one name.

    Which of its words is the given name is not known, and twins may differ by either: of two
    readings it is what says less, unless a list of names that stand first in China knows words of
    one place alone, or the word that both share is nobody's given name. Where that list tells and
    the given names are equal, the family name may be another, as of who married.
    """
    told = in_one_order(one, other)
    if told is not None:
        pair = _pair(*told, weights)
        if pair.given.level == EXACT and len(told[0].given) > 1:
            return pair
    else:
        readings = _pair(one.swapped(), other, weights), _pair(one, other.swapped(), weights)
        sure = [pair for pair, word in zip(readings, (one.given, other.given), strict=True)
                if is_family_turned(pair.family.level, word)]  # fmt: skip
        if sure:
            return max(sure, key=_likeness)
        pair = min(readings, key=_likeness)
    return None if DIFFERENT in (pair.given.level, pair.family.level) else pair


def is_family_turned(level: str, word: str) -> bool:
    """Tell if a `word` that one name has in place of the given name is the other's family name.

    It is, whatever the other words say, where it is equal and no list has it as a given name.
    """
    return level == EXACT and len(word) > 1 and not is_listed(word)


def _may_be_turned(one: Name, other: Name) -> bool:
    """Tell if both names are whole and the exchange could fit: a cheap look first."""
    if not (one.given and one.family and other.given and other.family):
        return False
    crossed = (one.given[0], one.family[0]) == (other.family[0], other.given[0])
    return crossed or one.given == other.family or one.family == other.given


def _pair(left: Name, right: Name, weights: Weights) -> Names:
    given, family = given_level(left, right), family_level(left, right)
    middle = _middle_beside(left, right) if given == OTHERS_MIDDLE else middle_level(left, right)
    given_bits = family_bits = bits = 0.0
    given_weight = weights.levels["given"][given]
    if given == EXACT:
        given_bits = rarity("given", left.given, weights.unknown_bits["given"])
        given_weight = min(given_weight + weights.given_per_bit * given_bits, weights.given_at_most)
    family_weight = weights.levels["family"][family]
    if family == EXACT:
        family_bits = rarity("family", left.family, weights.unknown_bits["family"])
        family_weight += weights.family_per_bit * family_bits
    if _agree(left, right, given, family):
        bits = _given_bits(left, right, given, weights) + _family_bits(left, right, family, weights)
        bits = max(bits + _middle_bits(left, right, middle, weights), 0.0)
    shown = (left.text, right.text)
    return Names(
        given=Comparison("given", *shown, given, given_weight),
        middle=Comparison("middle", *shown, middle, weights.levels["middle"][middle]),
        family=Comparison("family", *shown, family, family_weight),
        bits=bits,
        given_bits=given_bits,
        family_bits=family_bits,
        spelling=_spelling(left, right, given),
        is_hinted=given in (DIFFERENT, MIDDLE_INITIAL) and _is_hinted(left, right),
    )


def _agree(left: Name, right: Name, given: str, family: str) -> bool:
    """Tell if two names are so nearly one that its rarity says how many others have it."""
    if family not in (EXACT, ALIKE_92, ALIKE_84):
        return False
    if given in (EXACT, NICKNAME, INITIAL, OTHERS_MIDDLE):
        return True
    slip = _spelling(left, right, given) is Spelling.SLIP
    return slip or is_slip(left.given, right.given)


def _given_bits(left: Name, right: Name, given: str, weights: Weights) -> float:
    """Return the rarity of the given name.

    Of an initial, that of its letter. Of others that are not equal, that of the commoner one; less
    what may be called so too, but for a nickname.
    """
    unknown = weights.unknown_bits["given"]
    one, other = rarity("given", left.given, unknown), rarity("given", right.given, unknown)
    if given == EXACT:
        return one
    if given == INITIAL:
        return _INITIAL_BITS
    return min(one, other) - (0.0 if given == NICKNAME else weights.misspelt_bits)


def _middle_bits(left: Name, right: Name, middle: str, weights: Weights) -> float:
    """Return the rarity of the commonest middle name that both have; 0 if none agrees."""
    if middle != EXACT:
        return 0.0
    shared = set(left.middles) & set(right.middles)
    whole = [rarity("given", name, weights.unknown_bits["given"]) for name in shared if name[1:]]
    return min(whole, default=0.0)


def _family_bits(left: Name, right: Name, family: str, weights: Weights) -> float:
    """Return the rarity of the family name.

    Of two that are spelled alike, it is that of the commoner one, less what may be spelled so too:
    of what is less alike, twice as many bits.
    """
    unknown = weights.unknown_bits["family"]
    one, other = rarity("family", left.family, unknown), rarity("family", right.family, unknown)
    if family == EXACT:
        return one
    return min(one, other) - weights.misspelt_bits * (1 if family == ALIKE_92 else 2)


def most_of_names(weights: Weights) -> float:
    """Return a weight that no pair of names goes beyond."""
    levels, unknown = weights.levels, weights.unknown_bits
    per_bit = max(weights.given_per_bit, 0.0), max(weights.family_per_bit, 0.0)
    given = {**levels["given"], EXACT: levels["given"][EXACT] + per_bit[0] * unknown["given"]}
    family = {**levels["family"], EXACT: levels["family"][EXACT] + per_bit[1] * unknown["family"]}
    most_of_given = max(min(given.pop(EXACT), weights.given_at_most), *given.values())
    return most_of_given + max(family.values()) + max(levels["middle"].values()) + _ROUNDING


def others(left: Demographics, right: Demographics, weights: Weights) -> list[Comparison]:
    """Return the comparisons of date of birth, postcode, phone, sex and NHS number.

    Other identifiers are compared only where both have some.
    """
    levels = weights.levels
    level = dates.level(left.born, right.born).value
    shown = str(left.born or ""), str(right.born or "")
    found = [Comparison("date of birth", *shown, level, levels["date of birth"][level])]
    level, one, other = places.home_level(
        left.postcodes, left.addresses, right.postcodes, right.addresses
    )
    found.append(Comparison("postcode", one, other, level, levels["postcode"][level]))
    level, one, other = places.phone_level(left.phones, right.phones)
    found.append(Comparison("phone", one, other, level, levels["phone"][level]))
    level = _equality(left.sex, right.sex)
    found.append(Comparison("sex", left.sex, right.sex, level, levels["sex"][level]))
    if left.identifiers and right.identifiers:
        one, other = _closest(left.identifiers, right.identifiers)
        level = _code_level(one, other)
        found.append(Comparison(IDENTIFIER, one, other, level, levels[IDENTIFIER][level]))
    level = _equality(left.number, right.number)
    numbers = (left.nhs_number, right.nhs_number)
    found.append(Comparison("NHS number", *numbers, level, levels["NHS number"][level]))
    return found


def _closest(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, str]:
    return min(product(left, right), key=lambda pair: (OSA.distance(*pair), *sorted(pair)))


def _code_level(one: str, other: str) -> str:
    if one == other:
        return EQUAL
    slip = OSA.distance(one, other, score_cutoff=1) == 1
    return places.ONE_EDIT if slip and min(len(one), len(other)) > SHORTEST else DIFFERENT


def _equality(left: str, right: str) -> str:
    if not left or not right:
        return MISSING
    return EQUAL if left == right else DIFFERENT
