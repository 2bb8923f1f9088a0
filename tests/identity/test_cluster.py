from collections.abc import Iterable, Sequence
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughcare.identity.cluster import Edge, Graph, Record, Ruling, count_persons, partition
from throughcare.identity.compare import Evidence, Rule, shipped

W = shipped()
PEOPLE = 100_000
Sets = frozenset[frozenset[int]]


def record(name: int, number: str = "") -> Record:
    return Record(("feed", f"{name:03d}"), number, 3)


def edge(left: int, right: int, total: float, rule: Rule = Rule.SCORE) -> Edge:
    return Edge(left, right, Evidence(total - W.bias, rule))


def graph(
    numbers: Sequence[str], edges: Iterable[Edge] = (), rulings: Iterable[Ruling] = ()
) -> Graph:
    records = {name: record(name, number) for name, number in enumerate(numbers)}
    return Graph(records, tuple(edges), tuple(rulings))


def fine(_left: int, _right: int) -> float:
    return 0.0


def sets(found: Graph) -> Sets:
    return frozenset(partition(found, PEOPLE, W, fine).persons)


def groups(*members: set[int]) -> Sets:
    return frozenset(map(frozenset, members))


def test_links_join_and_reviews_do_not() -> None:
    assert sets(graph(["", "", ""], [edge(0, 1, 9), edge(1, 2, 4)])) == groups({0, 1}, {2})


def test_different_numbers_on_both_sides_refuse_a_union() -> None:
    edges = [edge(0, 1, 20), edge(1, 2, 9)]
    assert sets(graph(["1", "", "2"], edges)) == groups({0, 1}, {2})


@pytest.mark.parametrize(("against", "persons"), [(-4.5, [{0, 1, 2}]), (-5.5, [{0, 1}, {2}])])
def test_a_contradicting_pair_refuses_a_union_unless_a_stronger_bond_outweighs_it(
    against: float, persons: list[set[int]]
) -> None:
    def cross(left: int, right: int) -> float:
        return against if {left, right} == {0, 2} else 9.0

    found = partition(graph(["", "", ""], [edge(0, 1, 12), edge(1, 2, 9)]), PEOPLE, W, cross)
    assert frozenset(found.persons) == groups(*persons)
    assert [set(doubt.provisional) for doubt in found.doubts] == persons[1:]


def test_no_bond_is_so_strong_that_a_plain_contradiction_does_not_count() -> None:
    def cross(left: int, right: int) -> float:
        return -8.5 if {left, right} == {0, 2} else 25.0

    found = partition(graph(["", "", ""], [edge(0, 1, 30), edge(1, 2, 25)]), PEOPLE, W, cross)
    assert frozenset(found.persons) == groups({0, 1}, {2})


def test_a_link_with_an_equally_good_rival_waits() -> None:
    edges = [edge(0, 1, 9), edge(0, 2, 8)]
    found = partition(graph(["", "1", "2"], edges), PEOPLE, W, fine)
    assert frozenset(found.persons) == groups({0}, {1}, {2})
    assert {doubt.provisional for doubt in found.doubts} == {frozenset({0})}


def test_two_records_without_a_number_wait_where_two_people_fit_both() -> None:
    edges = [edge(0, 1, 9, Rule.SOLE_MATCH), edge(0, 2, 8), edge(1, 3, 8)]
    assert sets(graph(["", "", "1", "2"], edges)) == groups({0, 2}, {1, 3})
    alike = [edge(0, 1, 9), edge(0, 2, 8), edge(0, 3, 8), edge(1, 2, 8), edge(1, 3, 8)]
    assert sets(graph(["", "", "1", "2"], alike)) == groups({0}, {1}, {2}, {3})


def test_a_twin_called_otherwise_is_no_rival_of_a_sole_match() -> None:
    far = [edge(0, 1, 12, Rule.SOLE_MATCH), edge(0, 2, 1, Rule.NO_PLACE)]
    assert sets(graph(["", "1", "2"], far)) == groups({0, 1}, {2})
    near = [edge(0, 1, 12, Rule.SOLE_MATCH), edge(0, 2, 5, Rule.NO_PLACE)]
    assert sets(graph(["", "1", "2"], near)) == groups({0}, {1}, {2})


