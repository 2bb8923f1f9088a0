"""The mark of a decision: it tells what bears on a request from what does not."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from consent import strategies
from consent.test_decide_properties import REQUESTS
from throughcare.consent.basis import mark
from throughcare.consent.decide import decide
from throughcare.consent.profile import Profile
from throughcare.model.directive import PersonContext, Rule
from throughcare.model.entry import EntryClass
from throughcare.model.request import Request, Role


@settings(max_examples=100, deadline=None)
@given(
    REQUESTS,
    strategies.CONTEXTS,
    strategies.RULES,
    st.lists(strategies.CLASSES, max_size=3),
    strategies.PROFILES,
)
def test_what_one_more_rule_shows_otherwise_has_another_mark(
    request: Request,
    context: PersonContext,
    rule: Rule,
    classes: list[EntryClass],
    profile: Profile,
) -> None:
    said = (*context.directives, strategies.directive([rule]))
    later = replace(context, directives=said)
    numbered = dict(enumerate(classes))
    shown = [decide(request, each, numbered, profile).residual for each in (context, later)]
    if shown[0] != shown[1]:
        assert mark(request, context, profile) != mark(request, later, profile)


@settings(max_examples=50, deadline=None)
@given(REQUESTS, strategies.CONTEXTS, strategies.PROFILES)
def test_a_hold_and_an_epoch_change_the_mark_of_nobody_but_a_proxy(
    request: Request, context: PersonContext, profile: Profile
) -> None:
    later = replace(context, hold=not context.hold, epoch=context.epoch + 1)
    if request.actor.role is not Role.PROXY:
        assert mark(request, context, profile) == mark(request, later, profile)


@settings(max_examples=50, deadline=None)
@given(strategies.PROXY_REQUESTS, strategies.ACTED_FOR, strategies.PROFILES)
def test_whom_a_hold_closes_a_record_to_has_the_mark_of_a_stranger(
    request: Request, context: PersonContext, profile: Profile
) -> None:
    held = replace(context, hold=True)
    stranger = structs.replace(request, actor=replace(request.actor, user="nobody"))
    nothing = PersonContext(context.person)
    assert mark(request, held, profile) == mark(stranger, nothing, profile)
