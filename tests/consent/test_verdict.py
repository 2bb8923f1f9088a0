"""What rules say together, each fact by itself."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations

from throughcare.consent.verdict import ids, weigh
from throughcare.model.acting import Right
from throughcare.model.directive import Rule

AT = datetime(2026, 1, 1, tzinfo=UTC)
PERMIT = Rule("Consent/1", permit=True, recorded=AT)
GRANT = replace(PERMIT, id="Consent/2", right=Right.PARENTAL)
DENIAL = Rule("Consent/3", permit=False, recorded=AT, labels=frozenset({"PSY"}))


def test_a_permit_of_the_person_is_no_grant_beside_one() -> None:
    for rules in permutations((PERMIT, GRANT)):
        found = weigh(rules)
        assert found.grants == (GRANT,)
        assert found.permits == (PERMIT,)


def test_ids_are_told_once_and_in_order() -> None:
    for pair in permutations("abcdefgh", 2):
        rules = [replace(PERMIT, id=name) for name in (*pair, *pair)]
        assert ids(rules) == tuple(sorted(pair))
