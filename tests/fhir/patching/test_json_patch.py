"""JSON Patch and merge patch, by facts and by laws."""

import copy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughcare.fhir.patching import PatchError, json_patch, merge_patch

Json = Any
names = st.text("ab/~é", max_size=3)
numbers = st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)
objects = st.dictionaries(st.text("ab/~é", max_size=3), values, max_size=4)


def pointers(value: Json, start: str = "") -> list[str]:
    """Return the pointers of all values below, written the plain way."""
    found = []
    members = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for name, each in members:
        here = f"{start}/{str(name).replace('~', '~0').replace('/', '~1')}"
        found += [here, *pointers(each, here)]
    return found


@pytest.mark.parametrize(
    ("before", "operations", "after"),
    [
        ({"a": 1}, [{"op": "add", "path": "/b", "value": {"c": None}}], {"a": 1, "b": {"c": None}}),
        ({"a": [1, 2]}, [{"op": "add", "path": "/a/0", "value": 0}], {"a": [0, 1, 2]}),
        ({"a": [1]}, [{"op": "add", "path": "/a/-", "value": 2}], {"a": [1, 2]}),
        ({"a": 1}, [{"op": "add", "path": "", "value": {"b": 2}}], {"b": 2}),
        ({"a": [1, 2]}, [{"op": "remove", "path": "/a/1"}], {"a": [1]}),
        ({"a": 1, "b": 2}, [{"op": "replace", "path": "/a", "value": [3]}], {"a": [3], "b": 2}),
        ({"a": [1, 2, 3]}, [{"op": "move", "from": "/a/0", "path": "/a/2"}], {"a": [2, 3, 1]}),
        ({"a": {"b": 1}}, [{"op": "move", "from": "/a/b", "path": "/c"}], {"a": {}, "c": 1}),
        (
            {"a": [1]},
            [{"op": "copy", "from": "/a", "path": "/b"}, {"op": "add", "path": "/b/0", "value": 0}],
            {"a": [1], "b": [0, 1]},
        ),
        (
            {"a": Decimal("1.10")},
            [{"op": "test", "path": "/a", "value": 1.1}],
            {"a": Decimal("1.10")},
        ),
        ({"a/b": {"~": 1}}, [{"op": "replace", "path": "/a~1b/~0", "value": 2}], {"a/b": {"~": 2}}),
        ({"": 1}, [{"op": "remove", "path": "/"}], {}),
    ],
)
def test_a_json_patch_does_what_rfc_6902_says(before: Json, operations: Json, after: Json) -> None:
    kept = copy.deepcopy(before)
    assert json_patch(before, operations) == after
    assert before == kept


@pytest.mark.parametrize(
    ("operation", "rule"),
    [
        ({"op": "add", "path": "/x/y", "value": 1}, "not there"),
        ({"op": "add", "path": "/list/9", "value": 1}, "array has not"),
        ({"op": "add", "path": "/list/01", "value": 1}, "array has not"),
        ({"op": "add", "path": "/text/a", "value": 1}, "no members"),
        ({"op": "add", "path": "x", "value": 1}, "no JSON pointer"),
        ({"op": "add", "path": "/a~2", "value": 1}, "no JSON pointer"),
        ({"op": "add", "path": "/a"}, "no value"),
        ({"op": "remove", "path": "/x"}, "not there"),
        ({"op": "remove", "path": "/list/-"}, "array has not"),
        ({"op": "replace", "path": "/x", "value": 1}, "not there"),
        ({"op": "move", "path": "/a"}, "no from"),
        ({"op": "move", "from": "/list", "path": "/list/0"}, "into itself"),
        ({"op": "test", "path": "/text", "value": "other"}, "tests for a value"),
        ({"op": "test", "path": "/yes", "value": 1}, "tests for a value"),
        ({"op": "wipe", "path": "/a"}, "no op"),
        ({"path": "/a"}, "no op"),
        ({"op": "add"}, "op and path"),
        ("add", "op and path"),
    ],
)
def test_a_json_patch_that_does_not_fit_names_operation_path_and_rule(
    operation: Json, rule: str
) -> None:
    before = {"list": [1], "text": "t", "yes": True}
    with pytest.raises(PatchError, match=rule) as caught:
        json_patch(before, [{"op": "test", "path": "/list/0", "value": 1}, operation])
    assert "Operation 1" in caught.value.message
    if isinstance(operation, dict) and "path" in operation:
        assert caught.value.place == operation["path"]


@pytest.mark.parametrize("patch", [{"op": "add"}, "text", 1])
def test_a_json_patch_is_an_array(patch: Json) -> None:
    with pytest.raises(PatchError):
        json_patch({}, patch)


def test_a_json_patch_leaves_an_object() -> None:
    for operation in ({"op": "remove", "path": ""}, {"op": "replace", "path": "", "value": []}):
        with pytest.raises(PatchError):
            json_patch({"a": 1}, [operation])


def test_a_json_patch_of_copies_of_copies_is_stopped() -> None:
    doubled = [{"op": "copy", "from": "/a", "path": "/a/-"}] * 40
    with pytest.raises(PatchError, match="more copies"):
        json_patch({"a": [1]}, doubled)


@given(objects, st.data())
def test_every_value_can_be_taken_away_and_put_back(before: Json, data: st.DataObject) -> None:
    found = pointers(before)
    if not found:
        return
    path = data.draw(st.sampled_from(found))
    remove = {"op": "remove", "path": path}
    taken = json_patch(before, [{"op": "copy", "from": path, "path": "/kept"}, remove])
    again = json_patch(taken, [{"op": "move", "from": "/kept", "path": path}])
    assert again == before
    assert len(pointers(json_patch(before, [remove]))) < len(found)


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": Decimal("1.50")}, {"a": "b", "b": Decimal("1.50")}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c", "d": 1}}, {"a": {"b": None}}, {"a": {"d": 1}}),
        ({"a": [{"b": "c"}]}, {"a": [1, None]}, {"a": [1, None]}),
        ({"a": "text"}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}),
        ({}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}),
    ],
)
def test_a_merge_patch_does_what_rfc_7396_says(before: Json, change: Json, after: Json) -> None:
    kept = copy.deepcopy((before, change))
    assert merge_patch(before, change) == after
    assert (before, change) == kept


@given(objects, objects)
def test_a_merge_patch_applied_twice_changes_nothing_more(before: Json, change: Json) -> None:
    once = merge_patch(before, change)
    assert merge_patch(once, change) == once


def test_a_merge_patch_is_an_object() -> None:
    with pytest.raises(PatchError):
        merge_patch({}, [])  # type: ignore[arg-type]
