"""Why an entry is shown agrees with whether it is shown."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from consent import naive, strategies
from consent.test_decide_properties import REQUESTS, disclosed, facts, holds
from consent.test_decision_table import asked
from throughcare.consent.decide import decide
from throughcare.consent.judging import Judge
from throughcare.consent.profile import Profile
from throughcare.model.decision import AuthorIs
from throughcare.model.directive import PersonContext, Rule
from throughcare.model.entry import Category, EntryClass
from throughcare.model.request import Request


@settings(max_examples=100, deadline=None)
@given(REQUESTS, strategies.CONTEXTS, st.lists(strategies.CLASSES, max_size=3), strategies.PROFILES)
def test_the_reason_permits_just_what_the_residual_and_the_plain_reading_show(
    request: Request, context: PersonContext, classes: list[EntryClass], profile: Profile
) -> None:
    numbered = dict(enumerate(classes))
    decision = decide(request, context, numbered, profile)
    judge = Judge(request, context, profile)
    for number, cls in numbered.items():
        for fact in facts(cls):
            outcome = judge.of(cls, lambda atom, fact=fact: holds(atom, fact))
            assert outcome.permit == disclosed(decision, number, fact)
            assert outcome.permit == naive.seen(request, context, fact, profile)
            assert outcome.because


@settings(max_examples=50, deadline=None)
@given(REQUESTS, strategies.CONTEXTS, strategies.PROFILES)
def test_the_ordinary_outcome_is_that_of_the_decision(
    request: Request, context: PersonContext, profile: Profile
) -> None:
    decision = decide(request, context, {}, profile)
    outcome = Judge(request, context, profile).ordinary()
    assert (outcome.permit, outcome.rank, outcome.code, outcome.because) == (
        decision.permitted,
        decision.rank,
        decision.code,
        decision.because,
    )


def test_a_denial_of_either_author_holds_for_an_entry_of_one() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    plain = Rule("Consent/1", permit=True, recorded=at)
    denial = Rule("Consent/2", permit=False, recorded=at, authors=frozenset({"a", "b"}))
    cls = EntryClass("Condition", Category.CONDITION)

    def judge(*rules: Rule) -> Judge:
        context = PersonContext(strategies.PERSON, (strategies.directive(list(rules)),))
        return Judge(asked("TREAT"), context, strategies.profile())

    for author, shown in (("a", False), ("b", False), ("c", True)):
        outcome = judge(denial).of(cls, lambda atom, author=author: atom == AuthorIs(author))
        assert outcome.permit is shown
    conditional = [judge(*rules).is_conditional for rules in ((), (plain,), (plain, denial))]
    assert conditional == [False, False, True]
