"""Which of two rules gives way: by scope first, then by time."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from consent.test_decision_table import DENY, NOW
from throughcare.consent.scope import (
    concerns,
    drops_deny,
    drops_permit,
    named,
    narrower,
    within,
)
from throughcare.model.directive import Rule

DAY = timedelta(days=1)
WIDE = Rule("Consent/a", permit=True, recorded=NOW)
NARROW = replace(WIDE, actors=frozenset({"RXX"}))
SCOPES = {"wide": WIDE, "equal": NARROW, "narrow": replace(NARROW, labels=frozenset({"PSY"}))}
"""Against a rule about the actor RXX: one that contains it, its equal, one that it contains."""


@pytest.mark.parametrize(
    ("scope", "days", "permit_falls", "denial_falls"),
    [  # a permit about RXX beside a denial of this scope, said so many days later than the permit
        ("wide", -1, False, True),
        ("wide", 0, False, True),
        ("wide", 1, True, False),
        ("equal", -1, False, True),
        ("equal", 0, False, False),
        ("equal", 1, True, False),
        ("narrow", -1, True, False),
        ("narrow", 0, True, False),
        ("narrow", 1, True, False),
    ],
)
def test_a_rule_gives_way_by_scope_then_by_time(
    scope: str,
    days: int,
    permit_falls: bool,  # noqa: FBT001 - a column of the table
    denial_falls: bool,  # noqa: FBT001 - the same
) -> None:
    denial = replace(SCOPES[scope], permit=False, recorded=NOW + days * DAY)
    assert drops_permit(denial, NARROW) is permit_falls
    assert drops_deny(NARROW, denial) is denial_falls


def test_rules_that_can_not_be_compared_drop_nothing() -> None:
    denial = replace(DENY, labels=frozenset({"PSY"}), recorded=NOW - DAY)
    assert not drops_permit(denial, NARROW)
    assert not drops_deny(NARROW, denial)
    assert not drops_permit(replace(denial, recorded=NOW + DAY), NARROW)


SPRING = (date(2026, 3, 1), date(2026, 5, 31))
LIMITS = [
    {"actors": frozenset({"RXX"})},
    {"purposes": frozenset({"TREAT"})},
    {"labels": frozenset({"PSY"})},
    {"types": frozenset({"Condition"})},
    {"custodians": frozenset({"RXX"})},
    {"authors": frozenset({"a"})},
    {"instances": frozenset({"Condition/a"})},
    {"period": SPRING},
    {"data_period": SPRING},
]


@pytest.mark.parametrize("limits", LIMITS, ids=lambda each: next(iter(each)))
def test_a_limit_in_any_dimension_makes_a_rule_narrower(limits: dict[str, object]) -> None:
    limited = replace(WIDE, **limits)  # type: ignore[arg-type]
    assert narrower(limited, WIDE)
    assert not within(WIDE, limited)
    assert within(limited, limited)
    assert not narrower(limited, limited)


@pytest.mark.parametrize(
    ("outer", "inner", "inside"),
    [
        (SPRING, SPRING, True),
        ((None, SPRING[1]), SPRING, True),
        ((SPRING[0], None), SPRING, True),
        ((None, None), None, True),
        (SPRING, None, False),
        (SPRING, (None, SPRING[1]), False),
        (SPRING, (SPRING[0], None), False),
        (SPRING, (SPRING[0] - DAY, SPRING[1]), False),
        (SPRING, (SPRING[0], SPRING[1] + DAY), False),
    ],
)
def test_a_period_lies_in_another_by_both_its_ends(
    outer: tuple[date | None, date | None],
    inner: tuple[date | None, date | None] | None,
    inside: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert within(replace(WIDE, period=inner), replace(WIDE, period=outer)) is inside


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        (SPRING[0] - DAY, False),
        (SPRING[0], True),
        (SPRING[1], True),
        (SPRING[1] + DAY, False),
    ],
)
def test_a_rule_holds_from_its_first_day_to_its_last(
    day: date,
    holds: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert concerns(replace(WIDE, period=SPRING), frozenset(), "TREAT", day) is holds


@pytest.mark.parametrize(
    ("limits", "concerned"),
    [
        ({}, True),
        ({"actors": frozenset({"RXX"})}, True),
        ({"actors": frozenset({"RYY"})}, False),
        ({"actors": frozenset({"RXX&role:nurse"})}, True),
        ({"actors": frozenset({"RXX&role:gp"})}, False),
        ({"purposes": frozenset({"TREAT"})}, True),
        ({"purposes": frozenset({"ETREAT"})}, False),
    ],
)
def test_a_rule_speaks_of_whom_and_what_for_it_names(
    limits: dict[str, frozenset[str]],
    concerned: bool,  # noqa: FBT001 - a column of the table
) -> None:
    words = frozenset({"RXX", "role:nurse", "somebody"})
    rule = replace(WIDE, **limits)  # type: ignore[arg-type]
    assert concerns(rule, words, "TREAT", SPRING[0]) is concerned


def test_a_token_of_two_words_needs_both_and_one_token_is_enough() -> None:
    tokens = frozenset({"dr&RXX", "sara&role:proxy"})
    assert named(tokens, frozenset({"dr", "RXX"}))
    assert named(tokens, frozenset({"dr", "RXX", "more"}))
    assert not named(tokens, frozenset({"dr", "sara"}))
    assert named(frozenset(), frozenset())


def test_a_rule_is_within_another_only_if_all_its_actors_are() -> None:
    outer = replace(WIDE, actors=frozenset({"RXX", "dr"}))
    assert within(replace(WIDE, actors=frozenset({"dr&RXX", "RXX"})), outer)
    assert not within(replace(WIDE, actors=frozenset({"dr", "nurse"})), outer)
