"""Grouping the same things, against a naive oracle."""

from hypothesis import given
from hypothesis import strategies as st

from throughcare.summary.reconcile import fold, same_things

Keys = list[frozenset[int]]


def naive(items: Keys) -> set[frozenset[int]]:
    groups = [{place} for place in range(len(items))]
    changed = True
    while changed:
        changed = False
        for one in groups:
            for other in groups:
                if one is not other and any(items[a] & items[b] for a in one for b in other):
                    one.update(other)
                    groups.remove(other)
                    changed = True
                    break
            if changed:
                break
    return {frozenset(group) for group in groups}


@given(st.lists(st.frozensets(st.integers(0, 12), max_size=3), max_size=12))
def test_groups_are_the_connected_ones(items: Keys) -> None:
    groups = same_things(list(range(len(items))), lambda place: items[place])
    assert {frozenset(group) for group in groups} == naive(items)
    assert [group[0] for group in groups] == sorted(group[0] for group in groups)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_case_accents_and_the_semantic_tag_do_not_matter() -> None:
    assert fold("Ménière's disease (disorder)") == fold("meniere s disease")
