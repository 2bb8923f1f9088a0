"""Names of China: which word is the family name, and what is a slip of the pen."""

import pytest

from identity.people_made import who
from throughcare.identity.batch import link
from throughcare.identity.compare import Demographics, Sourced, shipped

HOME = {"postcode": "LS12 4QT", "phone": "07700 900846", "sex": "female"}


def persons(*known: tuple[str, Demographics]) -> int:
    """Return of how many persons records are, each of a source."""
    records = [Sourced(source, f"{at}", one) for at, (source, one) in enumerate(known)]
    return len(link(records, shipped()).persons)


def test_a_family_name_that_stands_first_and_a_slip_in_it_are_one_person() -> None:
    home = {"sex": "male", "postcode": "LS12 4QT"}
    for one, other, expected in (
        (("Duan", "Xiaping"), ("Xiaping", "Dun"), 1),
        (("Qiang", "Bai"), ("Bak", "Qiang"), 1),
        (("Li", "Wei"), ("Wen", "Li"), 2),
        (("Lee", "Smith"), ("Smith", "Les"), 2),
    ):
        assert persons(("gp", who(*one, **home)), ("hospital", who(*other, **home))) == expected, (
            one,
            other,
        )


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("Weifang", "Deng"), ("Wekfang", "Deng"), 1),
        (("Weifang", "Deng"), ("Weifeng", "Deng"), 2),
        (("Xie", "Jiemin"), ("Xir", "Jiemin"), 1),
        (("Min", "Hu"), ("Mim", "Hu"), 1),
        (("Lin", "Hu"), ("Lan", "Hu"), 2),
        (("Jiwan", "Song"), ("Jiwon", "Song"), 2),
        (("Weifang", "Smith"), ("Wekfang", "Smith"), 2),
    ],
)
def test_what_no_syllables_spell_is_a_slip_of_a_chinese_name_and_links_within_one_source(
    one: tuple[str, str], other: tuple[str, str], expected: int
) -> None:
    """Two that can be spelt may be twins, of Korea too; of other names syllables say nothing."""
    left, right = who(*one, **HOME), who(*other, **HOME)
    assert persons(("gp", left), ("gp", right)) == expected


def test_a_given_name_where_the_other_has_a_family_name_of_china_leaves_that_to_differ() -> None:
    home = {"sex": "female", "postcode": "LS12 4QT"}
    one = who("Jiejun", "Feng", **home)
    for other, expected in ((("Du", "Jiejun"), 1), (("Feng", "Jieming"), 2), (("Duo", "Wei"), 2)):
        assert persons(("gp", one), ("hospital", who(*other, **home))) == expected, other


def test_without_a_birth_date_a_short_surname_may_be_misspelt_of_one_sex() -> None:
    known = {"phone": "07700 900846", "postcode": "LS12 4QT"}
    for sex, expected in (("female", 1), ("", 2)):
        one = who("Chaojun", "Gao", sex="female", **known)
        other = who("Chaojun", "Gai", "", sex=sex, **known)
        assert persons(("gp", one), ("social", other)) == expected, sex
