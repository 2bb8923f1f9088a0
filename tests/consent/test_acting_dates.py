"""How one grant stands on the first and last day of everything that bounds it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from throughcare.consent import acting
from throughcare.consent.acting import State
from throughcare.consent.proxies import Proxies
from throughcare.model.acting import CapacityFinding, Right
from throughcare.model.directive import Directive, PersonContext, Rule
from throughcare.model.request import Purpose

DAY = date(2026, 11, 24)
PROXIES = Proxies()
AT = datetime(2024, 1, 1, tzinfo=UTC)
GRANT = Rule(
    "Consent/1",
    permit=True,
    recorded=AT,
    actors=frozenset({"sara&role:proxy"}),
    purposes=frozenset({Purpose.FAMRQT.value}),
    right=Right.PARENTAL,
)
PLAIN = replace(GRANT, purposes=frozenset(), right=None, actors=frozenset({"dr"}))


def directive(*rules: Rule, active: bool = True, ended: bool = False) -> Directive:
    return Directive("Consent/1", 1, 1, AT, active=active, ended=ended, rules=rules)


def stands(rule: Rule, day: date, born: date | None = None, *capacity: CapacityFinding) -> State:
    return acting.standing(rule, PersonContext(7, born=born, capacity=capacity), PROXIES, day).state


def test_who_acts_and_who_once_did_are_told_apart() -> None:
    for active, ended, ever in ((True, False, True), (False, True, True), (False, False, False)):
        context = PersonContext(7, (directive(GRANT, PLAIN, active=active, ended=ended),))
        assert acting.ever_acted(context, "sara") is ever
        assert acting.accounts(context) == ({"sara", "role:proxy"} if active else set())
        assert not acting.ever_acted(context, "dr")
        assert not acting.ever_acted(context, "somebody")


def test_one_word_of_one_actor_is_enough_to_be_named() -> None:
    rule = replace(GRANT, actors=frozenset({"sara&role:proxy", "tom"}))
    assert acting.names(rule, "sara")
    assert acting.names(rule, "tom")
    assert not acting.names(rule, "sar")


def test_a_denial_and_what_names_nobody_are_no_grants() -> None:
    assert acting.is_grant(GRANT)
    assert not acting.is_grant(replace(GRANT, permit=False))
    assert not acting.is_grant(replace(GRANT, actors=frozenset()))


def test_a_grant_stands_on_its_first_and_its_last_day() -> None:
    own = replace(GRANT, right=Right.DELEGATION, period=(DAY, DAY + timedelta(2)))
    found = [stands(own, DAY + timedelta(days)) for days in (-1, 0, 2, 3)]
    assert found == [State.OUTSIDE, State.WHOLE, State.WHOLE, State.OUTSIDE]


@pytest.mark.parametrize(("early", "state"), [(90, State.WHOLE), (91, State.REVIEW)])
def test_a_review_counts_from_the_day_of_the_warning(early: int, state: State) -> None:
    reviewed = replace(GRANT, reviewed=DAY - timedelta(early))
    assert stands(reviewed, DAY, DAY.replace(year=2013)) is state


@pytest.mark.parametrize(
    ("years", "days", "reviewed", "state", "until"),
    [
        (11, -1, None, State.WHOLE, DAY - timedelta(1)),
        (11, 0, None, State.LIMITED, DAY.replace(year=2028) - timedelta(1)),
        (13, -1, None, State.LIMITED, DAY - timedelta(1)),
        (13, -1, DAY - timedelta(9), State.LIMITED, DAY - timedelta(1)),
        (13, 0, None, State.REVIEW, None),
        (13, 0, DAY, State.WHOLE, DAY.replace(year=2029) - timedelta(1)),
        (16, -1, DAY, State.WHOLE, DAY - timedelta(1)),
        (16, 0, DAY, State.SUSPENDED, None),
    ],
)
def test_parental_responsibility_changes_on_birthdays_and_lasts_to_the_day_before(
    years: int, days: int, reviewed: date | None, state: State, until: date | None
) -> None:
    born = DAY.replace(year=DAY.year - years)
    context = PersonContext(7, born=born)
    rule = replace(GRANT, reviewed=reviewed)
    found = acting.standing(rule, context, PROXIES, DAY + timedelta(days))
    assert (found.state, found.until) == (state, until)


def test_a_finding_counts_on_its_first_and_its_last_day() -> None:
    lost = CapacityFinding("Observation/1", lacking=True, since=DAY, until=DAY + timedelta(2))
    attorney = replace(GRANT, right=Right.ATTORNEY)
    found = [stands(attorney, DAY + timedelta(days), None, lost) for days in (-1, 0, 2, 3)]
    assert found == [State.CAPACITY, State.WHOLE, State.WHOLE, State.CAPACITY]


def test_a_limited_grant_keeps_what_both_it_and_the_locality_name() -> None:
    rule = replace(GRANT, types=frozenset({"Condition", "Appointment"}))
    limited = acting.Standing(rule, Right.PARENTAL, State.LIMITED, None)
    (kept,) = acting.bind([rule], [limited], frozenset({"Appointment", "MedicationRequest"}))
    assert kept.types == {"Appointment"}
