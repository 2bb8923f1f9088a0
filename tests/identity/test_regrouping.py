"""Whether a change of persons takes records apart, or together, that were somebody's before."""

from datetime import UTC, datetime
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from throughcare.identity.membership import Cause, change_of

STATES = st.dictionaries(st.integers(1, 6), st.integers(10, 13), max_size=6)


@given(STATES, STATES)
def test_regrouping_is_a_pair_that_was_one_and_is_not_or_the_reverse(
    before: dict[int, int], after: dict[int, int]
) -> None:
    change = change_of(Cause("link", datetime(2026, 1, 1, tzinfo=UTC)), before, before | after)
    now = before | after
    expected = any(
        (before[one] == before[other]) != (now[one] == now[other])
        for one, other in combinations(sorted(before), 2)
    )
    assert (change is not None and change.regroups) == expected
