"""A table of a settings file takes all that is allowed, and says what is missing."""

import pytest

from throughcare.consent.toml import Table
from throughcare.model.request import Purpose, Role

COLOURS = ("red", "green")


@pytest.mark.parametrize(
    ("written", "wrong"),
    [(["red", "green"], False), (["red"], False), ([], False), (["red", "blue"], True)],
)
def test_a_choice_may_be_of_all_that_is_allowed(written: list[str], *, wrong: bool) -> None:
    table = Table({"colours": written}, "t")
    assert table.choices("colours", COLOURS) == set(written)
    assert bool(table.faults) == wrong


def test_no_choice_is_an_empty_one() -> None:
    table = Table({}, "t")
    assert table.choices("colours", COLOURS) == frozenset()
    assert table.faults == []


@pytest.mark.parametrize("kind", [Role, Purpose])
def test_every_member_may_be_named(kind: type[Role] | type[Purpose]) -> None:
    table = Table({"who": [one.value for one in kind]}, "t")
    assert table.members("who", kind) == frozenset(kind)
    assert table.faults == []


def test_a_star_is_all_members_only_where_it_may_be() -> None:
    for star in (True, False):
        table = Table({"who": ["*"]}, "t")
        assert table.members("who", Role, star=star) == (frozenset(Role) if star else frozenset())
        assert bool(table.faults) is not star
    plain = Table({"who": ["*"]}, "t")
    assert plain.members("who", Role) == frozenset()
    assert plain.faults != []


def test_a_key_is_missing_where_nobody_says_that_it_may_be() -> None:
    table = Table({}, "t")
    table.table("a")
    table.texts("b")
    table.members("c", Role)
    assert [fault.key for fault in table.faults] == ["t.a", "t.b", "t.c"]
    silent = Table({}, "t")
    silent.table("a", optional=True)
    assert silent.texts("b", optional=True) == []
    assert silent.members("c", Role, optional=True) == frozenset()
    assert silent.faults == []
