"""The hard rules of two records: what outranks the score, by the levels of their fields. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from throughcare.identity.compare import alike, dates, fields, places
from throughcare.identity.compare.fields import Spelling


class Rule(StrEnum):
    """Why the verdict is what it is."""

    SCORE = "score"
    """The score alone decided."""
    EQUAL_NUMBER = "equal NHS number, details compatible"
    SOLE_MATCH = "no place or phone agrees, but name and birth date are rare enough"
    DIFFERENT_NUMBERS = "both have a valid NHS number, and they differ"
    NUMBER_DETAILS = "equal NHS number, but birth date, given name or sex does not fit"
    NUMBER_ASIDE = "equal NHS number, one detail does not fit, the rest agrees without it"
    CALLED_OTHERWISE = "equal NHS number and home, grown up, only the given name differs"
    """One person's, unless one source has both, or a twin is near."""
    MISSPELT = "same birth date, home and surname, given name written otherwise"
    """One person's, unless one source has both: then they may be twins."""
    SLIP = "same birth date, home and surname, a slip of the pen in the given name"
    """One person's, one source's too."""
    NAMELESS = "same birth date, home and surname, one without a given name"
    """One person's, unless a twin is near."""
    TWINS = "same birth date, home and surname, other given name"
    NAMESAKES = "like name at one home, other middle name or birth date"
    """As father and son may be called, or twins."""
    ALL_BUT_ONE = "given name and address agree, of surname, birth date and sex all but one"
    """One who married, or a slip: two people differ in more."""
    NO_BIRTH_DATE = "no birth date or NHS number agrees"
    NEWBORN = "a newborn without a name"
    NO_PLACE = "no NHS number, postcode or phone agrees"
    NO_NAME = "no NHS number or name agrees"
    """Who shares a birth date and a home may be a twin."""


_NAMED_ALIKE: Final = frozenset(
    {
        fields.EXACT,
        fields.NICKNAME,
        fields.INITIAL,
        fields.OTHERS_MIDDLE,
        fields.SHORTENED,
        alike.ALIKE_92,
        alike.ALIKE_84,
    }
)
_NOT_NAMED: Final = frozenset({fields.MISSING, alike.DIFFERENT})
_LIKE_A_TWIN: Final = frozenset({alike.ALIKE_92, alike.ALIKE_84})
"""As twins may be called, who have other middle names then."""
_SPELT: Final = {
    Spelling.OTHER: Rule.TWINS,
    Spelling.UNLISTED: Rule.MISSPELT,
    Spelling.LIKE: Rule.MISSPELT,
    Spelling.SLIP: Rule.SLIP,
}
_ONE_FAMILY: Final = frozenset({fields.EXACT, alike.ALIKE_92, alike.ALIKE_84, fields.PART})
_ONE_SURNAME: Final = frozenset({fields.EXACT, alike.ALIKE_92})
_SHORT: Final = frozenset({fields.NICKNAME, fields.INITIAL})
_NOT_TWINS: Final = _SHORT | {fields.EXACT}
_SAME_PLACE: Final = frozenset({places.EQUAL, places.OTHER_HOUSE, places.ADDRESS, places.SECTOR})
_SAME_CONTACT: Final = frozenset({places.EQUAL, places.ONE_EDIT, places.MAIL, places.MAIL_ALIKE})
_SAME_HOME: Final = frozenset({places.EQUAL, places.OTHER_HOUSE, places.ADDRESS})
_OTHER_BIRTH: Final = frozenset(
    {dates.BirthLevel.YEAR_ONLY, dates.BirthLevel.TWO_PARTS, dates.BirthLevel.THREE_PARTS}
)
_NO_OTHER_BIRTH: Final = frozenset(
    {dates.BirthLevel.EQUAL, dates.BirthLevel.SWAPPED, dates.BirthLevel.DEFAULT}
)
_OF_MIDDLE: Final = frozenset({fields.OTHERS_MIDDLE, fields.MIDDLE_INITIAL})
NUMBER_RULES: Final = frozenset(
    {Rule.EQUAL_NUMBER, Rule.NUMBER_ASIDE, Rule.NUMBER_DETAILS, Rule.CALLED_OTHERWISE}
)
"""Rules of two records with one NHS number: they matter whatever they score."""


