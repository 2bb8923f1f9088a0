"""A whole record is refused, or not, with the rank, the code and the rule that it rests on."""

from dataclasses import replace

import pytest
from msgspec import structs

from consent.strategies import PERSON
from consent.test_acting import grant
from consent.test_decision_table import asked
from consent.test_ranks import OPT_OUT, no, own, proxy, yes
from throughcare.consent.asked import Outcome, ask, obligations, refused
from throughcare.model.decision import Clause, Obligation, Residual
from throughcare.model.directive import PersonContext
from throughcare.model.request import Reason, Request, Role

WORDS = Reason("words", "cannot-be-asked")
ANOTHER = structs.replace(own(), actor=replace(own().actor, person=PERSON + 1))
OVER = structs.replace(asked("BTG", reason=WORDS), until=asked("BTG").at)

CASES = [
    (own(), None),
    (ANOTHER, no(3, "not-own-record", "profile:own-record")),
    (asked("TREAT"), None),
    (asked("HRESCH"), no(0, "purpose", "profile:roles.nurse")),
    (asked("BTG", role=Role.CARE_ASSISTANT), no(0, "role", "profile:roles.care-assistant")),
    (asked("BTG", reason=WORDS), None),
    (asked("BTG", reason=None), no(4, "reason-needed", "break-glass")),
    (asked("BTG", reason=Reason("  ", "cannot-be-asked")), no(4, "reason-needed", "break-glass")),
    (OVER, no(4, "expired", "profile:break-glass.hours")),
    (asked("ETREAT", reason=None), no(6, "reason-needed", "profile:emergency")),
    (asked("ETREAT", reason=Reason("", "other")), no(6, "reason-needed", "profile:emergency")),
    (asked("ETREAT", reason=Reason("words", "other")), None),
    (proxy(), no(5, "no-grant", "profile:proxy")),
]


@pytest.mark.parametrize(("request_", "outcome"), CASES)
def test_what_is_refused_whole_names_rank_code_and_rule(
    request_: Request, outcome: Outcome | None
) -> None:
    assert refused(ask(request_, PersonContext(PERSON), OPT_OUT)) == outcome


def test_break_glass_is_refused_to_a_role_that_may_ask_for_it_and_not_break_it() -> None:
    nobody = replace(OPT_OUT, break_glass_roles=frozenset())
    found = refused(ask(asked("BTG", reason=WORDS), PersonContext(PERSON), nobody))
    assert found == no(4, "role", "profile:break-glass.roles")


def test_a_hold_closes_a_grant_in_force_and_leaves_one_that_has_ended_as_it_is() -> None:
    ended = grant("parental-responsibility", user="somebody", period={"end": "2020-01-01"})
    stands = grant("parental-responsibility", user="somebody")
    request = proxy()
    context = PersonContext(PERSON, born=request.at.date().replace(year=2019))
    for grants, open_, held in (
        ((stands,), None, "hold"),
        ((ended, stands), None, "hold"),
        ((ended,), "no-grant", "no-grant"),
    ):
        for hold, code in ((False, open_), (True, held)):
            asks = ask(request, replace(context, directives=grants, hold=hold), OPT_OUT)
            found = refused(asks)
            assert (found and found.code) == code
            assert code != "hold" or found == no(2, "hold", "safeguarding-hold")


@pytest.mark.parametrize(
    ("request_", "outcome", "opens", "duties"),
    [
        (asked("TREAT"), yes(9), True, {Obligation.WARN}),
        (asked("TREAT"), yes(9, alert=True), True, {Obligation.WARN, Obligation.ALERT}),
        (asked("TREAT"), no(9, "directive"), True, {Obligation.WARN}),
        (own(), yes(3), True, set()),
        (asked("BTG", reason=WORDS), no(4, "role"), False, {Obligation.WARN}),
        (
            asked("BTG", reason=WORDS),
            yes(4),
            True,
            {Obligation.WARN, Obligation.ALERT, Obligation.NOTIFY, Obligation.TIME_BOX},
        ),
        (proxy(), yes(5), True, {Obligation.WARN}),
        (proxy(), no(2, "hold"), False, {Obligation.WARN, Obligation.TASK}),
        (proxy(), no(5, "review"), False, {Obligation.WARN, Obligation.TASK}),
        (asked("TREAT"), no(5, "review"), False, {Obligation.WARN}),
    ],
)
def test_each_duty_has_its_one_cause(
    request_: Request, outcome: Outcome, *, opens: bool, duties: set[Obligation]
) -> None:
    residual = Residual((Clause(frozenset({1})),) if opens else ())
    asks = ask(request_, PersonContext(PERSON), OPT_OUT)
    assert obligations(asks, outcome, residual) == duties
    quiet = structs.replace(asks, profile=replace(OPT_OUT, warnings="none"))
    assert obligations(quiet, outcome, residual) == duties - {Obligation.WARN}
