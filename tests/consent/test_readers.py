"""Every kind of reader that a person is shown: roles, in each way, and whom they named."""

from dataclasses import replace

import pytest

from consent.test_acting_dates import GRANT, directive
from consent.test_bulk import AT, SHIPPED
from throughcare.consent import readers
from throughcare.model.acting import Right
from throughcare.model.directive import Rule
from throughcare.model.request import Purpose, Role

NAMING = Rule(id="Consent/1", permit=True, recorded=AT, actors=frozenset({"RXX"}))


def named(*rules: Rule, active: bool = True) -> list[tuple[str, Role, str, str]]:
    """Return whom the person named, by name, role, organisation and account."""
    said = replace(directive(*rules), active=active)
    usual = set(readers.NAMES.values())
    found = [each for each in readers.readers(SHIPPED, [said]) if each.name not in usual]
    return sorted(
        {(each.name, each.actor.role, each.actor.organisation, each.actor.user) for each in found}
    )


def test_each_role_comes_in_the_ways_of_its_purposes() -> None:
    found = list(readers.readers(SHIPPED, []))
    for role, name in readers.NAMES.items():
        ways = [each.way for each in found if each.name == name]
        assert {way.purpose for way in ways} == SHIPPED.view(role).purposes
        assert ways == [way for way in readers.WAYS if way.purpose in SHIPPED.view(role).purposes]


def test_a_role_that_may_not_break_the_glass_is_not_shown_to_break_it() -> None:
    only = replace(SHIPPED, break_glass_roles=frozenset({Role.GP}))
    breaking = {
        each.actor.role for each in readers.readers(only, []) if each.way.purpose is Purpose.BTG
    }
    assert breaking == {Role.GP}
    (nurse,) = [
        {each.way.purpose for each in readers.readers(only, []) if each.actor.role is Role.NURSE}
    ]
    assert nurse == SHIPPED.view(Role.NURSE).purposes - {Purpose.BTG}


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("RXX", ("A hospital nurse at RXX", Role.NURSE, "RXX", "RXX")),
        ("RXX&role:psychiatrist", ("A psychiatrist at RXX", Role.PSYCHIATRIST, "RXX", "RXX")),
        ("role:gp&sara", ("A GP at sara", Role.GP, "sara", "sara")),
        ("RXX&sara", ("A hospital nurse at RXX and sara", Role.NURSE, "RXX", "sara")),
        ("role:proxy&sara", ("A hospital nurse at sara", Role.NURSE, "sara", "sara")),
    ],
)
def test_whom_the_person_named_is_shown_by_role_and_place(
    token: str, expected: tuple[str, Role, str, str]
) -> None:
    assert named(replace(NAMING, actors=frozenset({token}))) == [expected]


def test_a_role_alone_one_who_acts_and_what_is_over_name_nobody() -> None:
    assert named(replace(NAMING, actors=frozenset({"role:gp"}))) == []
    assert named(replace(NAMING, purposes=frozenset({"FAMRQT"}))) == []
    assert named(replace(NAMING, right=Right.ATTORNEY)) == []
    assert named(replace(GRANT, right=None, purposes=frozenset({"FAMRQT"}))) == []
    assert named(NAMING, active=False) == []


def test_who_may_act_and_read_is_shown() -> None:
    both = replace(NAMING, purposes=frozenset({"FAMRQT", "TREAT"}))
    assert [name for name, *_ in named(both)] == ["A hospital nurse at RXX"]