def may_be_sole(level: Mapping[str, str]) -> bool:
    """Tell if the rarity of name and birth date may say that two records are one person's.

    A misspelt name looks rare: where registers number the two otherwise, it says nothing.
    """
    return (
        level["date of birth"] in dates.OTHERS_BITS
        and level.get(fields.IDENTIFIER) != alike.DIFFERENT
        and level["family"] in (fields.EXACT, alike.ALIKE_92, alike.ALIKE_84)
        and alike.DIFFERENT not in (level["given"], level["sex"], level["middle"])
    )


def rule_of(
    level: dict[str, str],
    spelling: Spelling,
    *,
    unnamed: bool,
    is_hinted: bool = False,
    is_grown_up: bool = False,
) -> Rule:
    """Return the hard rule of two records by the level of each field, or SCORE.

    `unnamed`: one of them is a newborn without a name. `is_hinted`: see `fields.Names`.
    `is_grown_up`: see `dates.are_grown_up`.
    """
    if level["NHS number"] == alike.DIFFERENT:
        return Rule.DIFFERENT_NUMBERS
    if level["NHS number"] == fields.EQUAL:
        rule = _rule_of_number(level, spelling, is_hinted=is_hinted)
        called = rule is Rule.NUMBER_DETAILS and is_grown_up and _is_same_but_given(level)
        return Rule.CALLED_OTHERWISE if called else rule
    if unnamed:
        return Rule.NEWBORN
    if level.get(fields.IDENTIFIER) == fields.EQUAL:
        return Rule.SCORE
    if spelling is Spelling.UNLISTED and not (is_grown_up and level["sex"] == fields.EQUAL):
        spelling = Spelling.OTHER
    return _rule_of_kin(level, spelling) or _rule_of_place(level)


def _rule_of_kin(level: dict[str, str], spelling: Spelling) -> Rule | None:
    """Return the rule of two who may be father and son, or twins; None if they may not."""
    if level["date of birth"] == dates.BirthLevel.MISSING:
        return _rule_without_birth_date(level, spelling)
    if _agrees_but_for_one(level, spelling):
        return Rule.ALL_BUT_ONE
    if level["date of birth"] != dates.BirthLevel.EQUAL:
        return Rule.NAMESAKES if _may_be_of_one_family(level) else None
    return _rule_of_twins(level, spelling) if _may_be_twins(level, spelling) else None


def _rule_without_birth_date(level: dict[str, str], spelling: Spelling) -> Rule | None:
    if _same_but_birth_date(level, spelling):
        return None
    return Rule.NAMESAKES if level["middle"] == alike.DIFFERENT else Rule.NO_BIRTH_DATE


def _rule_of_twins(level: dict[str, str], spelling: Spelling) -> Rule:
    if level["given"] == level["family"] == fields.MISSING:
        return Rule.NO_NAME
    rule = Rule.NAMELESS if level["given"] == fields.MISSING else _SPELT[spelling]
    if rule is not Rule.TWINS and level["middle"] == alike.DIFFERENT:
        return Rule.NAMESAKES
    return rule


def _may_be_of_one_family(level: dict[str, str]) -> bool:
    """Tell if two born on other days may be called after each other: father, mother, child."""
    if level["given"] in _OF_MIDDLE:
        named = level["date of birth"] not in _NO_OTHER_BIRTH
    else:
        named = level["given"] == fields.EXACT and level["date of birth"] in _OTHER_BIRTH
    return named and level["family"] == fields.EXACT and _same_home(level)


def _agrees_but_for_one(level: dict[str, str], spelling: Spelling) -> bool:
    """Tell if one thing at most differs of two who are called alike at one address.

    The surname, as of who married; or a slip in the date of birth; or the sex. Two people would
    differ in more.
    """
    one_name = level["given"] in (fields.EXACT, fields.NICKNAME) or _is_misspelt(level, spelling)
    at_home = level["postcode"] in (places.EQUAL, places.ADDRESS)
    if not one_name or not at_home or level["middle"] == alike.DIFFERENT:
        return False
    differ = (
        level["family"] == alike.DIFFERENT,
        level["date of birth"] != dates.BirthLevel.EQUAL,
        level["sex"] == alike.DIFFERENT,
    )
    return level["date of birth"] in dates.COMPATIBLE and sum(differ) == 1


def _rule_of_place(level: dict[str, str]) -> Rule:
    if not _same_place(level):
        return Rule.NO_PLACE
    return Rule.NO_NAME if {level["given"], level["family"]} <= _NOT_NAMED else Rule.SCORE


