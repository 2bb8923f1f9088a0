"""The switches of "who can see my record": Consents of a form that is known again."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from consent import strategies
from throughcare.consent import directives
from throughcare.consent.choices import SWITCHES, Switch, closing, is_shared, refusal, withdrawn
from throughcare.model.directive import Directive, PersonContext

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
each_switch = pytest.mark.parametrize("switch", SWITCHES.values(), ids=list(SWITCHES))


def read(consent: dict[str, Any]) -> Directive:
    return directives.read(consent | {"id": "switch"}, subject=1, version=1)


def context(*consents: dict[str, Any]) -> PersonContext:
    return PersonContext(strategies.PERSON, tuple(read(consent) for consent in consents))


@each_switch
def test_a_switch_stands_at_yes_while_nothing_was_said(switch: Switch) -> None:
    assert is_shared(context(), switch)


@each_switch
def test_a_switch_turned_off_is_a_consent_that_can_be_read(switch: Switch) -> None:
    directive = read(refusal(switch, "Patient/p", AT))
    assert directive.active
    assert directive.unreadable == ()
    assert [rule.permit for rule in directive.rules] == [False]
    assert directive.recorded == AT


@each_switch
def test_a_switch_is_known_again_and_no_other_is_taken_for_it(switch: Switch) -> None:
    said = context(refusal(switch, "Patient/p", AT))
    assert [key for key, other in SWITCHES.items() if not is_shared(said, other)] == [switch.key]


@each_switch
def test_turning_on_again_makes_the_same_consent_inactive_and_adds_no_permit(
    switch: Switch,
) -> None:
    off = refusal(switch, "Patient/p", AT)
    on = withdrawn(off)
    assert {**on, "status": "active"} == off
    assert is_shared(context(on), switch)
    assert not any(rule.permit for rule in read(on).rules)


def test_a_denial_that_another_source_recorded_in_the_same_terms_is_the_same_switch() -> None:
    elsewhere = refusal(SWITCHES["mental-health"], "Patient/p", AT) | {"dateTime": "2019-05-01"}
    said = context(elsewhere)
    assert not is_shared(said, SWITCHES["mental-health"])
    assert closing(said.directives, SWITCHES["mental-health"]) == list(said.directives)


def test_a_denial_of_less_than_the_switch_is_not_the_switch() -> None:
    whole = read(refusal(SWITCHES["all"], "Patient/p", AT))
    one_reader = replace(whole.rules[0], actors=frozenset({"RXX"}))
    narrower = replace(whole, rules=(one_reader,))
    assert closing([whole], SWITCHES["all"]) == [whole]
    assert closing([narrower], SWITCHES["all"]) == []


def test_mental_health_and_dementia_are_choices_of_their_own() -> None:
    assert not SWITCHES["mental-health"].labels & SWITCHES["dementia"].labels


@each_switch
def test_a_switch_is_at_no_by_one_rule_of_a_consent_that_says_more(switch: Switch) -> None:
    consent = refusal(switch, "Patient/p", AT)
    off = read(consent)
    other = replace(off.rules[0], id="other", actors=frozenset({"RXX"}))
    both = replace(off, rules=(*off.rules, other))
    assert closing([both], switch) == [both]
    assert closing([replace(off, rules=(other,))], switch) == []
