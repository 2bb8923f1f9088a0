"""What is shown as ended is what the decision has ended, and keeping it opens it again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from consent import strategies
from throughcare.consent import conflicts
from throughcare.consent.scope import drops_deny, drops_permit, within
from throughcare.model.directive import Directive, Rule

AT = datetime(2024, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
HOSPITAL = Rule("Consent/h", permit=True, recorded=AT - YEAR, actors=frozenset({"RXX"}))
EVERYBODY = Rule("Consent/no", permit=False, recorded=AT)


def directive(rule: Rule) -> Directive:
    return Directive(rule.id.partition("#")[0], 1, 1, rule.recorded, active=True, rules=(rule,))


def test_a_later_no_to_everybody_ends_an_exception_and_a_newer_exception_stands() -> None:
    ended = conflicts.ended([directive(HOSPITAL), directive(EVERYBODY)])
    assert [(each.consent, each.by) for each in ended] == [("Consent/h", EVERYBODY)]
    again = replace(HOSPITAL, recorded=AT)
    assert conflicts.ended([directive(again), directive(EVERYBODY)]) == ()
    assert conflicts.ended([directive(HOSPITAL), directive(EVERYBODY)], "Consent/other") == ()


def test_a_later_yes_to_everything_leaves_a_narrow_no_and_says_so() -> None:
    psychiatry = Rule("Consent/8", permit=False, recorded=AT, labels=frozenset({"PSY"}))
    everything = Rule("Consent/10", permit=True, recorded=AT + YEAR)
    (stays,) = conflicts.unopened([directive(psychiatry), directive(everything)])
    assert (stays.rule, stays.by) == (psychiatry, everything)
    same = replace(everything, labels=frozenset({"PSY"}))
    assert conflicts.unopened([directive(psychiatry), directive(same)]) == ()


def test_what_is_inactive_or_the_systems_own_is_no_conflict() -> None:
    inactive = replace(directive(HOSPITAL), active=False)
    system = replace(EVERYBODY, system=True)
    assert conflicts.ended([inactive, directive(EVERYBODY)]) == ()
    assert conflicts.ended([directive(HOSPITAL), directive(system)]) == ()


@settings(max_examples=200, deadline=None)
@given(st.lists(strategies.RULES, min_size=1, max_size=4))
def test_each_ended_choice_is_dropped_and_saying_it_again_makes_it_stand(rules: list[Rule]) -> None:
    named = [replace(rule, id=f"Consent/{n}", system=False) for n, rule in enumerate(rules)]
    latest = max(rule.recorded for rule in named)
    for conflict in conflicts.ended(map(directive, named)):
        assert drops_permit(conflict.by, conflict.rule)
        again = replace(conflict.rule, recorded=latest)
        denies = [rule for rule in named if not rule.permit and within(again, rule)]
        assert not any(drops_permit(deny, again) for deny in denies if not within(deny, again))
        for deny in denies:
            assert drops_deny(again, deny) or within(deny, again)
    for conflict in conflicts.unopened(map(directive, named)):
        assert not drops_deny(conflict.by, conflict.rule)
        assert conflict.by.recorded > conflict.rule.recorded


def test_the_newest_of_several_that_end_a_choice_is_told() -> None:
    rules = [replace(EVERYBODY, id=f"Consent/{n}", recorded=AT + n * YEAR) for n in (1, 3, 2)]
    (ended,) = conflicts.ended(map(directive, [HOSPITAL, *rules]))
    assert ended.by.id == "Consent/3"
