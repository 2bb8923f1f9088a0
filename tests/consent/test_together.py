"""Of records that somebody says are one person's, any no holds: against a plain reading."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from throughcare.consent.scope import drops_deny
from throughcare.consent.together import together
from throughcare.model.directive import Directive, Rule

START = datetime(2026, 1, 1, tzinfo=UTC)
RULES = st.builds(
    Rule,
    id=st.just("Consent/x"),
    permit=st.booleans(),
    recorded=st.integers(0, 3).map(lambda days: START + timedelta(days=days)),
    actors=st.sampled_from([frozenset(), frozenset({"RXX"}), frozenset({"RXX", "RYY"})]),
    types=st.sampled_from([frozenset(), frozenset({"Condition"})]),
    system=st.booleans(),
    lasting=st.sampled_from([None, (START, None)]),
)
DIRECTIVES = st.builds(
    Directive,
    id=st.just("Consent/x"),
    subject=st.just(1),
    version=st.just(1),
    recorded=st.just(START),
    active=st.booleans(),
    rules=st.lists(RULES, max_size=3).map(tuple),
)
RECORDS = st.lists(st.lists(DIRECTIVES, max_size=2), max_size=3)


def is_of_what_is_stale(rule: Rule) -> bool:
    """Tell whether this is the system's denial once a snapshot has ended."""
    return rule.system and rule.lasting is not None


@given(RECORDS)
def test_no_permit_is_an_exception_to_another_records_no_and_all_else_stays(
    records: list[list[Directive]],
) -> None:
    kept = iter(together(records))
    for at, own in enumerate(records):
        others = [said for number, said in enumerate(records) if number != at]
        denials = [
            rule
            for said in others
            for directive in said
            for rule in directive.rules
            if directive.active and not rule.permit and not is_of_what_is_stale(rule)
        ]
        for directive in own:
            expected = [
                rule
                for rule in directive.rules
                if not (rule.permit and any(drops_deny(rule, no) for no in denials))
            ]
            assert list(next(kept).rules) == expected
    assert next(kept, None) is None
