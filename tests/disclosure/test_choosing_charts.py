"""A page of charts reads what its own charts draw, and counts all of them."""

from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure.test_choosing import (
    PARTS,
    QUANTITIES,
    RESULT_CODES,
    STATES,
    read_by,
    shows_the_same_overview,
)
from summary.entries import entry
from summary.test_sifting import WORDS
from throughcare.disclosure.choosing import Picking
from throughcare.model.entry import Category
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.needs import of_overview
from throughcare.summary.trends import CHARTS

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [{}, {"value": True}, {"value": "4"}, {"value": 4.10, "code": "mm[Hg]"}, {"unit": "kg"}]
)
"""Quantities as no source should send them, and some do."""
SHAPES: dict[str, st.SearchStrategy[Any]] = {
    "status": STATES | st.just({"coding": [{"code": "registered"}]}),
    "valueQuantity": QUANTITIES | ODD,
    "component": st.lists(PARTS, max_size=2),
    "valueString": WORDS | st.just("half a \\ud800 character"),
}


@st.composite
def measured(draw: st.DrawFn) -> list[SummaryEntry]:
    """Draw results of a dozen kinds on three days and more, and of what shapes they come."""
    made: list[SummaryEntry] = []
    names = draw(st.lists(st.sampled_from("ABCDEFGHIJKLMNOP"), min_size=9, unique=True))
    codes = [{"text": name} for name in names]
    codes += draw(st.lists(RESULT_CODES, max_size=3))
    for code in codes:
        for day in ("2026-01-03", "2026-02-03", "2026-03-03T09:00:00Z"):
            members = draw(st.fixed_dictionaries({}, optional=SHAPES))
            members.setdefault("valueQuantity", {"value": 4, "unit": "kg"})
            members |= {"resourceType": "Observation", "code": code, "effectiveDateTime": day}
            made.append(entry(members, category=Category.TEST_RESULT))
    return draw(st.permutations(made))


@settings(max_examples=60, deadline=None)
@given(measured(), st.sampled_from([0, 1, 8, 9, 500]))
def test_a_page_of_charts_reads_its_own_alone_and_counts_all(
    record: list[SummaryEntry], first: int
) -> None:
    shown = shows_the_same_overview(record, None, first).trends
    assert len(shown.drawn) == max(0, min(CHARTS, shown.number - first))


def test_of_many_results_a_page_of_charts_reads_eight_kinds() -> None:
    days = ("2026-01-03", "2026-02-03", "2026-03-03")
    quantity = {"value": 4, "unit": "mmol/L"}
    record = [
        entry(
            {
                "resourceType": "Observation",
                "code": {"text": f"Result {kind:02d}"},
                "effectiveDateTime": day,
                "valueQuantity": quantity,
            }
        )
        for kind in range(20)
        for day in days
    ]
    read = read_by(Picking(partial(of_overview, looked=None, first=0)).choose, record)
    newest = {f"Result {kind:02d}" for kind in range(20)}
    assert {each.resource["code"]["text"] for each in read} == newest
    assert len(read) == CHARTS * len(days) + 20 - CHARTS
