"""The order in which a source's messages arrive makes no difference."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from throughcare.intake.fold import URL, fold

Json = dict[str, Any]
START = datetime(2026, 1, 1, tzinfo=UTC)

NAMES = st.sampled_from(
    [
        {"use": "official", "family": "Wright", "given": ["Jo"]},
        {"family": "Wright", "given": ["Jo"]},
        {"use": "maiden", "family": "Khan"},
    ]
)
ADDRESSES = st.sampled_from([{"line": [f"{n} Way"], "use": "home"} for n in range(3)])
PHONES = st.sampled_from(
    [
        {"system": "phone", "value": "1"},
        {"system": "phone", "value": "2"},
        {"system": "email", "value": "a@b"},
    ]
)
PATIENTS = st.fixed_dictionaries(
    {"resourceType": st.just("Patient")},
    optional={
        "name": st.lists(NAMES, min_size=1, max_size=2),
        "address": st.lists(ADDRESSES, min_size=1, max_size=2),
        "telecom": st.lists(PHONES, min_size=1, max_size=2),
        "birthDate": st.sampled_from(["1925-03-24", "1925-01-01"]),
        "deceasedBoolean": st.booleans(),
    },
)
VISITS = st.fixed_dictionaries(
    {
        "resourceType": st.just("Encounter"),
        "status": st.sampled_from(["unknown", "in-progress", "finished"]),
    },
    optional={
        "period": st.fixed_dictionaries(
            {}, optional={"start": st.sampled_from("ab"), "end": st.sampled_from("cd")}
        ).filter(bool),
        "diagnosis": st.lists(
            st.sampled_from([{"condition": {"reference": f"urn:{n}"}} for n in range(3)]),
            min_size=1,
            max_size=2,
        ),
        "location": st.sampled_from([[{"location": {"display": ward}}] for ward in ("W1", "W2")]),
    },
)
TIMES = st.one_of(st.none(), st.integers(0, 3).map(lambda days: START + timedelta(days=days)))
EVENTS = st.one_of(PATIENTS, VISITS)


def folded(events: list[tuple[Json, datetime | None]]) -> Json:
    empty: Json | None = None
    found = reduce(lambda current, event: fold(current, event[0], at=event[1]), events, empty)
    assert found is not None
    return found


def batches(resources: st.SearchStrategy[Json]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.tuples(resources, TIMES), min_size=1, max_size=5)


@given(
    st.one_of(batches(PATIENTS), batches(VISITS)).flatmap(
        lambda events: st.tuples(st.just(events), st.permutations(events))
    )
)
def test_any_order_of_messages_gives_the_same_resource(pair: tuple[list[Any], list[Any]]) -> None:
    assert folded(pair[0]) == folded(pair[1])


@given(st.one_of(batches(PATIENTS), batches(VISITS)), st.data())
def test_a_resend_changes_nothing(events: list[Any], data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(events))
    assert folded([*events, again]) == folded(events)


@given(EVENTS, EVENTS, TIMES)
def test_what_is_given_is_not_changed(left: Json, right: Json, at: datetime | None) -> None:
    current = fold(None, left, at=at)
    before = deepcopy((current, right))
    fold(current, right, at=at)
    assert (current, right) == before


def without_times(resource: Json) -> Json:
    return {name: value for name, value in resource.items() if name != "extension"}


def test_a_discharge_before_its_admission_gives_a_finished_visit_with_both_ends() -> None:
    admission = {"resourceType": "Encounter", "status": "in-progress", "period": {"start": "a"}}
    discharge = {"resourceType": "Encounter", "status": "finished", "period": {"end": "b"}}
    found = folded([(discharge, START + timedelta(days=3)), (admission, START)])
    assert without_times(found) == {
        "resourceType": "Encounter",
        "status": "finished",
        "period": {"start": "a", "end": "b"},
    }


def test_the_newest_demographics_win_and_older_ones_are_kept_as_old() -> None:
    old = {
        "resourceType": "Patient",
        "gender": "female",
        "address": [{"line": ["1 Way"], "use": "home"}],
    }
    new = {"resourceType": "Patient", "address": [{"line": ["2 Road"], "use": "home"}]}
    found = folded([(new, START + timedelta(days=1)), (old, START)])
    assert without_times(found) == {
        "resourceType": "Patient",
        "gender": "female",
        "address": [
            {"line": ["2 Road"], "use": "home"},
            {"line": ["1 Way"], "use": "old", "period": {"end": "2026-01-01T00:00:00Z"}},
        ],
    }


def test_the_times_travel_in_one_extension() -> None:
    old = {"resourceType": "Patient", "gender": "female"}
    found = folded([(old, START), ({"resourceType": "Patient", "birthDate": "1925-03-24"}, START)])
    assert found["extension"] == [
        {"url": URL, "extension": [{"url": "at", "valueInstant": "2026-01-01T00:00:00Z"}]}
    ]


def test_a_name_that_comes_back_is_current_again() -> None:
    jo, khan = ([{"family": family}] for family in ("Wright", "Khan"))
    events = [
        ({"resourceType": "Patient", "name": name}, START + timedelta(days=day))
        for day, name in enumerate((jo, khan, jo))
    ]
    assert folded(events)["name"] == [
        {"family": "Wright"},
        {"use": "old", "family": "Khan", "period": {"end": "2026-01-02T00:00:00Z"}},
    ]