def test_rulings_outrank_scores_and_the_newest_counts() -> None:
    edges = [edge(0, 1, 9)]
    apart = Ruling(0, 1, same=False, order=1)
    together = Ruling(0, 1, same=True, order=2)
    assert sets(graph(["", ""], edges, [apart])) == groups({0}, {1})
    assert sets(graph(["1", "2"], [], [apart, together])) == groups({0, 1})
    later = Ruling(0, 1, same=False, order=3)
    assert sets(graph(["", ""], edges, [together, later])) == groups({0}, {1})


def test_a_ruling_keeps_apart_what_others_would_tie_together() -> None:
    edges = [edge(0, 1, 9), edge(1, 2, 9.5)]
    apart = Ruling(0, 2, same=False, order=1)
    assert sets(graph(["", "", ""], edges, [apart])) == groups({0}, {1, 2})


NUMBERS = st.lists(st.sampled_from(["", "", "1", "2"]), min_size=2, max_size=7)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    numbers = draw(NUMBERS)
    pairs = list(combinations(range(len(numbers)), 2))
    totals = st.sampled_from([-1.0, 3.0, 5.5, 7.0, 9.0, 15.0])
    rules = st.sampled_from([Rule.SCORE, Rule.TWINS, Rule.EQUAL_NUMBER])
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True))
    edges = [edge(*pair, draw(totals), draw(rules)) for pair in chosen]
    ruled = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=3))
    rulings = [Ruling(*pair, draw(st.booleans()), order) for order, pair in enumerate(ruled)]
    return graph(numbers, edges, rulings)


def crossing(left: int, right: int) -> float:
    return -5.0 if (left + right) % 5 == 0 else 1.0


@given(graphs(), st.randoms(use_true_random=False))
@settings(max_examples=200)
def test_persons_do_not_depend_on_order_or_numbering(found: Graph, chance: object) -> None:
    names = list(found.records)
    new = list(range(100, 100 + len(names)))
    chance.shuffle(new)  # type: ignore[attr-defined]
    number = dict(zip(names, new, strict=True))
    back = {other: name for name, other in number.items()}
    edges = [Edge(number[e.right], number[e.left], e.evidence) for e in found.edges]
    rulings = [Ruling(number[r.left], number[r.right], r.same, r.order) for r in found.rulings]
    chance.shuffle(edges)  # type: ignore[attr-defined]
    chance.shuffle(rulings)  # type: ignore[attr-defined]
    records = {number[name]: known for name, known in reversed(found.records.items())}
    moved = Graph(records, tuple(edges), tuple(rulings))
    first = partition(found, PEOPLE, W, crossing)
    again = partition(moved, PEOPLE, W, lambda one, two: crossing(back[one], back[two]))
    assert {frozenset(back[name] for name in group) for group in again.persons} == set(
        first.persons
    )
    waiting = {name for doubt in first.doubts for name in doubt.provisional}
    assert {back[name] for doubt in again.doubts for name in doubt.provisional} == waiting


@given(graphs())
@settings(max_examples=200)
def test_no_person_holds_two_numbers_unless_somebody_ruled_so(found: Graph) -> None:
    ruled = {name for r in found.rulings if r.same for name in (r.left, r.right)}
    for group in partition(found, PEOPLE, W, crossing).persons:
        numbers = {found.records[name].number for name in group} - {""}
        assert len(numbers) <= 1 or group & ruled


@given(graphs())
@settings(max_examples=200)
def test_every_record_has_one_person_and_every_join_its_evidence(found: Graph) -> None:
    groups_found = partition(found, PEOPLE, W, crossing).persons
    assert count_persons(found, PEOPLE, W, crossing) == len(groups_found)
    assert sorted(name for group in groups_found for name in group) == sorted(found.records)
    ties = [(e.left, e.right) for e in found.edges] + [
        (r.left, r.right) for r in found.rulings if r.same
    ]
    for group in groups_found:
        reached = {min(group)}
        for _ in group:
            reached |= {end for tie in ties if set(tie) & reached for end in tie if end in group}
        assert reached == group
