"""A general policy engine comes to the same decisions: compiled, naive and Cedar agree."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from consent import cedar, naive, strategies
from consent.test_decide_properties import disclosed, facts
from throughcare.consent.decide import decide
from throughcare.consent.profile import Profile
from throughcare.model.directive import PersonContext
from throughcare.model.entry import EntryClass
from throughcare.model.request import Request, Role

PLACES = st.lists(st.integers(0, 44), min_size=4, max_size=4, unique=True)
"""Four entries of each case, of the 45 that differ by date, author or id."""

REQUESTS = st.one_of(
    strategies.REQUESTS, strategies.CARE_REQUESTS, strategies.WELCOME, strategies.RESEARCH
)
CONTEXTS = st.one_of(strategies.CONTEXTS, strategies.PLAIN_CONTEXTS, strategies.LAWFUL_CONTEXTS)
CLASSES = st.one_of(strategies.CLASSES, strategies.PLAIN_CLASSES)


def test_compiled_and_naive_and_cedar_agree(pytestconfig: pytest.Config) -> None:
    cases = pytestconfig.getoption("cedar_cases")
    open_cases = 0

    @settings(max_examples=cases, deadline=None, database=None, derandomize=cases < 1000)
    @given(REQUESTS, CONTEXTS, CLASSES, strategies.PROFILES, PLACES)
    def agree(
        request: Request,
        context: PersonContext,
        cls: EntryClass,
        profile: Profile,
        places: list[int],
    ) -> None:
        nonlocal open_cases
        assume(request.actor.role is not Role.PROXY)
        everything = facts(cls)
        some = [everything[place] for place in places]
        decision = decide(request, context, {0: cls}, profile)
        compiled = [disclosed(decision, 0, fact) for fact in some]
        assert compiled == [naive.seen(request, context, fact, profile) for fact in some]
        assert compiled == cedar.seen(request, context, some, profile)
        open_cases += any(compiled)

    agree()
    assert open_cases > cases // 10, "hardly anything was open: the cases show little"
