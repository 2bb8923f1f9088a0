"""What of a count of people leaves: nothing of few, nothing exact, nothing that gives the rest."""

from hypothesis import given
from hypothesis import strategies as st

from consent import strategies
from throughcare.consent.counts import FEW, STEP, counted, shown, table
from throughcare.model.entry import Category, EntryClass

CELLS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 60), min_size=1)


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


@given(CELLS)
def test_a_hidden_cell_can_always_be_another_number(cells: dict[str, int]) -> None:
    found = table(cells)
    hidden = [name for name, count in found.cells.items() if count is None]
    few = [name for name in hidden if 1 <= cells[name] <= FEW]
    if not few or len(hidden) == 1:
        return
    name = few[0]
    other = next(one for one in hidden if one != name)
    step = 1 if cells[name] < FEW else -1
    moved = cells | {name: cells[name] + step, other: cells[other] - step}
    assert table(moved).total == found.total
    assert table(moved).cells == found.cells or moved[other] in {0, FEW + 1, FEW}


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
