"""What of a count of people leaves: nothing of few, nothing exact, nothing that gives the rest."""

from collections import defaultdict
from dataclasses import replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from consent import strategies
from consent.test_decision_table import asked
from throughcare.consent.counts import FEW, STEP, counted, refusal, shown, table
from throughcare.consent.profile import RoleView
from throughcare.model.entry import Category, EntryClass
from throughcare.model.request import Purpose, Role

CELLS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 60), min_size=1)


def test_one_to_seven_are_not_shown_and_more_are_rounded_to_five() -> None:
    assert [shown(count) for count in (0, 1, 7, 8, 12, 13)] == [0, None, None, 10, 10, 15]


@given(st.integers(0, 10**9))
def test_a_count_of_one_to_seven_is_hidden_and_any_other_rounded(count: int) -> None:
    found = shown(count)
    if 1 <= count <= FEW:
        assert found is None
    else:
        assert found is not None
        assert found % STEP == 0
        assert abs(found - count) <= STEP // 2


@given(CELLS)
def test_no_hidden_cell_stands_alone(cells: dict[str, int]) -> None:
    found = table(cells)
    assert found.cells.keys() == cells.keys()
    hidden = [name for name, count in found.cells.items() if count is None]
    assert {name for name, count in cells.items() if 1 <= count <= FEW} <= set(hidden)
    if len(hidden) == 1:
        assert sum(cells.values()) == cells[hidden[0]], "nobody else is in the table"
        assert found.total is None
    for name in set(cells) - set(hidden):
        assert found.cells[name] == shown(cells[name])
    assert found.total == shown(sum(cells.values()))


def test_a_hidden_count_can_always_be_at_least_three_numbers() -> None:
    """Of every table of three cells up to 16, as whoever sees the figures could work it out."""
    most = 16
    possible: dict[tuple[int | None, ...], list[tuple[int, ...]]] = defaultdict(list)
    for counts in product(range(most + 1), repeat=3):
        found = table(dict(zip("abc", counts, strict=True)))
        possible[found.total, *found.cells.values()].append(counts)
    for (_, *cells), tables in possible.items():
        if max(map(max, tables)) > most - STEP:
            continue  # larger tables look the same
        for place, count in enumerate(cells):
            if count is None:
                assert len({counts[place] for counts in tables}) >= 3


def test_a_cell_is_hidden_with_the_smallest_beside_it() -> None:
    found = table({"female": 31, "male": 3, "unknown": 12})
    assert found.total == 45
    assert found.cells == {"female": 30, "male": None, "unknown": None}
    assert table({"female": 3, "male": 0}).total is None


def test_what_law_or_source_closes_counts_nobody() -> None:
    def cls(*labels: str, category: Category = Category.CONDITION) -> EntryClass:
        return EntryClass("Condition", category, frozenset(labels), "B86001")

    classes = {
        1: cls(),
        2: cls("STD"),
        3: cls("GRA"),
        4: cls("SRC"),
        5: cls("LOCATION"),
        6: cls(category=Category.DIRECTORY),
    }
    (clause,) = counted(classes, strategies.profile()).clauses
    assert clause.classes == {1, 2}


def test_people_are_counted_for_a_role_and_a_purpose_that_both_may() -> None:
    usual = strategies.profile()
    view = RoleView(frozenset({Purpose.HRESCH}), frozenset(), counts=True)
    request = asked("HRESCH", role=Role.ANALYST)

    def why(view: RoleView, purpose: str = "HRESCH") -> str:
        profile = replace(usual, roles={**usual.roles, Role.ANALYST: view})
        return refusal(structs.replace(request, purpose=Purpose(purpose)), profile)

    assert why(view) == ""
    assert "may not have people counted" in why(replace(view, counts=False))
    assert "may not have people counted" in why(replace(view, purposes=frozenset()))
    assert "People are not counted for TREAT" in why(view, "TREAT")