def _rule_of_number(level: dict[str, str], spelling: Spelling, *, is_hinted: bool) -> Rule:
    if level["given"] in _LIKE_A_TWIN and level["middle"] == alike.DIFFERENT:
        return Rule.NUMBER_DETAILS
    if _number_fits(level) or (is_hinted and _fits_but_given(level)):
        return Rule.EQUAL_NUMBER
    if level["date of birth"] == dates.BirthLevel.MISSING:
        fits = level["sex"] != alike.DIFFERENT and _named_as_one(level, spelling)
    else:
        named = level["given"] in _NAMED_ALIKE or level["given"] == fields.MISSING
        fits = named and level["date of birth"] in dates.COMPATIBLE and _same_place(level)
    return Rule.NUMBER_ASIDE if fits else Rule.NUMBER_DETAILS


def _is_same_but_given(level: Mapping[str, str]) -> bool:
    """Tell if only the given name differs of two at one home, so that a twin would be seen near."""
    return (
        level["date of birth"] == dates.BirthLevel.EQUAL
        and level["sex"] == fields.EQUAL
        and level["given"] != fields.MISSING
        and level["middle"] != alike.DIFFERENT
        and level["family"] in _ONE_FAMILY
        and _same_home(level)
    )


def _same_but_birth_date(level: dict[str, str], spelling: Spelling) -> bool:
    """Tell if name and home agree so well that a missing birth date may be overlooked.

    A slip in a surname of three letters (Gao, Gai) is as far from it as another surname may be.
    """
    if level["middle"] == alike.DIFFERENT or not _same_home(level):
        return False
    exact, one_sex = level["given"] == fields.EXACT, level["sex"] == fields.EQUAL
    if level["family"] == alike.ALIKE_84:
        return exact and one_sex
    written = level["given"] == fields.NICKNAME or _is_misspelt(level, spelling)
    return level["family"] in _ONE_SURNAME and (exact or (written and one_sex))


def _is_misspelt(level: dict[str, str], spelling: Spelling) -> bool:
    """Tell if a slip, and no middle name, lies between the given names.

    A child may have its mother's name in the middle.
    """
    return spelling is Spelling.SLIP and level["given"] != fields.OTHERS_MIDDLE


def _named_as_one(level: dict[str, str], spelling: Spelling) -> bool:
    """Tell if names and place agree so well that an equal number needs no birth date.

    Whole names that agree need no place, and where home and given name do the surname may be
    another: that of who married.
    """
    if level["middle"] == alike.DIFFERENT:
        return False
    exact = level["given"] == fields.EXACT and level["sex"] == fields.EQUAL
    if exact and (level["family"] == fields.EXACT or _same_home(level)):
        return True
    sure = level["given"] in (fields.EXACT, fields.NICKNAME) or _is_misspelt(level, spelling)
    return sure and level["family"] in _ONE_FAMILY and _same_place(level)


def _fits_but_given(level: dict[str, str]) -> bool:
    """Tell if all but the given name says that an equal number is the person's own."""
    return (
        level["date of birth"] == dates.BirthLevel.EQUAL
        and level["family"] != alike.DIFFERENT
        and level["sex"] != alike.DIFFERENT
        and (_same_home(level) or level["family"] == fields.EXACT)
    )


def _same_place(level: dict[str, str]) -> bool:
    """Tell if home or telephone agrees, but for a slip."""
    return level["postcode"] in _SAME_PLACE or level["phone"] in _SAME_CONTACT


def _number_fits(level: dict[str, str]) -> bool:
    """Tell if nothing speaks for a relative's number."""
    return (
        level["date of birth"] in dates.COMPATIBLE
        and level["given"] in _NAMED_ALIKE
        and level["sex"] != alike.DIFFERENT
    )


def _may_be_twins(level: dict[str, str], spelling: Spelling) -> bool:
    called_otherwise = level["given"] in _SHORT and level["middle"] == alike.DIFFERENT
    return (
        level["date of birth"] == dates.BirthLevel.EQUAL
        and (_same_home(level) or level["phone"] == places.MAIL)
        and level["family"] != alike.DIFFERENT
        and (spelling is not Spelling.OTHER or level["given"] not in _NOT_TWINS or called_otherwise)
    )


def _same_home(level: Mapping[str, str]) -> bool:
    return level["postcode"] in _SAME_HOME or level["phone"] == places.EQUAL
